"""What a linking leaves for the next: keys, nodes, edges and entities in one DuckDB file, records on a shelf beside it.

The file belongs to a run. One that is of another run than the newest is worth nothing: then
everything is linked. Attached as `state`, or while a whole linking makes it as `linking`.
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import msgspec
import pypinyin
from msgspec import Struct

from xilin.kernel.registry.pipeline.delta import IDS
from xilin.kernel.registry.pipeline.model import declared
from xilin.kernel.registry.pipeline.shelf import Volume
from xilin.kernel.registry.pipeline.spec import Spec, literal

# The tables that stay of a whole linking.
KEPT = frozenset(
    [
        "places",
        "sources",
        "keys",
        "belongs",
        "standing",
        "edges",
        "repairs",
        "ties",
        "final",
        "ids",
        "ent_marks",
        "must",
        "cannot",
        "bodies",
        "about",
    ]
)
# Of what form a state is; another one is not read.
FORM = 4
# What computes what is in it: values would be others under another version.
ENGINE = f"DuckDB {duckdb.__version__}, pypinyin {pypinyin.__version__}"


class About(Struct, frozen=True):
    """Whose state it is: the run and when it began, the version of the model, sums over the declaration.

    `batches` are those in force by source, `volumes` those of its shelf. When a run began tells it from one of the same
    number in a database that was made anew.
    """

    run: int
    began: str
    model: int
    declared: str
    golden: str
    engine: str = ENGINE
    form: int = FORM
    batches: dict[str, list[int]] = {}
    volumes: tuple[Volume, ...] = ()


def golden(spec: Spec) -> str:
    """A sum over what of a declaration decides who is joined at which threshold, and which values stand."""
    whole = [msgspec.to_builtins(spec.registry), sorted(spec.types.items()), sorted(spec.authority.items())]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def fits(about: About, spec: Spec) -> bool:
    """Whether a state was made by this declaration, engine and program."""
    made = (about.declared, about.golden, about.engine, about.form)
    return made == (declared(spec), golden(spec), ENGINE, FORM)


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, path: Path, *, write: bool = False) -> Iterator[bool]:
    """Attach a state as `state`; False where there is none, another process has it, or it can't be read."""
    if not path.exists():
        yield False
        return
    try:
        con.execute(f"ATTACH {literal(str(path))} AS state{'' if write else ' (READ_ONLY)'}")
    except duckdb.Error:
        yield False
        return
    try:
        yield True
    finally:
        con.execute("DETACH state")


def about(con: duckdb.DuckDBPyConnection) -> About | None:
    """What the attached state says of itself; None where it isn't whole or of another form."""
    try:
        row = con.execute("SELECT told FROM state.about").fetchone()
        return msgspec.json.decode(row[0], type=About) if row else None
    except (duckdb.Error, msgspec.DecodeError):
        return None


def tell(con: duckdb.DuckDBPyConnection, database: str, told: About) -> None:
    """Write in a state whose it is."""
    con.execute(f"CREATE OR REPLACE TABLE {database}.about (told VARCHAR)")
    con.execute(f"INSERT INTO {database}.about VALUES ($1)", [msgspec.json.encode(told).decode()])


def strip(con: duckdb.DuckDBPyConnection, told: About) -> None:
    """Leave of a whole linking's `linking` what the next one needs."""
    for (view,) in con.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = 'linking' AND NOT internal"
    ).fetchall():
        con.execute(f'DROP VIEW linking."{view}"')
    con.execute(f"CREATE OR REPLACE TABLE linking.kept_ids AS {IDS.format(run=told.run)}")
    con.execute("DROP TABLE linking.ids")
    con.execute("ALTER TABLE linking.kept_ids RENAME TO ids")
    tell(con, "linking", told)
    found = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'linking'").fetchall()
    for (table,) in found:
        if table not in KEPT and not table.startswith("sounds_"):
            con.execute(f'DROP TABLE linking."{table}"')
