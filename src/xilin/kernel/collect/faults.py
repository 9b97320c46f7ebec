"""What may be wrong with a source: one function a fault, each with what to do, in both languages.

A fault ends the batch, never the run: `actions.collect` turns it into a refused batch. Its sentences are in the
reader's language whole; a driver's own words are its `detail`, for those who operate. No fault repeats a value of a row, a password or a token.
"""

from collections.abc import Iterable

from xilin.lib.text import Text

# Characters of a column's name that a message repeats.
LONGEST_NAME = 60


class SourceFault(Exception):
    """A source can't be read as it is declared; its batch is refused."""

    def __init__(self, code: str, *, zh: str, en: str, detail: str = "") -> None:
        super().__init__(en)
        self.code = code
        self.text = Text(zh=zh, en=en)
        self.detail = detail

    def told(self) -> dict[str, str]:
        """As a batch keeps it."""
        return {"code": self.code, "zh": self.text.zh, "en": self.text.en, "detail": self.detail}


def unset_variable(name: str) -> SourceFault:
    """A `${NAME}` of the connection that the environment doesn't have."""
    return SourceFault(
        "unset_variable",
        zh=f"环境变量 {name} 没有设置。请在运行采集的环境中设置它，再重新采集。",
        en=f"Environment variable {name} is not set. Set it where collection runs, then collect again.",
    )


def no_file(pattern: str) -> SourceFault:
    """No file is there by this name or pattern."""
    return SourceFault(
        "no_file",
        zh=f"没有文件与“{pattern}”相符。请确认部门已交付文件，并检查 path。",
        en=f"No file matches {pattern}. Check that the department has delivered it, and check `path`.",
    )


def unreadable_file(file: str, cause: Text, detail: str) -> SourceFault:
    """The machine refuses to open a file."""
    return SourceFault(
        "unreadable_file",
        zh=f"文件 {file} 打不开：{cause.zh}。请检查权限和磁盘。",
        en=f"File {file} can't be opened: {cause.en}. Check its permissions and the disk.",
        detail=detail,
    )


def bad_encoding(file: str, encoding: str, offset: int, line: int) -> SourceFault:
    """Bytes that are no text in the declared encoding; offset counted from 0, line from 1."""
    return SourceFault(
        "bad_encoding",
        zh=f"文件 {file} 第 {line} 行（第 {offset} 字节）不是合法的 {encoding} 编码。"
        f"请按 {encoding} 重新导出，或改正数据源声明中的 encoding。",
        en=f"File {file} is not {encoding} text at line {line} (byte {offset}). "
        f"Export it again as {encoding}, or mend `encoding` in the source's declaration.",
    )


def unknown_encoding(encoding: str) -> SourceFault:
    """An encoding nobody knows."""
    return SourceFault(
        "unknown_encoding",
        zh=f"不认识编码“{encoding}”。请在数据源声明中改正 encoding，例如 gb18030、utf-8-sig。",
        en=f"There is no encoding {encoding}. Mend `encoding` in the declaration, for example gb18030 or utf-8-sig.",
    )


def named(names: Iterable[str]) -> list[str]:
    """Names of columns as they may be told: a heading that swallowed rows is cut at its first line."""
    return [(name.splitlines() or [""])[0][:LONGEST_NAME] for name in names]


def missing_columns(where: str, missing: Iterable[str], found: Iterable[str]) -> SourceFault:
    """Columns that the mapping needs and the source doesn't have."""
    lost, there = list(missing), named(found)
    shown = "、".join(there[:40]) + (" …" if len(there) > 40 else "")
    return SourceFault(
        "missing_column",
        zh=f"{where} 缺少列：{'、'.join(lost)}。实有的列：{shown}。请补上该列，或改正数据源声明中的列映射。",
        en=f"{where} lacks column {', '.join(lost)}. It has: {shown.replace('、', ', ')}. "
        "Add the column, or mend the mapping in the source's declaration.",
    )


def other_headings(where: str, missing: Iterable[str], count: int) -> SourceFault:
    """A first row with none of the columns: it may be a row of data, so none of it is repeated."""
    lost = list(missing)
    return SourceFault(
        "missing_column",
        zh=f"{where} 的表头行中没有任何所需的列：{'、'.join(lost)}。该行有 {count} 个值，可能是数据而不是表头，因此不在此显示。"
        "请补上表头行，或改正 header_row 或列映射。",
        en=f"{where} has none of the columns needed in its row of headings: {', '.join(lost)}. The row has {count} values, "
        "which may be data rather than headings and are not shown here. Add the row of headings, or mend `header_row` or "
        "the mapping.",
    )


def no_header(where: str) -> SourceFault:
    """Nothing stands where the names of the columns should."""
    return SourceFault(
        "no_header",
        zh=f"{where} 没有表头行。请确认文件不是空的，并检查 header_row。",
        en=f"{where} has no row of headings. Check that it isn't empty, and check `header_row`.",
    )


def broken_csv(file: str, why: Text, detail: str = "") -> SourceFault:
    """A CSV file whose quoting can't be followed."""
    return SourceFault(
        "broken_csv",
        zh=f"文件 {file} 不是合法的 CSV：{why.zh}。请检查引号和分隔符，重新导出。",
        en=f"File {file} is not CSV: {why.en}. Check quotes and delimiter, and export it again.",
        detail=detail,
    )


def long_row(where: str, megabytes: int) -> SourceFault:
    """A row that is longer than what is read at once."""
    return SourceFault(
        "long_row",
        zh=f"{where} 有一行超过 {megabytes} MiB，读不了。请检查引号是否成对；如果列中存的是图片或图形，请部门提供不含该列的视图。",
        en=f"{where} has a row of more than {megabytes} MiB, which can't be read. Check that quotes are closed; where a column "
        "holds pictures or shapes, ask the department for a view without it.",
    )


def too_ragged(file: str, most: int) -> SourceFault:
    """A CSV file in which line upon line doesn't fit its headings."""
    return SourceFault(
        "too_ragged",
        zh=f"文件 {file} 有超过 {most} 行的列数与表头不一致。请检查分隔符和表头行，重新导出。",
        en=f"File {file} has more than {most} lines with more or fewer values than headings. Check delimiter and headings, and "
        "export it again.",
    )


def not_text(column: str) -> SourceFault:
    """Bytes in a column of text that are no UTF-8."""
    return SourceFault(
        "not_text",
        zh=f"列“{column}”中有不是 UTF-8 文本的字节。请该系统的管理员改正该列的编码，或提供不含该列的视图。",
        en=f"Column {column} holds bytes that are no UTF-8 text. Have that system's operators mend the column's encoding, or "
        "offer a view without it.",
    )


def broken_workbook(file: str, detail: str) -> SourceFault:
    """A spreadsheet that is cut short or no spreadsheet at all."""
    return SourceFault(
        "broken_workbook",
        zh=f"电子表格 {file} 不完整、已损坏，或者不是电子表格。请让部门重新发送该文件。",
        en=f"Workbook {file} is cut short or damaged, or is no workbook. Have the department send it again.",
        detail=detail,
    )


def locked_workbook(file: str) -> SourceFault:
    """A spreadsheet that a password protects."""
    return SourceFault(
        "locked_workbook",
        zh=f"电子表格 {file} 有密码保护。请让部门去掉密码后重新发送该文件。",
        en=f"Workbook {file} is protected by a password. Have the department send it again without.",
    )


def no_sheet(file: str, sheet: str, found: Iterable[str]) -> SourceFault:
    """A workbook without the declared sheet."""
    names = list(found)
    return SourceFault(
        "no_sheet",
        zh=f"电子表格 {file} 没有工作表“{sheet}”，只有：{'、'.join(names)}。请改正 sheet 或文件。",
        en=f"Workbook {file} has no sheet {sheet}, only: {', '.join(names)}. Mend `sheet` or the file.",
    )


def broken_file(file: str, cause: Text, detail: str) -> SourceFault:
    """A file of data that is none, or can't be read."""
    return SourceFault(
        "broken_file",
        zh=f"数据文件 {file} 读不了：{cause.zh}。请检查该文件；如果已损坏，请让部门重新发送。",
        en=f"Data file {file} can't be read: {cause.en}. Check it; where it is damaged, have the department send it again.",
        detail=detail,
    )


def bad_address() -> SourceFault:
    """A URL that can't be taken apart; nothing of it is repeated, as a password may stand anywhere in it."""
    return SourceFault(
        "bad_address",
        zh="连接地址看不懂。请写成 协议://账号:口令@主机:端口/库，口令中的特殊字符写成 %XX（例如 # 写成 %23，@ 写成 %40，/ 写成 %2F）。",
        en="The address of the connection can't be read. Write scheme://account:password@host:port/database, with special "
        "characters of the password as %XX (# as %23, @ as %40, / as %2F).",
    )


def bad_header(name: str) -> SourceFault:
    """A header of HTTP that can't be sent."""
    return SourceFault(
        "bad_header",
        zh=f"请求头 {name} 含有 HTTP 不能发送的字符。请检查 headers 及其引用的环境变量。",
        en=f"Header {name} has characters that HTTP can't send. Check `headers` and the variables it names.",
    )


def unreachable(where: str, cause: Text, detail: str) -> SourceFault:
    """A server that can't be connected to."""
    return SourceFault(
        "unreachable",
        zh=f"连不上 {where}：{cause.zh}。请检查地址、端口和网络，并确认该系统正在运行。",
        en=f"{where} can't be reached: {cause.en}. Check address, port and network, and that the system is running.",
        detail=detail,
    )


def login_refused(where: str, detail: str) -> SourceFault:
    """A server that doesn't let the account in."""
    return SourceFault(
        "login_refused",
        zh=f"{where} 拒绝登录。请检查账号和口令，并请该系统的管理员确认该账号可以从本平台登录。",
        en=f"{where} refused the log-in. Check account and password, and have that system's operators confirm that the "
        "account may log in from here.",
        detail=detail,
    )


def no_database(where: str, detail: str) -> SourceFault:
    """A server without the declared database, or one the account may not use."""
    return SourceFault(
        "no_database",
        zh=f"{where} 中的数据库不存在，或者账号无权使用。请改正 url，或请部门授权。",
        en=f"The database of {where} isn't there, or the account may not use it. Mend `url`, or ask the department.",
        detail=detail,
    )


def no_table(where: str, table: str, detail: str = "") -> SourceFault:
    """A database without the declared table, or one the account may not see."""
    return SourceFault(
        "no_table",
        zh=f"{where} 没有表“{table}”，或者账号无权读取。请改正 table，或请部门授权。",
        en=f"{where} has no table {table}, or the account may not read it. Mend `table`, or ask the department.",
        detail=detail,
    )


def broken_read(where: str, cause: Text, detail: str) -> SourceFault:
    """A database that stopped in the middle."""
    return SourceFault(
        "broken_read",
        zh=f"从 {where} 读取时中断：{cause.zh}。请稍后重新采集；如果再次发生，请联系该系统的管理员。",
        en=f"Reading from {where} broke off: {cause.en}. Collect again later; if it recurs, ask that system's operators.",
        detail=detail,
    )


def http_status(where: str, page: int, status: int, tries: int) -> SourceFault:
    """An answer that is not a page of data."""
    if status in (401, 403):
        return SourceFault(
            "http_denied",
            zh=f"{where} 第 {page} 页拒绝访问（HTTP {status}）。请检查 headers 中的令牌是否正确、是否过期。",
            en=f"{where} denied access at page {page} (HTTP {status}). Check whether the token in `headers` is right and in date.",
        )
    return SourceFault(
        "http_status",
        zh=f"{where} 第 {page} 页返回 HTTP {status}（试了 {tries} 次）。请该系统的管理员检查，然后重新采集。",
        en=f"{where} answered page {page} with HTTP {status} ({tries} tries). Have that system's operators look, then collect again.",
    )


def http_down(where: str, page: int, cause: Text, tries: int, detail: str) -> SourceFault:
    """No answer at all, or none that is whole."""
    return SourceFault(
        "unreachable",
        zh=f"{where} 第 {page} 页没有取到：{cause.zh}（试了 {tries} 次）。请检查地址和网络，并确认该系统正在运行。",
        en=f"Page {page} of {where} could not be had: {cause.en} ({tries} tries). Check address and network, and that the "
        "system is running.",
        detail=detail,
    )


def http_shape(where: str, page: int, wanted: str) -> SourceFault:
    """An answer without the list, or the count, where the declaration says."""
    return SourceFault(
        "http_shape",
        zh=f"{where} 第 {page} 页的应答中没有“{wanted}”。请对照接口文档改正 items 或 total。",
        en=f"The answer of {where} for page {page} has no {wanted}. Mend `items` or `total` by the interface's document.",
    )


def http_no_json(where: str, page: int, detail: str) -> SourceFault:
    """An answer that is no JSON, such as a page of words of a proxy."""
    return SourceFault(
        "http_shape",
        zh=f"{where} 第 {page} 页的应答不是 JSON。请检查地址，并请该系统的管理员检查接口。",
        en=f"The answer of {where} for page {page} is no JSON. Check the address, and have that system's operators look.",
        detail=detail,
    )


def http_total(where: str, told: int, found: int) -> SourceFault:
    """The pages together don't have the rows the interface counts."""
    return SourceFault(
        "http_total",
        zh=f"{where} 报告共 {told} 行，各页合计 {found} 行。数据可能正在变化，请稍后重新采集；"
        "如果再次发生，请该系统的管理员检查分页。",
        en=f"{where} counts {told} rows, its pages have {found}. The data may be changing: collect again later; "
        "if it recurs, have that system's operators look at the paging.",
    )


def same_page(where: str, page: int) -> SourceFault:
    """Two pages one after the other that are the same: the interface doesn't heed the page asked for."""
    return SourceFault(
        "http_same_page",
        zh=f"{where} 第 {page} 页与上一页完全相同，接口可能没有按页返回。请对照接口文档改正 page_parameter 或 size_parameter。",
        en=f"Page {page} of {where} is the same as the one before it: the interface may not heed the page asked for. Mend "
        "`page_parameter` or `size_parameter` by the interface's document.",
    )


def broken_declaration(what_zh: str, what_en: str, detail: str = "") -> SourceFault:
    """Declarations in force that contradict one another."""
    return SourceFault(
        "broken_declaration",
        zh=f"{what_zh}请改正盟市目录中的声明，运行 xilin apply，再重新采集。",
        en=f"{what_en} Mend the league folder, run xilin apply, then collect again.",
        detail=detail,
    )


def columns_dont_fit(columns: Iterable[str], detail: str) -> SourceFault:
    """The standard table can't take the resource's new types."""
    changed = list(columns)
    return SourceFault(
        "columns_dont_fit",
        zh=f"列 {'、'.join(changed)} 的类型改变，已有的表不能容纳。请为改变了类型的信息项另取列名（column）。",
        en=f"The type of column {', '.join(changed)} has changed and the table can't take it. Give the item that changed a new "
        "`column`.",
        detail=detail,
    )
