"""Lists: of granted rows alone, by columns that are shown bare, never of a few, page by page."""

import json
from typing import Any

import pytest
from calling import aside, entries_since, run
from published import publish
from test_gateway_match import base, someone
from test_gateway_refusals import refused
from test_gateway_rows import narrow

import small_league
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.audit.verifier import verify_receipt
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Grant, Usage

__all__ = ["base"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
PEOPLE = [
    {"id_number": f"99010119850101{n:04d}", "person_name": f"牧民{n}", "address": f"{n % 4}旗{n}号"}
    for n in range(60)
]
CALL: dict[str, Any] = {"purpose": "assistance", "case_number": "低保-2026-列1"}


@pytest.fixture
def listing(shared: Any) -> Any:
    """Sixty people, of whom lists by address may be had; names and ID numbers are masked."""
    publish("households", PEOPLE, at=NOW, batch=5)
    rows = Grant.objects.filter(pk=shared.grant.pk)
    rows.update(listing=True, least=10)
    shared.grant.items.filter(column="address").update(mask="")
    # the catalogue masks addresses; this grant's shape shows what it doesn't mask itself
    rows.update(shape="full")
    shared.key_path = "/v1/resources/households/list"
    return shared


def page(hub: Any, code: str = "households", **changed: Any) -> Any:
    call = {name: value for name, value in (CALL | changed).items() if value is not None}

    async def story(caller: Any) -> Any:
        headers = {"Authorization": f"Bearer {hub.key}"}
        path = f"/v1/resources/{code}/list"
        return await caller.client.post(path, content=json.dumps(call).encode(), headers=headers)

    return run(story)


def condition(column: str = "address", op: str = "prefix", value: Any = "1旗") -> list[dict[str, Any]]:
    return [{"column": column, "op": op, "value": value}]


def test_pages_hold_every_row_that_fits_once(listing: Any) -> None:
    seen, cursor, pages = [], "", 0
    while cursor or not pages:
        answer = page(listing, size=4, filter=condition(), cursor=cursor).json()["answer"]
        seen += [row["address"] for row in answer["rows"]]
        cursor, pages = answer["cursor"], pages + 1
        assert len(answer["rows"]) <= 4
    assert sorted(seen) == sorted(one["address"] for one in PEOPLE if one["address"].startswith("1旗"))
    assert pages == 4
    assert Usage.objects.get().asked == 16


def test_everybody_on_a_page_is_in_its_entry(listing: Any) -> None:
    said = page(listing, size=5, filter=condition()).json()
    entry = verify_receipt(said["receipt"], audit.key())
    on_it = [one["id_number"] for one in PEOPLE if one["address"].startswith("1旗")][:5]
    assert entry["detail"]["by"] == {"id_number": [keyed_hash(f"id_number={one}", NOW) for one in on_it]}
    assert entry["detail"]["rows"] == 5
    assert entry["detail"]["filter"] == [
        {"column": "address", "op": "prefix", "value": [keyed_hash("address=1旗", NOW)]}
    ]
    assert not any(one in json.dumps(entry, ensure_ascii=False) for one in [*on_it, "1旗"])


@pytest.mark.parametrize(
    "conditions",
    [
        condition(value="1旗5"),
        condition(value="nowhere"),
        condition(op="eq", value="1旗1号"),
        condition(op="in", value=["1旗1号", "1旗5号"]),
        condition() + condition(value="1旗1"),
    ],
)
def test_one_and_none_are_refused_in_the_same_words(listing: Any, conditions: Any) -> None:
    answered = page(listing, filter=conditions)
    refused(listing, answered, 403, "TooFewRows")
    none = page(listing, filter=condition(value="x")).json()
    said = answered.json()
    assert {name: said[name] for name in ("type", "title", "detail", "status")} == {
        name: none[name] for name in ("type", "title", "detail", "status")
    }


def test_a_row_filter_counts_before_the_least(listing: Any) -> None:
    narrow(listing.grant, ("address", "prefix", "1旗"))
    assert len(page(listing).json()["answer"]["rows"]) == 15
    refused(listing, page(listing, filter=condition(value="2旗")), 403, "TooFewRows")
    narrow(listing.grant, ("address", "prefix", "1旗1"))
    refused(listing, page(listing), 403, "TooFewRows")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"filter": condition("person_name", "eq", "牧民1")}, 403, "NotAListFilter"),
        ({"filter": condition("id_number", "prefix", "99")}, 403, "NotAListFilter"),
        ({"filter": condition("_row", "eq", 1)}, 403, "NotAListFilter"),
        ({"filter": condition("address", "ge", "1")}, 403, "NotAListFilter"),
        ({"filter": condition("address", "like", "1%")}, 422, "CallWrong"),
        ({"filter": condition('address" IS NOT NULL --', "eq", "1")}, 403, "NotAListFilter"),
        ({"filter": condition(value=5)}, 422, "ValueWrong"),
        ({"filter": condition(value=["1"])}, 422, "ValueWrong"),
        ({"filter": condition(op="in", value="1")}, 422, "ValueWrong"),
        ({"filter": condition(op="in", value=[])}, 422, "CallWrong"),
        ({"filter": condition(value="1\0")}, 422, "ValueWrong"),
        ({"filter": condition() * 11}, 422, "CallWrong"),
        ({"filter": [*condition(), {"column": "address"}]}, 422, "CallWrong"),
        ({"order": "address"}, 422, "CallWrong"),
        ({"size": 0}, 422, "CallWrong"),
        ({"size": 1001}, 422, "CallWrong"),
        ({"shape": "verify"}, 422, "CallWrong"),
        ({"items": ["_row"]}, 403, "ItemNotGranted"),
        ({"cursor": "x"}, 422, "CursorWrong"),
        ({"cursor": "A" * 60}, 422, "CursorWrong"),
        ({"purpose": "identity"}, 403, "PurposeWrong"),
        ({"filter": condition(value="1旗"), "case_number": "A1旗"}, 422, "CaseNumberWrong"),
    ],
)
def test_what_a_list_may_not_ask_is_refused(listing: Any, changed: Any, status: int, code: str) -> None:
    # person_name and id_number are masked by the grant
    listing.grant.items.filter(column="person_name").update(mask="name")
    listing.grant.items.filter(column="id_number").update(mask="id_number")
    refused(listing, page(listing, **changed), status, code)
    assert not Usage.objects.exists()


def test_under_a_masked_shape_the_catalogues_masks_bar_conditions_too(listing: Any) -> None:
    refused(listing, page(listing, shape="masked", filter=condition()), 403, "NotAListFilter")


def test_a_grant_without_lists_answers_none(shared: Any) -> None:
    refused(shared, page(shared), 403, "ListNotGranted")


def test_a_cursor_is_good_for_its_own_list_alone(listing: Any) -> None:
    cursor = page(listing, size=4, filter=condition()).json()["answer"]["cursor"]
    other = actions.approve(listing.ask(purpose="identity", shape="masked"), by=listing.bob, at=NOW)
    Grant.objects.filter(pk=other.pk).update(listing=True)
    for changed in (
        {"filter": condition(value="2旗")},
        {"items": ["address"], "filter": condition()},
        {"purpose": "identity"},
        {"cursor": cursor[:-4] + "AAA="},
        {"cursor": "A" + cursor[1:]},
    ):
        refused(listing, page(listing, **({"size": 4, "cursor": cursor} | changed)), 422, "CursorWrong")
    assert page(listing, size=9, filter=condition(), cursor=cursor).status_code == 200


def test_a_cursor_ends_when_rows_are_published_anew(listing: Any) -> None:
    call = CALL | {"size": 4}

    async def story(caller: Any) -> Any:
        async def ask(**more: Any) -> Any:
            headers = {"Authorization": f"Bearer {listing.key}"}
            body = json.dumps(call | more).encode()
            return await caller.client.post(listing.key_path, content=body, headers=headers)

        cursor = (await ask()).json()["answer"]["cursor"]
        await aside(publish, "households", PEOPLE[:30], at=NOW, batch=6)
        return await ask(cursor=cursor), await ask()

    old, new = run(story)
    assert old.json()["type"] == "gateway.CursorWrong"
    assert new.status_code in (200, 503)


def test_the_quota_counts_the_rows_of_a_page(listing: Any) -> None:
    Grant.objects.filter(pk=listing.grant.pk).update(quota_per_day=50)
    assert page(listing, size=40).status_code == 200
    refused(listing, page(listing, size=11), 429, "QuotaUsedUp")


def test_lists_of_golden_records_go_along_their_ids(base: Any) -> None:
    for n in range(14):
        someone(f"牧民{n}", "1980-05-12" if n % 2 else "1990-01-01", f"1200001{n:04d}")
    grant = base.grant_of()
    Grant.objects.filter(pk=grant.pk).update(listing=True, least=5)
    first = page(base, size=3, items=["phone"], filter=condition("birth_date", "le", "1985-01-01"))
    assert first.status_code == 200, first.text
    answer = first.json()["answer"]
    second = page(
        base,
        size=30,
        items=["phone"],
        filter=condition("birth_date", "le", "1985-01-01"),
        cursor=answer["cursor"],
    ).json()["answer"]
    phones = [row["phone"] for row in answer["rows"] + second["rows"]]
    assert len(phones) == len(set(phones)) == 8
    assert second["cursor"] == ""
    logged = entries_since(base.log)[-1]
    assert len(logged.detail["by"]["id_number"]) == 5
