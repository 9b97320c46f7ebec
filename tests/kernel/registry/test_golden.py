"""Which value of which record stands in the golden record, and what is said about it."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from made_up import person, rows, spec

from xilin.kernel.registry.declarations import Attribute
from xilin.kernel.registry.fields import told
from xilin.kernel.registry.pipeline import linking
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

Con = duckdb.DuckDBPyConnection
Golden = tuple[dict[str, Any], dict[str, Any], int, str]
Choose = Callable[[Spec, list[Found]], Golden]


@pytest.fixture
def golden(con: Con, tmp_path: Path) -> Choose:
    """The golden record of rows that are all one person's."""

    def run(spec: Spec, found: list[Found]) -> Golden:
        with linking.workplace(con, tmp_path):
            linking.link(con, spec, found)
            ((attributes, provenance, records, digest),) = con.execute(
                "SELECT attributes, provenance, records, digest FROM linking.golden"
            ).fetchall()
        return json.loads(attributes), told(json.loads(provenance)), records, digest

    return run


def phone(**how: Any) -> dict[str, Any]:
    """The registry's attributes, the telephone chosen in this way."""
    plain = tuple(Attribute(code, code) for code in ("id_number", "name", "birth"))
    return {"attribute": (*plain, Attribute("phone", "phone", **how))}


def row(name: str, phone: str | None, day: int | None = None) -> dict[str, Any]:
    recorded = None if day is None else datetime(2026, 1, day, 9, 30)
    return person(1, name, "1980-02-03", phone=phone, updated_at=recorded)


def test_the_source_with_most_authority_wins_and_gaps_are_filled(con: Con, golden: Choose) -> None:
    found = [
        rows(con, "police", row("王芳", None, 1), batch=7),
        rows(con, "health", row("王方", "12000000001", 2)),
    ]
    attributes, provenance, records, _ = golden(spec({"police": 95, "health": 50}, **phone()), found)
    assert attributes == {
        "id_number": "990000198002030001",
        "name": "王芳",
        "birth": "1980-02-03",
        "phone": "12000000001",
    }
    assert provenance["name"] == ["police", 7, "2026-01-01T09:30:00"]
    assert provenance["phone"] == ["health", 1, "2026-01-02T09:30:00"]
    assert records == 2


@pytest.mark.parametrize(
    ("how", "wins"),
    [
        ({"choose": "authority"}, "12000000001"),
        ({"choose": "authority", "prefer": ("c", "b")}, "12000000003"),
        ({"choose": "latest"}, "12000000002"),
        ({"choose": "frequent"}, "12000000003"),
        ({"choose": "frequent", "prefer": ("b",)}, "12000000002"),
    ],
)
def test_each_way_of_choosing(con: Con, golden: Choose, how: dict[str, Any], wins: str) -> None:
    found = [
        rows(con, "a", row("王芳", "12000000001", 1)),
        rows(con, "b", row("王芳", "12000000002", 9)),
        rows(con, "c", row("王芳", "12000000003", 2)),
        rows(con, "d", row("王芳", "12000000003", None)),
    ]
    authority = {"a": 90, "b": 50, "c": 60, "d": 10}
    assert golden(spec(authority, **phone(**how)), found)[0]["phone"] == wins


def test_frequent_values_that_tie_go_by_authority(con: Con, golden: Choose) -> None:
    found = [rows(con, "a", row("王芳", "12000000001")), rows(con, "b", row("王芳", "12000000002"))]
    assert golden(spec({"a": 1, "b": 2}, **phone(choose="frequent")), found)[0]["phone"] == "12000000002"


def test_a_record_without_a_time_is_older_than_any_other(con: Con, golden: Choose) -> None:
    found = [
        rows(con, "a", row("王芳", "12000000001"), batch=9),
        rows(con, "b", row("王芳", "12000000002", 1)),
    ]
    attributes, provenance, *_ = golden(spec({"a": 90}, **phone(choose="latest")), found)
    assert attributes["phone"] == "12000000002"
    assert provenance["name"] == ["a", 9, None]


def test_the_digest_does_not_depend_on_batches_but_on_everything_else(con: Con, golden: Choose) -> None:
    def digest(batch: int, number: str, day: int) -> str:
        return golden(spec(), [rows(con, "a", row("王芳", number, day), batch=batch)])[3]

    first = digest(1, "12000000001", 1)
    assert digest(2, "12000000001", 1) == first
    assert digest(1, "12000000002", 1) != first
    assert digest(1, "12000000001", 2) != first
