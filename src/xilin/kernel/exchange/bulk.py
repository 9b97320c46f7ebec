"""Rows as they are delivered in bulk, of a state that can be told again later: what a look-up would say of each.

A state is a snapshot of the lake, the sources that counted then, and the corrections that were in force. Rows of a
base registry come from the copy of its golden records, in which corrections stand already.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.conf import settings

from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import filters, golden
from xilin.kernel.exchange.dispute_models import Overlay
from xilin.kernel.exchange.records import types
from xilin.kernel.exchange.sealing import unseal
from xilin.kernel.lake.tables import Lake
from xilin.kernel.standards.queries import declaration

# So many corrections that changed are looked for row by row; where more did, all rows are compared.
FEW = 500


@dataclass(frozen=True, slots=True)
class State:
    """A resource's rows at a moment: the lake's snapshot, the sources that fed it, the corrections laid over it."""

    snapshot: int | None
    sources: tuple[str, ...] = ()
    overlays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A corrected value: of which rows (the typed values of their key), in which column, which it is."""

    key: tuple[tuple[str, Any], ...]
    column: str
    value: Any


def state(code: str, *, at: datetime | None = None) -> State:
    """The state in force; of a base registry it is laid into the lake first, where it is given when that is.

    Raises NothingCollected for a base registry that nothing was linked in.
    """
    resource: Resource = declaration("resource", code)
    if resource.base:
        made = golden.lay_down(resource, at=at) if at is not None else golden.newest(code)
        return State(made.snapshot if made is not None else None, (resource.registry,))
    return State(Lake.open().snapshot(f"std.{code}"), tuple(sorted(collect.feeding(code))), _laid(code))


def moved(code: str, then: State) -> bool:
    """Whether the rows in force may be others than they were in a state; nothing is read of them."""
    resource: Resource | None = declaration("resource", code)
    if resource is None:
        return False
    return golden.moved(resource, then.snapshot) if resource.base else state(code) != then


def _laid(code: str) -> tuple[int, ...]:
    in_force = Overlay.objects.filter(resource=code, place=Overlay.Place.TABLE, ended_at=None)
    return tuple(in_force.order_by("pk").values_list("pk", flat=True))


def files(code: str, then: State) -> dict[str, frozenset[str]]:
    """The files of each source in a state. Raises SnapshotGone where the lake keeps it no longer."""
    found: dict[str, set[str]] = {source: set() for source in then.sources}
    for file in Lake.open().entries(_table(code), then.snapshot) if then.snapshot is not None else ():
        if file.part in found:
            found[file.part].add(file.path)
    return {part: frozenset(paths) for part, paths in found.items()}


def _table(code: str) -> str:
    resource: Resource | None = declaration("resource", code)
    return golden.table(code) if resource is not None and resource.base else f"std.{code}"


def rows(
    con: Any,
    code: str,
    then: State,
    *,
    sources: Collection[str] | None = None,
    of: Collection[int] | None = None,
) -> Any:
    """The rows of a state as an Ibis table of `con`, corrections laid over them; None where nothing was ever collected.

    Args:
        sources: those of these sources alone.
        of: those alone that one of these corrections is about.

    Raises:
        SnapshotGone: the lake doesn't keep that snapshot any more.
    """
    if then.snapshot is None:
        return None
    chosen = set(then.sources) if sources is None else set(then.sources).intersection(sources)
    if _table(code) == golden.table(code):
        lake = Lake.open()
        paths = [file.path for file in lake.entries(golden.table(code), then.snapshot) if file.part in chosen]
        found = lake.read(con, golden.table(code), paths) if paths else lake.nothing(con, golden.table(code))
        return _with_items(found, code)
    found = collect.current(con, code, snapshot=then.snapshot, sources=chosen)
    if found is None:
        return None
    if of is not None:
        found = _about(found, corrections(code, of))
    return _corrected(con, found, corrections(code, then.overlays))


def _with_items(found: Any, code: str) -> Any:
    """Rows with every item that is declared today; one that came since is null in an earlier copy."""
    import ibis

    missing = [column for column in types(code) if column not in found.columns]
    return found.mutate(**{column: ibis.null("string") for column in missing}) if missing else found


def corrections(code: str, pks: Collection[int]) -> list[Correction]:
    """What some overlays say, the earlier first; those about columns that are declared no more say nothing."""
    kinds = types(code)
    made = []
    for one in Overlay.objects.filter(pk__in=pks).order_by("pk"):
        kept = unseal(one.sealed)
        if set(kept["key"]) | {one.column} <= set(kinds):
            key = tuple(
                (column, filters.typed(kinds[column], value)) for column, value in kept["key"].items()
            )
            made.append(Correction(key, one.column, filters.typed(kinds[one.column], kept["value"])))
    return made


def _about(table: Any, made: Sequence[Correction]) -> Any:
    """The rows that some corrections are about."""
    keys = {one.key for one in made if {column for column, _ in one.key} <= set(table.columns)}
    same = [
        reduce(and_, [table[column] == _like(table[column], value) for column, value in key]) for key in keys
    ]
    return table.filter(reduce(or_, same)) if same else table.limit(0)


def _corrected(con: Any, table: Any, made: Sequence[Correction]) -> Any:
    """Rows with corrected values in the place of what their source says: a join for each column and kind of key."""
    joined: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], Any]] = {}
    for one in made:
        columns = tuple(column for column, _ in one.key)
        if {*columns, one.column} <= set(table.columns):
            joined.setdefault((one.column, columns), {})[tuple(value for _, value in one.key)] = one.value
    names = table.columns
    for (column, columns), values in joined.items():
        said: Mapping[str, Sequence[Any]] = {
            **{f"_k{n}": [key[n] for key in values] for n in range(len(columns))},
            "_v": list(values.values()),
        }
        like = {**{f"_k{n}": table[one] for n, one in enumerate(columns)}, "_v": table[column]}
        place = f"laid_{uuid4().hex}"
        con.con.register(
            place,
            pa.table({
                name: pa.array([_like(like[name], value) for value in found], like[name].type().to_pyarrow())
                for name, found in said.items()
            }),
        )  # fmt: skip
        laid = con.table(place)
        equal = [table[one] == laid[f"_k{n}"] for n, one in enumerate(columns)]
        both = table.left_join(laid, equal)
        table = both.mutate(**{column: both["_v"].fill_null(both[column])}).select(*names)
    return table


def _like(column: Any, value: Any) -> Any:
    """A declared value as a column of the lake holds it."""
    kind = column.type()
    if isinstance(value, datetime) and kind.is_timestamp() and kind.timezone is None:
        return value.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(tzinfo=None)
    return float(value) if kind.is_floating() else value
