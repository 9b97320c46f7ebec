"""A linking of what changed gives what linking everything would: partition, ways, weights, golden records."""

import itertools
import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up import NOW, identity, person, rows, spec

from xilin.kernel.accounts.models import User
from xilin.kernel.registry import actions, linker
from xilin.kernel.registry.declarations import Comparison, Identifier, Level
from xilin.kernel.registry.fields import told
from xilin.kernel.registry.models import (
    Decision,
    DecisionPair,
    Entity,
    EntityIdentifier,
    EntityRecord,
    EntityVersion,
    LinkRun,
)
from xilin.kernel.registry.pipeline import delta, linking, model
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

pytestmark = pytest.mark.django_db
Con = duckdb.DuckDBPyConnection
Row = dict[str, Any]
Rows = dict[tuple[str, str], Row]
Golden = tuple[frozenset[tuple[str, str, str, float | None]], tuple[tuple[str, Any, str, str | None], ...]]

NAMES = ("王芳", "王方", "其其格", "琪琪格", "李雷", "巴特尔")
BIRTHS = ("1980-02-03", "1980-03-02", "1991-04-05")
PHONES = (None, "12000000001", "12000000002", "12000000003")
SOURCES = ("a", "b", "c")
KEYS = tuple(f"{n:03}" for n in range(9))
# Registries that join in every way there is.
SPECS: tuple[dict[str, Any], ...] = (
    {},
    {"margin": 0.0, "threshold": 0.5},
    {"identifier": (Identifier("id_number", guard=("name", "birth")), Identifier("phone", guard=("name",)))},
    {"one_to_one": True, "density": 0.5},
    {
        "comparison": (
            Comparison(
                "name", (Level("exact", m=0.9, u=0.1), Level("else", m=0.1, u=0.9)), term_frequency=True
            ),
            *spec().registry.comparison[1:],
        ),
        "identifier": (),
    },
)
numbers = itertools.count(1)


def row(dice: random.Random, key: str) -> Row:
    """Somebody, more or less."""
    who, born = dice.randrange(0, 5), dice.choice(BIRTHS)
    made = person(who, dice.choice(NAMES), born, key=key, phone=dice.choice(PHONES))
    if who and dice.random() < 0.5:
        made["id_number"] = identity(who, BIRTHS[0])  # one number whatever the birth: guards may disagree
    if not who and dice.random() < 0.5:
        made["id_number__found"] = identity(dice.randrange(1, 5), BIRTHS[0])[:-1]
    if dice.random() < 0.5:
        made["updated_at"] = datetime(2026, 1, dice.randrange(1, 9))
    return made


def change(dice: random.Random, world: Rows) -> None:
    """Insert, update and delete a few records."""
    for _ in range(dice.randrange(0, 5)):
        at = (dice.choice(SOURCES), dice.choice(KEYS))
        if at in world and dice.random() < 0.4:
            del world[at]
        else:
            world[at] = row(dice, at[1])


def tables(con: Con, world: Rows, batch: int) -> list[Found]:
    """Each source's rows, all of them delivered again."""
    return [
        rows(con, source, *(made for (at, _), made in sorted(world.items()) if at == source), batch=batch)
        for source in SOURCES
    ]


def decide(dice: random.Random, world: Rows, code: str, user: User) -> None:
    """Say of two records that they are the same, or different, unless something was said of either."""
    if len(world) < 2:
        return
    one, two = sorted(dice.sample(sorted(world), 2))
    made = Decision.objects.create(
        registry=code, kind="review", state="in_force", entity_a=dice_uuid(dice), made_by=user, made_at=NOW
    )
    verdict = dice.choice(("same", "different"))
    DecisionPair.objects.create(
        decision=made, verdict=verdict, source_a=one[0], key_a=one[1], source_b=two[0], key_b=two[1]
    )


def dice_uuid(dice: random.Random) -> str:
    return f"{dice.getrandbits(128):032x}"


def traced(attributes: Row, provenance: Row) -> tuple[tuple[str, Any, str, str | None], ...]:
    """Values with the source and time they are of; batches only say when a value came."""
    return tuple(
        (code, value, provenance[code][0], provenance[code][2]) for code, value in sorted(attributes.items())
    )


def stands(code: str) -> set[Golden]:
    """What stands in PostgreSQL."""
    members: dict[Any, set[tuple[str, str, str, float | None]]] = {}
    for entity, *record in EntityRecord.objects.filter(registry=code).values_list(
        "entity_id", "source", "key", "how", "weight"
    ):
        members.setdefault(entity, set()).add(tuple(record))
    living = Entity.objects.filter(registry=code, ended_run=None)
    assert {entity.pk for entity in living} == members.keys()
    assert all(entity.records == len(members[entity.pk]) for entity in living)
    return {(frozenset(members[one.pk]), traced(one.attributes, one.provenance)) for one in living}


def rebuilt(con: Con, wanted: Spec, found: list[Found], folder: Path) -> set[Golden]:
    """What linking everything gives, with the model that is kept."""
    import json

    from xilin.kernel.registry import decisions

    kept = linker.kept_model(wanted.registry.code)
    assert kept is not None
    with linking.workplace(con, folder):
        decisions.load(con, wanted.registry.code)
        model.bring(con, kept[1])
        linking.link(con, wanted, found, kept[0])
        golden = con.execute(
            "SELECT list((source, key, how, weight)), any_value(attributes), any_value(provenance) "
            "FROM linking.final JOIN linking.records USING (rid) JOIN linking.golden USING (ent) GROUP BY ent"
        ).fetchall()
    return {
        (frozenset(members), traced(json.loads(attributes), told(json.loads(provenance))))
        for members, attributes, provenance in golden
    }


def marked(con: Con, home: Path, code: str) -> None:
    """Identifiers and versions are those that the state and the runs say."""
    living = Entity.objects.filter(registry=code, ended_run=None)
    held = EntityIdentifier.objects.filter(registry=code, entity__in=living)
    con.execute(f"ATTACH '{home / 'registry' / code / 'state.duckdb'}' AS kept (READ_ONLY)")
    try:
        told = con.execute(
            "SELECT id, attribute, value FROM kept.ent_marks JOIN kept.ids USING (ent)"
        ).fetchall()
    finally:
        con.execute("DETACH kept")
    assert set(held.values_list("entity_id", "attribute", "value")) == set(told)
    for version in EntityVersion.objects.filter(registry=code, ended=False):
        assert version.records
        assert version.records == sorted(version.records, key=lambda record: record[:2])


@pytest.fixture
def here(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home where models don't age and nothing is too much for a delta."""
    settings.HOME = tmp_path
    monkeypatch.setattr(linking, "GROWTH", 1e9)
    monkeypatch.setattr(delta, "FEW", 1e9)
    return tmp_path


@settings(
    max_examples=int(os.environ.get("XILIN_EXAMPLES", "4")),
    deadline=None,
    derandomize="XILIN_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32), which=st.integers(0, len(SPECS) - 1))
def test_a_delta_equals_a_rebuild(con: Con, here: Path, seed: int, which: int) -> None:
    dice = random.Random(seed)
    code = f"people{next(numbers)}"
    user = User.objects.create(username=code)
    wanted, world = spec({"a": 60, "b": 60, "c": 30}, code=code, **SPECS[which]), dict[tuple[str, str], Row]()
    for at in itertools.product(SOURCES, KEYS):
        if dice.random() < 0.7:
            world[at] = row(dice, at[1])
    actions.link_found(wanted, tables(con, world, 1), at=NOW, con=con)
    for batch in range(2, 5):
        change(dice, world)
        if dice.random() < 0.3:
            decide(dice, world, code, user)
        if dice.random() < 0.2:
            Decision.objects.filter(registry=code).update(state="withdrawn")
        found = tables(con, world, batch)
        run = actions.link_found(wanted, found, at=NOW, con=con)
        assert "looked_at" in run.counts
        assert stands(code) == rebuilt(con, wanted, found, here / "rebuilt")
        marked(con, here, code)
        assert run.counts["records"] == len(world)
        assert run.counts["entities"] == Entity.objects.filter(registry=code, ended_run=None).count()


@pytest.fixture
def run(con: Con, here: Path) -> Callable[..., LinkRun]:
    """Link rows into PostgreSQL."""

    def link(*found: Found, **changes: Any) -> LinkRun:
        return actions.link_found(spec(**changes), found, at=NOW, con=con)

    return link


ANN = person(1, "王芳", "1980-02-03", phone="12000000001", key="ann")
BEN = person(2, "李雷", "1991-04-05", phone="12000000002", key="ben")


def test_only_the_neighbourhood_of_what_changed_is_looked_at(con: Con, run: Callable[..., LinkRun]) -> None:
    crowd = [person(n, f"{chr(0x4E00 + n)}甲", f"19{50 + n}-01-01", key=str(n)) for n in range(3, 40)]
    run(rows(con, "a", ANN, BEN, *crowd))
    second = run(rows(con, "a", ANN | {"phone": "12000000009"}, BEN, *crowd, batch=2))
    assert (second.counts["arrived"], second.counts["left"], second.counts["looked_at"]) == (1, 0, 1)
    assert second.counts["records"] == second.counts["entities"] == 39


def test_what_is_only_looked_at_is_not_made_anew(con: Con, run: Callable[..., LinkRun]) -> None:
    near = person(0, "李雷", "1991-04-05", phone="12000000001", key="near")
    run(rows(con, "a", ANN, near))
    second = run(rows(con, "a", ANN | {"phone": "12000000009"}, near, batch=2))
    assert (second.counts["looked_at"], second.counts["looked_into"]) == (2, 1)
    assert Entity.objects.filter(changed_run=second.pk).count() == EntityVersion.objects.count() == 1
    third = run(rows(con, "a", ANN | {"phone": "12000000009"}, near | {"name": "巴特尔"}, batch=3))
    assert third.counts["looked_into"] == 1
    assert Entity.objects.get(changed_run=third.pk).attributes["name"] == "巴特尔"


def test_of_a_source_that_only_grew_no_more_than_the_news_is_read(
    con: Con, run: Callable[..., LinkRun]
) -> None:
    first = rows(con, "a", ANN, BEN)
    run(first)
    news = rows(con, "a", ANN | {"phone": "12000000009"}, batch=2)
    con.execute("DROP TABLE rows_a_1")
    second = run(Found("SELECT * FROM rows_a_1", first.columns, news=news.query, grown=("a",)))
    assert (second.counts["arrived"], second.counts["left"], second.counts["records"]) == (1, 0, 2)
    assert second.batches == {"a": 2}
    assert Entity.objects.get(changed_run=second.pk).attributes["phone"] == "12000000009"


def test_without_the_last_linkings_state_everything_is_linked(
    con: Con, run: Callable[..., LinkRun], here: Path
) -> None:
    found = [rows(con, "a", ANN, BEN)]
    run(*found)
    (here / "registry" / "people" / "state.duckdb").unlink()
    assert "looked_at" not in run(*found).counts
    assert "looked_at" in run(*found).counts


def test_a_state_that_can_not_be_read_is_no_fault(con: Con, run: Callable[..., LinkRun], here: Path) -> None:
    found = [rows(con, "a", ANN, BEN)]
    run(*found)
    (here / "registry" / "people" / "state.duckdb").write_bytes(b"half a file")
    assert "looked_at" not in run(*found).counts
    assert "looked_at" in run(*found).counts


def test_records_that_are_not_on_the_shelf_are_no_fault(
    con: Con, run: Callable[..., LinkRun], here: Path
) -> None:
    run(rows(con, "a", ANN, BEN))
    shelf = here / "registry" / "people" / "records"
    (volume,) = shelf.iterdir()
    volume.write_bytes(b"\0" * volume.stat().st_size)
    second = run(rows(con, "a", ANN, batch=2))
    assert (second.counts["gone_records"], second.counts["records"], "left" in second.counts) == (1, 1, False)
    (volume,) = shelf.iterdir()
    volume.unlink()
    assert "looked_at" not in run(rows(con, "a", ANN, BEN, batch=3)).counts
    left_over = shelf / "0123.arrow"
    left_over.write_bytes(b"of a run that was killed")
    assert run(rows(con, "a", ANN, BEN | {"phone": "12000000009"}, batch=4)).counts["arrived"] == 1
    assert not left_over.exists()
    assert len(list(shelf.iterdir())) == 2


def test_a_state_of_another_run_is_not_used(con: Con, run: Callable[..., LinkRun]) -> None:
    found = [rows(con, "a", ANN, BEN)]
    run(*found)
    LinkRun.objects.create(registry="people", started_at=NOW, finished_at=NOW)
    assert "looked_at" not in run(*found).counts


def test_after_a_run_that_fails_everything_is_linked(
    con: Con, run: Callable[..., LinkRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(rows(con, "a", ANN, BEN))

    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(linker, "_analyze", fails)
        with pytest.raises(RuntimeError, match="disk is full"):
            run(rows(con, "a", ANN, batch=2))
    third = run(rows(con, "a", ANN, batch=3))
    assert (third.counts["gone_records"], third.counts["records"], "left" in third.counts) == (1, 1, False)
    assert run(rows(con, "a", ANN, BEN, batch=4)).counts["arrived"] == 1


def test_another_declaration_links_everything_with_a_new_model(con: Con, run: Callable[..., LinkRun]) -> None:
    found = [rows(con, "a", ANN, BEN)]
    run(*found)
    second = run(*found, blocks=(("birth",),))
    assert "looked_at" not in second.counts
    assert second.parameters["model"]["version"] == 2
    third = run(*found, blocks=(("birth",),), margin=1.0)
    assert "looked_at" not in third.counts
    assert third.parameters["model"]["version"] == 2


def test_a_model_that_has_become_too_small_is_made_anew(
    con: Con, run: Callable[..., LinkRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(rows(con, "a", ANN))
    monkeypatch.setattr(linking, "GROWTH", 1.5)
    again = run(rows(con, "a", ANN, BEN, batch=2))
    assert "looked_at" not in again.counts
    assert again.parameters["model"]["version"] == 2
    assert again.parameters["model"]["records"] == 2
