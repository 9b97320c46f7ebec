"""Signing in, and the pause after too many failures."""

import threading
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.db import connections

import small_league
from xilin.kernel.accounts import actions, browsers
from xilin.kernel.accounts.errors import SignInWaits
from xilin.kernel.accounts.models import Department, SignInCount, User
from xilin.kernel.audit import queries as audit

RIGHT, WRONG = "the right one 7", "a wrong one 7"
NOW = small_league.NOW
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bob(tmp_path, db):
    small_league.apply(tmp_path)
    police = Department.objects.get(code="police")
    return actions.add_user("bob", role=User.Role.STEWARD, department=police, password=RIGHT, at=NOW)


@pytest.fixture
def sign_in(client, monkeypatch):
    """Sign in at a time."""

    def attempt(password, *, name="bob", at=NOW, address="10.0.0.1", language="en"):
        monkeypatch.setattr("xilin.apps.portal.views.session.timezone.now", lambda: at)
        return client.post(
            "/login/",
            {"username": name, "password": password},
            REMOTE_ADDR=address,
            headers={"accept-language": language},
        )

    return attempt


def test_after_five_failures_even_the_right_password_waits(bob, sign_in):
    statuses = [sign_in(WRONG).status_code for _ in range(5)]
    answer = sign_in(RIGHT, at=NOW + 14 * MINUTE)

    assert statuses == [200] * 5
    assert answer.status_code == 429
    assert "Wait 1 minutes" in answer.content.decode()
    assert "登录失败次数过多" in sign_in(RIGHT, language="zh").content.decode()
    assert sign_in(RIGHT, at=NOW + 15 * MINUTE).status_code == 302


def test_the_pause_is_counted_from_the_fifth_failure(bob, sign_in):
    for minute in range(5):
        sign_in(WRONG, at=NOW + minute * MINUTE)

    assert sign_in(RIGHT, at=NOW + 18 * MINUTE).status_code == 429
    assert sign_in(RIGHT, at=NOW + 19 * MINUTE).status_code == 302


def test_failures_longer_ago_and_failures_before_a_success_do_not_count(bob, sign_in, client):
    for _ in range(4):
        sign_in(WRONG)
    assert sign_in(RIGHT, at=NOW + MINUTE).status_code == 302
    client.logout()
    assert SignInCount.objects.count() == 0

    for _ in range(4):
        sign_in(WRONG, at=NOW + 2 * MINUTE)
    assert sign_in(WRONG, at=NOW + 17 * MINUTE).status_code == 200
    assert sign_in(RIGHT, at=NOW + 18 * MINUTE).status_code == 302


def test_other_names_and_other_addresses_do_not_wait(bob, sign_in):
    for _ in range(6):
        sign_in(WRONG)

    assert sign_in(WRONG, name="carl").status_code == 200
    assert sign_in(RIGHT, address="10.0.0.2").status_code == 302


def test_from_ever_new_addresses_a_name_waits_longer_each_time_and_a_quarter_of_an_hour_at_most(db):
    at, waits = NOW, []
    for nth in range(16):
        pause = actions.begin_sign_in("bob", f"10.0.1.{nth}", at=at)
        waits.append(pause.minutes if pause else 0)
        if pause:
            assert pause.everywhere
            with pytest.raises(SignInWaits):
                actions.begin_sign_in("bob", "10.0.9.9", at=at + (pause.minutes - 0.5) * MINUTE)
            at += pause.minutes * MINUTE

    assert waits == [0] * 9 + [1, 2, 4, 8, 15, 15, 15]
    assert actions.begin_sign_in("bob", "10.0.9.9", at=NOW + timedelta(days=1)) is None


def guess(sign_in, times, at=NOW):
    """So many wrong passwords for Bob, each from another address."""
    return [sign_in(WRONG, address=f"10.0.{at.minute}.{nth}", at=at).status_code for nth in range(times)]


def test_attempts_from_many_addresses_make_a_name_wait_everywhere_and_stand_in_the_log(bob, sign_in):
    assert guess(sign_in, 11) == [200] * 10 + [429]

    assert sign_in(RIGHT, address="10.1.1.1").status_code == 429
    assert sign_in(WRONG, name="carl", address="10.0.0.3").status_code == 200
    (halted,) = audit.entries(kind="accounts.sign_in.halted")
    assert (halted.subject, halted.detail) == ("bob", {"known": True, "minutes": 1, "everywhere": True})
    assert sign_in(RIGHT, address="10.1.1.1", at=NOW + MINUTE).status_code == 302


def test_whoever_signed_in_with_a_browser_before_is_not_shut_out_of_it(bob, sign_in, client):
    assert sign_in(RIGHT).status_code == 302
    cookie = client.cookies[browsers.COOKIE]
    assert cookie["httponly"]
    assert "bob" not in cookie.value
    client.post("/logout/")
    known, client.cookies = client.cookies, SimpleCookie()
    guess(sign_in, 11)
    assert sign_in(RIGHT).status_code == 429

    client.cookies = known
    assert sign_in(RIGHT).status_code == 302
    client.post("/logout/")

    known, client.cookies = client.cookies, SimpleCookie()
    assert sign_in(RIGHT).status_code == 429, "what was tried elsewhere is not forgotten by it"
    client.cookies = known
    assert [sign_in(WRONG).status_code for _ in range(6)] == [200] * 5 + [429]


def test_a_browser_is_known_for_its_own_person_only_and_not_by_a_cookie_that_somebody_made(
    bob, sign_in, client
):
    actions.add_user("carl", role=User.Role.STEWARD, department=bob.department, password=RIGHT, at=NOW)
    assert sign_in(RIGHT, name="carl").status_code == 302
    client.post("/logout/")
    carls, client.cookies = client.cookies, SimpleCookie()
    guess(sign_in, 11)

    client.cookies = carls
    assert sign_in(RIGHT).status_code == 429
    client.cookies = SimpleCookie({browsers.COOKIE: carls[browsers.COOKIE].value[:-3] + "abc"})
    assert sign_in(RIGHT).status_code == 429


def test_a_name_nobody_has_is_answered_the_same(bob, sign_in):
    def told(name):
        answers = [sign_in(WRONG, name=name) for _ in range(6)]
        return [
            (one.status_code, one.content.decode().partition("wrongs")[2].split("</ul>")[0])
            for one in answers
        ]

    assert told("bob") == told("nobody")


def test_the_log_has_who_signed_in_and_who_was_halted_once_and_no_stranger_s_words(bob, sign_in):
    for _ in range(7):
        sign_in(WRONG)
        sign_in(WRONG, name="my secret password")
    sign_in(RIGHT, at=NOW + 16 * MINUTE)

    entries = list(audit.entries())[:3]
    found = [(entry.kind, entry.subject, entry.department, entry.detail) for entry in entries]
    assert found == [
        ("accounts.session.opened", "bob", "police", {}),
        ("accounts.sign_in.halted", "", "", {"known": False, "minutes": 15, "everywhere": False}),
        ("accounts.sign_in.halted", "bob", "police", {"known": True, "minutes": 15, "everywhere": False}),
    ]
    kept = [*SignInCount.objects.values_list("who", flat=True), *(entry.text for entry in entries)]
    assert "secret" not in str(kept)


@pytest.mark.django_db(transaction=True)
def test_many_attempts_at_once_are_counted_each():
    admitted = []

    def attempt():
        try:
            admitted.append(actions.begin_sign_in("bob", "10.0.0.1", at=NOW) is not None)
        except SignInWaits:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(admitted) == [False] * 4 + [True]


def test_signing_in_leads_nowhere_else(bob, client):
    answer = client.post(
        "/login/?next=//evil.example/", {"username": "bob", "password": RIGHT, "next": "//evil.example/"}
    )

    assert answer.headers["Location"] == "/desk/"
