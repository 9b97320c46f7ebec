"""`xilin quality`: scores and quarantine for the machine's operator; never a value of a row."""

from typing import Annotated

import typer
from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.kernel.quality import queries
from xilin.kernel.quality.models import Quarantined
from xilin.kernel.quality.scoring import DIMENSIONS

app = typer.Typer(no_args_is_help=True, help="Quality: scores in six dimensions, rows held back.")


@app.callback()
def root() -> None:
    """Quality: scores in six dimensions, rows held back."""


@app.command()
def scores(
    resource: Annotated[str | None, typer.Argument(help="One resource, with each of its checks.")] = None,
) -> None:
    """Print the latest score of every resource, or each check of one."""
    Console().print(_checks(resource) if resource else _scores())


@app.command()
def quarantine(
    source: Annotated[str | None, typer.Argument(help="One source only.")] = None,
) -> None:
    """Print how many rows each source has held back, and for which reasons."""
    rows = Quarantined.objects.filter(source=source) if source else Quarantined.objects.all()
    held = rows.order_by("source").values_list("source").annotate(count=Count("pk"))
    console = Console()
    for code, count in held:
        console.print(f"{code}: {count:,}")
        for name, broken in _reasons(code):
            console.print(f"  {broken:>9,}  {name}")
    if not held:
        console.print(_("No row is held back."))


def _scores() -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, head in enumerate((_("resource"), _("overall"), *map(_dimension, DIMENSIONS))):
        table.add_column(head, justify="right" if index else "left")
    for code, score in sorted(queries.scores().items()):
        shares = (score.dimensions[name].share for name in DIMENSIONS)
        table.add_row(code, _percent(score.overall), *map(_percent, shares))
    return table


def _checks(resource: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, head in enumerate((_("check"), _("dimension"), _("checked"), _("broken"))):
        table.add_column(head, justify="right" if index > 1 else "left")
    for one in queries.results(resource):
        name = one.name.of(get_language() or "")
        table.add_row(name, _dimension(one.dimension), f"{one.checked:,}", f"{one.broken:,}")
    return table


def _reasons(source: str) -> list[tuple[str, int]]:
    """How many rows of a source each check holds back; the check's code, as its words may hold a value."""
    counted: dict[str, int] = {}
    for reasons in Quarantined.objects.filter(source=source).values_list("reasons", flat=True).iterator():
        for reason in reasons:
            counted[reason["code"]] = counted.get(reason["code"], 0) + 1
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _dimension(name: str) -> str:
    return {
        "conformity": _("conformity"),
        "completeness": _("completeness"),
        "accuracy": _("accuracy"),
        "consistency": _("consistency"),
        "timeliness": _("timeliness"),
        "accessibility": _("accessibility"),
    }[name]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"
