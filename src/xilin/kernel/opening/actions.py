"""开放 Releasing what is declared open: once for a period, protected, signed, entered in the log."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from secrets import SystemRandom
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.utils import timezone
from pyarrow import parquet

from xilin.kernel.audit.actions import record
from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.opening import budget, reading, store
from xilin.kernel.opening.declarations import By, Opening
from xilin.kernel.opening.errors import BudgetSpent, NotAnOpening, NothingToOpen, TooFew
from xilin.kernel.opening.models import Release
from xilin.kernel.opening.pipeline import generalise, noise
from xilin.kernel.opening.pipeline.cubes import TOTAL, Cell
from xilin.kernel.opening.pipeline.tables import Unprotectable, protect, with_totals
from xilin.kernel.standards.queries import declaration, declared

COUNT, LEFT_OUT = "count", "left_out"


@dataclass(frozen=True, slots=True)
class Made:
    """What is released: the rows, and how people are protected in them."""

    table: pa.Table
    protection: dict[str, Any]


def release_all(con: Any, *, at: datetime) -> list[Release]:
    """Release every opening that can be: those without rows, or too fine to protect people in them, are left out."""
    found = []
    for code in declared("opening"):
        try:
            found.append(release(code, con=con, at=at))
        except (NothingToOpen, TooFew, BudgetSpent):
            continue
    return found


@transaction.atomic
def release(code: str, *, con: Any, at: datetime) -> Release:
    """The release of an opening for the period that `at` lies in; made where there is none yet, never made twice.

    Raises NotAnOpening, NothingToOpen, TooFew, BudgetSpent.
    """
    opening = declaration("opening", code)
    if opening is None:
        raise NotAnOpening(opening=code, known=", ".join(declared("opening")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('xilin.opening'), hashtext(%s))", [code])
    resource = declaration("resource", opening.resource)
    made, period = None, _period(opening, at)
    if opening.form == "rows":
        made = _rows(opening, resource, con)
        period = made.protection.pop("content")
    there = Release.objects.filter(opening=code, period=period).first()
    if there is not None:
        return there
    if made is None:
        made = _OF_PEOPLE[opening.form](opening, resource, con, at)
    return _keep(opening, resource, period, made, at)


def _period(opening: Opening, at: datetime) -> str:
    return f"{timezone.localtime(at):{'%Y' if opening.period == 'year' else '%Y-%m'}}"


def _keep(opening: Opening, resource: Resource, period: str, made: Made, at: datetime) -> Release:
    last = Release.objects.filter(opening=opening.code).order_by("-version").first()
    version = last.version + 1 if last else 1
    digests = store.write(made.table, opening.code, version)
    columns = [[field.name, _type(field.type)] for field in made.table.schema]
    facts = {
        "opening": opening.code,
        "resource": resource.code,
        "version": version,
        "released_at": at.isoformat(),
        "protection": made.protection,
        "sha256": digests,
    }
    text = store.statement(facts)
    kept = Release.objects.create(
        opening=opening.code,
        resource=resource.code,
        provider=resource.provider,
        version=version,
        period=period,
        form=opening.form,
        released_at=at,
        columns=columns,
        rows=made.table.num_rows,
        protection=made.protection,
        digests=digests,
        statement=text,
        signature=store.sign(text),
    )
    record(
        "opening.released",
        provider=resource.provider,
        subject=opening.code,
        detail={"version": version, "rows": kept.rows, "protection": made.protection, "sha256": digests},
        at=at,
    )
    return kept


def _type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind):
        return "date"
    return "datetime" if pa.types.is_timestamp(kind) else "string"


def _rows(opening: Opening, resource: Resource, con: Any) -> Made:
    """The open items of an open resource; `content` tells one state of them from another."""
    elements = declared("element")
    columns = [i.key for i in resource.item if i.open and elements[i.element].personal == "no"]
    found = reading.rows(resource, columns, con).drop_columns([reading.PERSON])
    found = found.sort_by([(column, "ascending") for column in columns])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema) as writer:
        writer.write_table(found.combine_chunks())
    content = hashlib.sha256(sink.getvalue()).hexdigest()
    return Made(found, {"form": "rows", "content": content, "items": columns})


def _ladders(table: pa.Table, by: Sequence[By], on: date) -> list[list[tuple[str, ...]]]:
    """Of each column what each row is called at each step."""
    found = []
    for one in by:
        encoded = table.column(one.column).combine_chunks().dictionary_encode()
        words = [generalise.labels(one, value, on) for value in encoded.dictionary.to_pylist()]
        nothing = generalise.labels(one, None, on)
        found.append([nothing if n is None else words[n] for n in encoded.indices.to_pylist()])
    return found


def _microdata(opening: Opening, resource: Resource, con: Any, at: datetime) -> Made:
    on = timezone.localtime(at).date()
    table = reading.rows(resource, [*(one.column for one in opening.by), *opening.columns], con)
    ladders = _ladders(table, opening.by, on)
    groups = Counter(zip(*ladders, strict=True))
    found = generalise.k_anonymous(groups, k=opening.k, most=opening.most)
    if found is None:
        raise TooFew(opening=opening.code)
    called = [[ladder[step] for ladder in column] for column, step in zip(ladders, found.steps, strict=True)]
    sizes = generalise.at(groups, found.steps)
    stays = [n for n, key in enumerate(zip(*called, strict=True)) if sizes[key] >= opening.k]
    # The order of rows is that of a register, by which they could be told apart again.
    SystemRandom().shuffle(stays)
    columns = {
        one.column: pa.array([labels[n] for n in stays])
        for one, labels in zip(opening.by, called, strict=True)
    }
    columns |= {name: table.column(name).take(pa.array(stays)) for name in opening.columns}
    return Made(
        pa.table(columns),
        {
            "form": "microdata",
            "k": opening.k,
            "smallest": found.smallest,
            "left_out": found.left_out,
            "people": found.people,
            "steps": _said(opening.by, found.steps),
        },
    )


def _said(by: Sequence[By], steps: Sequence[int]) -> dict[str, str]:
    """Each column's step in brief: `age 10`, `area 6`, `value`, `*`."""
    said = {}
    for one, step in zip(by, steps, strict=True):
        if step == generalise.heights(one) - 1:
            said[one.column] = generalise.ALL
        else:
            said[one.column] = f"{one.kind} {one.levels[step]}" if one.levels else one.kind
    return said


def _counts(opening: Opening, resource: Resource, con: Any, at: datetime) -> Counter[Cell]:
    """How many rows are called the same at the first step of each column."""
    on = timezone.localtime(at).date()
    table = reading.rows(resource, [one.column for one in opening.by], con)
    called = [[ladder[0] for ladder in column] for column in _ladders(table, opening.by, on)]
    if opening.form != "noisy":
        return Counter(zip(*called, strict=True))
    # Nobody counts more often than was declared: the noise hides no more than that.
    often: Counter[Any] = Counter()
    kept: Counter[Cell] = Counter()
    for person, cell in zip(table.column(reading.PERSON).to_pylist(), zip(*called, strict=True), strict=True):
        often[person] += 1
        if often[person] <= opening.contribution:
            kept[cell] += 1
    return kept


def _table(opening: Opening, resource: Resource, con: Any, at: datetime) -> Made:
    cells = with_totals(_counts(opening, resource, con, at))
    known, gone = _before(opening, resource, cells, at)
    try:
        found = protect(cells, least=opening.least, known=known, gone=gone)
    except Unprotectable as error:
        raise TooFew(opening=opening.code) from error
    rows = sorted(found.published.items(), key=lambda one: [(c == TOTAL, c) for c in one[0]])
    columns = {one.column: pa.array([cell[d] for cell, _ in rows]) for d, one in enumerate(opening.by)}
    columns[COUNT] = pa.array([n for _, n in rows], pa.int64())
    columns[LEFT_OUT] = pa.array([n is None for _, n in rows])
    return Made(
        pa.table(columns),
        {
            "form": "table",
            "least": opening.least,
            "cells": len(cells),
            "primary": len(found.primary),
            "secondary": len(found.hidden) - len(found.primary),
            "steps": _said(opening.by, [0] * len(opening.by)),
        },
    )


def _before(
    opening: Opening, resource: Resource, cells: Mapping[Cell, int], at: datetime
) -> tuple[set[Cell], set[Cell]]:
    """Which cells other tables of the same resource and period published, and which they left out."""
    steps = _said(opening.by, [0] * len(opening.by))
    named = {
        frozenset(
            (one.column, steps[one.column], c) for one, c in zip(opening.by, cell, strict=True) if c != TOTAL
        ): cell
        for cell in cells
    }
    known, gone = set[Cell](), set[Cell]()
    others = Release.objects.filter(resource=resource.code, form="table", period=_period(opening, at))
    for other in others.exclude(opening=opening.code):
        columns = [name for name, _kind in other.columns if name not in (COUNT, LEFT_OUT)]
        path = store.path(other.opening, other.version, "parquet")
        if not path.is_file():
            # What it published isn't known any more, so nothing can be hidden from who kept it.
            raise TooFew(opening=opening.code)
        for row in parquet.read_table(path).to_pylist():
            said = other.protection["steps"]
            key = frozenset((name, said[name], row[name]) for name in columns if row[name] != TOTAL)
            if key in named:
                (gone if row[LEFT_OUT] else known).add(named[key])
    return known, gone


def _noisy(opening: Opening, resource: Resource, con: Any, at: datetime) -> Made:
    counts = _counts(opening, resource, con, at)
    domain = [categories(one, resource) for one in opening.by]
    fixed = [set(some) for some in domain]
    placed: Counter[Cell] = Counter()
    for cell, n in counts.items():
        placed[
            tuple(c if c in some else generalise.UNKNOWN for c, some in zip(cell, fixed, strict=True))
        ] += n
    cells = list(product(*domain))
    period = _period(opening, at)
    cost = budget.spend(
        resource.code,
        f"{opening.code} {period}",
        epsilon=opening.epsilon,
        contribution=opening.contribution,
        at=at,
    )
    drawn = noise.noisy(
        [placed[cell] for cell in cells], epsilon=opening.epsilon, contribution=opening.contribution
    )
    columns = {one.column: pa.array([cell[d] for cell in cells]) for d, one in enumerate(opening.by)}
    columns[COUNT] = pa.array(drawn, pa.int64())
    return Made(
        pa.table(columns),
        {
            "form": "noisy",
            "mechanism": "discrete Laplace",
            "epsilon": opening.epsilon,
            "scale": cost.scale,
            "within": noise.within(opening.epsilon, opening.contribution),
            "contribution": opening.contribution,
            "steps": _said(opening.by, [0] * len(opening.by)),
        },
    )


def categories(by: By, resource: Resource) -> list[str]:
    """Every category there can be, taken from declarations alone: what occurs must not show in which rows there are."""
    if by.kind == "age":
        return [*generalise.bands(by), generalise.UNKNOWN]
    if by.kind == "area":
        width = by.levels[0]
        codes = {code[:width].ljust(len(code), "0") for code in declared("area") if code[:width].strip("0")}
        return [*sorted(codes), generalise.UNKNOWN]
    element = declared("element")[resource.column(by.column).element]
    codes_of = declaration("code_list", element.code_list) if element.code_list else None
    return [*(entry.code for entry in (codes_of.entries if codes_of else ())), generalise.UNKNOWN]


_OF_PEOPLE = {"microdata": _microdata, "table": _table, "noisy": _noisy}


def downloaded(found: Release, form: str, *, day: date) -> None:
    """Count that a file was fetched; of whoever fetched it nothing is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO opening_download AS d (release_id, form, day, times) VALUES (%s, %s, %s, 1) "
            "ON CONFLICT (release_id, form, day) DO UPDATE SET times = d.times + 1",
            [found.pk, form, day],
        )
