"""Screens that renew themselves: a board that draws what changed, a bridge to synchronous pages, streams that are held."""

import asyncio
import threading
from contextlib import asynccontextmanager

import httpx
import pytest
from django.db import connections

from xilin.web.live import bridge, streams
from xilin.web.live import hub as hubs
from xilin.web.live.board import Board, Panel
from xilin.web.live.bridge import TooLarge, body_of, environ
from xilin.web.live.streams import HOLD, Web

SCOPE = {
    "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [],
    "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1),
}  # fmt: skip


class Facts:
    """What two panels show; each look is counted."""

    def __init__(self):
        self.one, self.two, self.looks = 1, 1, 0

    def watch(self):
        self.looks += 1
        return self.one


@pytest.fixture
def facts():
    return Facts()


@pytest.fixture
def board(facts):
    def panel(code, name):
        said = {"said": lambda: code, "advice": lambda: str(getattr(facts, name))}
        return Panel(
            code, "web/parts/empty.html", lambda: {key: make() for key, make in said.items()}, (name,)
        )

    panels = {"one": panel("a", "one"), "two": panel("b", "two")}
    return Board(
        {"one": facts.watch, "two": lambda: facts.two},
        {"public": [panels["one"]], "inside": [panels["one"], panels["two"]]},
    )


def pages(environ, start):
    """An application with pages of every kind."""
    path = environ["PATH_INFO"]
    if path == "/held":
        start("200 OK", [("Content-Type", "text/event-stream"), (HOLD, "board public zh-hans")])
        return [b"retry: 2000\n\n"]
    if path == "/pieces":
        start("200 OK", [("Content-Type", "text/plain")])
        return (f"{threading.current_thread().name} {nth}\n".encode() for nth in range(5))
    if path == "/defect":
        raise RuntimeError
    start("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    told = [environ["REQUEST_METHOD"], path, environ["QUERY_STRING"], environ.get("HTTP_X_ONE", "-")]
    return [" ".join(told).encode(), b" ", environ["wsgi.input"].read()][:3]


@asynccontextmanager
async def serving(board):
    web = Web(pages, {"board": board})
    transport = httpx.ASGITransport(app=web)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            yield web, client
    finally:
        await web.close()


def test_a_page_is_answered_as_it_would_be_by_a_thread_alone(board):
    async def story():
        async with serving(board) as (_, client):
            return [
                await client.post(
                    "/a%20b/中?q=%E4%B8%AD", content=b"body" * 1000, headers={"X-One": "1", "X_One": "2"}
                ),
                await client.get("/pieces"),
                await client.head("/held"),
            ]

    answered, pieces, head = asyncio.run(story())

    assert answered.status_code == 201
    path = "/a b/中".encode().decode("latin-1")
    assert answered.text.encode() == f"POST {path} q=%E4%B8%AD 1 ".encode() + b"body" * 1000
    assert answered.headers.get_list("set-cookie") == ["a=1", "b=2"]
    names = {line.split()[0] for line in pieces.text.splitlines()}
    assert len(names) == 1
    assert [line.split()[1] for line in pieces.text.splitlines()] == list("01234")
    assert head.status_code == 200


def test_headers_that_would_pass_for_others_are_left_out():
    headers = [
        (b"x-forwarded-proto", b"http"),
        (b"x_forwarded_proto", b"https"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"content-length", b"9"),
    ]

    found = environ(SCOPE | {"headers": headers}, None, 0)

    assert found["HTTP_X_FORWARDED_PROTO"] == "http"
    assert found["HTTP_COOKIE"] == "a=1; b=2"
    assert found["CONTENT_LENGTH"] == ""


def test_a_body_larger_than_any_page_takes_is_refused(monkeypatch):
    monkeypatch.setattr(bridge, "LARGEST", 1000)

    async def receive():
        return {"type": "http.request", "body": b"x" * 300, "more_body": True}

    with pytest.raises(TooLarge):
        asyncio.run(body_of(receive))


def test_only_what_changed_is_drawn_and_told_once(board, facts):
    public, inside = ("public", "en"), ("inside", "en")
    board.look([public, inside])
    seen, first = board.since(inside, "")
    facts.two = 2
    changed = board.look([public, inside])
    mark, news = board.since(inside, seen)

    assert first.count(b"a</p>") == first.count(b"b</p>") == 1
    assert changed == {inside}
    assert b"b</p>" in news
    assert b"a</p>" not in news
    assert board.since(inside, mark) == (mark, b"")
    assert b"b</p>" not in board.since(public, "")[1]
    board.forget()
    board.look([inside])
    assert board.since(inside, mark)[1].count(b"</p>") == first.count(b"</p>")


class Listening:
    """One listener of the application itself: what it was sent, and how it leaves."""

    def __init__(self, web, headers=()):
        self.sent, self._gone = [], asyncio.Event()
        scope = SCOPE | {"path": "/held", "raw_path": b"/held", "headers": list(headers)}
        self._asked = False
        self.task = asyncio.create_task(web(scope, self._receive, self._send))

    async def _receive(self):
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.sent.append(message)

    @property
    def text(self):
        return b"".join(one.get("body", b"") for one in self.sent)

    async def until(self, said, times=1):
        async with asyncio.timeout(5):
            while self.text.count(said) < times:
                await asyncio.sleep(0.01)

    async def leave(self):
        self._gone.set()
        await asyncio.wait_for(self.task, 5)


@pytest.fixture
def quick(monkeypatch):
    """Looks and signs of life come ten times as often."""
    monkeypatch.setattr(hubs, "EVERY", 0.05)
    monkeypatch.setattr(streams, "BEAT", 0.2)


def test_however_many_listen_the_board_is_looked_at_once_and_nobody_listening_not_at_all(board, facts, quick):
    async def story():
        async with serving(board) as (web, _):
            listeners = [Listening(web) for _ in range(50)]
            await asyncio.gather(*(one.until(b"event: panels") for one in listeners))
            before = facts.looks
            await asyncio.sleep(0.5)
            looks, facts.one = facts.looks - before, 2
            await asyncio.gather(*(one.until(b"event: panels", 2) for one in listeners))
            await asyncio.gather(*(one.leave() for one in listeners))
            await asyncio.sleep(0.15)
            before = facts.looks
            await asyncio.sleep(0.3)
            return looks, facts.looks - before, listeners[0].sent[0]

    looks, idle, begun = asyncio.run(story())

    assert looks <= 11
    assert idle == 0
    assert HOLD.lower().encode() not in dict(begun["headers"])


def test_signs_of_life_stop_while_the_board_cannot_be_looked_at(board, facts, quick, monkeypatch):
    """A screen that goes on hearing nothing says that it is old; when it is over, it goes on by itself."""
    monkeypatch.setattr(connections, "close_all", lambda: None)

    async def story():
        async with serving(board) as (web, _):
            one = Listening(web)
            await one.until(b"event: beat", 2)
            watch = board._watches["one"]
            board._watches["one"] = lambda: 1 / 0
            await asyncio.sleep(0.5)
            silent = len(one.text)
            await asyncio.sleep(0.6)
            assert len(one.text) == silent
            board._watches["one"] = watch
            await one.until(b"event: beat", one.text.count(b"event: beat") + 1)
            await one.leave()

    asyncio.run(story())


def test_when_the_process_ends_nobody_is_held(board, quick):
    async def story():
        async with serving(board) as (web, _):
            one = Listening(web)
            await one.until(b"event: panels")
            await web.close()
            await asyncio.wait_for(one.task, 2)
            return one.sent[-1]

    assert asyncio.run(story()) == {"type": "http.response.body", "body": b"", "more_body": False}


def test_more_listeners_than_a_process_takes_are_asked_to_come_again(board, quick, monkeypatch):
    monkeypatch.setattr(streams, "MOST", 1)

    async def story():
        async with serving(board) as (web, client):
            one = Listening(web)
            await one.until(b"event: panels")
            answer = await client.get("/held")
            await one.leave()
            return answer

    answer = asyncio.run(story())

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_who_may_not_listen_any_more_is_let_go(board, quick, monkeypatch):
    monkeypatch.setattr(streams, "JUDGED", 0.2)
    asked = []

    def until_asked_again(environ, start):
        asked.append(environ)
        if len(asked) > 1:
            start("204 No Content", [])
            return [b""]
        return pages(environ, start)

    async def story():
        web = Web(until_asked_again, {"board": board})
        one = Listening(web)
        await asyncio.wait_for(one.task, 5)
        await web.close()
        return one.text

    assert b"event: panels" in asyncio.run(story())
    assert len(asked) == 2
