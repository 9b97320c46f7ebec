"""辨认标记 By what a judged record is known again: keyed hashes of the values that identify it, as they stood then.

A decision is about records of sources. A source may give a key to somebody else later; the marks
tell that, without keeping anybody's number or name beside the decision.
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import hmac
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from xilin.kernel.audit.keys import kept
from xilin.kernel.collect.queries import current
from xilin.kernel.lake import engine
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.models import LinkRun
from xilin.kernel.registry.pipeline import delta, state
from xilin.kernel.registry.pipeline.records import RID, Found, rows
from xilin.kernel.registry.pipeline.shelf import Missing, Shelf
from xilin.kernel.registry.pipeline.spec import Spec, literal, name
from xilin.kernel.standards.queries import declaration, declared

Record = tuple[str, str]
# By attribute the keyed hash of its value; attributes without a value are left out.
Marks = dict[str, str]
LENGTH = 32
SEPARATORS = str.maketrans("", "", "·•‧・ \t\n\r　")


def facts(registry: Registry) -> list[str]:
    """The attributes that tell who a record is of where no identifier does: name and birth, else what is compared first."""
    if registry.search is not None:
        return [code for code in (registry.search.name, registry.search.born) if code]
    return [one.attribute for one in registry.comparison[:2]]


def identifying(registry: Registry) -> list[str]:
    """The attributes that marks are kept of: identifiers, then `facts`."""
    return list(dict.fromkeys([*(one.attribute for one in registry.identifier), *facts(registry)]))


def changed(registry: Registry, then: Marks, now: Marks) -> list[str]:
    """The attributes by which a record isn't the one it was; none where it still is.

    It still is that one while it carries an identifier it carried, or while all its facts that are
    known then and now agree: a number may be put right, or a name changed. Where nothing is left
    to compare it is held to be another.
    """
    both = [code for code in identifying(registry) if code in then and code in now]
    agree = {code for code in both if then[code] == now[code]}
    told = [code for code in facts(registry) if code in both]
    if then == now or agree.intersection(one.attribute for one in registry.identifier):
        return []
    if told and agree.issuperset(told):
        return []
    return [code for code in both if code not in agree] or sorted({*then, *now})


def known(code: str, records: Iterable[Record]) -> dict[Record, Marks]:
    """Marks of records as the newest linking knew them; where it left no state, as they are in force.

    Records that are not there, and registries that are not declared, have none.
    """
    registry, wanted = declaration("registry", code), set(records)
    if registry is None or not wanted:
        return {}
    found = _of_state(registry, wanted)
    return found if found is not None else _in_force(registry, wanted)


def among(
    con: duckdb.DuckDBPyConnection, spec: Spec, found: Sequence[Found], wanted: Collection[Record]
) -> dict[Record, Marks]:
    """Marks of records among rows at hand; of sources that grew only what came since the last linking is looked at."""
    source = f"({rows(spec, found, news=True)})"
    return _marked(spec.registry, _select(con, spec.registry, source, wanted))


def _of_state(registry: Registry, wanted: set[Record]) -> dict[Record, Marks] | None:
    """As the state of the newest linking has them; None where there is none or it can't be read."""
    newest = LinkRun.objects.filter(registry=registry.code).values_list("pk", flat=True).first()
    path = Path(settings.HOME) / "registry" / registry.code / "state.duckdb"
    if newest is None or not path.exists():
        return None
    with duckdb.connect() as con, state.attached(con, path) as there:
        told = state.about(con) if there else None
        if told is None or told.run != newest:
            return None
        try:
            return _marked(
                registry, _shelved(con, registry, Shelf(path.parent / "records", told.volumes), wanted)
            )
        except (duckdb.Error, Missing):
            return None


def _shelved(
    con: duckdb.DuckDBPyConnection, registry: Registry, shelf: Shelf, wanted: Collection[Record]
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """As `_select` does, of the records of the attached state."""
    con.register("judged_records", _listed(wanted))
    at = delta.places(con, f"SELECT {RID} FROM judged_records")
    con.unregister("judged_records")
    rows = shelf.fetch(at, ("source", "key", *identifying(registry)))
    found = rows.to_pylist() if rows is not None else []
    return [(row.pop("source"), row.pop("key"), row) for row in found]


def _in_force(registry: Registry, wanted: set[Record]) -> dict[Record, Marks]:
    feeding, found = {source.code: source.resource for source in declared("source").values()}, []
    resources = {feeding.get(source, "") for source, _key in wanted}
    con = engine.connect(settings.MEMORY_MB)
    for code, resource in declared("resource").items():
        fed = code in resources and resource.registry == registry.code and not resource.base
        table = current(con, code) if fed else None
        if table is None:
            continue
        there = {
            a.code: a.key
            for a in registry.attribute
            if a.key in table.columns and a.code in identifying(registry)
        }
        kept_rows = table.filter(table._key.isin([key for _source, key in wanted]))
        columns = {"source": kept_rows._source, "key": kept_rows._key}
        columns |= {f"v_{code}": kept_rows[key] for code, key in there.items()}
        found += [
            (row["source"], row["key"], {code: row[f"v_{code}"] for code in there})
            for row in kept_rows.select(**columns).to_pyarrow().to_pylist()
            if (row["source"], row["key"]) in wanted
        ]
    return _marked(registry, found)


def _select(
    con: duckdb.DuckDBPyConnection, registry: Registry, source: str, wanted: Collection[Record]
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Source, key and identifying values of the wanted rows of a table with the columns of `records`."""
    codes = identifying(registry)
    con.register("judged_records", _listed(wanted))
    try:
        columns = ", ".join(["source", "key", *map(name, codes)])
        sources = ", ".join(sorted({literal(one) for one, _key in wanted})) or "NULL"
        answer = con.execute(
            f"SELECT {columns} FROM {source} SEMI JOIN judged_records USING (source, key) WHERE source IN ({sources})"
        ).fetchall()
    finally:
        con.unregister("judged_records")
    return [(one, key, dict(zip(codes, values, strict=True))) for one, key, *values in answer]


def _listed(wanted: Collection[Record]) -> pa.Table:
    return pa.table(
        {
            "source": pa.array([one for one, _key in wanted], pa.string()),
            "key": pa.array([key for _one, key in wanted], pa.string()),
        }
    )


def _marked(registry: Registry, found: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[Record, Marks]:
    secret = kept(Path(settings.HOME) / "keys" / "registry-marks", lambda: secrets.token_bytes(32))
    return {
        (source, key): {
            code: _mark(secret, registry.code, code, text)
            for code, value in values.items()
            if (text := _plain(value))
        }
        for source, key, values in found
    }


def _mark(secret: bytes, registry: str, attribute: str, text: str) -> str:
    said = "\0".join((registry, attribute, text)).encode()
    return hmac.digest(secret, said, "sha256").hex()[:LENGTH]


def _plain(value: Any) -> str:
    """A value as it is told apart: however it is spaced, full or half width, in capitals or not."""
    if value is None:
        return ""
    return unicodedata.normalize("NFKC", str(value)).casefold().translate(SEPARATORS)
