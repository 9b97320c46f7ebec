"""人工裁定 What people decide about records: same or different, by one reviewer or by two, never against each other.

A merge or a split of entities is told of their records, so that it holds through runs. What is
decided takes effect with the next linking.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, product
from typing import Any

import duckdb
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.registry import errors, history, marks, queries
from xilin.kernel.registry.models import Decision, DecisionPair, Entity, EntityRecord, ReviewPair
from xilin.lib.errors import NotFound

SAME, DIFFERENT = DecisionPair.Verdict.SAME, DecisionPair.Verdict.DIFFERENT
Record = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ruling:
    """Two records, the smaller first, what they are, and the decision that says so (0: none yet)."""

    verdict: str
    one: Record
    two: Record
    decision: int = 0

    @classmethod
    def of(cls, verdict: str, a: Record, b: Record) -> "Ruling":
        """A ruling with its records in order."""
        one, two = sorted((a, b))
        return cls(str(verdict), one, two)


def may_review(user: Any) -> bool:
    """Whether someone may see golden records of registries and decide about them."""
    return bool(getattr(user, "is_active", False)) and getattr(user, "role", "") == User.Role.REVIEWER


def need_reviewer(user: Any) -> None:
    """ReviewersOnly unless someone may review."""
    if not may_review(user):
        raise errors.ReviewersOnly


def decisions_in_force(registry: str) -> list[Ruling]:
    """What people decided about the records of a registry, as linking heeds it."""
    rows = DecisionPair.objects.filter(
        decision__registry=registry,
        decision__state=Decision.State.IN_FORCE,
        superseded_by=None,
        changed__isnull=True,
    ).order_by("pk")
    values = rows.values_list("verdict", "source_a", "key_a", "source_b", "key_b", "decision")
    return [Ruling(verdict, (sa, ka), (sb, kb), number) for verdict, sa, ka, sb, kb, number in values]


def load(con: duckdb.DuckDBPyConnection, registry: str) -> None:
    """Make `linking.must` and `linking.cannot` (source_a, key_a, source_b, key_b) from what is in force."""
    rulings = decisions_in_force(registry)
    for table, verdict in (("must", SAME), ("cannot", DIFFERENT)):
        con.execute(
            f"CREATE OR REPLACE TABLE linking.{table} "
            "(source_a VARCHAR, key_a VARCHAR, source_b VARCHAR, key_b VARCHAR)"
        )
        rows = [(*ruling.one, *ruling.two) for ruling in rulings if ruling.verdict == verdict]
        if rows:
            con.executemany(f"INSERT INTO linking.{table} VALUES (?, ?, ?, ?)", rows)  # noqa: S608 - of two names above


def decisions_for(user: Any, registry: str = "") -> QuerySet[Decision]:
    """Decisions, newest first: for reviewers; none for others."""
    rows = Decision.objects.select_related("made_by", "seconded_by", "withdrawn_by").prefetch_related("pairs")
    if not may_review(user):
        return rows.none()
    return rows.filter(registry=registry) if registry else rows


def decision_for(user: Any, number: int) -> Decision:
    """One decision, or NotFound."""
    found = decisions_for(user).filter(pk=number).first()
    if found is None:
        raise NotFound(kind=Decision._meta.verbose_name, name=number)
    return found


def waiting_for(user: Any) -> QuerySet[Decision]:
    """Merges and splits that wait for this reviewer's eyes, as others proposed them."""
    return (
        decisions_for(user).filter(state=Decision.State.PROPOSED).exclude(made_by=getattr(user, "pk", None))
    )


def about(entity: Entity) -> QuerySet[Decision]:
    """The decisions that were made about an entity or about records it has now."""
    named = Q(entity_a=entity.pk) | Q(entity_b=entity.pk)
    for source, key in EntityRecord.objects.filter(entity=entity).values_list("source", "key"):
        named |= Q(pairs__source_a=source, pairs__key_a=key) | Q(pairs__source_b=source, pairs__key_b=key)
    rows = Decision.objects.filter(named, registry=entity.registry).distinct()
    return rows.select_related("made_by", "seconded_by", "withdrawn_by")


def lapsed_about(pair: ReviewPair) -> DecisionPair | None:
    """The newest ruling about a pair's records that ended because one of them is somebody else's now."""
    sides = {name: getattr(pair, name) for name in ("source_a", "key_a", "source_b", "key_b")}
    rows = DecisionPair.objects.filter(decision__registry=pair.registry, **sides).exclude(
        changed__isnull=True
    )
    return rows.select_related("decision__made_by").order_by("-pk").first()


@transaction.atomic
def decide(
    registry: str,
    verdict: str,
    one: EntityRecord,
    two: EntityRecord,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    joined: bool = False,
) -> Decision:
    """One reviewer's word on two records of different entities; in force at once.

    With `joined` they may be of one entity, and the word is that this is right. Raises ReviewersOnly, AlreadyDecided where a run brought them together meanwhile, Contradicts.
    """
    need_reviewer(by)
    alone(registry)
    together = one.entity_id == two.entity_id
    if together and not (joined and verdict == SAME):
        raise errors.AlreadyDecided
    ruling = Ruling.of(verdict, (one.source, one.key), (two.source, two.key))
    check(decisions_in_force(registry), [ruling])
    decision = Decision.objects.create(
        registry=registry,
        kind=Decision.Kind.REVIEW,
        state=Decision.State.IN_FORCE,
        entity_a=one.entity_id,
        entity_b=None if together else two.entity_id,
        reason=reason,
        made_by=by,
        made_at=at,
    )
    _keep(decision, [ruling])
    _log("registry.decision.made", decision, by, at, verdict=str(verdict))
    return decision


@transaction.atomic
def propose_merge(a: Entity, b: Entity, *, by: User, at: datetime, reason: str) -> Decision:
    """合并 Say that two entities are one; a second person has to approve it.

    Raises ReviewersOnly, NothingToMerge, ReasonMissing, Contradicts.
    """
    need_reviewer(by)
    alone(a.registry)
    if a.pk == b.pk or a.registry != b.registry or a.ended_run is not None or b.ended_run is not None:
        raise errors.NothingToMerge
    rulings = [Ruling.of(SAME, _best(a), _best(b))]
    return _propose(Decision.Kind.MERGE, a, b, rulings, by, at, reason)


@transaction.atomic
def propose_split(entity: Entity, records: Iterable[int], *, by: User, at: datetime, reason: str) -> Decision:
    """拆分 Say that some records of an entity (by their numbers) are another one; a second person has to approve it.

    Raises ReviewersOnly, NothingToSplit, ReasonMissing, Contradicts.
    """
    need_reviewer(by)
    alone(entity.registry)
    chosen, members = set(records), list(queries.members(entity))
    out = [(member.source, member.key) for member in members if member.pk in chosen]
    rest = [(member.source, member.key) for member in members if member.pk not in chosen]
    if not out or not rest:
        raise errors.NothingToSplit
    rulings = [Ruling.of(DIFFERENT, one, other) for one, other in product(out, rest)]
    rulings += [Ruling.of(SAME, one, other) for one, other in pairwise(out)]
    return _propose(Decision.Kind.SPLIT, entity, None, rulings, by, at, reason)


def _propose(
    kind: Decision.Kind,
    a: Entity,
    b: Entity | None,
    rulings: Sequence[Ruling],
    by: User,
    at: datetime,
    reason: str,
) -> Decision:
    if not reason.strip():
        raise errors.ReasonMissing
    standing = decisions_in_force(a.registry)
    gone = _contrary(kind, a.pk, b.pk if b else None, rulings, standing)
    check([one for one in standing if one not in gone], rulings)
    decision = Decision.objects.create(
        registry=a.registry,
        kind=kind,
        state=Decision.State.PROPOSED,
        entity_a=a.pk,
        entity_b=b.pk if b else None,
        reason=reason.strip(),
        made_by=by,
        made_at=at,
    )
    _keep(decision, rulings)
    _log("registry.decision.proposed", decision, by, at, pairs=len(rulings))
    return decision


@transaction.atomic
def approve(decision: Decision, *, by: User, at: datetime) -> Decision:
    """Put a merge or split in force as its second person; earlier rulings that say the contrary end.

    Raises ReviewersOnly, SamePerson, NotOpen, Contradicts.
    """
    need_reviewer(by)
    alone(decision.registry)
    decision = _locked(decision)
    if decision.state != Decision.State.PROPOSED:
        raise errors.NotOpen(number=decision.pk)
    if decision.made_by_id == by.pk:
        raise errors.SamePerson
    if decision.kind == Decision.Kind.MERGE and _one_already(decision):
        raise errors.AlreadyDecided
    standing = decisions_in_force(decision.registry)
    rulings = [
        Ruling(pair.verdict, (pair.source_a, pair.key_a), (pair.source_b, pair.key_b), decision.pk)
        for pair in decision.pairs.filter(changed__isnull=True)
    ]
    gone = _contrary(Decision.Kind(decision.kind), decision.entity_a, decision.entity_b, rulings, standing)
    check([one for one in standing if one not in gone], rulings)
    decision.state, decision.seconded_by, decision.seconded_at = Decision.State.IN_FORCE, by, at
    decision.save(update_fields=["state", "seconded_by", "seconded_at"])
    superseded = _supersede(decision, gone)
    _log("registry.decision.approved", decision, by, at, supersedes=superseded)
    return decision


@transaction.atomic
def withdraw(decision: Decision, *, by: User, at: datetime, remark: str = "") -> Decision:
    """Take back a review, or a proposal nobody approved (as another person: refuse it, with the reason).

    Raises ReviewersOnly, NotOpen, StandsByTwo for a merge or split in force, ReasonMissing.
    """
    need_reviewer(by)
    alone(decision.registry)
    decision = _locked(decision)
    if decision.state in (Decision.State.WITHDRAWN, Decision.State.LAPSED):
        raise errors.NotOpen(number=decision.pk)
    if decision.kind != Decision.Kind.REVIEW and decision.state == Decision.State.IN_FORCE:
        raise errors.StandsByTwo(number=decision.pk)
    if decision.made_by_id != by.pk and not remark.strip():
        raise errors.ReasonMissing
    was = decision.state
    decision.state, decision.withdrawn_by, decision.withdrawn_at = Decision.State.WITHDRAWN, by, at
    decision.remark = remark.strip()
    decision.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "remark"])
    pair = getattr(decision, "review", None)
    if pair is not None:
        pair.decision = None
        pair.save(update_fields=["decision"])
    _log("registry.decision.withdrawn", decision, by, at, was=was)
    return decision


def check(standing: Sequence[Ruling], new: Sequence[Ruling]) -> None:
    """Contradicts where rulings can't all hold: two records called different that others make the same."""
    everything = [*standing, *new]
    same = defaultdict(list)
    for ruling in everything:
        if ruling.verdict == SAME:
            same[ruling.one].append((ruling.two, ruling.decision))
            same[ruling.two].append((ruling.one, ruling.decision))
    asserted = {ruling.one for ruling in new} | {ruling.two for ruling in new}
    joined: dict[Record, set[Record]] = {}
    for thing in asserted:
        if thing not in joined:
            reached = _reached(thing, same)
            joined |= dict.fromkeys(reached, reached)
    for ruling in everything:
        if ruling.verdict == DIFFERENT and ruling.two in joined.get(ruling.one, ()):
            numbers = {*_path(ruling.one, ruling.two, same), ruling.decision} - {0}
            raise errors.Contradicts(
                numbers=", ".join(map(str, sorted(numbers))) or "-",
                reason=_(
                    "records that are called the same, one after another, would lead to two that are called different."
                ),
            )


def _reached(start: Record, same: dict[Record, list[tuple[Record, int]]]) -> set[Record]:
    found, waiting = {start}, [start]
    while waiting:
        for other, _number in same.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _path(start: Record, end: Record, same: dict[Record, list[tuple[Record, int]]]) -> list[int]:
    """The decisions along a shortest way of `same` from one record to another."""
    before: dict[Record, tuple[Record, int]] = {start: (start, 0)}
    waiting = deque([start])
    while waiting and end not in before:
        here = waiting.popleft()
        for other, number in same.get(here, ()):
            if other not in before:
                before[other] = (here, number)
                waiting.append(other)
    numbers, here = [], end
    while here in before and here != start:
        here, number = before[here]
        numbers.append(number)
    return numbers


def _contrary(
    kind: Decision.Kind, a: Any, b: Any, rulings: Sequence[Ruling], standing: Sequence[Ruling]
) -> list[Ruling]:
    """The standing rulings that a merge or split by hand sets aside: those that say outright the contrary."""
    if kind == Decision.Kind.SPLIT:
        apart = {(ruling.one, ruling.two) for ruling in rulings if ruling.verdict == DIFFERENT}
        return [one for one in standing if one.verdict == SAME and (one.one, one.two) in apart]
    ours, theirs = _records(a), _records(b)
    return [
        one
        for one in standing
        if one.verdict == DIFFERENT
        and ((one.one in ours and one.two in theirs) or (one.one in theirs and one.two in ours))
    ]


def _records(entity: Any) -> set[Record]:
    """The records of an entity, or of the one it was merged into."""
    found = history.whereto(Entity.objects.get(pk=entity))
    return set(EntityRecord.objects.filter(entity=found).values_list("source", "key"))


def _one_already(decision: Decision) -> bool:
    """Whether a run made one of two entities since somebody proposed to."""
    a = Entity.objects.get(pk=decision.entity_a)
    b = Entity.objects.get(pk=decision.entity_b or decision.entity_a)
    return history.whereto(a).pk == history.whereto(b).pk


def _best(entity: Entity) -> Record:
    """The record that stands for an entity: one that an identifier placed, if there is one."""
    members = sorted(
        queries.members(entity), key=lambda m: (m.how != EntityRecord.How.IDENTIFIER, m.source, m.key)
    )
    if not members:
        raise errors.NothingToMerge
    return members[0].source, members[0].key


def _keep(decision: Decision, rulings: Sequence[Ruling]) -> None:
    """Keep rulings with the marks of their records, so that it shows when one is somebody else's later."""
    found = marks.known(decision.registry, {one for ruling in rulings for one in (ruling.one, ruling.two)})
    DecisionPair.objects.bulk_create(
        DecisionPair(
            decision=decision,
            verdict=ruling.verdict,
            source_a=ruling.one[0],
            key_a=ruling.one[1],
            source_b=ruling.two[0],
            key_b=ruling.two[1],
            marks_a=found.get(ruling.one),
            marks_b=found.get(ruling.two),
        )
        for ruling in rulings
    )


def _supersede(decision: Decision, gone: Sequence[Ruling]) -> int:
    """End rulings that a decision by hand says the contrary of; a decision with none left is withdrawn."""
    for ruling in gone:
        DecisionPair.objects.filter(
            decision=ruling.decision,
            source_a=ruling.one[0],
            key_a=ruling.one[1],
            source_b=ruling.two[0],
            key_b=ruling.two[1],
        ).update(superseded_by=decision)
    for number in {ruling.decision for ruling in gone}:
        if not DecisionPair.objects.filter(
            decision=number, superseded_by=None, changed__isnull=True
        ).exists():
            Decision.objects.filter(pk=number).update(
                state=Decision.State.WITHDRAWN,
                withdrawn_by=decision.seconded_by,
                withdrawn_at=decision.seconded_at,
            )
    return len(gone)


def _locked(decision: Decision) -> Decision:
    return Decision.objects.select_for_update().get(pk=decision.pk)


def alone(registry: str) -> None:
    """Wait for another decision about the same registry: two at once could contradict each other unseen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('registry decisions'), hashtext(%s))", [registry]
        )


def _log(kind: str, decision: Decision, by: User, at: datetime, **detail: Any) -> None:
    entities = [str(entity) for entity in (decision.entity_a, decision.entity_b) if entity]
    record(
        kind,
        by=by,
        department=by.department,
        subject=str(decision.pk),
        detail={"registry": decision.registry, "kind": str(decision.kind), "entities": entities, **detail},
        at=at,
    )
