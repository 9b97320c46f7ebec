"""What devices send is kept exactly once, by its maker and at their place, or refused with words."""

import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from handheld_people import NOW, PASSWORD, RANCH, ear_tag, event, hand

from xilin.apps.trace.handheld import actions, checks
from xilin.apps.trace.handheld.actions import Drop, Message, end_hand, enter_hand, take
from xilin.apps.trace.handheld.errors import WrongHand
from xilin.apps.trace.models import CaptureJob, Device, DroppedEvent, Event, Hand
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit

DEVICE = uuid.UUID("6f2b1c9e-0000-4000-8000-000000000001")


def message(*events, dropped=()):
    return Message(DEVICE, "herder", [json.loads(json.dumps(one)) for one in events], list(dropped))


def stored():
    return list(Event.objects.order_by("id").values_list("event_id", flat=True))


@pytest.mark.django_db
class TestTaking:
    def test_events_are_kept_for_the_hands_party(self):
        first, second = event(), event("urn:xilin:eartag:" + ear_tag(2))

        results = take(hand(), message(first, second), at=NOW)

        assert [(result.id, result.kept) for result in results] == [
            (first["eventID"], True),
            (second["eventID"], True),
        ]
        assert stored() == [first["eventID"], second["eventID"]]
        job = CaptureJob.objects.get()
        assert (job.party.code, job.client) == ("ranch_7", f"handheld:{DEVICE}")
        assert Device.objects.get().events == 2

    def test_a_message_sent_again_is_answered_the_same_and_keeps_nothing_twice(self):
        herder, sent = hand(), [event(), event("urn:xilin:eartag:" + ear_tag(2))]
        first = take(herder, message(*sent), at=NOW)

        again = take(herder, message(*sent), at=NOW + timedelta(minutes=3))

        assert again == first
        assert len(stored()) == 2
        assert Device.objects.get().events == 2

    def test_one_that_is_refused_holds_up_no_other(self):
        good, bad = event(), event(bizStep="shipping", action="OBSERVE", disposition="in_transit")
        broken = event(eventTime="yesterday")

        results = take(hand(tasks=("commission",)), message(bad, good, broken), at=NOW)

        assert [result.kept for result in results] == [False, True, False]
        assert results[0].why.code == "task"
        assert "eventTime" in results[2].why.code
        assert results[2].why.what.zh
        assert results[2].why.remedy.en
        assert stored() == [good["eventID"]]

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"eventID": "urn:epcglobal:x:1"}, "name"),
            ({"eventID": None}, "name"),
            ({"readPoint": {"id": "https://id.gs1.org/414/9520000000011"}}, "place"),
            ({"readPoint": None}, "place"),
            ({"bizLocation": {"id": "https://id.gs1.org/414/9520000000011"}}, "place"),
            ({"at": NOW + timedelta(minutes=11)}, "ahead"),
            ({"epcList": []}, "nothing"),
            ({"errorDeclaration": {"declarationTime": "2026-03-05T01:00:00Z"}}, "declaration"),
            ({"bizStep": "packing"}, "task"),
            ({"action": "DELETE"}, "task"),
        ],
    )
    def test_what_is_not_its_makers_to_say_is_refused(self, changed, why):
        (result,) = take(hand(), message(event(**changed)), at=NOW)

        assert not result.kept
        assert result.why.code == why
        assert stored() == []

    def test_a_place_may_be_written_as_an_epc(self):
        (result,) = take(hand(), message(event(readPoint={"id": "urn:epc:id:sgln:9520000.00000.0"})), at=NOW)

        assert result.kept

    def test_the_same_number_with_another_content_is_refused(self):
        herder, first = hand(), event()
        take(herder, message(first), at=NOW)

        (result,) = take(herder, message(first | {"epcList": ["urn:xilin:eartag:" + ear_tag(9)]}), at=NOW)

        assert not result.kept
        assert "ResourceAlreadyExists" in result.why.code
        assert len(stored()) == 1

    def test_what_was_given_up_is_noted_once_with_its_reason(self):
        herder, drop = hand(), Drop("urn:uuid:1", "扫错了耳标")

        take(herder, message(dropped=[drop]), at=NOW)
        take(herder, message(dropped=[drop]), at=NOW)

        assert DroppedEvent.objects.values_list("event_id", "reason").get() == ("urn:uuid:1", "扫错了耳标")

    def test_the_log_tells_of_it_without_the_things(self):
        take(hand(), message(event()), at=NOW)

        entry = audit.entries(kind="trace.handheld.sent").first()  # others may have left theirs
        assert (entry.by, entry.subject) == ("herder", "ranch_7")
        assert entry.fields["detail"] == {"device": str(DEVICE), "stored": 1, "refused": 0, "dropped": 0}


@pytest.mark.django_db
class TestHands:
    def test_a_hand_entered_anew_takes_the_place_of_the_old(self):
        hand()
        enter_hand("herder", "plant_1", tasks=["slaughter"], place="urn:epc:id:sgln:9520000.00000.0", at=NOW)

        now = Hand.objects.get(ended_at=None)
        assert (now.party.code, now.tasks, now.place) == ("plant_1", ["slaughter"], RANCH)
        assert Hand.objects.count() == 2

    def test_nobody_and_no_such_task_are_refused(self):
        hand()
        with pytest.raises(WrongHand):
            enter_hand("nobody", "ranch_7", tasks=["ship"], at=NOW)
        with pytest.raises(WrongHand, match="dance"):
            enter_hand("herder", "ranch_7", tasks=["dance"], at=NOW)
        assert Hand.objects.filter(ended_at=None).count() == 1

    def test_a_hand_that_ended_records_no_more(self, client):
        hand()
        client.login(username="herder", password=PASSWORD)
        assert client.get("/handheld/me").status_code == 200

        assert end_hand("herder", at=NOW)
        assert not end_hand("herder", at=NOW)
        assert client.get("/handheld/me").status_code == 403


@pytest.mark.django_db
class TestAddresses:
    def send(self, client, body, **more):
        told = body if isinstance(body, str) else json.dumps(body)
        return client.post("/handheld/events", told, content_type="application/json", **more)

    def test_who_is_not_signed_in_gets_the_page_and_nothing_else(self, client):
        assert client.get("/handheld/").status_code == 200
        assert client.get("/handheld/me").status_code == 401
        refused = self.send(client, {"device": str(DEVICE), "user": "herder", "events": [event()]})
        assert refused.status_code == 401
        assert refused.json()["type"] == "handheld.NotSignedIn"
        assert stored() == []

    def test_an_account_that_is_no_hand_may_not_send(self, client):
        client.force_login(User.objects.create(username="clerk"))
        assert (
            self.send(client, {"device": str(DEVICE), "user": "herder", "events": [event()]}).status_code
            == 403
        )

    def test_nobody_sends_what_another_recorded(self, client):
        hand()
        hand("driver", party="carrier")
        client.login(username="driver", password=PASSWORD)

        body = {"device": str(DEVICE), "user": "herder", "events": [event(at=NOW - timedelta(days=3))]}
        assert self.send(client, body).status_code == 401
        assert stored() == []

    def test_who_works_here_is_told_with_no_more_than_the_device_needs(self, client):
        hand()
        client.login(username="herder", password=PASSWORD)

        answer = client.get("/handheld/me")

        told = answer.json()
        assert told["tasks"][:2] == ["commission", "slaughter"]
        assert told["place"] == RANCH
        assert told["paper"] == "urn:epcglobal:cbv:bt:9520000000004:{}"
        assert "no-store" in answer["Cache-Control"]

    def test_events_need_the_token_of_the_session(self):
        hand()
        client = Client(enforce_csrf_checks=True)
        client.login(username="herder", password=PASSWORD)
        body = {"device": str(DEVICE), "user": "herder", "events": [event(at=NOW - timedelta(days=3))]}

        assert self.send(client, body).status_code == 403
        token = client.get("/handheld/me").json()["token"]
        assert self.send(client, body, headers={"X-CSRFToken": token}).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "[]",
            "{}",
            {"device": "x", "user": "herder", "events": []},
            {"device": str(DEVICE), "user": "herder", "events": [1]},
            "[" * 99999,
        ],
    )
    def test_what_is_no_message_is_refused(self, client, body):
        hand()
        client.login(username="herder", password=PASSWORD)

        assert self.send(client, body).status_code == 400

    def test_too_much_at_once_is_refused(self, client):
        hand()
        client.login(username="herder", password=PASSWORD)

        answer = self.send(
            client, {"device": str(DEVICE), "user": "herder", "events": [{"eventID": "x"}] * 201}
        )
        assert answer.status_code == 400
        assert self.send(client, '"' + "x" * (2 * 1024 * 1024) + '"').status_code == 400

    def test_a_result_says_why_in_both_languages(self, client):
        hand(tasks=("ship",))
        client.login(username="herder", password=PASSWORD)

        (result,) = self.send(client, {"device": str(DEVICE), "user": "herder", "events": [event()]}).json()[
            "results"
        ]

        assert result["kept"] is False
        assert result["why"]["zh"]["what"] != result["why"]["en"]["what"]

    def test_the_app_can_be_installed(self, client):
        manifest = client.get("/handheld/manifest.webmanifest")
        assert manifest["Content-Type"] == "application/manifest+json"
        assert {icon["sizes"] for icon in manifest.json()["icons"]} >= {"192x192", "512x512"}
        worker = client.get("/handheld/worker.js")
        assert worker["Content-Type"].startswith("text/javascript")
        assert '"/handheld/"' in worker.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_message_from_many_connections_at_once_is_kept_once():
    herder, sent, results = hand(), [event("urn:xilin:eartag:" + ear_tag(n)) for n in range(5)], []

    def send():
        try:
            results.append(take(herder, message(*sent), at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(results) == 6
    assert all(result.kept for each in results for result in each)
    assert sorted(stored()) == sorted(one["eventID"] for one in sent)
    assert Device.objects.get().events == 5


def test_every_reason_speaks_both_languages():
    for why in checks._WHY.values():
        assert all((why.what.zh, why.what.en, why.remedy.zh, why.remedy.en))
    assert actions.NAMES == ("commission", "slaughter", "pack", "unpack", "ship", "receive", "inspect")
