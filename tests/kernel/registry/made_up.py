"""Small registries of made-up people, and reading what linking makes of them."""

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from xilin.kernel.registry.declarations import Attribute, Comparison, Identifier, Level, Registry
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.lib.text import Text

Row = dict[str, Any]
COLUMNS = ("id_number", "id_number__found", "name", "birth", "phone", "updated_at")


def registry(**changes: Any) -> Registry:
    """A registry of people: a number decides, name, birth and telephone are compared."""
    levels = {
        "name": (
            Level("exact", m=0.95, u=0.01),
            Level("sounds_same", m=0.02, u=0.01),
            Level("sounds_within", 1, m=0.02, u=0.01),
            Level("else", m=0.01, u=0.97),
        ),
        "birth": (Level("exact", m=0.99, u=0.001), Level("else", m=0.01, u=0.999)),
        "phone": (Level("exact", m=0.8, u=0.0001), Level("else", m=0.2, u=0.9999)),
    }
    whole: dict[str, Any] = {
        "code": "people",
        "name": Text(zh="人口", en="People"),
        "attribute": tuple(Attribute(code, code) for code in ("id_number", "name", "birth", "phone")),
        "identifier": (Identifier("id_number", guard=("name", "birth"), repair=("name", "birth")),),
        "comparison": tuple(Comparison(code, level) for code, level in levels.items()),
        "blocks": (("birth",), ("phone",), ("pinyin(name)",)),
        "threshold": 0.9,
        "margin": 3.0,
        "recorded": "updated_at",
    }
    return Registry(**(whole | changes))


def spec(authority: dict[str, int] | None = None, **changes: Any) -> Spec:
    """The registry with the types of its attributes."""
    return Spec(registry(**changes), {"birth": "date"}, authority or {})


def rows(con: duckdb.DuckDBPyConnection, source: str, *values: Row, batch: int = 1) -> Found:
    """Rows in force of one source, as a table of the connection."""
    table = f"rows_{source}_{batch}"
    types = {"birth": pa.date32(), "updated_at": pa.timestamp("us")}
    columns = {c: pa.array([v.get(c) for v in values], types.get(c, pa.string())) for c in COLUMNS}
    extra = {c for v in values for c in v} - set(COLUMNS) - {"key"}
    columns |= {c: pa.array([v.get(c) for v in values], pa.string()) for c in sorted(extra)}
    keys = [v.get("key", f"{n:03}") for n, v in enumerate(values, 1)]
    columns |= {
        "_source": pa.array([source] * len(values), pa.string()),
        "_key": pa.array(keys, pa.string()),
        "_batch": pa.array([batch] * len(values), pa.int64()),
    }
    con.register("new_rows", pa.table(columns))
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM new_rows")
    con.unregister("new_rows")
    return Found(f"SELECT * FROM {table}", tuple(columns))


def person(number: int, name: str, born: str, *, key: str | None = None, **values: Any) -> Row:
    """A row of somebody; number 0 is nobody's ID number."""
    row: Row = {"name": name, "birth": date.fromisoformat(born), **values}
    if number:
        row["id_number"] = identity(number, born)
    if key:
        row["key"] = key
    return row


def identity(number: int, born: str) -> str:
    """Something as long as an ID number, and nobody's: it begins with 99."""
    return f"990000{born.replace('-', '')}{number:04}"


Linked = dict[tuple[str, str], tuple[int, str]]
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)


def together(linked: Linked) -> set[frozenset[str]]:
    """The entities as sets of `source/key`."""
    entities: dict[int, set[str]] = {}
    for (source, key), (ent, _) in linked.items():
        entities.setdefault(ent, set()).add(f"{source}/{key}")
    return {frozenset(members) for members in entities.values()}
