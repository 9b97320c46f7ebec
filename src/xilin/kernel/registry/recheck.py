"""复核 Before a linking: decisions about records that their sources gave to somebody else since end, and wait again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
from django.db import transaction
from django.db.models import QuerySet

from xilin.kernel.audit.actions import record
from xilin.kernel.registry import decisions, marks
from xilin.kernel.registry.marks import Record
from xilin.kernel.registry.models import Decision, DecisionPair, LinkRun, ReviewPair
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

SIDES = ("a", "b")


@transaction.atomic
def recheck(
    spec: Spec, found: Sequence[Found], *, at: datetime, con: duckdb.DuckDBPyConnection
) -> list[Decision]:
    """End rulings about records that are no longer who they were when they were judged.

    What was in force waits for a reviewer again, with the attributes that changed; a decision of
    which nothing is left in force has lapsed, and a proposal too. Returns the decisions concerned.
    """
    code = spec.registry.code
    if not _standing(code).exists():
        return []
    decisions.alone(code)
    pairs = list(_standing(code).select_related("decision").order_by("pk"))
    _adopt(code, pairs)
    now = marks.among(con, spec, found, {_record(pair, side) for pair in pairs for side in SIDES})
    concerned: dict[int, list[DecisionPair]] = {}
    for pair in pairs:
        if others := _others(spec, pair, now):
            pair.changed, pair.changed_at = others, at
            pair.save(update_fields=["changed", "changed_at"])
            concerned.setdefault(pair.decision_id, []).append(pair)
    return [_end(code, ended, at) for ended in concerned.values()]


def _standing(code: str) -> QuerySet[DecisionPair]:
    """Rulings that hold or are proposed."""
    return DecisionPair.objects.filter(
        decision__registry=code,
        decision__state__in=(Decision.State.IN_FORCE, Decision.State.PROPOSED),
        superseded_by=None,
        changed__isnull=True,
    )


def _adopt(code: str, pairs: Sequence[DecisionPair]) -> None:
    """Marks for rulings of before marks were kept: as the newest linking knew their records."""
    without = {
        _record(pair, side) for pair in pairs for side in SIDES if getattr(pair, f"marks_{side}") is None
    }
    found = marks.known(code, without)
    for pair in pairs:
        fields = []
        for side in SIDES:
            mark = found.get(_record(pair, side))
            if getattr(pair, f"marks_{side}") is None and mark is not None:
                setattr(pair, f"marks_{side}", mark)
                fields.append(f"marks_{side}")
        if fields:
            pair.save(update_fields=fields)


def _others(spec: Spec, pair: DecisionPair, now: dict[Record, marks.Marks]) -> dict[str, list[str]]:
    """By side the attributes that changed so that it is another record; nothing where both are who they were."""
    told = {}
    for side in SIDES:
        then, is_ = getattr(pair, f"marks_{side}"), now.get(_record(pair, side))
        if then is not None and is_ is not None and (names := marks.changed(spec.registry, then, is_)):
            told[side] = names
    return told


def _end(code: str, pairs: Sequence[DecisionPair], at: datetime) -> Decision:
    """What follows for one decision: it lapses where nothing of it is left, and what held waits for a reviewer again."""
    decision = pairs[0].decision
    held = decision.state == Decision.State.IN_FORCE
    if not decision.pairs.filter(superseded_by=None, changed__isnull=True).exists():
        decision.state = Decision.State.LAPSED
        decision.save(update_fields=["state"])
    if held:
        _ask_again(code, decision, pairs)
    record(
        "registry.decision.lapsed",
        subject=str(decision.pk),
        detail={
            "registry": code,
            "kind": str(decision.kind),
            "entities": [str(one) for one in (decision.entity_a, decision.entity_b) if one],
            "pairs": len(pairs),
            "changed": sorted(
                {one for pair in pairs for names in (pair.changed or {}).values() for one in names}
            ),
            "whole": decision.state == Decision.State.LAPSED,
        },
        at=at,
    )
    return decision


def _ask_again(code: str, decision: Decision, pairs: Sequence[DecisionPair]) -> None:
    """Put pairs before a reviewer: of a changed record one pair, what told it apart first."""
    run = LinkRun.objects.filter(registry=code).values_list("pk", flat=True).first() or 0
    asked: set[Record] = set()
    for pair in sorted(pairs, key=lambda one: (one.verdict != DecisionPair.Verdict.DIFFERENT, one.pk)):
        others = {_record(pair, side) for side in pair.changed or {}}
        if others <= asked:
            continue
        asked |= others
        again: Any = {
            "why": ReviewPair.Why.REUSED,
            "weight": None,
            "probability": None,
            "levels": {},
            "run": run,
        }
        sides = {
            "source_a": pair.source_a, "key_a": pair.key_a, "source_b": pair.source_b, "key_b": pair.key_b,
        }  # fmt: skip
        waiting, made = ReviewPair.objects.get_or_create(registry=code, **sides, defaults=again)
        if not made and waiting.decision_id in (None, decision.pk):
            waiting.decision = None
            for field, value in again.items():
                setattr(waiting, field, value)
            waiting.save()


def _record(pair: DecisionPair, side: str) -> Record:
    return getattr(pair, f"source_{side}"), getattr(pair, f"key_{side}")
