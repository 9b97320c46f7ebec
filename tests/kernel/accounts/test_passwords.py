"""Choosing another password: only who knows the present one, none that others would guess, on record."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import Client

import small_league
from xilin.kernel.accounts import actions
from xilin.kernel.accounts.errors import PasswordWeak
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit import queries as audit

OLD, NEW = "the old one 7", "quite another 8"
NOW = small_league.NOW
PAGE = "/desk/password/"


@pytest.fixture
def bob(tmp_path, db):
    small_league.apply(tmp_path)
    return actions.add_user(
        "bob.the.builder", role=User.Role.STEWARD, department=Department.objects.get(code="police"),
        full_name="乌日娜其木格巴特尔", password=OLD, at=NOW,
    )  # fmt: skip


@pytest.fixture
def browser(bob, client, clock):
    client.force_login(bob)
    return client


@pytest.fixture
def clock(monkeypatch):
    """The pages' time, to be set."""

    class Clock:
        at = NOW

    monkeypatch.setattr("django.utils.timezone.now", lambda: Clock.at)
    return Clock


def choose(client, old=OLD, new=NEW, again=None, language="en"):
    fields = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(PAGE, fields, headers={"accept-language": language})


def test_the_new_password_signs_in_and_the_old_one_no_more(bob, browser):
    answer = choose(browser)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/")
    assert authenticate(username=bob.username, password=NEW) == bob
    assert authenticate(username=bob.username, password=OLD) is None
    assert "everywhere else" in browser.get("/desk/", headers={"accept-language": "en"}).content.decode()


def test_other_sessions_of_the_person_end_and_this_one_goes_on(bob, browser):
    elsewhere = Client()
    elsewhere.force_login(bob)
    assert elsewhere.get("/desk/").status_code == 200

    choose(browser)

    assert elsewhere.get("/desk/").status_code == 302
    assert browser.get("/desk/").status_code == 200


def test_the_log_says_who_changed_their_password_and_holds_none(bob, browser):
    choose(browser)

    entry = audit.entries(kind="accounts.password.changed").get()
    assert (entry.by, entry.subject, entry.department) == (bob.username, bob.username, "police")
    assert OLD not in entry.text
    assert NEW not in entry.text


@pytest.mark.parametrize(
    ("new", "en"),
    [
        ("short 8!", "at least 10 characters"),
        ("8402957316402", "entirely numeric"),
        ("1234567890", "too common"),
        ("bob.the.builder8", "too similar to the username"),
        ("乌日娜其木格巴特尔1", "too similar to the full name"),
        (OLD, "your present password"),
    ],
)
def test_a_password_others_would_guess_is_refused_with_its_reason_in_both_languages(bob, browser, new, en):
    english = choose(browser, new=new).content.decode()
    chinese = choose(browser, new=new, language="zh").content.decode()

    assert en in english
    assert 'class="wrong"' in chinese
    assert en not in chinese
    assert authenticate(username=bob.username, password=OLD) == bob


def test_new_passwords_that_differ_are_refused(bob, browser):
    assert 'class="wrong"' in choose(browser, again=NEW + "x").content.decode()
    assert authenticate(username=bob.username, password=OLD) == bob


def test_a_desk_left_open_is_no_way_to_find_the_present_password_out(bob, browser, clock):
    statuses = [choose(browser, old=f"a guess {n}").status_code for n in range(5)]
    right = choose(browser)
    signing_in = Client().post("/login/", {"username": bob.username, "password": OLD})

    assert statuses == [200] * 5
    assert (right.status_code, signing_in.status_code) == (429, 429)
    assert "Wait 15 minutes" in right.content.decode()
    assert authenticate(username=bob.username, password=OLD) == bob
    halted = audit.entries(kind="accounts.sign_in.halted")
    detail = {"known": True, "minutes": 15, "everywhere": False}
    assert [(entry.subject, entry.detail) for entry in halted] == [(bob.username, detail)]
    clock.at = NOW + timedelta(minutes=15)
    assert choose(browser).status_code == 302


def test_the_right_present_password_ends_the_count(bob, browser):
    for _ in range(3):
        for _ in range(4):
            choose(browser, old="a guess 7")
        assert choose(browser, new="short").status_code == 200

    assert choose(browser).status_code == 302


def test_the_page_is_linked_from_the_desk(browser):
    assert f'href="{PAGE}"' in browser.get("/desk/").content.decode()


@pytest.mark.parametrize("password", ["short 8!", "8402957316402", "password123", "someone.new1"])
def test_nobody_is_entered_with_a_password_others_would_guess(db, password):
    with pytest.raises(PasswordWeak) as refused:
        actions.add_user("someone.new", role=User.Role.AUDIT, password=password, at=NOW)

    assert password not in str(refused.value) + refused.value.advice
    assert not User.objects.filter(username="someone.new").exists()
