"""Subscribers get every event that fits, signed, again until it arrives; schedules are kept; sockets too."""

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection

from repository_calls import NOW, Caller, document, event, key_of, run
from xilin.apps.trace.models import EventSubscription
from xilin.apps.trace.repository import access, delivering, schedules
from xilin.apps.trace.repository.errors import SubscriptionWrong
from xilin.apps.trace.repository.rest.server import connection_settings

TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"


class Hook:
    """An address that takes messages; `fails` first tries are refused, and what is longer than `most` bytes."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.fails, self.most = 0, 10**9
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) > outer.most:
                    self.send_response(413)
                    self.end_headers()
                    return
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                outer.fails -= 1
                self.send_response(500 if outer.fails >= 0 else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self) -> list[str]:
        """The lambs of all messages that arrived, in order."""
        return [
            one["epcList"][0].rsplit("/", 1)[-1]
            for _, body in self.got
            for one in json.loads(body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        ]


@pytest.fixture
def hook(settings) -> Iterator[Hook]:
    settings.WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    found = Hook()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def key(transactional_db) -> str:
    return key_of("ranch_system", party="ranch", capture=True, query=True)


async def subscribed(call: Caller, hook: Hook, **controls: Any) -> str:
    await call("POST", "/queries", {"name": "q", "query": {"EQ_bizStep": ["shipping"]}})
    made = await call(
        "POST", "/queries/q/subscriptions", {"dest": hook.url, "signatureToken": TOKEN} | controls
    )
    assert made.status_code == 201, made.text
    assert TOKEN not in made.text
    return made.headers["location"]


def deliver(at: datetime = NOW) -> int:
    with psycopg.connect(**connection_settings()) as raw:
        return delivering.deliver_due(raw, lambda: at)


async def aside(work: Any, *args: Any) -> Any:
    def done() -> Any:
        try:
            return work(*args)
        finally:
            connection.close()

    return await asyncio.to_thread(done)


def test_a_stream_delivers_what_is_captured_after_it_was_made_signed_and_once(key, hook):
    async def story(call: Caller) -> None:
        await call("POST", "/capture", document(event(1)))
        location = await subscribed(call, hook, stream=True)
        assert await aside(deliver) == 0
        await call("POST", "/capture", document(event(2), event(3, bizStep="receiving"), event(4)))
        assert await aside(deliver) == 1
        assert await aside(deliver) == 0
        told = (await call("GET", location)).json()
        assert told["lastNotifiedAt"].startswith("2026-03-05T01:00")
        await call("DELETE", location)
        await call("POST", "/capture", document(event(5)))
        assert await aside(deliver) == 0

    run(story, key)
    assert hook.events() == ["2", "4"]
    headers, body = hook.got[0]
    assert headers["gs1-signature"] == "sha256=" + hmac.digest(TOKEN.encode(), body, hashlib.sha256).hex()
    assert headers["signature"].startswith("xilin=:")
    said = json.loads(body)
    assert said["epcisBody"]["queryResults"]["subscriptionID"]
    assert said["id"].startswith("urn:uuid:")


def test_what_doesnt_arrive_is_sent_again_with_the_same_identifier_until_it_is_given_up(
    key, hook, monkeypatch
):
    monkeypatch.setattr(delivering, "WAITS", (timedelta(seconds=5), timedelta(seconds=60)))

    async def story(call: Caller) -> None:
        await subscribed(call, hook, stream=True)
        await call("POST", "/capture", document(event(1)))
        hook.fails = 2
        assert await aside(deliver) == 0
        assert await aside(deliver) == 0, "not before its time"
        assert await aside(deliver, NOW + timedelta(seconds=5)) == 0
        assert await aside(deliver, NOW + timedelta(seconds=65)) == 1
        await call("POST", "/capture", document(event(2)))
        hook.fails = 99
        for minute in range(2, 6):
            await aside(deliver, NOW + timedelta(minutes=2 * minute))

    run(story, key)
    assert len({json.loads(body)["id"] for _, body in hook.got[:3]}) == 1
    assert EventSubscription.objects.get().state == "halted"


def test_many_events_come_in_several_messages_in_order(key, hook, monkeypatch):
    monkeypatch.setattr(delivering, "MOST_EVENTS", 3)

    async def story(call: Caller) -> None:
        await subscribed(call, hook, stream=True)
        await call("POST", "/capture", document(*map(event, range(7))))
        assert await aside(deliver) == 3

    run(story, key)
    assert sorted(map(int, hook.events())) == list(range(7))


def test_a_receiver_that_finds_a_message_too_large_gets_its_events_in_smaller_ones(key, hook):
    hook.most = 1500

    async def story(call: Caller) -> str:
        name = await subscribed(call, hook, stream=True)
        await call("POST", "/capture", document(*map(event, range(9))))
        await aside(deliver)
        return name

    run(story, key)
    assert sorted(map(int, hook.events())) == list(range(9))
    assert len(hook.got) > 2
    assert EventSubscription.objects.get().outcome == "ok"


def test_a_schedule_is_kept_and_tells_that_nothing_came_where_asked_to(key, hook):
    async def story(call: Caller) -> None:
        await subscribed(call, hook, schedule={"minute": "5"}, reportIfEmpty=True)
        await call("POST", "/capture", document(event(1)))
        assert await aside(deliver) == 0
        assert await aside(deliver, NOW + timedelta(minutes=5)) == 1
        assert await aside(deliver, NOW + timedelta(minutes=6)) == 0
        assert await aside(deliver, NOW + timedelta(minutes=65)) == 1

    run(story, key)
    assert hook.events() == ["1"]
    assert len(hook.got) == 2


def test_a_subscription_begins_where_it_was_asked_to(key, hook):
    async def story(call: Caller) -> None:
        await call("POST", "/capture", document(event(1)))
        await subscribed(call, hook, stream=True, initialRecordTime="2026-03-01T00:00:00Z")
        assert await aside(deliver) == 1

    run(story, key)
    assert hook.events() == ["1"]


def test_a_system_that_may_query_no_more_gets_nothing(key, hook):
    def end() -> None:
        connection.ensure_connection()
        access.end(connection.connection, "ranch_system", at=NOW)

    async def story(call: Caller) -> None:
        await subscribed(call, hook, stream=True)
        await call("POST", "/capture", document(event(1)))
        await aside(end)
        assert await aside(deliver) == 0

    run(story, key)
    assert hook.got == []
    assert EventSubscription.objects.get().state == "halted"


@pytest.mark.parametrize(
    "wrong",
    [
        {"dest": "http://10.0.0.1/x"}, {"dest": "https://169.254.169.254/latest"}, {"dest": "ftp://x.example/"},
        {"dest": 5}, {"signatureToken": ""}, {"stream": False}, {"stream": True, "schedule": {"hour": "1"}},
        {"stream": None}, {"stream": False, "schedule": {"hour": "25"}}, {"stream": False, "schedule": {"second": "[5-1]"}},
        {"stream": False, "schedule": {}}, {"stream": False, "schedule": {"month": "2", "dayOfMonth": "30"}},
        {"initialRecordTime": "soon"}, {"reportIfEmpty": "yes"}, {"dest": "https://user@x.example/"},
    ],
)  # fmt: skip
def test_a_subscription_that_cant_be_is_refused(key, hook, wrong):
    async def story(call: Caller) -> int:
        await call("POST", "/queries", {"name": "q", "query": {}})
        given = {"dest": hook.url, "signatureToken": TOKEN, "stream": True} | wrong
        return (await call("POST", "/queries/q/subscriptions", given)).status_code

    assert run(story, key) == 400
    assert not EventSubscription.objects.exists()


@pytest.mark.parametrize(
    ("given", "after", "due"),
    [
        ({"hour": "1", "minute": "5"}, "2026-03-05T01:04:59", "2026-03-05T01:05:00"),
        ({"hour": "1", "minute": "5"}, "2026-03-05T01:05:00", "2026-03-06T01:05:00"),
        ({"second": "0,30"}, "2026-03-05T01:00:10", "2026-03-05T01:00:30"),
        ({"minute": "[10-12]"}, "2026-03-05T01:12:00", "2026-03-05T02:10:00"),
        ({"dayOfWeek": "1"}, "2026-03-05T01:00:00", "2026-03-09T00:00:00"),
        ({"dayOfMonth": "31", "hour": "0"}, "2026-03-31T00:00:00", "2026-05-31T00:00:00"),
        ({"month": "2", "dayOfMonth": "29"}, "2026-03-05T00:00:00", "2028-02-29T00:00:00"),
        ({"hour": "[22-23],5"}, "2026-03-05T23:59:00", "2026-03-06T05:00:00"),
        ({"second": "0/30"}, "2026-03-05T23:59:10", "2026-03-05T23:59:30"),
        ({"minute": "*/20"}, "2026-03-05T23:41:00", "2026-03-06T00:00:00"),
        ({"hour": "8-18/5", "minute": "5"}, "2026-03-05T08:06:00", "2026-03-05T13:05:00"),
        ({"dayOfWeek": "*", "hour": "1"}, "2026-03-05T08:06:00", "2026-03-06T01:00:00"),
    ],
)
def test_schedules_are_due_when_they_say(given, after, due):
    zone = ZoneInfo("Asia/Shanghai")
    found = schedules.after(schedules.read(given), datetime.fromisoformat(after).replace(tzinfo=zone))
    assert found == datetime.fromisoformat(due).replace(tzinfo=zone)


@pytest.mark.parametrize(
    "given",
    [
        {"second": "[0-59]5"},
        {"hour": "-1"},
        {"day": "1"},
        {"minute": "a"},
        {"month": "0"},
        {"hour": "1/0"},
        {"hour": "[1-5"},
    ],
)
def test_what_is_no_schedule_is_refused(given):
    with pytest.raises(SubscriptionWrong):
        schedules.read(given)


class Socket:
    """A WebSocket to the service, spoken in ASGI messages."""

    def __init__(self, call: Caller, path: str, key: str) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        raw, _, query = path.partition("?")
        scope = {
            "type": "websocket", "path": raw, "raw_path": raw.encode(), "query_string": query.encode(),
            "headers": [(b"authorization", f"Bearer {key}".encode())],
        }  # fmt: skip
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(call.service(scope, self.inbox.get, self.outbox.put))

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.outbox.get(), 10)

    async def close(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, 10)


def test_a_socket_streams_what_is_captured_while_it_lasts(key):
    async def story(call: Caller) -> tuple[list[str], int]:
        await call("POST", "/queries", {"name": "q", "query": {"EQ_bizStep": ["shipping"]}})
        await call("POST", "/capture", document(event(1)))
        socket = Socket(call, "/queries/q/events?stream=true", key)
        assert (await socket.next())["type"] == "websocket.accept"
        await call("POST", "/capture", document(event(2, bizStep="receiving")))
        await call("POST", "/capture", document(event(3)))
        message = await socket.next()
        await call("POST", "/capture", document(event(4)))
        again = await socket.next()
        await socket.close()
        stranger = Socket(call, "/queries/q/events?stream=true", "nonsense")
        refused = await stranger.next()
        both = Socket(call, "/queries/q/events?stream=true&hour=1", key)
        wrong = await both.next()
        assert wrong == {"type": "websocket.close", "code": 4400, "reason": "SubscriptionWrong"}
        return [_lamb(message), _lamb(again)], refused["code"]

    lambs, code = run(story, key)
    assert lambs == ["3", "4"]
    assert code == 4401


def test_a_socket_may_ask_for_what_came_before(key):
    async def story(call: Caller) -> str:
        await call("POST", "/queries", {"name": "q", "query": {}})
        await call("POST", "/capture", document(event(1)))
        socket = Socket(call, "/queries/q/events?stream=true&initialRecordTime=2026-01-01T00:00:00Z", key)
        await socket.next()
        message = await socket.next()
        await socket.close()
        return _lamb(message)

    assert run(story, key) == "1"


def _lamb(message: dict[str, Any]) -> str:
    (found,) = json.loads(message["text"])["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return str(found["epcList"][0].rsplit("/", 1)[-1])
