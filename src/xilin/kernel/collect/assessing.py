"""Scores of resources: checks across rows and tables, and how the sources have delivered."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from xilin.kernel.collect import queries
from xilin.kernel.collect.faults import SourceFault
from xilin.kernel.collect.pipeline import Plan
from xilin.kernel.quality import actions as quality
from xilin.kernel.quality.models import ResourceScore
from xilin.kernel.quality.rules import Check, checks_for, count
from xilin.kernel.quality.rules.checks import SET_KINDS
from xilin.kernel.standards.queries import declared


def assess(con: Any, *, at: datetime) -> list[ResourceScore]:
    """Score every resource that a source has delivered to; a rule whose target has no rows yet says nothing.

    Args:
        con: an engine, as `lake.engine.connect` gives it.
    """
    sources: dict[str, list[str]] = {}
    for code, source in declared("source").items():
        sources.setdefault(source.resource, []).append(code)
    return [
        score
        for resource in sorted(sources)
        if (score := _assess(con, resource, sources[resource], at)) is not None
    ]


def _assess(con: Any, resource: str, sources: list[str], at: datetime) -> ResourceScore | None:
    delivered = [queries.deliveries(source) for source in sources]
    if not any(delivery.batches for delivery in delivered):
        return None
    try:
        plan = queries.plan(sources[0], timezone.localdate(at))
    except SourceFault:
        # Its sources' batches are refused for the same reason, in words.
        return None
    table = queries.current(con, resource)
    column = plan.resource.time_column
    newest = con.execute(table[column].max()) if table is not None and column else None
    return quality.score(
        plan.resource,
        _across(con, plan, table, at) if table is not None else {},
        batches=[batch for source in sources for batch in queries.in_force(source)],
        deliveries=delivered,
        at=at,
        newest_row=_moment(newest),
    )


def _across(con: Any, plan: Plan, table: Any, at: datetime) -> dict[Check, tuple[int, int]]:
    found = {}
    for check in checks_for(plan, timezone.localdate(at)):
        if check.kind not in SET_KINDS or check.rule is None:
            continue
        target = queries.current(con, check.rule.target) if check.rule.target else None
        if target is not None or not check.rule.target:
            found[check] = count(con, check, table, target)
    return found


def _moment(value: Any) -> Any:
    """A time as Python's own; engines answer with their own types, and with several kinds of nothing."""
    if value is None or value != value:
        return None
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
