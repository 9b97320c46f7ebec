"""The jobs of deliveries: what waits is queued every minute, whatever a crash left; tracing on the command line."""

import delivered
import pytest
from delivered import grant, land, people
from procrastinate.contrib.django.models import ProcrastinateJob
from typer.testing import CliRunner

import small_league
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import changes, cli, tasks
from xilin.kernel.exchange.actions import exports, feeds
from xilin.kernel.exchange.delivery_models import Export, Followed

pytestmark = pytest.mark.django_db
NOW = small_league.NOW
WHY = {"purpose": "assistance", "case_number": "低保-2026-001", "at": NOW}


@pytest.fixture
def rolls(hub, tmp_path, settings):
    """The hub with the roll declared and filled, and a home and a lake of the test's own."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    small_league.apply(tmp_path / "roll", delivered.FILES)
    land(people(*range(40)))
    return hub


def queued():
    return sorted(ProcrastinateJob.objects.filter(status="todo").values_list("queueing_lock", flat=True))


def test_a_file_is_queued_when_it_is_asked_for_and_again_where_its_job_was_lost(rolls):
    grant(rolls, valid_until=NOW.replace(year=2030))
    number = exports.ask_export(rolls.client.pk, "roll", kind="csv", **WHY).number
    lock = f"exchange.export.{number}"
    assert lock in queued()
    ProcrastinateJob.objects.all().update(status="doing")
    Export.objects.update(state=Export.State.BUILDING)

    assert tasks.deliver(0)["files"] == 1

    assert lock in queued()
    assert tasks.export(number) == "ready"
    assert tasks.deliver(0)["files"] == 0


def test_changes_are_found_within_the_minute(rolls):
    grant(rolls, way="feed")
    feeds.subscribe(rolls.client.pk, "roll", **WHY)
    land(people(*range(45)))
    assert tasks.deliver(0)["changes"] == 5
    assert Followed.objects.get().seq == 5
    assert changes.behind() == []


def test_a_leaked_file_is_traced_on_the_command_line_and_the_look_is_logged(rolls, tmp_path):
    held = grant(rolls, valid_until=NOW.replace(year=2030))
    number = exports.ask_export(rolls.client.pk, "roll", kind="parquet", **WHY).number
    path = exports.path_of(exports.make(number))

    told = CliRunner().invoke(cli.app, ["trace", str(path)])

    assert told.exit_code == 0, told.output
    assert held.number in told.output
    assert number in told.output
    entry = Entry.objects.get(kind="exchange.export.traced")
    assert (entry.department, entry.detail["grants"]) == ("civil", [held.number])
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert CliRunner().invoke(cli.app, ["trace", str(tmp_path / "other.csv")]).exit_code == 1
    assert CliRunner().invoke(cli.app, ["trace", str(tmp_path / "none")]).exit_code == 2
