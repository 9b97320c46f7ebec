"""Pairs that linking left open wait for a reviewer, and leave the queue when a person or a run settles them."""

from collections.abc import Callable

import duckdb
import pytest
from made_up import NOW, identity, person, rows, spec

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.models import Entry
from xilin.kernel.registry import actions, decisions, errors, review
from xilin.kernel.registry.models import Entity, EntityRecord, LinkRun, ReviewPair
from xilin.lib.errors import NotFound

pytestmark = pytest.mark.django_db
Con = duckdb.DuckDBPyConnection
Open = list[tuple[tuple[str, str], tuple[str, str], float, str]]
LEVELS = '{"name": {"level": "sounds_same", "bits": 1.0}, "birth": {"level": "exact", "bits": 9.9}}'


@pytest.fixture
def ann() -> User:
    return User.objects.create(username="ann", role=User.Role.REVIEWER)


@pytest.fixture
def leave(con: Con) -> Callable[..., LinkRun]:
    """What a run leaves of four people, and of it these pairs open: (record, record, weight, why).

    `looked_at` are the records the run had to look at; decisions in force hold.
    """

    def run(pairs: Open, keys: str = "wxyz", looked_at: str = "wxyz") -> LinkRun:
        made = LinkRun.objects.create(registry="people", started_at=NOW, finished_at=NOW)
        records = {key: (("a", "a", "b", "b")["wxyz".index(key)], key) for key in keys}
        groups = {record: number for number, record in enumerate(records.values(), 1)}
        for ruling in decisions.decisions_in_force("people"):
            if ruling.verdict == "same":
                groups[ruling.two] = groups[ruling.one]
        place(groups, made)
        con.execute("ATTACH ':memory:' AS linking")
        con.execute("CREATE TABLE linking.records (rid BIGINT, source VARCHAR, key VARCHAR)")
        con.execute("CREATE TABLE linking.final (rid BIGINT, ent BIGINT)")
        con.execute(
            "CREATE TABLE linking.uncertain (rid_a BIGINT, rid_b BIGINT, weight DOUBLE, "
            "probability DOUBLE, why VARCHAR, levels VARCHAR)"
        )
        decisions.load(con, "people")
        rids = {record: rid for rid, record in enumerate(groups) if record[1] in looked_at}
        for record, rid in rids.items():
            con.execute("INSERT INTO linking.records VALUES (?, ?, ?)", [rid, *record])
            con.execute("INSERT INTO linking.final VALUES (?, ?)", [rid, groups[record]])
        for one, two, weight, why in pairs:
            if one in rids and two in rids:
                told = [rids[one], rids[two], weight, 0.8, why, LEVELS]
                con.execute("INSERT INTO linking.uncertain VALUES (?, ?, ?, ?, ?, ?)", told)
        review.keep(con, "people", made)
        con.execute("DETACH linking")
        return made

    return run


def place(groups: dict[tuple[str, str], int], run: LinkRun) -> None:
    """Put records into one entity a group."""
    EntityRecord.objects.all().delete()
    entities = {}
    for (source, key), group in groups.items():
        if group not in entities:
            entities[group] = Entity.objects.create(
                registry="people",
                attributes={"id_number": identity(group, "1980-01-01")},
                provenance={},
                records=1,
                digest="",
                since_run=run.pk,
                changed_run=run.pk,
            )
        EntityRecord.objects.create(
            registry="people", source=source, key=key, entity=entities[group], how="alone"
        )


W, X, Y, Z = ("a", "w"), ("a", "x"), ("b", "y"), ("b", "z")
PAIRS: Open = [(W, Y, 1.5, "below"), (Z, X, 2.5, "margin"), (W, Z, -1.0, "guard")]


def waiting(user: User, **chosen: str) -> list[str]:
    return [f"{pair.key_a}{pair.key_b}" for pair in review.queue(user, **chosen)]


def pair_of(a: str, b: str) -> ReviewPair:
    return ReviewPair.objects.get(key_a=a, key_b=b)


def test_what_a_run_leaves_open_waits_the_closest_first(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    run = leave(PAIRS)
    assert waiting(ann) == ["xz", "wy", "wz"]
    pair = pair_of("x", "z")
    assert (pair.weight, pair.why, pair.run, pair.levels["birth"]["bits"]) == (2.5, "margin", run.pk, 9.9)
    assert waiting(ann, why="guard") == ["wz"]
    assert waiting(ann, source="b", registry="people") == ["xz", "wy", "wz"]
    assert waiting(ann, source="nobody") == waiting(ann, registry="others") == []
    assert review.tally(ann, "people") == {
        "why": [("below", 1), ("guard", 1), ("margin", 1)],
        "source": [("a", 3), ("b", 3)],
    }
    assert review.registries(ann) == {"people": 3}


def test_skipping_goes_through_the_queue_and_begins_again(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    rows, seen, pair = review.queue(ann), [], None
    for _ in range(4):
        pair = review.next_of(rows, pair)
        seen.append(f"{pair.key_a}{pair.key_b}")  # type: ignore[union-attr]
    assert seen == ["xz", "wy", "wz", "xz"]


def test_an_answer_takes_a_pair_out_for_good(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    review.judge(pair_of("w", "y"), "different", by=ann, at=NOW)
    assert waiting(ann) == ["xz", "wz"]
    leave(PAIRS)
    assert waiting(ann) == ["xz", "wz"]
    with pytest.raises(errors.AlreadyDecided):
        review.judge(pair_of("w", "y"), "same", by=ann, at=NOW)


def test_other_records_of_what_was_told_apart_do_not_come_back(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    review.judge(pair_of("x", "z"), "same", by=ann, at=NOW)
    review.judge(pair_of("w", "z"), "different", by=ann, at=NOW)
    leave([*PAIRS, (W, X, 0.5, "margin")])
    assert waiting(ann) == ["wy"]


def test_a_run_that_settles_a_pair_takes_it_out(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    leave(PAIRS[:1])
    assert waiting(ann) == ["wy"]
    leave([], keys="wxz")
    assert waiting(ann) == []


def test_a_delta_leaves_alone_what_it_did_not_look_at(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    leave([], looked_at="wy")
    assert waiting(ann) == ["xz", "wz"]


def test_undo_brings_the_newest_answer_back(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    assert review.undo(by=ann, at=NOW) is None
    review.judge(pair_of("x", "z"), "same", by=ann, at=NOW)
    review.judge(pair_of("w", "y"), "same", by=ann, at=NOW)
    assert review.undo(by=ann, at=NOW) == pair_of("w", "y")
    assert waiting(ann) == ["wy", "wz"]
    (ruling,) = decisions.decisions_in_force("people")
    assert (ruling.one, ruling.two, ruling.verdict) == (X, Z, "same")
    review.judge(pair_of("w", "y"), "different", by=ann, at=NOW)


def test_one_reviewer_cannot_part_what_is_one_already(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    EntityRecord.objects.filter(key="y").update(entity=EntityRecord.objects.get(key="w").entity)
    with pytest.raises(errors.AlreadyDecided):
        review.judge(pair_of("w", "y"), "different", by=ann, at=NOW)


@pytest.mark.parametrize("role", [role for role in User.Role if role != User.Role.REVIEWER])
def test_nobody_but_a_reviewer_sees_a_pair(leave, role: str) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    other, pair = User.objects.create(username="other", role=role), pair_of("x", "z")
    assert waiting(other) == []
    with pytest.raises(NotFound):
        review.pair_for(other, pair.pk)
    for act in (
        lambda: review.look(pair, by=other, at=NOW),
        lambda: review.judge(pair, "same", by=other, at=NOW),
        lambda: review.undo(by=other, at=NOW),
        lambda: review.see_entity(EntityRecord.objects.all()[0].entity, by=other, at=NOW),
    ):
        with pytest.raises(errors.ReviewersOnly):
            act()


def test_a_look_is_on_record_without_a_key_or_a_value(leave, ann: User) -> None:  # type: ignore[no-untyped-def]
    leave(PAIRS)
    seen = review.look(pair_of("x", "z"), by=ann, at=NOW)
    assert (seen.left.record.key, seen.right.record.key) == ("x", "z")
    (entry,) = Entry.objects.filter(kind="registry.pair.seen")
    assert (entry.by, entry.subject) == ("ann", str(seen.pair.pk))
    assert seen.left.entity.attributes["id_number"] not in entry.text


def test_what_linking_cannot_tell_arrives_in_the_queue(con: Con, ann: User, settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings.HOME = tmp_path
    known = person(1, "王芳", "1980-02-03", phone="12000000001", key="known")
    near = person(0, "王芳", "1980-02-09", phone="12000000001", key="near")
    far = person(2, "李雷", "1991-04-05", phone="12000000002", key="far")
    found = [rows(con, "a", known, far), rows(con, "b", near)]
    strict = spec(threshold=0.99999, margin=20.0)
    actions.link_found(strict, found, at=NOW, con=con)

    (pair,) = review.queue(ann)
    assert (pair.key_a, pair.key_b, pair.why) == ("known", "near", "below")
    assert {code: level["level"] for code, level in pair.levels.items()} == {
        "name": "exact",
        "birth": "else",
        "phone": "exact",
    }
    review.judge(pair, "same", by=ann, at=NOW)
    actions.link_found(strict, found, at=NOW, con=con)
    assert not review.queue(ann).exists()
    assert EntityRecord.objects.get(key="near").entity == EntityRecord.objects.get(key="known").entity
    assert EntityRecord.objects.get(key="near").how == "decided"
