"""What was known of an entity, and when: every change keeps what was before."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import duckdb
import pytest
from made_up import NOW, person, rows, spec

from xilin.kernel.registry import actions, history, review
from xilin.kernel.registry.models import Entity, EntityRecord, EntityVersion, LinkRun

pytestmark = pytest.mark.django_db
Con = duckdb.DuckDBPyConnection
Run = Callable[..., LinkRun]
ANN = person(1, "王芳", "1980-02-03", phone="12000000001", key="ann")


def at(day: int) -> datetime:
    return NOW + timedelta(days=day)


@pytest.fixture
def run(con: Con, settings, tmp_path) -> Run:  # type: ignore[no-untyped-def]
    settings.HOME = tmp_path

    def link(day, *found, **changes) -> LinkRun:  # type: ignore[no-untyped-def]
        return actions.link_found(spec(comparison=(), blocks=(), **changes), found, at=at(day), con=con)

    return link


def ann() -> Entity:
    return EntityRecord.objects.get(source="a", key="ann").entity


def since(year: int, **more):  # type: ignore[no-untyped-def]
    return ANN | {"updated_at": datetime(year, 5, 1, 8)} | more


def test_a_first_version_keeps_nothing_and_the_same_again_neither(con: Con, run: Run) -> None:
    run(0, rows(con, "a", ANN))
    run(1, rows(con, "a", ANN, batch=2))
    assert not EntityVersion.objects.exists()


def test_a_change_keeps_what_was_before_with_its_records(con: Con, run: Run) -> None:
    first = run(0, rows(con, "a", since(2020)))
    second = run(1, rows(con, "a", since(2022, phone="12000000009"), batch=2), rows(con, "b", since(2021)))
    former = EntityVersion.objects.get()
    assert (former.from_run, former.to_run, former.ended) == (first.pk, second.pk, False)
    assert former.attributes["phone"] == "12000000001"
    assert former.provenance["phone"] == ["a", 1, "2020-05-01T08:00:00"]
    assert former.records == [["a", "ann", "identifier", None]]
    assert [len(version.records) for version in history.versions(ann())] == [1, 2]


def test_a_field_tells_its_values_with_source_batch_and_both_times(con: Con, run: Run) -> None:
    run(0, rows(con, "a", since(2020)))
    run(5, rows(con, "a", since(2022, phone="12000000009"), batch=2))
    phones = history.field_history(ann())["phone"]
    assert [(v.value, v.source, v.batch, v.valid) for v in phones] == [
        ("12000000001", "a", 1, "2020-05-01T08:00:00"),
        ("12000000009", "a", 2, "2022-05-01T08:00:00"),
    ]
    assert at(0) < phones[0].recorded < at(1)  # type: ignore[operator]
    assert phones[0].recorded_to == phones[1].recorded
    assert phones[1].recorded_to is None


def test_a_field_that_stays_is_told_once(con: Con, run: Run) -> None:
    run(0, rows(con, "a", ANN))
    run(1, rows(con, "a", ANN | {"phone": "12000000009"}, batch=2))
    told = history.field_history(ann())
    assert len(told["phone"]) == 2
    (name,) = told["name"]
    assert (name.value, name.batch, name.recorded_to) == ("王芳", 1, None)


def test_one_may_ask_what_was_known_then_and_what_was_true_then(con: Con, run: Run) -> None:
    run(0, rows(con, "a", since(2020)))
    run(5, rows(con, "a", since(2022, phone="12000000009"), batch=2))
    entity = ann()

    def phone(**when) -> object:  # type: ignore[no-untyped-def]
        value = history.as_of(entity, **when).fields.get("phone")
        return value.value if value else None

    assert phone() == "12000000009"
    assert phone(recorded=at(3)) == "12000000001"
    assert phone(recorded=at(-1)) is None
    assert history.as_of(entity, recorded=at(-1)).version is None
    assert phone(valid=date(2021, 1, 1)) == "12000000001"
    assert phone(valid=date(2023, 1, 1)) == "12000000009"
    assert phone(valid=date(2023, 1, 1), recorded=at(3)) == "12000000001"
    assert phone(valid=date(2019, 1, 1)) is None


def test_an_end_and_a_return_stand_in_the_history(con: Con, run: Run) -> None:
    run(0, rows(con, "a", ANN))
    entity = ann()
    run(1)
    entity.refresh_from_db()
    assert entity.ended_run is not None
    assert history.as_of(entity).fields == {}
    run(2, rows(con, "a", ANN, batch=3))
    assert ann() == entity
    assert [version.ended for version in history.versions(ann())] == [False, True, False]
    assert history.as_of(ann(), recorded=at(1) + timedelta(hours=1)).fields == {}
    assert history.as_of(ann(), recorded=at(0) + timedelta(hours=1)).fields["name"].value == "王芳"


def test_a_key_that_is_used_again_for_somebody_else_has_another_id(con: Con, run: Run) -> None:
    run(0, rows(con, "a", ANN))
    before = ann()
    run(1)
    run(2, rows(con, "a", person(2, "李雷", "1991-04-05", key="ann"), batch=3))
    assert ann().pk != before.pk
    run(3, rows(con, "a", ANN | {"key": "new"}, person(2, "李雷", "1991-04-05", key="ann"), batch=4))
    assert EntityRecord.objects.get(key="new").entity == before


def test_a_merged_id_never_names_who_gets_its_records_key(con: Con, run: Run) -> None:
    ben = person(2, "李雷", "1991-04-05", key="ben")
    run(0, rows(con, "a", ANN))
    run(1, rows(con, "a", ANN, ben, batch=2))
    merged = EntityRecord.objects.get(key="ben").entity_id
    run(2, rows(con, "a", ANN, ANN | {"key": "ben"}, batch=3))
    assert Entity.objects.get(pk=merged).merged_into == ann().pk
    run(3, rows(con, "a", ANN, batch=4))
    run(4, rows(con, "a", ANN, person(9, "韩梅梅", "2001-01-01", key="ben"), batch=5))
    assert EntityRecord.objects.get(key="ben").entity_id not in {merged, ann().pk}


def test_a_run_that_fails_keeps_no_version(con: Con, run: Run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    run(0, rows(con, "a", ANN))

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(review, "keep", fails)
    with pytest.raises(RuntimeError):
        run(1, rows(con, "a", ANN | {"phone": "12000000009"}, batch=2))
    assert not EntityVersion.objects.exists()
