"""The cockpit's board: what is watched, and which panels are seen by whom.

The public's screen is what may be told to anyone: totals, never a subject, a person or a reason. Those who are signed in
read besides why a source was refused. Those who keep the platform running, and the auditor, see its machines and what is to be looked
into: an alarm of unusual use may be about anyone else. A panel that a screen doesn't name is seen by nobody on it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from xilin.apps.portal.queries import operations
from xilin.apps.portal.queries.operations.pulses import PULSES
from xilin.web.live.board import Board, Panel

OPERATORS = ("engineer", "system", "security", "audit")


def _panel(code: str, facts: Callable[[], Mapping[str, Any]], *watches: str, lasts: float = 30.0) -> Panel:
    return Panel(code, f"portal/cockpit/{code}.html", facts, watches, lasts)


_FLOW = _panel("flow", operations.flow, "league", "batches", "linking", "opened", lasts=10)
_QUALITY = _panel("quality", operations.quality, "league", "quality", lasts=600)
_REGISTRIES = _panel("registries", operations.registries, "league", "linking", "places", "economy")
_GATEWAY = _panel("gateway", operations.gateway, "gateway", lasts=10)
_REQUESTS = _panel("requests", operations.requests, "cases", lasts=60)
_LOG = _panel("log", operations.logged, "log")
_TRACE = _panel("trace", operations.trace, "trace", lasts=60)
_BATCHES = _panel("batches", operations.batches, "league", "batches")
_DAY = _panel("day", operations.day, "league", "batches", "linking", "opened", lasts=60)
_BATCHES_INSIDE = _panel("batches", operations.batches_inside, "league", "batches")
_DAY_INSIDE = _panel("day", operations.day_inside, "league", "batches", "linking", "opened", lasts=60)
_SOURCES = _panel("sources", operations.sources, "league", "batches", lasts=120)
_ALARMS = _panel("alarms", operations.alarms, "batches", "cases", "log", "alarms", "trace", "jobs", lasts=60)
_MACHINES = _panel("machines", operations.machines, "jobs", lasts=30)

_BOTH = (_FLOW, _QUALITY, _REGISTRIES, _GATEWAY, _REQUESTS, _LOG, _TRACE)
_PUBLIC = (*_BOTH, _BATCHES, _DAY)
_INSIDE = (*_BOTH, _BATCHES_INSIDE, _DAY_INSIDE)
_OPERATORS = (*_INSIDE, _ALARMS, _MACHINES)
COCKPIT = Board(
    PULSES,
    {
        "public": (*_PUBLIC, _SOURCES),
        "inside": (*_INSIDE, _SOURCES),
        "operators": (*_OPERATORS, _SOURCES),
    },
)
BOARDS = {"cockpit": COCKPIT}


def screen_of(user: Any) -> str:
    """Which screen someone sees."""
    if not (user.is_authenticated and user.is_active):
        return "public"
    return "operators" if user.role in OPERATORS else "inside"
