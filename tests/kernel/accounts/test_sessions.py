"""Sessions end by themselves when nobody uses them, and every end is on record."""

from datetime import timedelta

import pytest

import small_league
from xilin.kernel.accounts import actions
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit import queries as audit

PASSWORD = "the right one 7"
NOW = small_league.NOW
MINUTE = timedelta(minutes=1)


@pytest.fixture
def at(monkeypatch):
    """Set the pages' time to a moment after signing in."""

    def set_to(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + moment)

    set_to(0 * MINUTE)
    return set_to


@pytest.fixture
def desk(tmp_path, db, client, at):
    """A signed-in browser, and how it is answered at the desk."""
    small_league.apply(tmp_path)
    police = Department.objects.get(code="police")
    actions.add_user("bob", role=User.Role.STEWARD, department=police, password=PASSWORD, at=NOW)
    assert client.post("/login/", {"username": "bob", "password": PASSWORD}).status_code == 302

    def ask(moment, path="/desk/", **headers):
        at(moment)
        return client.get(path, headers={"accept-language": "en"} | headers)

    return ask


def closed():
    return [
        (entry.subject, entry.department, entry.detail)
        for entry in audit.entries(kind="accounts.session.closed")
    ]


def test_half_an_hour_without_use_signs_out_and_says_so(desk):
    assert desk(29 * MINUTE).status_code == 200
    answer = desk(59 * MINUTE)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/desk/")
    assert closed() == [("bob", "police", {"idle": True})]
    assert "signed out after 30 minutes" in desk(59 * MINUTE, answer.headers["Location"]).content.decode()
    assert desk(60 * MINUTE).status_code == 302
    assert len(closed()) == 1


def test_whoever_uses_the_pages_stays_signed_in_the_whole_day(desk):
    statuses = [desk(n * 20 * MINUTE, "/catalogue/" if n % 2 else "/desk/").status_code for n in range(24)]

    assert statuses == [200] * 24
    assert closed() == []


def test_a_session_that_was_never_used_after_signing_in_ends_too(desk):
    assert desk(31 * MINUTE).status_code == 302
    assert closed() == [("bob", "police", {"idle": True})]


def test_a_page_that_renews_itself_is_nobody_at_work(desk):
    desk(0 * MINUTE)
    for second in range(0, 30 * 60, 60):
        moment = timedelta(seconds=second)
        assert desk(moment, "/cockpit/", **{"hx-request": "true", "x-by-itself": "yes"}).status_code == 200

    assert desk(30 * MINUTE).status_code == 302


def test_a_screen_that_listens_is_nobody_at_work(desk):
    desk(0 * MINUTE)
    for minute in range(30):
        assert desk(minute * MINUTE, "/cockpit/events", accept="text/event-stream").status_code == 200

    assert desk(30 * MINUTE).status_code == 302


def test_what_was_about_to_be_sent_is_not_done(desk, client, at):
    at(31 * MINUTE)
    answer = client.post(
        "/desk/password/",
        {"old_password": PASSWORD, "new_password1": "quite another 8", "new_password2": "quite another 8"},
    )

    assert answer.headers["Location"] == "/login/?next=/desk/password/"
    assert User.objects.get(username="bob").check_password(PASSWORD)


def test_the_minutes_are_a_setting(desk, settings):
    settings.IDLE_MINUTES = 2

    assert desk(MINUTE).status_code == 200
    assert desk(3 * MINUTE).status_code == 302


def test_signing_out_is_on_record(desk, client):
    client.post("/logout/")
    client.post("/logout/")

    assert closed() == [("bob", "police", {"idle": False})]
