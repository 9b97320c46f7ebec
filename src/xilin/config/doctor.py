"""`xilin doctor`: whether this installation can keep what the platform promises."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

import typer
from django.conf import settings
from django.db import connection

from xilin.config.language import language
from xilin.config.reach import OLDEST, TOO_OLD
from xilin.config.tables import missing
from xilin.kernel.audit import durability
from xilin.kernel.audit.keys import signer
from xilin.kernel.casework.queries import calendar_alarms
from xilin.kernel.exchange import risk
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

CANT_WRITE = Text(
    zh="无法写入 {folder}：{why}。请把该目录的属主改为运行本平台的用户，或用 XILIN_HOME 另指一个目录。",
    en="{folder} can't be written: {why}. Give it to the user the platform runs as, or name another by XILIN_HOME.",
)
BAD_KEY = Text(
    zh="日志签名密钥无法读取。请从备份恢复 XILIN_HOME/keys/audit，或改正 XILIN_AUDIT_KEY。",
    en="The key that signs the log can't be read. Restore XILIN_HOME/keys/audit from its backup, or mend XILIN_AUDIT_KEY.",
)

NO_TABLE = Text(
    zh="缺少节假日表：{years}（括号内为按周末估算的在办时限数）。请把国务院办公厅的通知写入 holidays.toml，再运行 xilin apply。",
    en="Holiday tables are missing: {years} (with how many open deadlines are estimates). "
    "Enter the State Council's table in holidays.toml, then run xilin apply.",
)
NOT_MEASURED = Text(
    zh="以下资源的脱敏余数未计算或已过期：{resources}。请运行 xilin worker（发布后自动计算），或运行 xilin exchange fits。",
    en="How many people fit the masks of these resources was not measured, or on other rows: {resources}. "
    "Run xilin worker, which measures after each publishing, or xilin exchange fits.",
)


def version() -> str:
    """What is wrong with the server's version, or ""."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, name = cursor.fetchone()
    return "" if number >= OLDEST else TOO_OLD.filled({"found": name}).of(language())


def durable() -> str:
    """What is wrong where the database doesn't wait for the disk, or ""."""
    try:
        durability.check()
    except Refusal as refusal:
        return f"{refusal} {refusal.advice}"
    return ""


def home() -> str:
    """What is wrong where the home folder can't be written, or ""."""
    folder = Path(settings.HOME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(b"\0")
    except OSError as error:
        return CANT_WRITE.filled({"folder": folder, "why": error.strerror}).of(language())
    return ""


def signing_key() -> str:
    """What is wrong where checkpoints can't be signed, or ""."""
    try:
        signer().note(0, bytes(32))
    except ValueError:
        return BAD_KEY.of(language())
    return ""


def holidays() -> str:
    """Which years' holiday tables are wanted by open deadlines, or ""."""
    wanted = {} if missing() else calendar_alarms(datetime.now(UTC))
    years = ", ".join(f"{year} ({steps})" for year, steps in wanted.items() if steps)
    return NO_TABLE.filled({"years": years}).of(language()) if years else ""


def masks() -> str:
    """Of which resources' masks it isn't known how many people fit, or ""."""
    found = [] if missing() else risk.outdated()
    return NOT_MEASURED.filled({"resources": ", ".join(found)}).of(language()) if found else ""


CHECKS: dict[Text, Callable[[], str]] = {
    Text(zh="数据库版本", en="database version"): version,
    Text(zh="提交后数据已落盘", en="commits wait for the disk"): durable,
    Text(zh="数据目录可写", en="home folder can be written"): home,
    Text(zh="日志签名密钥", en="key that signs the log"): signing_key,
    Text(zh="节假日表已齐", en="holiday tables that deadlines need"): holidays,
    Text(zh="脱敏余数已计算", en="people who fit masks are measured"): masks,
}


def doctor() -> None:
    """Check what this installation needs: database, disk, keys; exit 1 where something is wrong, with what to do."""
    found = {title: check() for title, check in CHECKS.items()}
    for title, wrong in found.items():
        typer.echo(f"{'✗' if wrong else '✓'} {title.of(language())}")
        if wrong:
            typer.echo(f"  {wrong}")
    raise typer.Exit(1 if any(found.values()) else 0)
