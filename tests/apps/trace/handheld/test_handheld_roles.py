"""Accounts that may only record: for their own party, with no other page of the desk, and nothing of others."""

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from handheld_people import PASSWORD, RANCH, ear_tag, event, hand
from typer.testing import CliRunner

from xilin.apps.trace.handheld.actions import enter_hand, new_account
from xilin.apps.trace.handheld.errors import NameTaken
from xilin.apps.trace.models import CaptureJob, Hand, MasterData, Party
from xilin.demo import accounts
from xilin.demo.chain import hands as demo_hands
from xilin.kernel.accounts.actions import add_hand
from xilin.kernel.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorder(client):
    """Someone whose account may only record, signed in."""
    now = timezone.now()
    add_hand("herder", "其其格", PASSWORD, at=now)
    enter_hand("herder", "ranch_7", tasks=["commission"], place=RANCH, at=now - timedelta(days=3))
    assert client.login(username="herder", password=PASSWORD)
    return client


def desk_pages():
    """Every address of the desk that needs no more than its name."""
    found = []

    def walk(patterns, before):
        for one in patterns:
            route = before + str(one.pattern)
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, route)
            elif route.startswith("desk/") and "<" not in route:
                found.append("/" + route)

    walk(get_resolver().url_patterns, "")
    return found


def test_no_page_of_the_desk_is_there_for_who_only_records(recorder):
    pages = [page for page in desk_pages() if page != "/desk/password/"]
    assert len(pages) > 15

    for page in pages:
        answer = recorder.get(page)
        assert (answer.status_code, answer.get("Location")) == (302, "/handheld/"), page
        # Nothing is changed there either: who isn't signed in is sent to sign in, or may not use the method.
        posted = recorder.post(page, {})
        assert posted.status_code in (302, 403, 404, 405), page
        assert posted.get("Location", "/login/").startswith("/login/"), page


@pytest.mark.parametrize("page", ["/admin/", "/", "/catalogue/", "/check/"])
def test_elsewhere_they_are_visitors(recorder, page):
    signed_in, visitor = recorder.get(page, follow=True), Client().get(page, follow=True)

    assert signed_in.status_code == visitor.status_code
    assert "其其格" not in signed_in.content.decode()
    assert not signed_in.wsgi_request.user.is_authenticated


def test_a_seat_at_another_desk_gives_them_no_page(recorder):
    User.objects.filter(username="herder").update(is_staff=True, is_superuser=True)

    assert recorder.get("/admin/").status_code == 302
    assert recorder.get("/desk/goods/").get("Location") == "/handheld/"


def test_they_record_and_change_their_password(recorder):
    assert recorder.get("/handheld/me").json()["party"] == "ranch_7"
    assert recorder.get("/desk/password/").status_code == 200
    sent = event("urn:xilin:eartag:" + ear_tag(3), at=timezone.now() - timedelta(hours=1))
    body = {"device": str(uuid.uuid4()), "user": "herder", "events": [sent]}

    answer = recorder.post("/handheld/events", json.dumps(body), content_type="application/json")

    assert answer.json()["results"][0]["kept"] is True
    assert CaptureJob.objects.get().party.code == "ranch_7"


def test_signing_in_leads_to_where_they_record(recorder):
    recorder.logout()

    answer = recorder.post("/login/", {"username": "herder", "password": PASSWORD}, follow=True)

    assert answer.redirect_chain[-1][0] == "/handheld/"


def test_others_keep_their_desk(client):
    hand("steward_too")
    client.login(username="steward_too", password=PASSWORD)

    assert client.get("/desk/").status_code == 200
    assert client.get("/handheld/me").status_code == 200


def test_an_account_is_made_with_a_password_that_is_shown_once():
    password = new_account("qiqige", "其其格", at=timezone.now())

    made = User.objects.get(username="qiqige")
    assert (made.role, made.department, made.check_password(password)) == ("hand", None, True)
    with pytest.raises(NameTaken):
        new_account("qiqige", "另一人", at=timezone.now())


def test_the_command_makes_account_and_hand_together_or_neither():
    from xilin.apps.trace.cli import app

    made = CliRunner().invoke(app, ["hand", "suhe", "--party", "ranch_9", "--new", "苏和", "--task", "ship"])
    refused = CliRunner().invoke(
        app, ["hand", "bat", "--party", "ranch_9", "--new", "巴特", "--task", "dance"]
    )

    assert made.exit_code == 0, made.output
    password = next(line for line in made.output.splitlines() if "suhe" in line).split()[-1].split("：")[-1]
    assert User.objects.get(username="suhe").check_password(password)
    assert Hand.objects.get(user__username="suhe").tasks == ["ship"]
    assert refused.exit_code == 1
    assert not User.objects.filter(username="bat").exists()


def test_the_demo_has_four_who_record_each_for_their_own_party(tmp_path: Path):
    now = timezone.now()
    name = [{"id": "urn:epcglobal:cbv:mda#name", "attribute": "锡林浩特市牧户 0001"}]
    MasterData.objects.create(
        party=Party.objects.create(code="league"),
        uri=demo_hands.keys.place(demo_hands.RANCHES),
        kind=demo_hands.LOCATION,
        attributes=name,
        at=now,
    )

    made = demo_hands.make(tmp_path, at=now)

    assert demo_hands.make(tmp_path, at=now) == made
    assert accounts.kept(tmp_path) == {one.name: one.password for one in made}
    found = {one.user.username: one for one in Hand.objects.filter(ended_at=None)}
    assert len({one.party_id for one in found.values()}) == len(found) == 4
    assert {one.user.role for one in found.values()} == {"hand"}
    assert found["herder"].place_name == "锡林浩特市牧户 0001"
    assert found["driver"].place == ""
