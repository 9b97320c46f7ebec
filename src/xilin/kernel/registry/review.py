"""待核对 Pairs that linking could not tell to be one thing or two: kept from a run, looked at and judged by reviewers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.collect.asfound import AsFound, as_found
from xilin.kernel.registry import decisions, errors, relations
from xilin.kernel.registry.models import Decision, DecisionPair, Entity, EntityRecord, LinkRun, ReviewPair
from xilin.kernel.registry.relations import Related
from xilin.lib.errors import NotFound

# Of each direction so many relations are shown with an entity.
MOST_RELATED = 100
SIDES = ("source_a", "key_a", "source_b", "key_b")
# Pairs of records that a run left open, each once and the smaller (source, key) first: not those it
# brought together, nor those of two groups of which people told some records apart.
UNCERTAIN = """
WITH placed AS (SELECT r.source, r.key, r.rid, f.ent FROM linking.records r JOIN linking.final f USING (rid)),
apart AS (
    SELECT DISTINCT least(a.ent, b.ent) AS l, greatest(a.ent, b.ent) AS r FROM linking.cannot c
    JOIN placed a ON a.source = c.source_a AND a.key = c.key_a
    JOIN placed b ON b.source = c.source_b AND b.key = c.key_b
)
SELECT a.source, a.key, b.source, b.key, u.weight, u.probability, u.why, u.levels
FROM linking.uncertain u JOIN placed a ON a.rid = u.rid_a JOIN placed b ON b.rid = u.rid_b
WHERE a.ent <> b.ent AND (least(a.ent, b.ent), greatest(a.ent, b.ent)) NOT IN (SELECT (l, r) FROM apart)
ORDER BY u.weight DESC NULLS LAST, a.source, a.key, b.source, b.key
"""
# Open pairs both of whose records a run looked at.
LOOKED_AT = """
SELECT pk FROM open_pairs o
JOIN linking.records a ON a.source = o.source_a AND a.key = o.key_a
JOIN linking.records b ON b.source = o.source_b AND b.key = o.key_b
WHERE a.rid IN (SELECT rid FROM linking.final) AND b.rid IN (SELECT rid FROM linking.final)
"""


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair, and the entity it belongs to."""

    record: EntityRecord
    entity: Entity


@dataclass(frozen=True, slots=True)
class Seen:
    """A pair as a reviewer sees it: both sides with their golden records, and the newest run then (0: none)."""

    pair: ReviewPair
    left: Side
    right: Side
    run: int


def keep(con: duckdb.DuckDBPyConnection, registry: str, run: LinkRun) -> int:
    """Keep what a run left open, in the caller's transaction; how many pairs wait afterwards.

    `linking.uncertain` is the run's (nothing is done where it is missing). What the run looked at
    again and settled is taken out of the queue; pairs that a reviewer answered stay answered.
    """
    if not con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = 'linking' AND table_name = 'uncertain'"
    ).fetchone():
        return 0
    found: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for *sides, weight, probability, why, levels in con.execute(UNCERTAIN).fetchall():
        one, two = sorted(((sides[0], sides[1]), (sides[2], sides[3])))
        found.setdefault((*one, *two), (weight, probability, why, msgspec.json.decode(levels or "{}")))
    held = ReviewPair.objects.filter(registry=registry)
    answered = set(held.exclude(decision=None).values_list(*SIDES))
    again = set(held.filter(decision=None, why=ReviewPair.Why.REUSED).values_list(*SIDES))
    _settle(con, held.filter(decision=None), found)
    ReviewPair.objects.bulk_create(
        [
            ReviewPair(
                registry=registry,
                **dict(zip(SIDES, sides, strict=True)),
                weight=weight,
                probability=probability,
                why=ReviewPair.Why.REUSED if sides in again else why,
                levels=levels,
                run=run.pk,
            )
            for sides, (weight, probability, why, levels) in found.items()
            if sides not in answered
        ],
        update_conflicts=True,
        unique_fields=["registry", *SIDES],
        update_fields=["weight", "probability", "why", "levels", "run"],
    )
    return held.filter(decision=None).count()


def _settle(con: duckdb.DuckDBPyConnection, waiting: QuerySet[ReviewPair], found: Iterable[Any]) -> None:
    """Take out of the queue what this run looked at and left open no more, but for what lapsed: people look at that.

    They look even where a run joined what they had told apart, for nobody has said yet that this is right.
    """
    rows, still = list(waiting.values_list("pk", *SIDES)), set(found)
    open_pairs = {"pk": pa.array([row[0] for row in rows], pa.int64())}
    open_pairs |= {side: pa.array([row[n] for row in rows], pa.string()) for n, side in enumerate(SIDES, 1)}
    con.register("open_pairs", pa.table(open_pairs))
    looked_at = {pk for (pk,) in con.execute(LOOKED_AT).fetchall()}
    con.unregister("open_pairs")
    settled = [pk for pk, *sides in rows if pk in looked_at and tuple(sides) not in still]
    waiting.filter(pk__in=settled).exclude(why=ReviewPair.Why.REUSED).delete()
    placed = waiting.annotate(one=_entity("a"), two=_entity("b"), apart=_told_apart(), ruled=_ruled())
    moot = placed.filter(Q(one=None) | Q(two=None) | Q(one=F("two"), apart=False) | Q(ruled=True))
    waiting.filter(pk__in=list(moot.values_list("pk", flat=True))).delete()


def _told_apart() -> Exists:
    """Whether people told a pair's records apart, and the ruling ended because one is somebody else's now."""
    return Exists(_rulings().filter(changed__isnull=False, verdict=decisions.DIFFERENT))


def _ruled() -> Exists:
    """Whether a decision in force says of a pair's records what they are, such as a split that two people made."""
    standing = _rulings().filter(changed__isnull=True, superseded_by=None)
    return Exists(standing.filter(decision__state=Decision.State.IN_FORCE))


def _rulings() -> QuerySet[DecisionPair]:
    """The rulings about a pair's records."""
    sides = {side: OuterRef(side) for side in SIDES}
    return DecisionPair.objects.filter(decision__registry=OuterRef("registry"), **sides)


def _entity(side: str) -> Subquery:
    """The entity that a side's record belongs to now."""
    rows = EntityRecord.objects.filter(
        registry=OuterRef("registry"), source=OuterRef(f"source_{side}"), key=OuterRef(f"key_{side}")
    )
    return Subquery(rows.values("entity")[:1])


def queue(user: Any, *, registry: str = "", why: str = "", source: str = "") -> QuerySet[ReviewPair]:
    """The pairs that wait for a reviewer, those closest to being one thing first; none for others."""
    rows = ReviewPair.objects.filter(decision=None)
    if not decisions.may_review(user):
        return rows.none()
    if registry:
        rows = rows.filter(registry=registry)
    if why:
        rows = rows.filter(why=why)
    return rows.filter(Q(source_a=source) | Q(source_b=source)) if source else rows


def tally(user: Any, registry: str) -> dict[str, list[tuple[str, int]]]:
    """How many pairs of a registry wait by `why` and by `source`, most first."""
    rows = queue(user, registry=registry).order_by()
    by_source: dict[str, int] = {}
    for side in ("source_a", "source_b"):
        pairs = rows if side == "source_a" else rows.exclude(source_a=F("source_b"))
        for source, number in pairs.values_list(side).annotate(number=Count("pk")):
            by_source[source] = by_source.get(source, 0) + number
    by_why = dict(rows.values_list("why").annotate(number=Count("pk")))
    return {
        name: sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        for name, counts in (("why", by_why), ("source", by_source))
    }


def registries(user: Any) -> dict[str, int]:
    """How many pairs wait in each registry."""
    return dict(queue(user).order_by("registry").values_list("registry").annotate(number=Count("pk")))


def joined_since(user: Any, registry: str) -> int:
    """How many pairs wait that people told apart once, and a run joined after that had lapsed."""
    rows = queue(user, registry=registry, why=ReviewPair.Why.REUSED)
    return rows.annotate(one=_entity("a"), two=_entity("b")).filter(one=F("two")).count()


def next_of(rows: QuerySet[ReviewPair], after: ReviewPair | None = None) -> ReviewPair | None:
    """The pair of a queue to look at next: the first, or the one after another; the first again at the end."""
    if after is not None:
        later = Q(weight=None, pk__gt=after.pk)
        if after.weight is not None:
            later = Q(weight__lt=after.weight) | Q(weight=after.weight, pk__gt=after.pk) | Q(weight=None)
        found = rows.filter(later).first()
        if found is not None:
            return found
    return rows.first()


def pair_for(user: Any, pk: int) -> ReviewPair:
    """A pair, answered or not, or NotFound."""
    found = ReviewPair.objects.filter(pk=pk).first() if decisions.may_review(user) else None
    if found is None:
        raise NotFound(kind=ReviewPair._meta.verbose_name, name=pk)
    return found


@transaction.atomic
def look(pair: ReviewPair, *, by: User, at: datetime) -> Seen:
    """Both sides of a pair for a reviewer's eyes, with the look on record. AlreadyDecided where a side is gone."""
    decisions.need_reviewer(by)
    left, right = sides(pair)
    record(
        "registry.pair.seen",
        by=by,
        department=by.department,
        subject=str(pair.pk),
        detail={"registry": pair.registry, "entities": [str(left.entity.pk), str(right.entity.pk)]},
        at=at,
    )
    return Seen(pair, left, right, _newest(pair.registry))


def _newest(registry: str) -> int:
    return LinkRun.objects.filter(registry=registry).values_list("pk", flat=True).first() or 0


@transaction.atomic
def look_at_rows(pair: ReviewPair, *, by: User, at: datetime, con: Any) -> tuple[AsFound | None, ...]:
    """Both records of a pair as their sources gave them, for a reviewer's eyes, with the look on record.

    `con` is an Ibis connection to DuckDB. A record that is no longer in force is None.
    Raises ReviewersOnly, AlreadyDecided where a side is gone.
    """
    decisions.need_reviewer(by)
    records = [side.record for side in sides(pair)]
    found = tuple(as_found(con, one.source, one.key) for one in records)
    record(
        "registry.rows.seen",
        by=by,
        department=by.department,
        subject=str(pair.pk),
        detail={
            "registry": pair.registry,
            "entities": [str(one.entity_id) for one in records],
            "rows": [[one.source, one.batch, one.row] for one in found if one is not None],
        },
        at=at,
    )
    return found


@transaction.atomic
def see_entity(entity: Entity, *, by: User, at: datetime) -> tuple[list[Related], list[Related]]:
    """A golden record for a reviewer's eyes, with the look on record; whom it is related to, and who to it."""
    decisions.need_reviewer(by)
    of, to = relations.of(entity), relations.to(entity)
    record(
        "registry.entity.seen",
        by=by,
        department=by.department,
        subject=str(entity.pk),
        detail={
            "registry": entity.registry,
            "related": [str(one.entity.pk) for one in (*of, *to)][:MOST_RELATED],
        },
        at=at,
    )
    return of[:MOST_RELATED], to[:MOST_RELATED]


@transaction.atomic
def judge(
    pair: ReviewPair, verdict: str, *, by: User, at: datetime, reason: str = "", seen: int | None = None
) -> Decision:
    """One reviewer's answer to a pair; `seen` is the newest run when they looked.

    What a run joined is taken apart by two people (`decisions.propose_split`), not here. Raises ReviewersOnly, AlreadyDecided, Contradicts, LinkedSince where a run ended since they looked.
    """
    decisions.need_reviewer(by)
    locked = ReviewPair.objects.select_for_update().filter(pk=pair.pk).first()
    if locked is None or locked.decision_id is not None:
        raise errors.AlreadyDecided
    if seen is not None and seen != _newest(locked.registry):
        raise errors.LinkedSince
    left, right = sides(locked)
    decision = decisions.decide(
        locked.registry,
        verdict,
        left.record,
        right.record,
        by=by,
        at=at,
        reason=reason,
        joined=locked.why == ReviewPair.Why.REUSED,
    )
    locked.decision = decision
    locked.save(update_fields=["decision"])
    return decision


@transaction.atomic
def undo(*, by: User, at: datetime, registry: str = "") -> ReviewPair | None:
    """Take one's newest answer back; its pair, which waits again, or None where there is nothing to take back."""
    decisions.need_reviewer(by)
    rows = ReviewPair.objects.filter(
        decision__made_by=by, decision__state=Decision.State.IN_FORCE, decision__kind=Decision.Kind.REVIEW
    )
    rows = rows.filter(registry=registry) if registry else rows
    pair = rows.order_by("-decision__pk").first()
    if pair is None or pair.decision is None:
        return None
    decisions.withdraw(pair.decision, by=by, at=at)
    pair.refresh_from_db()
    return pair


def sides(pair: ReviewPair) -> tuple[Side, Side]:
    """The records of a pair with their entities; AlreadyDecided where one is not there any more."""
    found = []
    for source, key in ((pair.source_a, pair.key_a), (pair.source_b, pair.key_b)):
        rows = EntityRecord.objects.filter(registry=pair.registry, source=source, key=key)
        member = rows.select_related("entity").first()
        if member is None:
            raise errors.AlreadyDecided
        found.append(Side(member, member.entity))
    return found[0], found[1]
