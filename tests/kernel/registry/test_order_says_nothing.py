"""The partition and the golden records don't depend on the order of rows, sources or batches, nor on threads."""

import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up import identity, person, rows, spec

from xilin.kernel.registry.declarations import Identifier
from xilin.kernel.registry.fields import told
from xilin.kernel.registry.pipeline import linking

Con = duckdb.DuckDBPyConnection
NAMES = ("王芳", "王方", "其其格", "琪琪格", "李雷")
SPECS: tuple[dict[str, Any], ...] = (
    {"margin": 0.0, "threshold": 0.6},
    {"identifier": (Identifier("id_number", guard=("name", "birth")), Identifier("phone", guard=("name",)))},
    {"one_to_one": True},
)


def world(dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    """A few records of three sources, many of which could be one thing."""
    found: dict[str, list[dict[str, Any]]] = {}
    for source in "abc":
        for n in range(12):
            who, born = dice.randrange(0, 5), dice.choice(("1980-02-03", "1980-03-02"))
            row = person(who, dice.choice(NAMES), born, key=str(n), phone=f"1200000000{dice.randrange(4)}")
            if who:
                row["id_number"] = identity(who, "1980-02-03")
            if dice.random() < 0.6:
                row["updated_at"] = datetime(2026, 1, dice.randrange(1, 4))
            found.setdefault(source, []).append(row)
    return found


def linked(
    con: Con, folder: Path, found: dict[str, list[dict[str, Any]]], which: int, batches: dict[str, int]
) -> Any:
    """Who is one, how, and the golden records with source and time."""
    tables = [rows(con, source, *some, batch=batches[source]) for source, some in found.items()]
    with linking.workplace(con, folder):
        linking.link(con, spec({"a": 60, "b": 60, "c": 20}, **SPECS[which]), tables)
        golden = con.execute(
            "SELECT list((source, key, how, weight) ORDER BY source, key), any_value(attributes), any_value(provenance), "
            "any_value(digest) FROM linking.final JOIN linking.records USING (rid) JOIN linking.golden USING (ent) "
            "GROUP BY ent ORDER BY 1"
        ).fetchall()
        doubts = con.execute("SELECT * FROM linking.uncertain ORDER BY ALL").fetchall()
    traces = [
        {code: (t[0], t[2]) for code, t in told(json.loads(provenance)).items()}
        for _, _, provenance, _ in golden
    ]
    return [(members, attributes, digest) for members, attributes, _, digest in golden], traces, doubts


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), which=st.integers(0, len(SPECS) - 1))
def test_no_permutation_changes_anything(con: Con, tmp_path: Path, seed: int, which: int) -> None:
    dice = random.Random(seed)
    found = world(dice)
    con.execute("SET threads = 2")
    first = linked(con, tmp_path, found, which, {"a": 1, "b": 2, "c": 3})
    for threads in (1, 4):
        shuffled = {
            source: dice.sample(some, len(some)) for source, some in dice.sample(sorted(found.items()), 3)
        }
        numbers = dict(zip("abc", dice.sample(range(1, 9), 3), strict=True))
        con.execute(f"SET threads = {threads}")
        assert linked(con, tmp_path, shuffled, which, numbers) == first
