"""`xilin registry`: link, score and look at base registries on the command line of the machine's operator."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from xilin.kernel.lake import engine
from xilin.kernel.registry import actions, queries, relations
from xilin.kernel.registry.inquiry import Inquiry, look_up, shown, why
from xilin.kernel.registry.inquiry import masked as mask
from xilin.kernel.registry.lookup import Facts
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import Refusal

app = typer.Typer(no_args_is_help=True, help="Base registries: link, score, show.")
Registry = Annotated[str, typer.Argument(help="The registry's code, such as people.")]


@app.callback()
def root() -> None:
    """Base registries: link, score, show."""


@app.command()
def link(registry: Registry) -> None:
    """Link every record in force into entities; what did not change is not written."""
    try:
        run = actions.link(registry, at=datetime.now(UTC), con=engine.connect(settings.MEMORY_MB))
    except Refusal as refused:
        raise _refuse(refused) from None
    table = Table(_("what"), _("how many"), box=None)
    for name in (
        *(name for name in ("arrived", "left", "looked_at") if name in run.counts),
        "records",
        "entities",
        "new_entities",
        "changed_entities",
        "ended_entities",
        "merged",
        "split",
    ):
        table.add_row(COUNTED[name](), f"{run.counts[name]:,}")
    for way, count in run.counts["how"].items():
        table.add_row(str(queries.way(way)), f"{count:,}")
    console = Console()
    console.print(table)
    console.print(" · ".join(f"{step} {seconds:.1f} s" for step, seconds in run.timings.items()), style="dim")


@app.command()
def train(registry: Registry) -> None:
    """Make a registry's model anew: what comparisons are worth, how common values are."""
    try:
        made = actions.train(registry, at=datetime.now(UTC), con=engine.connect(settings.MEMORY_MB))
    except Refusal as refused:
        raise _refuse(refused) from None
    table = Table(_("attribute"), _("level"), "m", "u", _("bits"), _("origin"), box=None)
    for worth in made.comparison:
        for level in worth.level:
            kind = f"{level.kind} {level.threshold:g}" if level.threshold else level.kind
            origin = _("learnt") if level.learnt else _("given")
            table.add_row(
                worth.attribute, kind, f"{level.m:.6f}", f"{level.u:.6f}", f"{level.bits:+.1f}", origin
            )
    console = Console()
    console.print(table)
    console.print(
        _("version {version}, made of {records} records").format(
            version=made.version, records=f"{made.records:,}"
        ),
        style="dim",
    )


COUNTED = {
    "arrived": lambda: _("records that came or changed"),
    "left": lambda: _("records that are gone"),
    "looked_at": lambda: _("records looked at"),
    "records": lambda: _("records"),
    "entities": lambda: _("entities"),
    "new_entities": lambda: _("entities that are new"),
    "changed_entities": lambda: _("entities that changed"),
    "ended_entities": lambda: _("entities that ended"),
    "merged": lambda: _("of these merged into another"),
    "split": lambda: _("entities whose records now belong to several"),
}


@app.command()
def score(
    registry: Registry,
    truth: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Parquet file of source, key, entity; else the declared truth_column.",
        ),
    ] = None,
) -> None:
    """Compare a registry with the truth: pairwise precision, recall and F1, and counts."""
    try:
        found = actions.score(registry, truth, engine.connect(settings.MEMORY_MB))
    except Refusal as refused:
        raise _refuse(refused) from None
    typer.echo(found.told(get_language() or ""))


@app.command()
def relate(registry: Registry) -> None:
    """Find whom a registry's entities name in another: the legal representatives of organisations."""
    try:
        found = relations.relate(registry, at=datetime.now(UTC), con=engine.connect(settings.MEMORY_MB))
    except Refusal as refused:
        raise _refuse(refused) from None
    table = Table(_("relation"), _("how"), _("how many"), box=None)
    for relation, ways in found.items():
        for way, count in ways.items():
            table.add_row(relation, str(relations.way(way)), f"{count:,}")
    Console().print(table)


@app.command()
def show(registry: Registry, entity: Annotated[str, typer.Argument(help="The entity's id.")]) -> None:
    """Show where an entity's values and records come from; personal values are masked."""
    try:
        found = queries.entity(registry, entity)
    except Refusal as refused:
        raise _refuse(refused) from None
    language, elements = get_language() or "", declared("element")
    graded = {a.code: elements[a.element].personal for a in declared("registry")[registry].attribute}
    fields = Table(_("field"), _("value"), _("source"), _("batch"), _("recorded"), box=None)
    for field in queries.provenance(found):
        value = str(field.value) if graded[field.code] == "no" else masked(str(field.value))
        fields.add_row(field.name.of(language), value, field.source, str(field.batch), field.recorded or "")
    plain = _plain_keys(elements)
    records = Table(_("source"), _("record"), _("how"), _("bits"), box=None)
    for member in queries.members(found):
        weight = "" if member.weight is None else f"{member.weight:.1f}"
        key = member.key if member.source in plain else masked(member.key)
        records.add_row(member.source, key, str(queries.way(member.how)), weight)
    console = Console()
    if found.ended_run is not None:
        into = _("merged into {entity}").format(entity=found.merged_into) if found.merged_into else ""
        console.print(_("ended in run {run}").format(run=found.ended_run), into)
    console.print(fields)
    console.print(records)
    if related := [*relations.of(found), *relations.to(found)]:
        known = Table(_("relation"), _("entity"), _("how"), _("the names agree"), box=None)
        for one in related:
            agree = _("yes") if one.agrees else _("no")
            known.add_row(one.name.of(language), str(one.entity.pk), str(relations.way(one.how)), agree)
        console.print(known)


@app.command()
def find(
    registry: Registry,
    id: Annotated[str, typer.Option(help="The entity's id; a merged one leads on.")] = "",
    identifier: Annotated[
        str,
        typer.Option(
            help="An ID number or credit code in any form; - asks for it, so that no history keeps it."
        ),
    ] = "",
    name: Annotated[str, typer.Option(help="The name, as well as it is known.")] = "",
    birth: Annotated[str, typer.Option(help="1980, 1980-05 or 1980-05-12.")] = "",
    area: Annotated[str, typer.Option(help="An area's code, six digits or more.")] = "",
    phone: Annotated[str, typer.Option(help="The telephone.")] = "",
    purpose: Annotated[str, typer.Option(help="A declared purpose; needed with --full.")] = "",
    case: Annotated[str, typer.Option(help="The number of the case.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Show personal values without masks.")] = False,
    language: Annotated[str, typer.Option(help="zh or en.")] = "",
) -> None:
    """Look someone up; every look-up is entered in the audit log."""
    if language:
        translation.activate("en" if language.lower().startswith("en") else "zh-hans")
    if identifier == "-":
        identifier = typer.prompt(_("Identifier"), hide_input=True)
    inquiry = Inquiry(id, identifier, facts=Facts(name, birth, area, phone))
    try:
        found = look_up(registry, inquiry, at=datetime.now(UTC), purpose=purpose, case_number=case, full=full)
    except Refusal as refused:
        raise _refuse(refused) from None
    console = Console()
    if not found:
        console.print(_("Nobody fits what is given."))
        raise typer.Exit(1)
    spoken = get_language() or ""
    table = Table(_("score"), _("id"), _("values"), _("why"), box=None, show_lines=True)
    for candidate in found:
        values = [f"{one.name.of(spoken)} {one.value}" for one in shown(registry, candidate, full=full)]
        reasons = [reason.of(spoken) for reason in candidate.reasons]
        table.add_row(
            str(candidate.score), str(candidate.entity.pk), *(escape("\n".join(t)) for t in (values, reasons))
        )
    console.print(table)


@app.command()
def explain(
    registry: Registry,
    source: Annotated[str, typer.Argument(help="The record's source.")],
    key: Annotated[str, typer.Argument(help="The record's key in the source.")],
    purpose: Annotated[str, typer.Option(help="A declared purpose; needed with --full.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Show personal values without masks.")] = False,
    language: Annotated[str, typer.Option(help="zh or en.")] = "",
) -> None:
    """Say why a record belongs to its entity: each comparison with the record most like it, in words and bits."""
    if language:
        translation.activate("en" if language.lower().startswith("en") else "zh-hans")
    try:
        found = why(registry, source, key, at=datetime.now(UTC), purpose=purpose, full=full)
    except Refusal as refused:
        raise _refuse(refused) from None
    spoken, elements = get_language() or "", declared("element")
    of = {a.code: elements[a.element] for a in declared("registry")[registry].attribute}
    console = Console()
    for reason in found.reasons:
        console.print(reason.of(spoken), markup=False)
    if found.beside is None:
        return
    table = Table(_("field"), _("this record"), _("the other"), _("why"), _("bits"), box=None)
    for one in found.agreements:
        values = [
            "" if v is None else v if full else mask(v, of[one.attribute]) for v in (one.left, one.right)
        ]
        bits = "" if one.bits is None else f"{one.bits:+.1f}"
        words = (one.name.of(spoken), *values, one.said.of(spoken))
        table.add_row(*(escape(word) for word in words), bits)
    console.print(table)
    if found.bits is not None:
        console.print(_("together {bits} bits").format(bits=f"{found.bits:+.1f}"))


def _plain_keys(elements: dict[str, Any]) -> set[str]:
    """The sources whose records' keys say nothing about a person."""
    resources = declared("resource")
    public = {
        code
        for code, resource in resources.items()
        if all(elements[resource.column(key).element].personal == "no" for key in resource.key)
    }
    return {code for code, source in declared("source").items() if source.resource in public}


def masked(value: str) -> str:
    """The first character and stars: enough to see that there is a value; of one character, such as a code, none.

    >>> masked("其其格"), masked("1")
    ('其**', '*')
    """
    return value[:1] + "*" * (len(value) - 1) if len(value) > 1 else "*"


def _refuse(refused: Refusal) -> typer.Exit:
    Console(stderr=True).print(str(refused), refused.advice, markup=False)
    return typer.Exit(2)
