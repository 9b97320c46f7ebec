"""Looking people up on the desk: for reviewers, for a purpose, nothing personal in an address, all of it on record."""

from typing import Any

import pytest
from reading import faults, foreign

from xilin.kernel.audit.models import Entry
from xilin.kernel.audit.queries import entries
from xilin.kernel.registry import lookup, search
from xilin.kernel.registry.models import EntityIdentifier
from xilin.kernel.standards.models import Declaration

NUMBER = f"99{7:016d}"
PAGE = "/desk/lookup/"


@pytest.fixture
def searched(hub: Any, settings: Any) -> Any:
    """The hub's people, who can be looked up by number and by name."""
    settings.LOOKUP_FACTS = 1
    row = Declaration.objects.get(kind="registry", code="people", until=None)
    row.content |= {"search": {"name": "person_name"}}
    row.save()
    hub.purpose = (
        Declaration.objects.filter(kind="purpose", until=None).values_list("code", flat=True).first()
    )
    search.refill(lookup.registry("people"))
    EntityIdentifier.objects.create(registry="people", attribute="id_number", value=NUMBER, entity=hub.known)
    return hub


def ask(hub: Any, **given: str) -> dict[str, str]:
    return {"registry": "people", "purpose": hub.purpose} | given


def logged() -> Entry | None:
    return entries(kind="registry.looked_up").order_by("-seq").first()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_good(client: Any, searched: Any, language: str) -> None:
    client.force_login(searched.rita)
    client.cookies["django_language"] = language
    texts = [
        client.get(PAGE),
        client.post(PAGE, ask(searched, number=NUMBER)),
        client.post(PAGE, ask(searched, name="其其格")),
        client.post(PAGE, ask(searched, name="无此人")),
        client.post(PAGE, {"registry": "people", "name": "其其格"}),
        client.get(f"/desk/registries/people/records/{searched.known.members.first().pk}/"),
    ]
    for response in texts:
        text = response.content.decode()
        assert response.status_code in (200, 400)
        assert faults(text) == []
        if language == "zh-hans":
            assert foreign(text) == set()


def test_someone_is_found_by_number_with_a_link_and_masked(client: Any, searched: Any) -> None:
    client.force_login(searched.rita)
    answer = client.post(PAGE, ask(searched, number=f" {NUMBER[:6]} {NUMBER[6:]} "))
    text = answer.content.decode()
    assert f"/desk/registries/people/{searched.known.pk}/" in text
    assert "其**" in text
    assert "某某苏木一队" not in text
    assert logged().fields["detail"]["found"] == [str(searched.known.pk)]
    assert NUMBER not in logged().text
    assert "no-store" in answer["Cache-Control"]


def test_someone_is_found_by_an_id_that_was_merged(client: Any, searched: Any) -> None:
    client.force_login(searched.rita)
    text = client.post(PAGE, ask(searched, number=str(searched.merged.pk))).content.decode()
    assert f"/desk/registries/people/{searched.merged.merged_into}/" in text


def test_names_by_sound_come_with_reasons(client: Any, searched: Any) -> None:
    client.force_login(searched.rita)
    client.cookies["django_language"] = "en"
    text = client.post(PAGE, ask(searched, name="其其格")).content.decode()
    assert "same sound, other characters" in text
    assert f"/desk/registries/people/{searched.like.pk}/" in text


def test_nothing_is_found_without_a_purpose(client: Any, searched: Any) -> None:
    client.force_login(searched.rita)
    before = Entry.objects.count()
    answer = client.post(PAGE, {"registry": "people", "number": NUMBER, "purpose": "curiosity"})
    assert answer.status_code == 400
    assert str(searched.known.pk) not in answer.content.decode()
    assert Entry.objects.count() == before


def test_a_refusal_stands_in_the_form_and_in_the_log(client: Any, searched: Any, settings: Any) -> None:
    settings.LOOKUP_FACTS = 2
    client.force_login(searched.rita)
    answer = client.post(PAGE, ask(searched, name="其其格"))
    assert answer.status_code == 400
    assert "wrongs" in answer.content.decode()
    assert logged().fields["detail"]["decision"] == "registry.TooLittleGiven"


@pytest.mark.parametrize("who", ["ann", "bob", "auditor", "engineer"])
def test_nobody_but_a_reviewer_may(client: Any, searched: Any, who: str) -> None:
    client.force_login(getattr(searched, who))
    record = f"/desk/registries/people/records/{searched.known.members.first().pk}/"
    for path in (PAGE, record):
        assert client.get(path).status_code == 403
        assert client.post(path, ask(searched, number=NUMBER)).status_code == 403
    assert PAGE not in client.get("/desk/").content.decode()


def test_personal_values_in_an_address_are_not_looked_up(client: Any, searched: Any) -> None:
    client.force_login(searched.rita)
    text = client.get(f"{PAGE}?registry=people&number={NUMBER}&purpose={searched.purpose}").content.decode()
    assert str(searched.known.pk) not in text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_why_a_record_is_theirs_is_told_for_a_purpose(
    client: Any, searched: Any, settings: Any, tmp_path: Any, language: str
) -> None:
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    client.force_login(searched.rita)
    client.cookies["django_language"] = language
    page = f"/desk/registries/people/records/{searched.known.members.first().pk}/"
    refused = client.post(page, {})
    assert (refused.status_code, faults(refused.content.decode())) == (400, [])
    text = client.post(page, {"purpose": searched.purpose}).content.decode()
    assert faults(text) == []
    assert ("号码有效" if language == "zh-hans" else "A valid identifier") in text
    assert logged().fields["detail"]["way"] == "record"


def test_a_record_that_is_not_there_is_not_explained(client: Any, searched: Any) -> None:
    client.force_login(searched.rita)
    assert client.get("/desk/registries/people/records/999999/").status_code == 404
