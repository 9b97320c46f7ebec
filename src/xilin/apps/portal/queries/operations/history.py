"""运行纪事 What happened within a day: batches, linkings, releases, declarations, recalls, as lanes of time and as a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.names import Names
from xilin.apps.portal.queries.operations import plant, standing
from xilin.apps.trace.desk import today
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import pace
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.opening import queries as opening
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.queries import current_version
from xilin.web import numbers

DAY = timedelta(days=1)
# The drawing: its width, where the day begins beside the lanes' names, and how high a lane is.
WIDTH, LEFT, LANE = 1440.0, 130.0, 34.0
LATEST = 14
BATCHES = 400


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened: when, what in words, how it is to be seen (`good`, `warn`, `bad`, ``), where it leads."""

    at: datetime
    kind: str
    what: str
    grade: str
    href: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A happening in its lane."""

    x: float
    width: float
    grade: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Happenings of a kind along the day."""

    name: str
    y: float
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class History:
    """The day up to a moment."""

    lanes: list[Lane]
    hours: list[tuple[float, str]]
    calls: str
    latest: list[Happening]
    width: float
    height: float
    count: int


def history(at: datetime, *, inside: bool = False) -> History:
    """What happened within the day before a moment; why a source was refused is for those inside."""
    found = sorted(_happened(at - DAY, at, inside), key=lambda one: one.at, reverse=True)
    kinds = (("batch", _("Batches")), ("link", _("Linking")), ("told", _("Publishing")))
    lanes = [
        Lane(
            name,
            round((nth + 1) * LANE, 1),
            [_mark(one, at) for one in found if one.kind == kind],
        )
        for nth, (kind, name) in enumerate(kinds)
    ]
    return History(
        lanes,
        list(_hours(at)),
        _calls(at),
        found[:LATEST],
        WIDTH,
        LANE * (len(kinds) + 1) + 28,
        len(found),
    )


def _happened(since: datetime, at: datetime, inside: bool) -> Iterator[Happening]:
    language, names = get_language() or "", Names()
    for batch in collect.since_moment(since)[:BATCHES]:
        name = names.of("source", batch.source)
        href = reverse("portal:batch", args=[batch.pk])
        rows = numbers.grouped(batch.rows_read)
        if batch.state == "refused":
            why = batch.message(language) if inside else ""
            what = _("%(source)s could not be read.") % {"source": name} + (f" {why}" if why else "")
            grade = "bad"
        elif batch.state == "running":
            what, grade = _("%(source)s is being read") % {"source": name}, "brand"
        else:
            what = _("%(source)s: %(rows)s rows") % {"source": name, "rows": rows}
            grade = "warn" if batch.rows_quarantined else "good"
        yield Happening(batch.finished_at or batch.started_at, "batch", what, grade, href, batch.started_at)
    for run in registry.runs(since):
        name = names.of("registry", run.registry)
        entities = numbers.grouped(run.counts.get("entities") or 0)
        what = _("%(registry)s linked: %(entities)s entities") % {"registry": name, "entities": entities}
        yield Happening(run.finished_at, "link", what, "good", reverse("portal:registries"), run.started_at)
    for release in opening.newest_releases(50):
        if release.released_at >= since:
            what = _("Open data released: %(name)s") % {"name": names.of("opening", release.opening)}
            yield Happening(release.released_at, "told", what, "good", reverse("portal:open"))
    version = current_version()
    if version and version.applied_at >= since:
        what = _("Declarations in force: version %(n)s") % {"n": version.pk}
        yield Happening(version.applied_at, "told", what, "good", reverse("portal:about"))


def _mark(one: Happening, at: datetime) -> Mark:
    begun = one.until or one.at
    x, end = _x(max(begun, at - DAY), at), _x(one.at if one.grade != "brand" else at, at)
    return Mark(round(x, 1), round(max(end - x, 5.0), 1), one.grade, one.what, one.href)


def _x(moment: datetime, at: datetime) -> float:
    return LEFT + (WIDTH - LEFT) * (1 - (at - moment) / DAY)


def _hours(at: datetime) -> Iterator[tuple[float, str]]:
    hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    while hour > at - DAY:
        if hour.hour % 3 == 0 and LEFT < _x(hour, at) < WIDTH - 30:
            yield round(_x(hour, at), 1), f"{hour:%H:%M}"
        hour -= timedelta(hours=1)


def _calls(at: datetime) -> str:
    """The gateway's calls of each ten minutes as an area along the first lane."""
    tens = pace.course(at - DAY, at, timedelta(minutes=10))
    most = max(tens, default=0)
    if not most:
        return ""
    step, floor = (WIDTH - LEFT) / len(tens), LANE - 4
    points = [
        f"{LEFT + nth * step:.1f} {floor - (LANE - 8) * calls / most:.1f}H{LEFT + (nth + 1) * step:.1f}"
        for nth, calls in enumerate(tens)
    ]
    return f"M{LEFT} {floor}L" + "L".join(points) + f"L{WIDTH} {floor}Z"


def alarms(at: datetime) -> list[dict[str, Any]]:
    """What someone who operates has to look into, the gravest first, each with where it leads."""
    requests, logged, opened = standing.requests(at), standing.logged(at), today.standing()
    storage, jobs = plant.storage_kept(), plant.jobs(at - DAY, at)
    refused = [one for one in collect.newest().values() if one.state == "refused"]
    unusual = exchange.alarms_pulse()[1]
    rows = (
        ("overdue", "bad", _("Deadlines passed"), requests.steps.overdue, "portal:approvals"),
        ("sources", "bad", _("Sources that can't be read"), len(refused), "portal:cockpit"),
        ("unusual", "bad", _("Unusual use of data"), unusual, "portal:usage"),
        ("failed", "bad", _("Jobs that failed within a day"), jobs.failed, "portal:cockpit"),
        (
            "worker",
            "bad",
            _("No worker lives"),
            int(jobs.workers == 0 and jobs.waiting > 0),
            "portal:cockpit",
        ),
        ("disk", storage.grade, _("Disk nearly full"), int(storage.grade != "good"), "portal:cockpit"),
        ("witnesses", "warn", _("Witnesses behind"), logged.behind, "portal:audit"),
        ("near", "warn", _("Deadlines near"), requests.steps.yellow, "portal:approvals"),
        ("recalls", "bad", _("Recalls open"), opened.public + opened.proposed, "goods:tracing:recalls"),
        ("goods", "warn", _("Alarms about goods"), opened.goods + opened.lineage, "goods:regulator:alarms"),
    )
    order = {"bad": 0, "warn": 1, "good": 2}
    found = [
        {
            "code": code,
            "grade": grade if count else "good",
            "name": name,
            "count": count,
            "href": reverse(door),
            "counted": code not in ("worker", "disk"),
        }
        for code, grade, name, count, door in rows
    ]
    return sorted(found, key=lambda one: order[one["grade"]])
