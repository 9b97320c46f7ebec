"""`xilin plan` and `xilin apply`: the league folder against the database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from xilin.config.language import language
from xilin.kernel.audit.actions import record
from xilin.kernel.exchange.actions.notices import announce
from xilin.kernel.standards import actions
from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.models import LeagueVersion
from xilin.kernel.standards.queries import current_version
from xilin.lib.declared import League, read
from xilin.lib.text import Text

MIGRATE_LOCK = 0x58494C02
ANOTHER = Text(
    zh="数据库里是盟市“{known}”，这个目录是“{wanted}”：生效后前者的声明将全部停用。确要如此，加 --replace；"
    "否则用 XILIN_HOME 或 XILIN_DATABASE_URL 另指一个库。",
    en="The database is that of league {known}, this folder is {wanted}: applying it ends everything the other declares. "
    "Add --replace if that is meant; else name another database by XILIN_HOME or XILIN_DATABASE_URL.",
)
Folder = Annotated[Path | None, typer.Argument(help="The league folder; XILIN_LEAGUE where it is left out.")]


def migrate() -> None:
    """Bring the database to this version's tables; of several processes at once the others wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATE_LOCK])
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATE_LOCK])


def load(folder: Path | None) -> League:
    """Read a league folder, or print its faults and exit 1."""
    from xilin.kernel.standards.report import print_faults

    league, faults = read(folder or Path(settings.LEAGUE), KINDS)
    if faults:
        print_faults(faults, language())
        raise typer.Exit(1)
    return league


def carry_out(league: League, *, at: datetime) -> tuple[LeagueVersion | None, list[actions.Change]]:
    """Apply a league folder that was read, say so in the audit log and to the gateways: all of it or nothing."""
    with transaction.atomic():
        version, changes = actions.apply(league, at=at)
        if version is not None:
            counts = {"added": version.added, "changed": version.changed, "removed": version.removed}
            detail = {"version": version.number, "digest": version.digest, **counts}
            announce(version.league)
            record("standards.league.applied", subject=version.league, detail=detail, at=at)
    return version, changes


def another(league: League) -> str:
    """What to tell whoever is about to apply one league to another's database, or ""."""
    version = current_version()
    wanted = next(iter(league.all("league")), "")
    if version is None or version.league == wanted:
        return ""
    return ANOTHER.filled({"known": version.league, "wanted": wanted}).of(language())


def plan(folder: Folder = None) -> None:
    """Show what `apply` would change; exit 1 where a file has faults, each told with its line."""
    from xilin.kernel.standards.report import print_plan

    migrate()
    league = load(folder)
    print_plan(actions.plan(league), language())
    if warning := another(league):
        typer.secho(warning, fg="yellow", err=True)


def apply(
    folder: Folder = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put this league in place of another.")] = False,
) -> None:
    """Bring the database to what the league folder declares, in one transaction."""
    from xilin.kernel.standards.report import print_plan

    migrate()
    league = load(folder)
    if (warning := another(league)) and not replace:
        typer.secho(warning, fg="red", err=True)
        raise typer.Exit(1)
    version, changes = carry_out(league, at=datetime.now(UTC))
    print_plan(changes, language(), version=version)
