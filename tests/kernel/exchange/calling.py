"""Driving the gateway in tests: the application itself over real connections, and its clock."""

import asyncio
import json
import time
from types import SimpleNamespace

import httpx
from django.db import connections

import small_league
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange.gateway import Gateway

ID = "990101198502291234"
CALL = {"purpose": "assistance", "case_number": "低保-2026-001", "by": {"id_number": ID}}


def run(story, clock=lambda: small_league.NOW):
    """Run an async story with a gateway; what it returns."""

    async def whole():
        gateway = Gateway(clock)
        transport = httpx.ASGITransport(app=gateway)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return await story(Caller(client, gateway))
        finally:
            await gateway.close()

    return asyncio.run(whole())


class Caller:
    """A client's side of the gateway."""

    def __init__(self, client, gateway):
        self.client, self.gateway = client, gateway

    async def look_up(self, key, code="households", *, language="zh", **changed):
        call = {name: value for name, value in (CALL | changed).items() if value is not None}
        return await self.post(key, code, json.dumps(call).encode(), language=language)

    async def post(self, key, code, body, *, language="zh"):
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}
        return await self.client.post(f"/v1/resources/{code}/lookup", content=body, headers=headers)


async def aside(action, *arguments, **named):
    """Run an action of the platform in a thread, as another process would, from inside a story."""

    def work():
        try:
            return action(*arguments, **named)
        finally:
            connections.close_all()

    return await asyncio.to_thread(work)


async def until(call, status, seconds=5):
    """Call until the answer has a status: a gateway hears of a new grant a moment after it was given."""
    deadline = time.monotonic() + seconds
    while (answered := await call()).status_code != status and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return answered


def entries_since(seq):
    """The log's entries about accesses from a number on, the oldest first."""
    found = Entry.objects.filter(seq__gte=seq, kind__in=["exchange.access", "exchange.denied"]).order_by(
        "seq"
    )
    return [SimpleNamespace(text=entry.text, **entry.fields) for entry in found]
