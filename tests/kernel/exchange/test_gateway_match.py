"""Matching by what is known of somebody: under grants that allow it, counted, masked, on record."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from calling import entries_since, run

import small_league
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, errors, forms
from xilin.kernel.registry import search
from xilin.kernel.registry.models import Entity
from xilin.kernel.standards.queries import declaration

pytestmark = pytest.mark.django_db(transaction=True)
MORE = "".join(
    [
        small_league.element("birth_date", "出生日期", "Date of birth", type="date", personal="personal"),
        small_league.element("phone", "电话", "Telephone", personal="personal"),
    ]
)
REGISTRY = """
code = "people"
name = { zh = "人口库" }
search = { name = "name", born = "birth_date", phone = "phone" }
[[attribute]]
code = "id_number"
element = "id_number"
[[attribute]]
code = "name"
element = "person_name"
column = "person_name"
[[attribute]]
code = "birth_date"
element = "birth_date"
[[attribute]]
code = "phone"
element = "phone"
[[identifier]]
attribute = "id_number"
"""
ITEMS = ["id_number", "person_name", "birth_date", "phone"]
BY = {"person_name": "其其格", "birth_date": "1980-05-12"}


def someone(name: str, birth: str, phone: str = "") -> uuid.UUID:
    attributes = {"id_number": f"990101{birth.replace('-', '')}0011", "name": name, "birth_date": birth}
    entity = Entity.objects.create(
        registry="people", attributes=attributes | ({"phone": phone} if phone else {}), provenance={}, records=1,
        digest="", since_run=1, changed_run=1,
    )  # fmt: skip
    search.refresh(declaration("registry", "people"), [entity.pk])
    return entity.pk


@pytest.fixture
def base(hub: Any, tmp_path: Any) -> Any:
    """Households as a base registry that is searched by name, with one person, and a grant that allows matches."""
    (tmp_path / "registries").mkdir()
    (tmp_path / "registries" / "people.toml").write_text(REGISTRY, encoding="utf-8")
    (tmp_path / "elements" / "more.toml").write_text(MORE, encoding="utf-8")
    households = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'base = true\nregistry = "people"')
    households += '\n[[item]]\nelement = "birth_date"\n[[item]]\nelement = "phone"\n'
    small_league.apply(tmp_path, households=households)
    hub.anna = someone("琪琪格", "1980-05-12", "12000000001")

    def grant(match: bool = True, **changed: Any) -> Any:
        asked = hub.ask(**({"items": ITEMS, "match": match} | changed))
        return actions.approve(asked, by=hub.bob, at=hub.now, match=match)

    hub.grant_of = grant
    hub.key = actions.issue_key(hub.client, by=hub.ann, at=hub.now)
    hub.log = audit.size()
    return hub


def match(hub: Any, times: int = 1, code: str = "households", **changed: Any) -> Any:
    call: dict[str, Any] = {"purpose": "assistance", "case_number": "低保-2026-001", "by": BY}
    call = {name: value for name, value in (call | changed).items() if value is not None}

    async def story(caller: Any) -> Any:
        headers = {"Authorization": f"Bearer {hub.key}", "Accept-Language": "en"}
        for _ in range(times):
            answer = await caller.client.post(
                f"/v1/resources/{code}/match", content=json.dumps(call).encode(), headers=headers
            )
        return answer

    return run(story)


def logged(hub: Any) -> SimpleNamespace:
    return entries_since(hub.log)[-1]


def test_one_that_fits_is_answered_masked_and_on_record(base: Any) -> None:
    grant = base.grant_of()
    said = match(base)
    assert said.status_code == 200, said.text
    answer = said.json()["answer"]
    assert answer["match"] == "one"
    assert answer["rows"] == [
        {
            "id_number": "990101************",
            "person_name": "琪琪格",
            "birth_date": "1980-05-12",
            "phone": "12000000001",
        }
    ]
    entry = logged(base)
    assert entry.kind == "exchange.access"
    assert entry.detail["grant"] == grant.number
    assert (entry.detail["match"], entry.detail["found"], entry.detail["rows"]) == ("one", True, 1)
    assert entry.detail["by"]["person_name"] == keyed_hash("person_name=其其格", base.now)
    for personal in ("其其格", "琪琪格", "1980-05-12", "12000000001"):
        assert personal not in entry.text
    assert said.json()["receipt"]["index"] == audit.size() - 1


@pytest.mark.parametrize(
    ("by", "came"),
    [
        ({"person_name": "琪琪格", "birth_date": "1980-05"}, "one"),
        ({"birth_date": "1980-05-12", "phone": "12000000001"}, "one"),
        ({"person_name": "其其格", "birth_date": "1980-12-05"}, "one"),
        ({"person_name": "王芳", "birth_date": "1980-05-12"}, "none"),
        ({"person_name": "其其格", "birth_date": "1944-04-04"}, "none"),
        ({"person_name": "其其高", "birth_date": "1980-05-13"}, "several"),
    ],
)
def test_what_a_match_comes_to(base: Any, by: dict[str, str], came: str) -> None:
    base.grant_of()
    answer = match(base, by=by).json()["answer"]
    assert answer["match"] == came
    assert bool(answer["rows"]) == (came == "one")


def test_two_that_fit_are_several_and_neither_is_shown(base: Any) -> None:
    base.grant_of()
    someone("其其格", "1980-05-13")
    answer = match(base).json()["answer"]
    assert (answer["match"], answer["rows"]) == ("several", [])
    assert logged(base).detail["found"] is False


def test_a_verification_grant_says_what_it_came_to_and_no_more(base: Any) -> None:
    base.grant_of(shape="verify", purpose="identity")
    answer = match(base, purpose="identity").json()["answer"]
    assert answer.keys() == {"resource", "grant", "shape", "nonce", "match"}
    assert answer["match"] == "one"


def test_a_weaker_shape_and_fewer_items_may_be_asked_for(base: Any) -> None:
    base.grant_of()
    assert "rows" not in match(base, shape="verify").json()["answer"]
    assert match(base, items=["phone"]).json()["answer"]["rows"] == [{"phone": "12000000001"}]


def test_a_grant_that_does_not_allow_it_is_refused_and_on_record(base: Any) -> None:
    base.grant_of(match=False)
    said = match(base)
    assert (said.status_code, said.json()["type"]) == (403, "gateway.MatchNotGranted")
    assert logged(base).detail["decision"] == "gateway.MatchNotGranted"
    assert logged(base).kind == "exchange.denied"


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": {"person_name": "其其格"}}, "registry.TooLittleGiven"),
        ({"by": {"person_name": "其", "birth_date": "1980"}}, "registry.FactUnreadable"),
        ({"by": {"person_name": "其其格", "birth_date": "tomorrow"}}, "registry.FactUnreadable"),
        ({"by": {"person_name": "其其格", "id_number": "990101198005120011"}}, "gateway.NotAMatchColumn"),
        ({"by": {"person_name": "其其格", "address": "某旗"}}, "gateway.NotAMatchColumn"),
        ({"by": {"person_name": "其其格", "birth_date": 1980}}, "gateway.CallWrong"),
        ({"by": {}}, "gateway.CallWrong"),
        ({"values": {"phone": "12000000001"}}, "gateway.CallWrong"),
        ({"items": ["address"]}, "gateway.ItemNotGranted"),
        ({"shape": "full"}, "gateway.ShapeTooStrong"),
        ({"purpose": "identity"}, "gateway.PurposeWrong"),
        ({"case_number": "其其格-1"}, "gateway.CaseNumberWrong"),
        ({"code": "entities"}, "gateway.NotGranted"),
        ({"code": "horses"}, "gateway.ResourceUnknown"),
    ],
)
def test_what_is_refused_repeats_nothing_and_is_on_record(
    base: Any, changed: dict[str, Any], refusal: str
) -> None:
    base.grant_of()
    said = match(base, **changed)
    assert said.json()["type"] == refusal
    assert 400 <= said.status_code < 500
    assert logged(base).detail["decision"] == refusal
    for text in (said.json()["title"] + said.json()["detail"], logged(base).text):
        assert not any(str(v) in text for v in ("其其格", "tomorrow", "990101198005120011"))


def test_one_name_is_matched_so_often_a_day_whatever_the_birth_and_the_characters(
    base: Any, settings: Any
) -> None:
    settings.VERIFY_LIMIT = 2
    base.grant_of()
    assert match(base).status_code == 200
    assert match(base, by={"person_name": "琪琪格", "birth_date": "1980-01-01"}).status_code == 200
    refused = match(base, by={"person_name": " 其 其 格", "birth_date": "1980-01-02"})
    assert (refused.status_code, refused.json()["type"]) == (429, "gateway.VerifiedTooOften")
    assert match(base, by={"person_name": "王芳", "birth_date": "1980-01-02"}).status_code == 200


def test_matches_use_the_quota(base: Any) -> None:
    base.grant_of(quota_per_day=1)
    assert match(base, times=2).json()["type"] == "gateway.QuotaUsedUp"


def test_a_call_without_a_key_or_by_another_method_is_refused(base: Any) -> None:
    async def story(caller: Any) -> Any:
        path = "/v1/resources/households/match"
        headers = {"Authorization": f"Bearer {base.key}"}
        return await caller.client.post(path), await caller.client.get(path, headers=headers)

    bare, got = run(story)
    assert (bare.status_code, got.status_code) == (401, 405)


def test_the_openapi_document_tells_of_matches_where_there_are_any(base: Any) -> None:
    async def story(caller: Any) -> Any:
        return (await caller.client.get("/v1/openapi.json")).json()

    paths = run(story)["paths"]
    assert "/v1/resources/entities/match" not in paths
    operation = paths["/v1/resources/households/match"]["post"]
    assert operation["operationId"] == "match_households"
    call = operation["requestBody"]["content"]["application/json"]["schema"]
    assert call["properties"]["by"]["properties"].keys() == {"person_name", "birth_date", "phone"}
    assert "values" not in call["properties"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["answer"]
    assert answer["properties"]["match"]["enum"] == ["one", "several", "none"]


def test_only_base_registries_with_a_search_can_be_opened_to_matches(base: Any) -> None:
    asked = base.ask(resource=catalog.resource("benefits"), items=["id_number"], by=base.carl,
                     client=actions.register_client(code="c", name="c", by=base.carl, at=base.now))  # fmt: skip
    with pytest.raises(errors.NotMatched):
        actions.approve(asked, by=base.eve, at=base.now, match=True)
    assert "match" not in forms.ApproveForm(request=asked).fields
    households = base.ask(items=ITEMS, match=True)
    assert "match" in forms.ApproveForm(request=households).fields
    assert "match" not in forms.ApproveForm(request=base.ask(items=ITEMS)).fields
    assert actions.approve(households, by=base.bob, at=base.now).match is False
