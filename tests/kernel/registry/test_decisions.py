"""People decide about records: one reviewer on a pair, two on a merge or a split; what they say holds through runs."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import duckdb
import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up import NOW, person, rows, spec

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.models import Entry
from xilin.kernel.registry import actions, decisions, errors, history
from xilin.kernel.registry.decisions import DIFFERENT, SAME, Ruling
from xilin.kernel.registry.models import Decision, Entity, EntityRecord, LinkRun

pytestmark = pytest.mark.django_db
Con = duckdb.DuckDBPyConnection
Run = Callable[..., LinkRun]
CODES = itertools.count()
NAMES = ("王芳", "李雷", "赵磊", "其其格", "韩梅梅")


@pytest.fixture
def run(con: Con, settings, tmp_path) -> Run:  # type: ignore[no-untyped-def]
    """Link rows into PostgreSQL by identifiers and decisions alone, which is quick."""
    settings.HOME = tmp_path

    def link(*found, code="people", comparison=(), **changes) -> LinkRun:  # type: ignore[no-untyped-def]
        return actions.link_found(
            spec(code=code, comparison=comparison, blocks=(), **changes), found, at=NOW, con=con
        )

    return link


@pytest.fixture
def ann() -> User:
    return User.objects.create(username="ann", role=User.Role.REVIEWER)


@pytest.fixture
def bob() -> User:
    return User.objects.create(username="bob", role=User.Role.REVIEWER)


def people(con: Con, sizes: list[int]) -> list:  # type: ignore[type-arg]
    """People, each with so many records, one in each source."""
    wanted = [
        (source, person(n + 1, NAMES[n], f"19{70 + n}-01-01", key=f"{n}"))
        for n, size in enumerate(sizes)
        for source in "abcd"[:size]
    ]
    return [rows(con, source, *(row for at, row in wanted if at == source)) for source in "abcd"]


def ids(code: str = "people") -> dict[tuple[str, str], object]:
    """The entity of each record."""
    found = EntityRecord.objects.filter(registry=code).values_list("source", "key", "entity")
    return {(source, key): entity for source, key, entity in found}


def record_of(source: str, key: str) -> EntityRecord:
    return EntityRecord.objects.select_related("entity").get(registry="people", source=source, key=key)


def merge(a: Entity, b: Entity, ann: User, bob: User) -> Decision:
    proposed = decisions.propose_merge(a, b, by=ann, at=NOW, reason="同一人")
    return decisions.approve(proposed, by=bob, at=NOW)


def split(entity: Entity, records: list[int], ann: User, bob: User) -> Decision:
    proposed = decisions.propose_split(entity, records, by=ann, at=NOW, reason="不是同一人")
    return decisions.approve(proposed, by=bob, at=NOW)


def test_a_reviewers_word_on_two_records_holds_through_runs(con: Con, run: Run, ann: User) -> None:
    found = people(con, [2, 1])
    run(*found)
    decisions.decide("people", SAME, record_of("a", "0"), record_of("a", "1"), by=ann, at=NOW)
    for _ in range(2):
        run(*found)
        assert len(set(ids().values())) == 1
    assert {m.how for m in EntityRecord.objects.all()} <= {"identifier", "decided"}


def test_records_called_different_are_never_one_thing(con: Con, run: Run, ann: User, bob: User) -> None:
    found = people(con, [3])
    run(*found)
    split(record_of("a", "0").entity, [record_of("c", "0").pk], ann, bob)
    for _ in range(2):
        run(*found)
        assert ids()["a", "0"] == ids()["b", "0"] != ids()["c", "0"]


def test_a_merge_or_split_needs_two_different_people(con: Con, run: Run, ann: User, bob: User) -> None:
    found = people(con, [1, 1])
    run(*found)
    proposed = decisions.propose_merge(
        record_of("a", "0").entity, record_of("a", "1").entity, by=ann, at=NOW, reason="同一人"
    )
    with pytest.raises(errors.SamePerson):
        decisions.approve(proposed, by=ann, at=NOW)
    run(*found)
    assert len(set(ids().values())) == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=proposed.pk).update(seconded_by=ann)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=proposed.pk).update(state="in_force")
    decisions.approve(proposed, by=bob, at=NOW)
    run(*found)
    assert len(set(ids().values())) == 1
    with pytest.raises(errors.NotOpen):
        decisions.approve(proposed, by=bob, at=NOW)
    with pytest.raises(errors.StandsByTwo):
        decisions.withdraw(proposed, by=ann, at=NOW)


@pytest.mark.parametrize("role", [role for role in User.Role if role != User.Role.REVIEWER])
def test_nobody_but_a_reviewer_decides(con: Con, run: Run, ann: User, role: str) -> None:
    run(*people(con, [2, 1]))
    other = User.objects.create(username="other", role=role)
    one, two = record_of("a", "0"), record_of("a", "1")
    proposed = decisions.propose_merge(one.entity, two.entity, by=ann, at=NOW, reason="同一人")
    for act in (
        lambda: decisions.decide("people", SAME, one, two, by=other, at=NOW),
        lambda: decisions.propose_merge(one.entity, two.entity, by=other, at=NOW, reason="x"),
        lambda: decisions.propose_split(one.entity, [one.pk], by=other, at=NOW, reason="x"),
        lambda: decisions.approve(proposed, by=other, at=NOW),
        lambda: decisions.withdraw(proposed, by=other, at=NOW, remark="x"),
    ):
        with pytest.raises(errors.ReviewersOnly):
            act()
    assert not decisions.decisions_for(other).exists()


def test_a_contradiction_along_a_path_is_refused_and_says_with_what(con: Con, run: Run, ann: User) -> None:
    run(*people(con, [1, 1, 1]))
    first = decisions.decide("people", SAME, record_of("a", "0"), record_of("a", "1"), by=ann, at=NOW)
    second = decisions.decide("people", SAME, record_of("a", "1"), record_of("a", "2"), by=ann, at=NOW)
    with pytest.raises(errors.Contradicts) as refused:
        decisions.decide("people", DIFFERENT, record_of("a", "0"), record_of("a", "2"), by=ann, at=NOW)
    assert refused.value.facts["numbers"] == f"{first.pk}, {second.pk}"
    decisions.withdraw(second, by=ann, at=NOW)
    third = decisions.decide("people", DIFFERENT, record_of("a", "0"), record_of("a", "2"), by=ann, at=NOW)
    with pytest.raises(errors.Contradicts) as refused:
        decisions.decide("people", SAME, record_of("a", "1"), record_of("a", "2"), by=ann, at=NOW)
    assert refused.value.facts["numbers"] == f"{first.pk}, {third.pk}"


record_numbers = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda two: two[0] != two[1])


@given(st.lists(st.tuples(st.sampled_from([SAME, DIFFERENT]), record_numbers), max_size=12))
def test_what_is_accepted_can_always_hold(said) -> None:  # type: ignore[no-untyped-def]
    standing: list[Ruling] = []
    for number, (verdict, (a, b)) in enumerate(said, 1):
        ruling = Ruling.of(verdict, ("s", str(a)), ("s", str(b)))
        try:
            decisions.check(standing, [ruling])
        except errors.Contradicts:
            assert not holds([*standing, ruling])
            continue
        standing.append(Ruling(ruling.verdict, ruling.one, ruling.two, number))
        assert holds(standing)


def holds(rulings: list[Ruling]) -> bool:
    """Whether some partition of the records fits: the one that joins what is called the same does, or none."""
    part = {record: record for ruling in rulings for record in (ruling.one, ruling.two)}
    for _ in part:
        for ruling in rulings:
            if ruling.verdict == SAME:
                low, high = sorted((part[ruling.one], part[ruling.two]))
                part = {record: low if at == high else at for record, at in part.items()}
    return all(part[r.one] != part[r.two] for r in rulings if r.verdict == DIFFERENT)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.randoms(use_true_random=False),
    st.integers(1, 3),
)
def test_merge_then_split_restores_both_and_ids_never_change_hands(  # type: ignore[no-untyped-def]
    con: Con, run: Run, django_user_model, sizes, chance, merges
) -> None:
    code = f"people{next(CODES)}"
    ann, bob = (
        User.objects.get_or_create(username=name, role=User.Role.REVIEWER)[0] for name in ("ann", "bob")
    )
    found = people(con, sizes)
    run(*found[:2], code=code)
    run(*found, code=code)
    before = ids(code)
    homes = {
        entity: {record[1] for record, at in before.items() if at == entity} for entity in before.values()
    }

    def persons(entity: Entity) -> list[str]:
        return sorted(set(EntityRecord.objects.filter(entity=entity).values_list("key", flat=True)))

    def alive() -> list[Entity]:
        return sorted(Entity.objects.filter(registry=code, ended_run=None), key=persons)

    def hands() -> None:
        """Every living id still names the one it was given to."""
        for entity in alive():
            assert homes[entity.pk] <= set(persons(entity))
        for ended in Entity.objects.filter(registry=code).exclude(ended_run=None):
            assert homes[ended.pk] <= set(persons(Entity.objects.get(pk=ended.merged_into)))

    for _ in range(merges):
        if len(alive()) > 1:
            merge(*chance.sample(alive(), 2), ann, bob)
            run(*found, code=code)
            hands()
    while joined := [entity for entity in alive() if len(persons(entity)) > 1]:
        entity = chance.choice(joined)
        there = persons(entity)
        out = chance.sample(there, chance.randint(1, len(there) - 1))
        records = EntityRecord.objects.filter(entity=entity, key__in=out).values_list("pk", flat=True)
        split(entity, list(records), ann, bob)
        run(*found, code=code)
        hands()

    assert ids(code) == before


def test_a_merged_id_answers_with_where_it_went(con: Con, run: Run, ann: User, bob: User) -> None:
    found = people(con, [3, 2, 1])
    run(*found)
    first, second, third = (record_of("a", key).entity for key in "012")
    merge(first, second, ann, bob)
    run(*found)
    merge(record_of("a", "0").entity, third, ann, bob)
    run(*found)
    (left,) = set(ids().values())
    for entity in (first, second, third):
        entity.refresh_from_db()
        assert history.whereto(entity).pk == left
        assert entity.merged_into == (None if entity.pk == left else left)


def test_every_decision_is_on_record_and_names_nobody(con: Con, run: Run, ann: User, bob: User) -> None:
    found = people(con, [2, 1])
    run(*found)
    decision = merge(record_of("a", "0").entity, record_of("a", "1").entity, ann, bob)
    pair = decisions.propose_split(
        record_of("a", "0").entity, [record_of("b", "0").pk], by=bob, at=NOW, reason="不是"
    )
    decisions.withdraw(pair, by=ann, at=NOW + timedelta(minutes=1), remark="证件相符")
    entries = Entry.objects.filter(kind__startswith="registry.decision.").order_by("seq")
    assert [(e.kind, e.by, e.subject) for e in entries] == [
        ("registry.decision.proposed", "ann", str(decision.pk)),
        ("registry.decision.approved", "bob", str(decision.pk)),
        ("registry.decision.proposed", "bob", str(pair.pk)),
        ("registry.decision.withdrawn", "ann", str(pair.pk)),
    ]
    pair.refresh_from_db()
    assert (pair.state, pair.remark) == ("withdrawn", "证件相符")


def test_another_persons_proposal_is_refused_with_a_reason(con: Con, run: Run, ann: User, bob: User) -> None:
    run(*people(con, [2]))
    entity, records = record_of("a", "0").entity, [record_of("a", "0").pk]
    for wrong in ([], [record_of("a", "0").pk, record_of("b", "0").pk]):
        with pytest.raises(errors.NothingToSplit):
            decisions.propose_split(entity, wrong, by=ann, at=NOW, reason="x")
    with pytest.raises(errors.ReasonMissing):
        decisions.propose_split(entity, records, by=ann, at=NOW, reason=" ")
    with pytest.raises(errors.NothingToMerge):
        decisions.propose_merge(entity, entity, by=ann, at=NOW, reason="x")
    proposed = decisions.propose_split(entity, records, by=ann, at=NOW, reason="x")
    assert list(decisions.waiting_for(bob)) == [proposed]
    assert not decisions.waiting_for(ann).exists()
    with pytest.raises(errors.ReasonMissing):
        decisions.withdraw(proposed, by=bob, at=NOW)
    decisions.withdraw(proposed, by=ann, at=NOW)
    assert decisions.decisions_in_force("people") == []
