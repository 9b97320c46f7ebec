"""机房 The machines: database, lake and disk, replicas, workers and their jobs."""

import os
import shutil
import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker

# A worker says every ten seconds that it lives.
ALIVE = timedelta(seconds=60)
# Below this share of the disk free is a warning, below the other an alarm.
SCARCE, FULL = 0.15, 0.05
FILES, EVENTS = 200_000, 20_000
MEASURED = 60.0


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes: of the database, of the lake (None where it isn't on this machine), of the disk and free on it."""

    database: int
    lake: int | None
    disk: int
    free: int

    @property
    def grade(self) -> str:
        """The colour the free space is shown in."""
        share = self.free / self.disk if self.disk else 0
        return "bad" if share < FULL else "warn" if share < SCARCE else "good"


@dataclass(frozen=True, slots=True)
class Replica:
    """A copy of the database: its name, how it stands, and how far behind it is (None where that can't be read)."""

    name: str
    state: str
    behind: timedelta | None


@dataclass(frozen=True, slots=True)
class Jobs:
    """Workers that live, jobs that wait, run, and failed since a moment."""

    workers: int
    waiting: int
    running: int
    failed: int


def storage() -> Storage:
    """How much there is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        database = int(cursor.fetchone()[0])
    disk = shutil.disk_usage(settings.HOME)
    lake = Path(settings.LAKE) if "://" not in str(settings.LAKE) else None
    return Storage(database, sum(_sizes(lake)) if lake else None, disk.total, disk.free)


_KEPT: list[tuple[float, Storage]] = []


def storage_kept() -> Storage:
    """How much there is, measured once a minute: it takes a walk through all files."""
    now = time.monotonic()
    if not _KEPT or now - _KEPT[0][0] > MEASURED:
        _KEPT[:] = [(now, storage())]
    return _KEPT[0][1]


def _sizes(folder: Path) -> Iterator[int]:
    """Bytes of the files below a folder; of so many at most, and of those that are still there."""
    left, count = [str(folder)], 0
    while left and count < FILES:
        try:
            with os.scandir(left.pop()) as found:
                for one in found:
                    if one.is_dir(follow_symlinks=False):
                        left.append(one.path)
                    else:
                        count += 1
                        yield one.stat(follow_symlinks=False).st_size
        except OSError:
            continue


def replicas() -> list[Replica]:
    """Every copy that follows this database, as the database tells of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(nullif(application_name, ''), '—'), coalesce(state, ''), replay_lag"
            " FROM pg_stat_replication ORDER BY 1"
        )
        return [Replica(*row) for row in cursor.fetchall()]


def jobs(since: datetime, at: datetime) -> Jobs:
    """How the queue stands, and what failed since a moment, as far as the newest events tell."""
    counted: dict[str, Any] = dict(
        ProcrastinateJob.objects.filter(status__in=("todo", "doing"))
        .order_by()
        .values_list("status")
        .annotate(n=Count("pk"))
    )
    newest = ProcrastinateEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    failed = ProcrastinateEvent.objects.filter(pk__gt=newest - EVENTS, type="failed", at__gte=since)
    workers = ProcrastinateWorker.objects.filter(last_heartbeat__gte=at - ALIVE).count()
    return Jobs(workers, counted.get("todo", 0), counted.get("doing", 0), failed.count())


def jobs_pulse() -> Hashable:
    """What changes whenever a job is put in the queue, begins or ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT max(id) FROM procrastinate_events), (SELECT max(id) FROM procrastinate_jobs),"
            " (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute')"
        )
        return tuple(cursor.fetchone())
