"""`xilin trace back`, `forward` and `recall`: traces on the command line of the machine's operator, who sees all."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import typer
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.shapes import Completeness
from xilin.apps.trace.repository import access
from xilin.apps.trace.repository.finding import Viewer
from xilin.apps.trace.tracing import answers, asked, names, sight
from xilin.lib.errors import NotFound, Refusal

MOST = 200

Identifier = Annotated[
    str, typer.Argument(help="Ear tag, Digital Link, EPC, SSCC, or GTIN/lot or GTIN/serial number.")
]
Party = Annotated[
    str, typer.Option(help="As this party may see it; as the operator, who sees all, where left out.")
]
At = Annotated[str, typer.Option(help="As things stood then (2026-11-26T08:00:00+08:00).")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def back(identifier: Identifier, at: At = "", party: Party = "", json: Json = False) -> None:
    """Say what something was made of: every process, place and animal behind it."""
    _traced(identifier, "back", at, party, json)


def forward(identifier: Identifier, at: At = "", party: Party = "", json: Json = False) -> None:
    """Say what something went into."""
    _traced(identifier, "forward", at, party, json)


def recall(
    identifiers: Annotated[
        list[str] | None, typer.Argument(help="Ear tags, lots, codes or containers.")
    ] = None,
    household: Annotated[str, typer.Option(help="Place of a household: all that was tagged there.")] = "",
    at: At = "",
    party: Party = "",
    json: Json = False,
) -> None:
    """List everything that anything of these is in, and who has it; nothing is recalled by asking."""
    try:
        moment, viewer = asked.time(at), _viewer(party)
        roots = asked.all_known(identifiers or ()) + (
            walks.tagged(asked.known(household)) if household else []
        )
        if not roots:
            raise typer.BadParameter("IDENTIFIER, --household")
        reach = sight.reach(list(dict.fromkeys(roots)), moment, viewer, connection.connection)
    except Refusal as refusal:
        _refuse(refusal)
    if json:
        _print(answers.of_reach(reach, sorted(reach.held, key=lambda one: one.item), connection))
        return
    console = Console()
    places = names.of_places(one.holder for one in reach.held)
    table = Table(_("Holder"), _("state"), _("items"))
    counts = sorted(reach.holders().items(), key=lambda row: (-row[1], str(row[0])))
    for (holder, state), count in counts:
        table.add_row(_called(holder, places), state, f"{count:,}")
    console.print(table)
    listed = Table(_("item"), _("state"), _("Holder"), _("when"))
    for one in sorted(reach.held, key=lambda one: one.item)[:MOST]:
        listed.add_row(one.item, one.state, _called(one.holder, places), _moment(one.time))
    console.print(listed)
    _more(console, len(reach.held))
    _told(console, reach.completeness)


def _traced(identifier: str, direction: str, at: str, party: str, json: bool) -> None:
    try:
        moment, viewer = asked.time(at), _viewer(party)
        trace = sight.trace(asked.known(identifier), direction, moment, viewer, connection.connection)
    except Refusal as refusal:
        _refuse(refusal)
    if json:
        _print(answers.of_trace(trace, connection))
        return
    console = Console()
    places = names.of_places(
        [*(one.location for one in trace.events), *(one.read_point for one in trace.events)]
    )
    links = Table(_("when"), _("From"), "", _("Became"), _("step"))
    for edge in sorted(trace.edges, key=lambda edge: edge.since)[:MOST]:
        links.add_row(_moment(edge.since), edge.source, edge.kind, edge.target, edge.step or "")
    console.print(links)
    _more(console, len(trace.edges))
    course = Table(_("when"), _("step"), _("place"), _("goods"))
    for one in trace.events[:MOST]:
        about = ", ".join(names.short(thing) for thing in one.about[:3])
        more = f" +{len(one.about) - 3}" if len(one.about) > 3 else ""
        course.add_row(
            _moment(one.time), one.step or "", _called(one.location or one.read_point, places), about + more
        )
    console.print(course)
    _more(console, len(trace.events))
    _told(console, trace.completeness)


def _viewer(party: str) -> Viewer:
    """As whom is asked; NotFound for a party that isn't known."""
    connection.ensure_connection()
    if not party:
        return Viewer("", 0, sees_all=True)
    found = access.viewer(connection.connection, party)
    if found is None:
        raise NotFound(kind="party", name=party)
    return found


def _told(console: Console, known: Completeness) -> None:
    """How complete an answer is, with the reasons."""
    if known.complete:
        console.print(_("complete: every end was reached"), style="green")
    else:
        console.print(_("not complete: see what isn't known"), style="yellow")
    by_reason: dict[str, list[str]] = {}
    for gap in known.gaps:
        by_reason.setdefault(gap.reason, []).append(names.short(gap.node))
    for reason, nodes in sorted(by_reason.items()):
        console.print(
            f"  {reason}: {', '.join(nodes[:5])}{f' +{len(nodes) - 5}' if len(nodes) > 5 else ''}",
            markup=False,
        )


def _called(uri: str | None, places: dict[str, str]) -> str:
    return places.get(uri, names.short(uri)) if uri else ""


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def _more(console: Console, count: int) -> None:
    if count > MOST:
        console.print(_("and {count} more; --json has all").format(count=f"{count - MOST:,}"))


def _print(answer: Any) -> None:
    typer.echo(msgspec.json.encode(answer).decode())


def _refuse(refusal: Refusal) -> Any:
    Console(stderr=True).print(f"{refusal} {refusal.advice}", style="red", markup=False)
    raise typer.Exit(1) from None


COMMANDS: Iterable[Any] = (back, forward, recall)
