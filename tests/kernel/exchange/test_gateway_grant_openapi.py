"""Each grant's own OpenAPI: what it allows and no more, with examples that are answered; fuzzed by another's tool."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import delivered
import httpx
import pytest
import schemathesis
from calling import run
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from test_gateway_deliveries import WHY, rolls
from test_gateway_lists import listing

import small_league
from xilin.kernel.exchange import actions, changes
from xilin.kernel.exchange.actions import exports, feeds
from xilin.kernel.exchange.models import Grant

__all__ = ["listing", "rolls"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
EXAMPLES = 12
DISPUTED = {
    "by": {"id_number": "990101198502291234"},
    "item": "person_name",
    "claimed": "乙",
    "grounds": "户口簿",
}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


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
        path.rpartition("/")[2]: item["post"]
        for path, item in document["paths"].items()
        if path.startswith("/v1/resources/") and not path.endswith("/dispute")
    }
    assert set(paths) == {"lookup", "batch", "list"}
    disputed = document["paths"]["/v1/resources/households/dispute"]
    assert "person_name" not in str(disputed)
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


def test_schemathesis_finds_no_server_error_in_calls(listing: Any) -> None:
    """Look-ups, batches, lists, a dispute and corrections, under a grant for calls."""
    seen = conforms(listing, listing.grant.number, {})
    assert seen["/v1/resources/households/lookup"] >= {200, 422}
    assert {"/v1/resources/households/dispute", "/v1/corrections"} <= seen.keys()
    assert "/v1/resources/households/export" not in seen


def test_schemathesis_finds_no_server_error_in_files(rolls: Any) -> None:
    """A file is asked for and looked at, fetched and let go of; one that is ready and one that waits."""
    ready = exports.ask_export(rolls.client.pk, "roll", kind="csv", at=NOW, **WHY)
    exports.make(ready.number)
    waits = exports.ask_export(rolls.client.pk, "roll", kind="parquet", at=NOW, **WHY)
    seen = conforms(rolls, rolls.file.number, {"E": [ready.number, waits.number]})
    assert seen["/v1/resources/roll/export"] >= {202, 422}
    assert seen["/v1/exports/{number}"] >= {200, 404}
    assert seen["/v1/exports/{number}/file"] >= {200, 404, 409}
    assert "/v1/subscriptions/{number}" not in seen


def test_schemathesis_finds_no_server_error_in_changes(rolls: Any) -> None:
    """A subscription begins, is read from any cursor, and ends; its state is asked for."""
    two = [feeds.subscribe(rolls.client.pk, "roll", at=NOW, **WHY).number for _ in range(2)]
    delivered.land(delivered.people(*range(310)))
    changes.advance("roll", at=NOW)
    seen = conforms(rolls, rolls.feed.number, {"S": two})
    assert seen["/v1/resources/roll/subscriptions"] >= {201, 422}
    assert seen["/v1/subscriptions/{number}/changes"] >= {200, 404, 422}
    assert seen["/v1/subscriptions/{number}/state"] >= {202, 404}


def test_what_no_database_can_hold_is_refused_everywhere(rolls: Any) -> None:
    """NUL in every text, numbers beyond any column's."""
    made = feeds.subscribe(rolls.client.pk, "roll", at=NOW, **WHY).number
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/v1/resources/roll/export", WHY | {"purpose": "\0"}),
        ("POST", "/v1/resources/roll/export", WHY | {"case_number": "1\0"}),
        ("POST", "/v1/resources/roll/export", WHY | {"items": ["\0"]}),
        ("POST", "/v1/resources/roll/export", WHY | {"since": "\0"}),
        ("POST", "/v1/resources/roll/subscriptions", WHY | {"purpose": "\0"}),
        ("POST", "/v1/resources/roll/subscriptions", WHY | {"target": 10**15}),
        ("POST", "/v1/resources/roll/subscriptions", WHY | {"target": 2**63}),
        ("POST", f"/v1/subscriptions/{made}/state", {"format": "\0"}),
        ("GET", f"/v1/subscriptions/{made}/changes?after=%00", None),
        ("GET", f"/v1/subscriptions/{made}/changes?limit=%00", None),
        ("GET", "/v1/corrections?after=%00", None),
        ("POST", f"/v1/corrections/{10**18 - 1}/acknowledge", None),
        *[
            ("POST", "/v1/resources/households/dispute", DISPUTED | {name: value})
            for name, value in (
                ("by", {"id_number": "\0"}), ("by", {"\0": "1"}), ("item", "\0"), ("claimed", "\0"), ("grounds", "\0"),
                ("evidence", "\0"), ("entry", 2**70),
            )
        ],
    ]  # fmt: skip

    async def story(caller: Any) -> list[tuple[str, Any, int]]:
        headers = {"Authorization": f"Bearer {rolls.key}"}
        return [
            (path, body, (await caller.client.request(method, path, json=body, headers=headers)).status_code)
            for method, path, body in calls
        ]

    assert [one for one in run(story) if not 400 <= one[2] < 500] == []


def conforms(hub: Any, number: str, known: dict[str, list[str]]) -> dict[str, set[int]]:
    """Calls made of a grant's document, valid and not: no server error, and each answer as the document has it.

    Args:
        known: numbers of files (`E`) and subscriptions (`S`) that are there: every other drawn number is one of them.

    Returns: the statuses each path answered with.
    """
    document = document_of(hub, number).json()
    cases: list[Any] = []
    for operation in schemathesis.openapi.from_dict(document).get_all_operations():
        made = operation.ok()
        for mode in schemathesis.GenerationMode:
            with suppress(Unsatisfiable, InvalidArgument):  # nothing can be made wrong where nothing is given
                _draw(made.as_strategy(generation_mode=mode), cases.append)
    for place, case in enumerate(cases):
        numbers = known.get("E" if "/exports/" in case.path else "S", [])
        if numbers and "number" in (case.path_parameters or {}) and place % 2:
            case.path_parameters["number"] = numbers[place // 2 % len(numbers)]
    cases.sort(key=lambda case: case.method == "DELETE")  # what is let go of is gone

    async def story(caller: Any) -> list[Any]:
        answered = []
        for case in cases:
            named = case.as_transport_kwargs(base_url="http://gateway")
            sent = {
                name: named[name] for name in ("params", "json", "content") if named.get(name) is not None
            }
            if isinstance(named.get("data"), bytes | str):
                sent["content"] = named["data"]
            headers = {
                k: v
                for k, v in (named.get("headers") or {}).items()
                if k.lower() in ("range", "content-type")
            }
            headers |= {"Authorization": f"Bearer {hub.key}"}
            try:
                answered.append(
                    (
                        case,
                        await caller.client.request(named["method"], named["url"], headers=headers, **sent),
                    )
                )
            except (
                TypeError,
                ValueError,
                UnicodeEncodeError,
                httpx.InvalidURL,
            ):  # nothing HTTP or JSON can hold
                continue
        return answered

    found = run(story)
    assert len(found) > EXAMPLES * len(document["paths"]) / 2
    seen: dict[str, set[int]] = {}
    for case, response in found:
        assert response.status_code != 500, (case.method, case.path, case.body)
        case.validate_response(response, checks=CHECKS)
        seen.setdefault(case.path, set()).add(response.status_code)
    assert {*document["paths"]} == {*seen}
    return seen


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
