"""The tables of traceability."""

from xilin.apps.trace.models.codes import Chip, Code, CodeBatch, CodeKey
from xilin.apps.trace.models.events import (
    Access,
    CaptureJob,
    Event,
    EventKey,
    EventSubscription,
    EventThing,
    Known,
    MasterData,
    NamedQuery,
    Orphan,
    PageToken,
    Party,
)
from xilin.apps.trace.models.lineage import (
    LineageEvent,
    LineageLink,
    LineageMark,
    LineageName,
    LineageSighting,
)

__all__ = [
    "Access",
    "CaptureJob",
    "Chip",
    "Code",
    "CodeBatch",
    "CodeKey",
    "Event",
    "EventKey",
    "EventSubscription",
    "EventThing",
    "Known",
    "LineageEvent",
    "LineageLink",
    "LineageMark",
    "LineageName",
    "LineageSighting",
    "MasterData",
    "NamedQuery",
    "Orphan",
    "PageToken",
    "Party",
]
