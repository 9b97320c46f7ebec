"""Entities keep their ids from run to run; what ends says when, and where it went."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta

import duckdb
import pytest
from made_up import NOW, identity, person, rows, spec

from xilin.kernel.audit.models import Entry
from xilin.kernel.registry import actions, linker, queries
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, LinkRun
from xilin.kernel.registry.pipeline.records import Found

pytestmark = pytest.mark.django_db
Con = duckdb.DuckDBPyConnection
Run = Callable[..., LinkRun]

ANN = person(1, "王芳", "1980-02-03", phone="12000000001", key="ann")
BEN = person(2, "李雷", "1991-04-05", phone="12000000002", key="ben")


@pytest.fixture
def run(con: Con, settings, tmp_path) -> Run:  # type: ignore[no-untyped-def]
    """Link rows into PostgreSQL."""
    settings.HOME = tmp_path

    def link(*found: Found, **changes) -> LinkRun:  # type: ignore[no-untyped-def]
        return actions.link_found(spec(**changes), found, at=NOW, con=con)

    return link


def entity_of(source: str, key: str) -> uuid.UUID:
    return EntityRecord.objects.get(registry="people", source=source, key=key).entity_id


def test_the_same_rows_again_write_nothing(con: Con, run: Run) -> None:
    first = run(rows(con, "a", ANN, BEN), rows(con, "b", ANN | {"key": "x"}))
    before = list(Entity.objects.values())
    again = run(rows(con, "a", ANN, BEN, batch=2), rows(con, "b", ANN | {"key": "x"}, batch=3))
    assert list(Entity.objects.values()) == before
    assert {name: first.counts[name] for name in ("new_entities", "new_records")} == {
        "new_entities": 2,
        "new_records": 3,
    }
    changes = ("new_entities", "changed_entities", "ended_entities", "new_records", "changed_records")
    assert {
        again.counts[name] for name in (*changes, "gone_records", "new_identifiers", "gone_identifiers")
    } == {0}
    assert again.batches == {"a": 2, "b": 3}
    assert {entity["changed_run"] for entity in before} == {first.pk}


def test_a_new_value_changes_the_golden_record_and_keeps_the_id(con: Con, run: Run) -> None:
    run(rows(con, "a", ANN, BEN))
    ann = entity_of("a", "ann")
    second = run(rows(con, "a", ANN | {"phone": "12000000009"}, BEN, batch=2))
    changed = Entity.objects.get(pk=ann)
    assert changed.attributes["phone"] == "12000000009"
    assert changed.changed_run == second.pk
    assert changed.provenance["phone"] == ["a", 2, None]
    assert second.counts["changed_entities"] == 1


def test_two_that_prove_to_be_one_become_the_older(con: Con, run: Run) -> None:
    stranger = person(0, "李雷", "1993-09-09", phone="12000000003", key="stranger")
    run(rows(con, "a", BEN))
    old = entity_of("a", "ben")
    second = run(rows(con, "a", BEN, batch=2), rows(con, "b", stranger))
    young = entity_of("b", "stranger")
    assert young != old
    known = stranger | {"id_number": identity(2, "1991-04-05")}
    third = run(rows(con, "a", BEN, batch=3), rows(con, "b", known, batch=2))
    assert entity_of("b", "stranger") == entity_of("a", "ben") == old
    ended = Entity.objects.get(pk=young)
    assert (ended.ended_run, ended.merged_into, ended.since_run) == (third.pk, old, second.pk)
    assert third.counts["merged"] == 1
    assert queries.count("people") == 1


def test_one_that_proves_to_be_two_keeps_its_id_where_most_records_are(con: Con, run: Run) -> None:
    wrong = person(1, "王芳", "1980-02-03", key="wrong")
    more = [rows(con, source, ANN) for source in ("b", "c")]
    run(rows(con, "a", wrong), *more)
    whole = entity_of("a", "wrong")
    right = person(3, "王芬", "1985-02-03", key="wrong")
    second = run(rows(con, "a", right, batch=2), *more)
    assert entity_of("b", "ann") == entity_of("c", "ann") == whole
    assert entity_of("a", "wrong") != whole
    assert (second.counts["split"], second.counts["new_entities"], second.counts["changed_records"]) == (
        1,
        1,
        1,
    )


def test_one_whose_records_are_gone_ends_and_comes_back_under_its_id(con: Con, run: Run) -> None:
    run(rows(con, "a", ANN, BEN))
    ben = entity_of("a", "ben")
    second = run(rows(con, "a", ANN, batch=2))
    gone = Entity.objects.get(pk=ben)
    assert (gone.ended_run, gone.merged_into) == (second.pk, None)
    assert queries.entity_by_identifier("people", "id_number", BEN["id_number"]) is None
    run(rows(con, "a", ANN, batch=3), rows(con, "b", BEN | {"key": "another key"}))
    back = queries.entity_by_identifier("people", "id_number", BEN["id_number"])
    assert back is not None
    assert (back.pk, back.ended_run) == (ben, None)


def test_identifiers_follow_the_records(con: Con, run: Run) -> None:
    run(rows(con, "a", ANN))
    run(rows(con, "a", ANN | {"id_number": identity(7, "1980-02-03")}, batch=2))
    assert [(i.value, i.entity_id) for i in EntityIdentifier.objects.all()] == [
        (identity(7, "1980-02-03"), entity_of("a", "ann"))
    ]


def test_a_run_says_how_and_from_where_and_stands_in_the_log(con: Con, run: Run) -> None:
    nobody = person(0, "赵磊", "1960-12-12", key="nobody")
    known = person(0, "王芳", "1980-02-03", phone="12000000001", key="known")
    made = run(rows(con, "a", ANN, BEN), rows(con, "b", known, nobody))
    assert queries.how("people") == {"identifier": 2, "compared": 1, "alone": 1}
    assert queries.records_by_source("people") == {"a": 2, "b": 2}
    assert queries.latest_run("people") == made
    assert made.finished_at > made.started_at == NOW
    assert set(made.timings) >= {"load", "identifiers", "compare", "golden", "identity", "write"}
    (entry,) = Entry.objects.filter(kind="registry.linked")
    assert entry.subject == "people"
    assert ANN["id_number"] not in str(entry.text)
    member = EntityRecord.objects.get(key="known")
    assert member.weight > 3
    assert [(m.source, m.key) for m in queries.members(member.entity)] == [("a", "ann"), ("b", "known")]


def test_a_run_that_fails_leaves_nothing(con: Con, run: Run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    run(rows(con, "a", ANN))
    before = (list(Entity.objects.values()), list(EntityRecord.objects.values()), LinkRun.objects.count())

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(linker, "_analyze", fails)
    with pytest.raises(RuntimeError, match="disk is full"):
        run(rows(con, "a", ANN, BEN, batch=2))
    assert (
        list(Entity.objects.values()),
        list(EntityRecord.objects.values()),
        LinkRun.objects.count(),
    ) == before
    assert con.execute(
        "SELECT count(*) FROM duckdb_databases() WHERE database_name = 'linking'"
    ).fetchone() == (0,)


def test_what_a_killed_run_left_goes_with_the_next(con: Con, run: Run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, others = tmp_path / "linking" / f"{ended.pid}-x", tmp_path / "linking" / f"{os.getppid()}-y"
    for folder in (left, others):
        folder.mkdir(parents=True)
        (folder / "linking.duckdb").write_bytes(b"records")
    run(rows(con, "a", ANN))
    assert list((tmp_path / "linking").iterdir()) == [others]


def test_keys_and_values_with_commas_quotes_and_breaks_come_through(con: Con, run: Run) -> None:
    odd = person(1, '王"芳,\n丽\\N', "1980-02-03", key='a,"b"\\|1')
    run(rows(con, "a", odd))
    again = run(rows(con, "a", odd, batch=2))
    assert Entity.objects.get().attributes["name"] == '王"芳,\n丽\\N'
    assert EntityRecord.objects.get().key == 'a,"b"\\|1'
    assert again.counts["new_records"] == again.counts["gone_records"] == 0


def test_registries_do_not_touch_each_other(con: Con, run: Run) -> None:
    run(rows(con, "a", ANN, BEN))
    run(rows(con, "a", ANN), code="others")
    assert (queries.count("people"), queries.count("others")) == (2, 1)
    run(code="others")
    assert (queries.count("people"), queries.count("others")) == (2, 0)
    assert EntityRecord.objects.filter(registry="people").count() == 2
    assert queries.latest_run("people").started_at < NOW + timedelta(seconds=1)  # type: ignore[union-attr]
