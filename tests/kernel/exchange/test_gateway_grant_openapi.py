"""Each grant's own OpenAPI: what it allows and no more, with examples that are answered; fuzzed by another's tool."""

from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from calling import run
from hypothesis import HealthCheck, Phase, given, settings
from test_gateway_lists import listing

import small_league
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Grant

__all__ = ["listing"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
EXAMPLES = 25


def document_of(hub: Any, number: str, key: str = "") -> Any:
    async def story(caller: Any) -> Any:
        headers = {"Authorization": f"Bearer {key or hub.key}"}
        return await caller.client.get(f"/v1/grants/{number}/openapi.json", headers=headers)

    return run(story)


def test_a_grant_is_described_as_it_is_and_every_example_is_answered(listing: Any) -> None:
    """With one item fewer than the resource has, and lists."""
    listing.grant.items.filter(column="person_name").delete()
    document = document_of(listing, listing.grant.number).json()
    paths = {
        path.rpartition("/")[2]: item["post"] for path, item in document["paths"].items() if "post" in item
    }
    assert set(paths) == {"lookup", "batch", "list"}
    for operation in paths.values():
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema["properties"]["purpose"]["enum"] == ["assistance"]
        assert schema["properties"]["items"]["items"]["enum"] == ["id_number", "address"]
        assert "person_name" not in str(operation)
    assert document["info"]["x-grant"]["quota_per_day"] == listing.grant.quota_per_day

    async def story(caller: Any) -> Any:
        return [
            await caller.client.post(
                f"/v1/resources/households/{kind}",
                json=operation["requestBody"]["content"]["application/json"]["example"],
                headers={"Authorization": f"Bearer {listing.key}"},
            )
            for kind, operation in paths.items()
        ]

    assert [answered.status_code for answered in run(story)] == [200] * 3


def test_grants_of_others_ended_and_made_up_ones_are_one_answer(shared: Any) -> None:
    other = actions.register_client(code="other", name="x", by=shared.ann, at=NOW)
    key = actions.issue_key(other, by=shared.ann, at=NOW)
    said = [document_of(shared, shared.grant.number, key), document_of(shared, "G1")]
    Grant.objects.filter(pk=shared.grant.pk).update(valid_from=NOW - timedelta(days=1), valid_until=NOW)
    said.append(document_of(shared, shared.grant.number))
    told = [{name: one.json()[name] for name in ("type", "title", "detail", "status")} for one in said]
    assert told[0] == told[1] == told[2]
    assert told[0]["type"] == "gateway.GrantUnknown"


def test_schemathesis_finds_no_server_error(listing: Any) -> None:
    """Calls made of the document, valid and not, by schemathesis: no status of 500 and none that isn't described."""
    document = document_of(listing, listing.grant.number).json()
    schema = schemathesis.openapi.from_dict(document)
    bodies: list[tuple[str, Any]] = []

    def gather(case: Any) -> None:
        bodies.append((case.operation.path, case.body))

    for operation in schema.get_all_operations():
        made = operation.ok()
        if made.method.upper() != "POST":
            continue
        for mode in schemathesis.GenerationMode:
            drawn = made.as_strategy(generation_mode=mode)
            _draw(drawn, gather)
    assert len(bodies) > EXAMPLES * 3

    async def story(caller: Any) -> Any:
        headers = {"Authorization": f"Bearer {listing.key}"}
        answered = []
        for path, body in bodies:
            try:
                answered.append(await caller.client.post(path, json=body, headers=headers))
            except (TypeError, ValueError, UnicodeEncodeError):  # nothing JSON can hold
                continue
        return answered

    described = {
        int(status)
        for item in document["paths"].values()
        for one in item.values()
        for status in one["responses"]
    }
    statuses = {answered.status_code for answered in run(story)}
    assert 500 not in statuses
    assert statuses <= described
    assert 200 in statuses


def _draw(strategy: Any, gather: Any) -> None:
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def each(case: Any) -> None:
        gather(case)

    each()
