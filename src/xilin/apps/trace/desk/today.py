"""Traceability in total: events and looks of a day, what they were told, what is open. Never a code, a party or a place."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from xilin.apps.trace.models import Alert, CaptureJob, Event, LineageAlert, Look, Recall

# So many events are counted one by one; more are told by their numbers, in which a refused capture leaves a gap.
COUNTED = 200_000


@dataclass(frozen=True, slots=True)
class Today:
    """Events captured and looks by verdict since a moment; recalls that are public."""

    events: int
    looks: int
    verdicts: dict[str, int]
    recalls: int


@dataclass(frozen=True, slots=True)
class Open:
    """What is open: alerts about goods, alerts of lineage, recalls proposed and public."""

    goods: int
    lineage: int
    proposed: int
    public: int

    @property
    def count(self) -> int:
        """All that someone has to look into."""
        return self.goods + self.lineage + self.proposed


def pulse() -> Hashable:
    """What changes with every capture, look, alert and recall, cheaply asked."""
    since = midnight(timezone.now())
    return (
        CaptureJob.objects.order_by("-pk").values_list("pk", flat=True).first(),
        Look.objects.filter(at__gte=since).order_by("-pk").values_list("pk", flat=True).first(),
        standing(),
    )


def midnight(at: datetime) -> datetime:
    """When the day of a moment began, in the platform's time zone."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def since(at: datetime) -> Today:
    """What there was since a moment."""
    looks = Counter(
        dict(Look.objects.filter(at__gte=at).order_by().values_list("level").annotate(n=Count("pk")))
    )
    return Today(
        _events(at), looks.total(), dict(looks), Recall.objects.filter(state=Recall.State.PUBLIC).count()
    )


def standing() -> Open:
    """What is open now."""
    states = dict(Recall.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return Open(
        Alert.objects.filter(closed_at=None).count(),
        LineageAlert.objects.filter(ended_at=None, decided_at=None).count(),
        states.get(Recall.State.PROPOSED, 0),
        states.get(Recall.State.PUBLIC, 0),
    )


def _events(at: datetime) -> int:
    rows = Event.objects.filter(record_time__gte=at)
    first = rows.order_by("record_time", "pk").values_list("pk", flat=True).first()
    last = rows.order_by("-record_time", "-pk").values_list("pk", flat=True).first()
    if first is None or last is None:
        return 0
    span = last - first + 1
    return span if span > COUNTED else rows.count()
