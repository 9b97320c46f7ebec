"""Whether the database of XILIN_DATABASE_URL can be reached; where not, what is wrong and what to do, in our own words."""

import re
import time
from select import select
from typing import Any

from psycopg import conninfo, pq
from psycopg.pq.abc import PGconn

from xilin.lib.text import Text

PATIENCE = 10
OLDEST = 150_000

NO_ANSWER = Text(
    zh="XILIN_DATABASE_URL 指定的数据库连不上：该地址没有服务器应答。请检查主机、端口和网络，以及数据库是否在运行；不设该变量则使用自带的数据库。",
    en="The database that XILIN_DATABASE_URL names can't be reached: no server answers there. Check host, port and network, and that "
    "the database runs; without the variable an embedded one is used.",
)
NOT_POSTGRESQL = Text(
    zh="XILIN_DATABASE_URL 指定的地址有程序应答，但不是 PostgreSQL。请检查主机和端口（PostgreSQL 一般为 5432）。",
    en="What answers at the address in XILIN_DATABASE_URL is no PostgreSQL. Check host and port (PostgreSQL's is 5432 as a rule).",
)
TLS = Text(
    zh="与 XILIN_DATABASE_URL 指定的数据库建立加密连接（TLS）失败。请检查 sslmode、sslrootcert 等参数，以及服务器的证书和 ssl 设置。",
    en="No encrypted connection (TLS) to the database that XILIN_DATABASE_URL names comes about. Check sslmode, sslrootcert and the "
    "like in it, and the server's certificate and its setting ssl.",
)
WHO = Text(
    zh="数据库有应答，但不接受 XILIN_DATABASE_URL 中的用户或口令。请检查用户名和口令；口令中的 @ : / 写成 %40 %3A %2F。",
    en="The database answers, but user or password in XILIN_DATABASE_URL are not right. Check both; in a password @ : / are written "
    "%40 %3A %2F.",
)
NOT_LET_IN = Text(
    zh="数据库有应答，但不允许该用户从本机连接这个数据库。请在服务器的 pg_hba.conf 中放行，或授予 CONNECT 权限。",
    en="The database answers, but does not let this user in from this machine. Allow it in the server's pg_hba.conf, or grant CONNECT.",
)
NO_DATABASE = Text(
    zh="服务器上没有 XILIN_DATABASE_URL 中写的数据库。请先用 CREATE DATABASE 建库（编码 UTF8），或改正 URL 末尾的库名。",
    en="The server has no database of the name in XILIN_DATABASE_URL. Make it first with CREATE DATABASE (encoding UTF8), or mend "
    "the name at the end of the URL.",
)
BUSY = Text(
    zh="数据库有应答，但此刻不接受连接：正在启动或停止，或连接数已满。请稍后再试，或调高服务器的 max_connections。",
    en="The database answers, but takes no connections now: it starts, stops, or has no more to give. Try again later, or raise the "
    "server's max_connections.",
)
REFUSED = Text(
    zh="数据库有应答，但拒绝了连接。请看下面的原话和服务器日志。",
    en="The database answers, but refuses the connection. See its own words below, and its log.",
)
VALUE = Text(
    zh="XILIN_DATABASE_URL 的“?”之后有参数取值不对。请改正。",
    en="A value after the ? in XILIN_DATABASE_URL is none that its option takes. Mend it.",
)
TOO_OLD = Text(
    zh="PostgreSQL {found} 太旧。请用 15 或更新的版本，并在 XILIN_DATABASE_URL 中指明。",
    en="PostgreSQL {found} is too old. Name one of version 15 or newer in XILIN_DATABASE_URL.",
)
LOST = Text(
    zh="与数据库的连接中断，命令没有做完。请查看服务器日志，之后重新运行。",
    en="The connection to the database broke off, and the command was not finished. See the server's log, then run it again.",
)

# The client library speaks English whatever the locale; the order matters. A server may speak another language, so
# what it says is told apart by asking it again rather than by its words, where that is possible.
SIGNS = (
    (VALUE, r"^invalid |invalid integer value|invalid \S+ value"),
    (
        NOT_POSTGRESQL,
        r"invalid response to|expected authentication request",
    ),
    (NOT_LET_IN, r"pg_hba\.conf"),
    (
        BUSY,
        r"starting up|shutting down|recovery mode|not accepting|too many|slots are|启动|关闭|恢复模式|太多|连接位置",
    ),
    (TLS, r"SSL|TLS|certificate|证书"),
    (
        NO_ANSWER,
        r"could not translate|refused|timeout|timed out|unreachable|No route|No such file|Permission denied|reset by peer",
    ),
    (WHO, r"no password supplied|password|role \"|authentication failed|口令|认证|角色"),
)


def fault(known: dict[str, Any]) -> tuple[Text, str] | None:
    """What keeps Django's DATABASES entry from being used, with the driver's own words; None where nothing does.

    The words name host, port and user, never a password.
    """
    patience = str(known["OPTIONS"].get("connect_timeout", PATIENCE))
    if not patience.isdigit():
        return VALUE, f"connect_timeout={patience}"
    link = _tried(known)
    try:
        if link is None:
            return NO_ANSWER, ""
        if link.status == pq.ConnStatus.OK:
            version = link.server_version
            return (TOO_OLD.filled({"found": version // 10_000}), "") if version < OLDEST else None
        why = "; ".join(line.strip().rstrip(".") for line in _said(link).splitlines() if line.strip())
    finally:
        if link is not None:
            link.finish()
    said = next((words for words, sign in SIGNS if re.search(sign, why)), REFUSED)
    if said in (WHO, REFUSED) and (other := _elsewhere(known)) is not None:
        said = other
    return said, why


def detailed(said: Text, why: str) -> Text:
    """Our words, and below them the driver's where it had any."""
    if not why:
        return said
    return Text(zh=f"{said.zh}\n  原话：{why}", en=f"{said.en}\n  In its own words: {why}")


def _said(link: PGconn) -> str:
    return link.error_message.decode("utf-8", "replace")


def _elsewhere(known: dict[str, Any]) -> Text | None:
    """What is wrong with a database whose server lets the same user into another one; None where it doesn't."""
    link = _tried(known | {"NAME": "postgres"}) if known["NAME"] != "postgres" else None
    if link is None:
        return None
    try:
        if link.status != pq.ConnStatus.OK:
            return None
        name = known["NAME"].encode()
        there = link.exec_params(b"SELECT 1 FROM pg_database WHERE datname = $1", [name]).ntuples
        return NOT_LET_IN if there else NO_DATABASE
    finally:
        link.finish()


def _tried(known: dict[str, Any]) -> PGconn | None:
    """A connection that came about or failed, for the caller to close; None where nobody answered in time."""
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    said = {name: known[key] for key, name in names.items() if known[key]} | known["OPTIONS"]
    patience = int(said.pop("connect_timeout", PATIENCE)) or PATIENCE
    link = pq.PGconn.connect_start(conninfo.make_conninfo(**said).encode())
    ends = time.monotonic() + patience
    state: int = pq.PollingStatus.WRITING if link.status != pq.ConnStatus.BAD else pq.PollingStatus.FAILED
    while state in (pq.PollingStatus.READING, pq.PollingStatus.WRITING):
        left = ends - time.monotonic()
        reading = [link.socket] if state == pq.PollingStatus.READING else []
        writing = [link.socket] if state == pq.PollingStatus.WRITING else []
        if left <= 0 or not any(select(reading, writing, [], left)):
            link.finish()
            return None
        state = link.connect_poll()
    return link
