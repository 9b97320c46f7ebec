"""Driving the repository's service in tests: the application itself over real connections, and keys for it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from django.db import connection

from xilin.apps.trace.repository import access
from xilin.apps.trace.repository.rest.server import Service
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.exchange import actions
from xilin.kernel.standards.models import Area

NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def key_of(client: str, *, party: str = "", **rights: Any) -> str:
    """A key of a new system of a department, with rights in the repository where a party is given."""
    person = steward()
    system = actions.register_client(code=client, name=client, by=person, at=NOW)
    key = actions.issue_key(system, by=person, at=NOW)
    if party:
        connection.ensure_connection()
        access.give(connection.connection, client, party=party, at=NOW, **rights)
    return key


def steward() -> User:
    """A steward of a department of its own."""
    area, _ = Area.objects.get_or_create(code="990000000000", defaults={"name": "小盟", "level": "league"})
    department, _ = Department.objects.get_or_create(
        code="husbandry",
        defaults={"name": "畜牧局", "short": "畜牧局", "uscc": "11992500PDY000044A", "area": area},
    )
    found, _ = User.objects.get_or_create(
        username="shepherd", defaults={"department": department, "role": User.Role.STEWARD}
    )
    return found


def run(
    story: Callable[["Caller"], Awaitable[Any]], key: str, *, now: datetime = NOW, deliver: bool = False
) -> Any:
    """Run an async story with the service; what it returns."""

    async def whole() -> Any:
        service = Service(lambda: now, deliver=deliver)
        transport = httpx.ASGITransport(app=service)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://epcis") as client:
                return await story(Caller(client, service, key))
        finally:
            await service.close()

    return asyncio.run(whole())


class Caller:
    """A client's side of the service."""

    def __init__(self, client: httpx.AsyncClient, service: Service, key: str) -> None:
        self.client, self.service, self.key = client, service, key

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One call; `_` in a header's name stands for `-`."""
        sent = {"Authorization": f"Bearer {self.key}", "Accept-Language": "en"} if self.key else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return await self.client.request(method, path, content=body, headers=sent)


def event(number: int, **more: Any) -> dict[str, Any]:
    """An event about one lamb, as JSON."""
    return {
        "type": "ObjectEvent",
        "eventTime": f"2026-03-01T{number // 60 % 24:02}:{number % 60:02}:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [f"https://id.gs1.org/01/09521141000014/21/{number}"],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
    } | more


def document(*events: dict[str, Any], context: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """A document of events."""
    return {
        "@context": [CONTEXT, context] if context else [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00.000Z",
        "epcisBody": {"eventList": list(events)},
    } | more


def events_of(response: httpx.Response) -> list[dict[str, Any]]:
    """The events of a query document."""
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found
