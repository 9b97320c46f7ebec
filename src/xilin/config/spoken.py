"""The help of the command line in Chinese; what stands in the code is English, and a test asks for each of its sentences."""

from typing import Any

import typer
from typer import rich_utils

ZH = {
    # The root
    "Xilin: a region's data hub.": "锡林：一个地区的数据枢纽。",
    "Print the version.": "显示版本号。",
    "Show this message and exit.": "显示本说明后退出。",
    "Show the main job: build the departments' systems, collect, link, share, report, and serve it all.": "演示主线：从各部门系统到采集、关联、共享、报告，全部启动。",
    "1 is the whole league: 1,179,100 people.": "规模；1 为全盟 1,179,100 人。",
    "Equal seeds give equal data.": "随机种子；相同的种子生成相同的数据。",
    "Port of the portal.": "门户的端口。",
    "Port of the gateway.": "网关的端口。",
    "Empty the database and the lake first.": "先清空数据库和数据湖。",
    "End when everything is built.": "搭建完即结束，不启动服务。",
    "Install no MariaDB.": "不安装 MariaDB。",
    "Serve the departments' systems only, for `xilin run`.": "只启动各部门系统，供 `xilin run` 采集。",
    "Show what `apply` would change; exit 1 where a file has faults, each told with its line.": "显示 `apply` 将带来的变化；文件有错时逐条指明行号，退出码为 1。",
    "The league folder; XILIN_LEAGUE where it is left out.": "盟市目录；不写则用 XILIN_LEAGUE。",
    "Bring the database to what the league folder declares, in one transaction.": "使盟市目录的声明在数据库中生效，一个事务完成。",
    "Put this league in place of another.": "用本盟市替换库中的另一个盟市。",
    "Run the way of data: collect, standardise, link, assess, publish, compute.": "跑完数据全程：采集、标准化、关联、评估、发布、计算指标。",
    "Sources to collect; all where none is named.": "要采集的数据源；不写则全部采集。",
    "Compare the base registries with the truth: pairwise precision, recall and F1, and counts.": "拿基础库与真值比对：成对的准确率、召回率和 F1，以及各项计数。",
    "Folder of <registry>.parquet files; the demo's where left out.": "存放 <基础库>.parquet 的目录；不写则用演示的真值。",
    "Write the status report as HTML and DOCX, in Chinese and English.": "生成现状报告，HTML 和 DOCX 各一份，中英文都有。",
    "Where to write; XILIN_HOME/report where left out.": "写到哪个目录；不写则为 XILIN_HOME/report。",
    "A sentence under the title.": "标题下加的一句话。",
    "Serve the pages.": "启动网页服务。",
    "Port of the pages.": "网页的端口。",
    "Address to listen on.": "监听地址。",
    "Serve the gateway, the only door by which data leaves.": "启动网关：数据对外只走这一道门。",
    "Carry out jobs: collection by schedule, and what pages leave to be done.": "执行任务：定时采集，以及网页交办的事。",
    "Check what this installation needs: database, disk, keys; exit 1 where something is wrong, with what to do.": "检查运行条件：数据库、磁盘、密钥；有问题时说明办法，退出码为 1。",
    "Take a picture of every page of a running site, at both widths and in both languages.": "给运行中的站点逐页截图，宽窄两种、中英两版。",
    "Address of a running site.": "运行中的站点地址。",
    "Who signs in to the desk, one after another; names of the demo's.": "依次登录工作台的账号；为演示的账号名。",
    "Where the pictures go.": "截图存放的目录。",
    "Only the pages of these names, one after another.": "只截这些名称的页面，可写多次。",
    "Run every test; installs what they use from the distribution when it may.": "运行全部测试；有权限时从发行版安装所需程序。",
    "Passed on to pytest.": "原样交给 pytest。",
    "Run the checks of the code: ruff, mypy, the import contracts, djlint, the tests of the docs.": "检查代码：ruff、mypy、导入约定、djlint、文档测试。",
    # Deadlines
    "Deadlines: cards, alarms, the compliance report.": "时限：红黄牌、预警、合规报告。",
    "Print how each department kept its deadlines: share in time, median days, cards, what is overdue.": "显示各部门时限执行情况：按时率、用时中位数、红黄牌、超期未办。",
    "First day; a year back where left out.": "起始日；不写则为一年前。",
    "Last day; today where left out.": "截止日；不写则为今天。",
    "Write a workbook there.": "写成 XLSX 工作簿的位置。",
    "List the steps with a yellow or red card, red first; exit 1 where one is overdue.": "列出亮黄牌、红牌的环节，红牌在前；有超期的退出码为 1。",
    "Name the years whose holiday table is missing and deadlines fall in, or soon will; exit 1 where one is an estimate.": "列出时限落入或即将落入、却没有节假日表的年份；有按周末估算的时限则退出码为 1。",
    # Batches and the lake
    "Batches: from the sources into the lake.": "批次：从数据源到数据湖。",
    "Collect sources one after another; exit 1 where one is refused, which stops no other.": "依次采集数据源；有被拒绝的批次时退出码为 1，不影响其余。",
    "Sources; all where none is named.": "数据源；不写则全部。",
    "List batches with their counts.": "列出批次及其行数。",
    "Of this source only.": "只看这个数据源。",
    "How many, newest first.": "显示多少个，新的在前。",
    "Print a batch as an OpenLineage run event.": "把批次输出为 OpenLineage 运行事件。",
    "The batch's number.": "批次编号。",
    "Finish or remove what a crash left, and delete files nobody knows.": "补完或撤除崩溃留下的批次，删除无主的文件。",
    "The lake's upkeep.": "数据湖维护。",
    "Put small files of every table together into larger ones; rows and batches stay as they are.": "把各表的小文件合并成大文件；数据行和批次不变。",
    # Open data
    "Measure how many people still fit what each mask of the catalogue shows.": "测算目录中各脱敏值还有多少人符合。",
    "Resources; all that are served where none is named.": "信息资源；不写则全部已发布的。",
    "Open data, privacy budgets, joint questions.": "开放数据、隐私预算、联合统计。",
    "Openings; all where none is named.": "开放方案；不写则全部。",
    "Release what is declared open; exit 1 where one can't be, which stops no other.": "开放已声明的内容；有不能开放的，退出码为 1，不影响其余。",
    "List what was released, newest first.": "列出已开放的版本，新的在前。",
    "Of this year; the current one where left out.": "哪一年；不写则为今年。",
    "Show what each resource's privacy cost, of how much.": "显示各资源的隐私预算和支出。",
    "List the joint questions of departments, newest first.": "列出部门间的联合统计，新的在前。",
    # Quality
    "Quality: scores in six dimensions, rows held back.": "质量：六个维度的得分，被隔离的数据。",
    "Print the latest score of every resource, or each check of one.": "显示各信息资源的最新得分，或某一资源的逐项检查。",
    "One resource, with each of its checks.": "只看这个信息资源，逐项列出检查。",
    "Print how many rows each source has held back, and for which reasons.": "显示各数据源被隔离的行数及原因。",
    "One source only.": "只看这个数据源。",
    # Registries
    "Base registries: link, score, show.": "基础库：关联、评分、查看。",
    "Link every record in force into entities; what did not change is not written.": "把现行记录关联成实体；没有变化的不重写。",
    "The registry's code, such as people.": "基础库代码，如 people。",
    "Make a registry's model anew: what comparisons are worth, how common values are.": "重新训练基础库的模型：各项比对值多少分，各种取值有多常见。",
    "Compare a registry with the truth: pairwise precision, recall and F1, and counts.": "拿一个基础库与真值比对：成对的准确率、召回率和 F1，以及各项计数。",
    "Parquet file of source, key, entity; else the declared truth_column.": "含 source、key、entity 三列的 Parquet 文件；不写则用声明的 truth_column。",
    "Find whom a registry's entities name in another: the legal representatives of organisations.": "查找一个基础库的实体在另一个基础库中所指的人：如法人单位的法定代表人。",
    "Show where an entity's values and records come from; personal values are masked.": "显示实体的各项取值和记录从何而来；个人信息脱敏。",
    "The entity's id.": "实体编号。",
    "Look someone up; every look-up is entered in the audit log.": "查找人或单位；每次查询都记入审计日志。",
    "The entity's id; a merged one leads on.": "实体编号；已并入别的实体的，转到那个实体。",
    "An ID number or credit code in any form; - asks for it, so that no history keeps it.": "身份号码或统一社会信用代码，怎么写都行；写 - 则另行询问，不留在命令历史里。",
    "The name, as well as it is known.": "姓名或名称，知道多少写多少。",
    "1980, 1980-05 or 1980-05-12.": "出生日期：1980、1980-05 或 1980-05-12。",
    "An area's code, six digits or more.": "行政区划代码，六位以上。",
    "The telephone.": "电话号码。",
    "A declared purpose; needed with --full.": "声明过的用途；用 --full 时必填。",
    "The number of the case.": "办件编号。",
    "Show personal values without masks.": "显示个人信息原值，不脱敏。",
    "zh or en.": "zh 或 en。",
    "Say why a record belongs to its entity: each comparison with the record most like it, in words and bits.": "说明记录为何归入这个实体：与最相近记录的逐项比对，给出文字和比特数。",
    "The record's source.": "记录的数据源。",
    "The record's key in the source.": "记录在数据源中的主键。",
    # Places
    "Places: renew, load, lists, codes, addresses.": "地点：更新、导入、名单、代码、地址。",
    "Renew collections of places from areas, lists and the rows in force of their resources.": "根据区划、名单和信息资源的现行数据更新要素集。",
    "Collections; all where none is named.": "要素集；不写则全部。",
    "Load a collection from a GeoJSON file; features whose geometry can't be used are held, with reasons.": "从 GeoJSON 文件导入要素集；几何有问题的要素被隔离，并注明原因。",
    "A collection the file replaces.": "由文件整体替换的要素集。",
    "GeoJSON in CGCS2000.": "CGCS2000 坐标的 GeoJSON 文件。",
    "The property that tells features apart.": "区分要素的属性名。",
    "The property of the name.": "名称所在的属性名。",
    "The property of the area code.": "行政区划代码所在的属性名。",
    "Show what each official list says of each area, and where they differ.": "显示各份官方名单对每个区划的说法，以及不同之处。",
    "A collection of areas that lists speak of.": "名单所涉的区划要素集。",
    "Also areas on which the lists agree.": "也列出各名单说法一致的区划。",
    "Tell what an area code meant on a day, one meaning for each book of codes.": "说明区划代码在某一天的含义，每套代码各一条。",
    "An area code of 4 to 12 digits.": "4 至 12 位区划代码。",
    "The day, such as 1981-06-01; all meanings where left out.": "日期，如 1981-06-01；不写则列出全部含义。",
    "Code an address to its village: 12 digits, how sure, and what is left.": "把地址编码到村：12 位代码、把握程度和剩余部分。",
    "An address in Chinese.": "中文地址。",
    # The catalogue
    "The catalogue: one source of each element, sheets, reports upward.": "目录：一数一源、目录表、目录上报。",
    "Print which elements several departments collect, and from whom they should take them instead.": "列出多个部门重复采集的数据元，以及应从哪里取得。",
    "Write entries as an XLSX workbook with the thirteen fields and the items.": "把目录写成 XLSX 工作簿：十三项和信息项。",
    "Where to write the workbook.": "工作簿写到哪里。",
    "Of this department only.": "只写这个部门的。",
    "Take a department's workbook in: all of it, or every fault with its cell and exit 1.": "导入部门目录表：全部导入；有错则逐格列出，退出码为 1。",
    "The workbook.": "工作簿。",
    "Who compiles: a steward or approver of the department.": "由谁编制：该部门的数据专员或审批人。",
    "Show what was told to the upper level, what waits, and what it refused and why.": "显示已上报、待上报和被上级退回的目录及原因。",
    "Queue every entry whose version was never reported.": "把从未上报过的版本全部排队。",
    "Queue what was refused once more.": "被退回的重新排队。",
    "Send what is due now, without the worker.": "立即上报到期的，不等后台任务。",
    # The exchange
    "Requests, grants and keys of the exchange.": "共享交换：申请、授权和密钥。",
    "Say whose bulk file a leaked one is, by the marks left in it; exit 1 where none is.": "按文件中留存的水印追查泄露文件属于谁；找不到时退出码为 1。",
    "The file: Parquet, or CSV with column names.": "文件：Parquet，或带列名的 CSV。",
    "List the sharing requests, newest first.": "列出共享申请，新的在前。",
    "Only those that wait for a decision.": "只列待审批的。",
    "List the grants in force.": "列出生效中的授权。",
    "Also those that have ended.": "也列出已终止的。",
    "Issue a key for a system; it is printed once and kept nowhere.": "为应用系统签发密钥；只显示一次，平台不保存。",
    "The system's code.": "应用系统代码。",
    "Who issues it: a steward or approver of the department.": "由谁签发：本部门的数据专员或审批人。",
    # The audit log
    "The audit log: verify it, export it, hand out receipts.": "审计日志：核验、导出、出具回执。",
    "Replay the whole log: entries, tiles, head, signatures; exit 1 where something is wrong.": "重放整本日志：记录、数据块、树头、签名；有问题时退出码为 1。",
    "A checkpoint you kept; the log must still contain it.": "您另存的检查点；日志必须仍包含它。",
    "Write the log with a stand-alone verifier into a folder; the export itself is logged.": "把日志连同独立核验程序写到目录；导出本身也记入日志。",
    "A new folder.": "新目录。",
    "Print the newest signed checkpoint, with what witnesses signed of it; keep it elsewhere.": "显示最新的签名检查点及见证方的签名；请另存别处。",
    "The newest that enough witnesses have cosigned.": "只要见证方签名已够数的最新一个。",
    "Print the receipt of one entry as JSON; that it was read is logged first.": "以 JSON 显示一条记录的回执；先把这次查看记入日志。",
    "The entry's number.": "记录编号。",
    "Tell how each declared witness stands; exit 1 where one has seen another log than this one.": "说明各见证方的情况；有见证方看到的日志与本日志不同时退出码为 1。",
    "Ask them to cosign the newest checkpoint first.": "先请它们会签最新的检查点。",
    "Begin the month's log where the one that grows began in an earlier month (UTC); the worker does it by itself.": "现用日志始于以前月份（UTC）时，开始本月的日志；任务进程会自动办理。",
    "Print the verifier key of the month's log, which its receipts are checked with.": "显示本月日志的核验公钥，用来核验回执。",
    "The keys of all months, the first one first.": "列出各月的公钥，早的在前。",
    # The economy
    "Series of the economy: list, show, export.": "经济数据序列：列出、查看、导出。",
    "List dataflows with what there is of each, or the keys of one's series.": "列出数据流及其数据量，或某一数据流的序列键。",
    "Of this dataflow the series.": "列出这个数据流的序列。",
    "Show a series: periods, values, status, day of release.": "查看一个序列：时期、数值、状态、发布日期。",
    "The dataflow's code, such as gdp.": "数据流代码，如 gdp。",
    "The series' key, such as A.990000000000.GDP._T.": "序列键，如 A.990000000000.GDP._T。",
    "Every release, not only what stands.": "列出历次发布，不只是现行数值。",
    "Write a dataflow's figures into a file, in a format of SDMX.": "把数据流的数值按 SDMX 格式写入文件。",
    "Where to write.": "写到哪个文件。",
    "generic, specific, json1, json2, csv1, csv2": "generic、specific、json1、json2、csv1 或 csv2",
    "Series wanted, as in an address: A+Q..GDP.": "所要的序列，写法同网址：A+Q..GDP。",
    "What stood at this moment.": "这一时刻的现行数值。",
    # Witnesses
    "A witness: cosigns a log's checkpoints as long as it only grows.": "见证方：只要日志只增不改，就会签其检查点。",
    "Print the witness's verifier key, made once; the log's keeper and whoever verifies need it.": "显示见证方的核验公钥，首次运行时生成；日志保管方和核验者都要用它。",
    "Know a log from now on, by the key that `xilin audit key` prints at its keeper's.": "登记要见证的日志，凭其保管方用 `xilin audit key` 显示的公钥。",
    "The log's verifier key, or a file with it.": "日志的核验公钥，或存有它的文件。",
    "List the logs that are known, each with the size that was last cosigned.": "列出已登记的日志及各自最近会签时的条数。",
    "Answer `POST /add-checkpoint` (C2SP tlog-witness) until a signal ends it.": "应答 `POST /add-checkpoint`（C2SP tlog-witness），直到收到结束信号。",
    "Port; 0 takes a free one.": "端口；0 表示任取空闲端口。",
}  # fmt: skip
PANELS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "DEFAULT_STRING": "[默认：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
}


def in_chinese(command: Any) -> None:
    """Give a command, its options and everything below it their Chinese words; what has none stays English."""
    for name, words in PANELS.items():
        setattr(rich_utils, name, words)
    _translate(command)


def _translate(command: Any) -> None:
    usual = command.get_usage
    command.get_usage = lambda context: usual(context).replace("Usage: ", "用法：", 1)
    command.help = _called(command.help)
    for given in (*command.params, command.get_help_option(typer.Context(command))):
        if getattr(given, "help", None):
            given.help = _called(given.help)
    for below in getattr(command, "commands", {}).values():
        _translate(below)


def _called(words: str | None) -> str | None:
    return ZH.get(words.strip(), words) if words else words
