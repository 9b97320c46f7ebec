"""The last thing a demo says: where everything is, who may sign in, what to try first."""

from collections.abc import Sequence
from pathlib import Path

from xilin.demo.accounts import Account
from xilin.demo.sharing import Told
from xilin.lib.text import Text

PORTAL = Text(
    zh="""
[bold]演示环境已就绪[/bold]

  门户首页      {site}
  数据目录      {site}catalogue/
  数据质量      {site}quality/
  运行驾驶舱    {site}cockpit/
  共享网关      {gateway}v1/openapi.json
  商品查验      {site}check/（给程序用：{checks}openapi.json）
  手持端        {site}handheld/
  发展现状报告  {report}
""",
    en="""
[bold]The demo is ready[/bold]

  Portal            {site}
  Catalogue         {site}catalogue/
  Quality           {site}quality/
  Cockpit           {site}cockpit/
  Gateway           {gateway}v1/openapi.json
  Checks of goods   {site}check/ (for programs: {checks}openapi.json)
  Handheld          {site}handheld/
  Status report     {report}
""",
)
ACCOUNTS = Text(
    zh="[bold]演示账号[/bold]（口令为本机随机生成，保存在 {file}，仅本人可读）",
    en="[bold]Accounts[/bold] (passwords are random, made for this machine, kept in {file} for its owner only)",
)
STORY = Text(
    zh="""
[bold]一次合法的数据共享[/bold]（已经走完）
  民政局为“社会救助资格核对”申请户籍信息 {request}，公安局批准，授权 {grant} 即时生效；
  民政局的系统凭密钥调用网关，得到脱敏后的字段：
    {fields}
  访问先记入审计日志第 {entry} 条，回执在 {receipt}
  用只依赖 Python 标准库的核验程序核验回执：{holds}；全部日志 {size} 条核验：{log}
""",
    en="""
[bold]One lawful look-up[/bold] (already carried out)
  Civil affairs asked for household data to check an entitlement ({request}); the police approved, grant {grant} was in
  force at once; civil affairs' system called the gateway with its key and got masked fields:
    {fields}
  The access is entry {entry} of the audit log, written before the answer; its receipt is {receipt}
  The stand-alone verifier says of the receipt: {holds}; of all {size} entries of the log: {log}
""",
)
TRY = Text(
    zh="""
[bold]先试这些[/bold]
  1. 打开首页，把鼠标移到地图的旗县上，看各地的数据；再看“发展现状”里 90,591 ÷ 107,192 为什么不是 84.53%。
  2. 用 mzj_steward 登录，在“数据目录”里搜“身份”，为民政局申请一项数据；
     再用 gaj_approver 登录批准它，回到 mzj_steward 看授权。
  3. 用 wjw_steward 登录，看卫健委被隔离的记录和每一条的原因。
  4. 用 auditor 登录，看审计日志；命令行核验：./xilin audit verify
  5. 用 nmj_steward 登录，在“商品与码”里看羊肉链条、耳标配额和物料平衡，受理并处理一条预警。
  6. 用 gaj_steward 登录，看“群众反映”里的随手报和各件的时限；所报各件的编号和查询码在演示目录的 demo/reports。
  7. 与真值比较关联质量：./xilin score
""",
    en="""
[bold]Try these first[/bold]
  1. Open the portal and point at the banners of the map; then see in the status report why 90,591 of 107,192 is
     not 84.53 %.
  2. Sign in as mzj_steward, search the catalogue and ask for a resource; sign in as gaj_approver, approve it, and
     see the grant as mzj_steward.
  3. Sign in as wjw_steward and read which of the health commission's records are held in quarantine, and why.
  4. Sign in as auditor and read the log; on the command line: ./xilin audit verify
  5. Sign in as nmj_steward: under "Goods and codes" see mutton's chains, quotas and balances; take an alarm and
     decide it.
  6. Sign in as gaj_steward: "Problems reported" has what people sent, and the clock of each; numbers and follow-up keys
     of all are in demo/reports of the demo's folder.
  7. Compare the registries with the truth: ./xilin score
""",
)
SERVED = Text(
    zh="按 Ctrl-C 停止全部服务；再次执行 ./xilin demo 会接着用这些数据。",
    en="Ctrl-C stops everything; ./xilin demo goes on with the same data.",
)
NOT_SERVED = Text(
    zh="服务已停止（--no-serve）。执行 ./xilin demo 启动它们。",
    en="Nothing is being served (--no-serve). ./xilin demo starts everything.",
)
YES_NO = {True: Text(zh="成立", en="it holds"), False: Text(zh="不成立", en="it does NOT hold")}


def text(
    language: str,
    *,
    site: str,
    gateway: str,
    checks: str,
    report: Path,
    accounts: Sequence[Account],
    accounts_file: Path,
    told: Told | None,
    served: bool,
) -> str:
    """The text, in rich's markup."""
    parts = [
        PORTAL.filled({"site": site, "gateway": gateway, "checks": checks, "report": report}).of(language)
    ]
    parts.append(ACCOUNTS.filled({"file": accounts_file}).of(language))
    parts += [
        f"  {account.name:<15} {account.password:<14} {account.who.of(language)}" for account in accounts
    ]
    if told is not None:
        facts = {
            "request": told.request,
            "grant": told.grant,
            "fields": "  ".join(f"{name}={value}" for name, value in told.fields.items()),
            "entry": told.entry,
            "receipt": told.receipt,
            "holds": YES_NO[told.holds].of(language),
            "size": told.log_size,
            "log": YES_NO[told.log_holds].of(language),
        }
        parts.append(STORY.filled(facts).of(language))
    parts.append(TRY.of(language))
    parts.append((SERVED if served else NOT_SERVED).of(language))
    return "\n".join(parts)
