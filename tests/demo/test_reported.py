"""The demo's reported problems: sent through the form, in several states, with clocks; some wait, some are late."""

import stat
from datetime import UTC, datetime

import pytest

from xilin.apps.problems import photos, queries
from xilin.apps.problems.models import Photo, Problem
from xilin.demo import accounts, drawings, reported
from xilin.kernel.accounts.models import User
from xilin.kernel.audit.models import Entry
from xilin.kernel.standards import actions

# A Wednesday in office hours.
NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)


@pytest.fixture
def hub(db, declared, tmp_path):
    """The league applied, and its accounts."""
    actions.apply(declared, at=NOW)
    accounts.make(tmp_path, at=NOW)
    return tmp_path


def test_every_report_of_the_list_is_taken_by_the_form_and_none_twice(hub):
    listed = reported.tomllib.loads(reported.REPORTS.read_text("utf-8"))["report"]

    assert reported.make(hub, at=NOW) == len(listed)
    assert reported.make(hub, at=NOW) == len(listed) == Problem.objects.count()

    assert set(Problem.objects.values_list("state", flat=True)) == set(Problem.State.values)
    assert Photo.objects.count() == sum("photo" in one for one in listed) >= 4
    assert Problem.objects.exclude(longitude=None).count() == sum("point" in one for one in listed)
    assert {one.kind for one in Problem.objects.all()} == {kind.code for kind in queries.kinds()}


def test_clocks_run_as_they_would_have(hub):
    reported.make(hub, at=NOW)

    waiting = [one for one in Problem.objects.select_related("case") if one.open]
    assert any(one.case.due_at < NOW for one in waiting)
    assert any(one.case.due_at > NOW for one in waiting)
    assert all(one.reported_at < one.answered_at <= NOW for one in Problem.objects.exclude(answered_at=None))
    police = User.objects.get(username="gaj_steward")
    assert {one.state for one in queries.problems_for(police)} >= {"settled", "open"}
    assert Entry.objects.filter(kind="problem.passed_on").count() == 1


def test_whoever_has_the_file_follows_each_report(hub):
    reported.make(hub, at=NOW)

    file = reported.path(hub)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [line.split() for line in file.read_text("utf-8").splitlines()]
    assert {queries.followed(number, key).number for number, key in lines} == set(
        Problem.objects.values_list("number", flat=True)
    )


@pytest.mark.parametrize("name", drawings.SCENES)
def test_a_drawing_is_taken_as_a_photo(name, tmp_path):
    import io

    picture = drawings.png(name)
    assert photos.cleaned(io.BytesIO(picture), len(picture))[1:] == (drawings.WIDTH, drawings.HEIGHT)
