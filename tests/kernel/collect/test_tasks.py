"""Schedules: what is due, and that it is queued once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import roster
from procrastinate.contrib.django.models import ProcrastinateJob

from xilin.kernel.collect import queries, tasks
from xilin.kernel.collect.models import Batch
from xilin.kernel.lake.tables import Lake

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def at(day, hour, minute=0):
    return datetime(2026, 9, day, hour, minute, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def league(tmp_path):
    """Declared on the 24th at ten in the morning: one source daily at three, one without a schedule."""
    roster.apply(
        tmp_path,
        roster.source("daily", "csv", more='schedule = "0 3 * * *"', path="/none.csv"),
        roster.source("never", "csv", path="/none.csv"),
    )


@pytest.mark.parametrize(
    ("when", "found"),
    [
        pytest.param(at(24, 23), [], id="before the first time after it was declared"),
        pytest.param(at(25, 2, 59), [], id="a minute before"),
        pytest.param(at(25, 3), ["daily"], id="on the minute"),
        pytest.param(at(25, 3, 1), ["daily"], id="a minute late"),
        pytest.param(at(28, 12), ["daily"], id="days late"),
    ],
)
def test_a_source_is_due_when_its_time_has_come_round(when, found):
    assert queries.due(when) == found


def test_a_source_collected_since_is_not_due_until_the_next_time():
    Batch.objects.create(
        source="daily", resource="roster", mode="full", state="done", started_at=at(25, 3, 0)
    )

    assert queries.due(at(25, 3, 1)) == []
    assert queries.due(at(26, 3)) == ["daily"]


def test_what_is_due_is_queued_once():
    moment = int(at(25, 3).timestamp())

    tasks.look(timestamp=moment)
    tasks.look(timestamp=moment + 60)

    jobs = ProcrastinateJob.objects.filter(task_name="xilin.kernel.collect.tasks.collect")
    assert [job.args for job in jobs] == [{"source": "daily"}]


def test_a_source_whose_worker_was_killed_is_due_again(settings, tmp_path):
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    Batch.objects.create(source="daily", resource="roster", mode="full", started_at=at(25, 3, 0))

    tasks.look(timestamp=int(at(25, 3, 5).timestamp()))

    assert not Batch.objects.exists()
    assert ProcrastinateJob.objects.filter(args={"source": "daily"}).count() == 1


def test_the_queued_job_collects():
    told = tasks.collect(source="daily")

    batch = Batch.objects.get(pk=told["batch"])
    assert (batch.state, batch.error["code"]) == ("refused", "no_file")


def test_once_a_day_the_lake_lets_go_of_what_is_old(settings, tmp_path):
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    file = tmp_path / "a.csv"
    roster.apply(tmp_path / "league", roster.source("daily", "csv", path=str(file)))
    for first in (1, 2, 3):
        roster.csv(file, roster.rows(first, 1))
        assert tasks.collect(source="daily")["state"] == "done"
    lake = Lake.open()
    assert len(list(lake.warehouse.glob("*/*/data/*/*/*.parquet"))) == 6

    in_two_months = datetime.now(ZONE) + timedelta(days=60)
    told = tasks.tidy(timestamp=int(in_two_months.timestamp()))

    assert (told["expired"], told["swept"]) == (4, 4)
    assert len(lake.files("std.roster")) == 1
