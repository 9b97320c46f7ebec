"""Looking people up by id, by identifier, and by what is known of them."""

import random
import uuid
from datetime import date
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from made_up import NOW
from msgspec.structs import replace
from searched import PEOPLE, declare_people, number, someone

from xilin.kernel.registry import declared, errors, lookup, search
from xilin.kernel.registry.declarations import Identifier, Registry
from xilin.kernel.registry.lookup import Candidate, Facts
from xilin.kernel.registry.models import Entity
from xilin.kernel.registry.pipeline import likeness
from xilin.kernel.registry.pipeline.likeness import Born, edits
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.identifiers import organisation_check_digit, uscc_check_digit
from xilin.kernel.standards.models import Declaration, LeagueVersion
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people() -> None:
    """The registry is declared."""
    declare_people()


def find(**given: str) -> list[Candidate]:
    return lookup.by_facts("people", Facts(**given))


def said(candidate: Candidate) -> set[str]:
    return {reason.en for reason in candidate.reasons}


# By id


def test_an_id_is_found_and_a_merged_one_tells_where_it_went() -> None:
    third, second, first = (someone("其其格", "1980-05-12") for _ in range(3))
    for old, new in ((first, second), (second, third)):
        Entity.objects.filter(pk=old).update(ended_run=2, merged_into=new, records=0)
    assert lookup.by_id("people", str(third))[0].entity.pk == third
    (went,) = lookup.by_id("people", f" {first} ")
    assert went.entity.pk == third
    assert said(went) == {"the entity of the given id was merged into this one"}


def test_an_ended_entity_says_so() -> None:
    gone = someone("其其格", "1980-05-12")
    Entity.objects.filter(pk=gone).update(ended_run=2)
    assert "no record belongs to it any more" in said(lookup.by_id("people", str(gone))[0])


def test_merges_that_lead_in_a_circle_end() -> None:
    one, other = someone("其其格", "1980-05-12"), someone("其其格", "1980-05-12")
    for old, new in ((one, other), (other, one)):
        Entity.objects.filter(pk=old).update(ended_run=2, merged_into=new)
    assert lookup.by_id("people", str(one))[0].entity.pk in {one, other}


@pytest.mark.parametrize("id", ["", "nobody", str(uuid.UUID(int=0))])
def test_an_unknown_id_is_not_found(id: str) -> None:
    with pytest.raises(NotFound):
        lookup.by_id("people", id)


def test_an_undeclared_registry_is_not_found() -> None:
    with pytest.raises(NotFound):
        lookup.by_id("horses", str(uuid.uuid4()))


# By identifier


def written(text: str) -> list[str]:
    """The ways people write one number."""
    wide = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    return [text, text.lower(), f" {text[:6]} {text[6:14]}　{text[14:]} ", wide, f"{text[:6]}-{text[6:]}"]


def test_an_identifier_is_found_however_it_is_written() -> None:
    nth = next(n for n in range(1, 999) if number("1949-12-31", n).endswith("X"))
    anna = someone("安娜", "1949-12-31", nth=nth)
    for text in written(number("1949-12-31", nth)):
        assert [one.entity.pk for one in lookup.by_identifier("people", text)] == [anna]


def test_a_number_of_15_digits_is_brought_to_18_and_says_so() -> None:
    anna = someone("安娜", "1949-12-31", nth=7)
    whole = number("1949-12-31", 7)
    (found,) = lookup.by_identifier("people", whole[:6] + whole[8:17])
    assert found.entity.pk == anna
    assert "the 15-digit number was brought to 18" in said(found)


def test_a_credit_code_is_read_in_any_form() -> None:
    first = "91992500MA0N1B2C"
    first += organisation_check_digit(first[8:])
    code = first + uscc_check_digit(first)
    element = Element("uscc", Text(zh="代码"), "string", "t", check="uscc")
    wide = code.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    for text in (
        code,
        code.lower(),
        f" {code[:4]} {code[4:12]}　{code[12:]} ",
        f"{code[:8]}-{code[8:]}",
        wide,
    ):
        assert lookup.identifier(element, text) == (code, False)
    other = "0" if code[-1] != "0" else "1"
    assert lookup.identifier(element, code[:-1] + other) is None


def test_an_identifier_nobody_has_finds_nobody() -> None:
    someone("安娜", "1949-12-31", nth=7)
    assert lookup.by_identifier("people", number("1949-12-31", 8)) == []


@pytest.mark.parametrize("text", ["", "99", "990101194912310071", "990101194913310071", "x" * 300])
def test_what_is_no_identifier_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(errors.IdentifierUnreadable) as refused:
        lookup.by_identifier("people", text)
    assert not text or text not in str(refused.value) + refused.value.advice


def test_an_ended_entity_is_not_found_by_its_identifier() -> None:
    anna = someone("安娜", "1949-12-31", nth=7)
    Entity.objects.filter(pk=anna).update(ended_run=2)
    assert lookup.by_identifier("people", number("1949-12-31", 7)) == []


def applied(people: Registry | None) -> None:
    """Another version of the registry is in force; None where it was taken out of the folder."""
    number = LeagueVersion.objects.count() + 1
    version = LeagueVersion.objects.create(league="test", number=number, applied_at=NOW)
    Declaration.objects.filter(kind="registry", code="people", until=None).update(until=version)
    if people is not None:
        Declaration.objects.create(
            kind="registry",
            code="people",
            content=msgspec.to_builtins(people),
            digest="",
            file="",
            line=1,
            since=version,
        )


def test_the_next_look_up_goes_by_what_was_applied_meanwhile() -> None:
    anna = someone("安娜", "1949-12-31", nth=7)
    whole = number("1949-12-31", 7)
    assert [one.entity.pk for one in lookup.by_identifier("people", whole)] == [anna]
    applied(replace(PEOPLE, identifier=(Identifier("phone"),)))
    assert lookup.by_identifier("people", whole) == []
    assert lookup.known("people").registry.identifier == (Identifier("phone"),)
    applied(replace(PEOPLE, identifier=()))
    with pytest.raises(errors.IdentifierUnreadable):
        lookup.by_identifier("people", whole)
    applied(PEOPLE)
    assert [one.entity.pk for one in lookup.by_identifier("people", whole)] == [anna]
    applied(None)
    for way in (lambda: lookup.by_identifier("people", whole), lambda: find(name="安娜", born="1949")):
        with pytest.raises(NotFound):
            way()


def test_who_carries_an_identifier_is_what_the_orm_reads() -> None:
    anna = someone("安娜", "1949-12-31", nth=7, area="990101001", phone="12000000001")
    (found,) = lookup.by_identifier("people", number("1949-12-31", 7))
    (fact,) = find(name="安娜", born="1949-12-31")
    fields = [field.attname for field in Entity._meta.concrete_fields]
    expected = Entity.objects.values_list(*fields).get(pk=anna)
    for entity in (found.entity, fact.entity):
        assert tuple(getattr(entity, field) for field in fields) == expected
        assert not entity._state.adding


def test_an_identifier_costs_one_query_once_the_registry_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    anna = someone("安娜", "1949-12-31", nth=7)
    lookup.by_identifier("people", number("1949-12-31", 7))
    asked = []
    monkeypatch.setattr(lookup, "rows", lambda *given: asked.append(given) or declared.rows(*given))
    monkeypatch.setattr(declared, "_DECLARED", "SELECT what is never read again")
    with CaptureQueriesContext(connection) as others:
        (found,) = lookup.by_identifier("people", number("1949-12-31", 7))
    assert (found.entity.pk, len(asked), len(others)) == (anna, 1, 0)


# By facts


def test_mongolian_names_in_other_characters_are_found_by_their_sound() -> None:
    wanted = someone("琪琪格", "1980-05-12")
    someone("王芳", "1980-05-12")
    (found,) = find(name="其其格", born="1980-05-12")
    assert found.entity.pk == wanted
    assert said(found) == {"Name: same sound, other characters", "Date of birth: the same"}
    assert found.reasons[0].zh == "出生日期相同"


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        ("1980-05-12", "Date of birth: the same"),
        ("1980年5月12日", "Date of birth: the same"),
        ("19800512", "Date of birth: the same"),
        ("1980-12-05", "Date of birth: day and month swapped"),
        ("1980-05-13", "Date of birth: one digit apart"),
        ("1981-05-12", "Date of birth: one digit apart"),
        ("1980-05-21", "Date of birth: one digit apart"),
        ("1980-05", "Date of birth: agrees with the part that is given"),
        ("1980", "Date of birth: agrees with the part that is given"),
    ],
)
def test_births_with_an_error_or_in_part_are_found(born: str, reason: str) -> None:
    wanted = someone("其其格", "1980-05-12")
    (found,) = find(name="其其格", born=born)
    assert found.entity.pk == wanted
    assert reason in said(found)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("斯琴高娃", "Name: the same"),
        (" 斯琴 高娃", "Name: the same"),
        ("斯琴高瓦", "Name: same sound, other characters"),
        ("高娃斯琴", "Name: same characters in another order"),
        ("高娃", "Name: one stands whole in the other"),
        ("斯勤高佤", "Name: same sound, other characters"),
        ("色琴高娃", "Name: sounds alike, one letter apart"),
        ("斯琴高丽", "Name: sounds alike, two letters apart"),
        ("斯琴图娃", "Name: all but one character the same"),
    ],
)
def test_names_written_otherwise_are_found_with_the_day_of_birth(name: str, reason: str) -> None:
    wanted = someone("斯琴高娃", "1949-12-31")
    (found,) = find(name=name, born="1949-12-31")
    assert found.entity.pk == wanted
    assert reason in said(found)


def test_the_likeliest_comes_first_with_a_higher_score() -> None:
    sounds = someone("琪琪格", "1980-05-12", area="152502001000")
    same = someone("其其格", "1980-05-12", area="152502001000")
    near = someone("其其格", "1980-05-13", area="152522001000")
    found = find(name="其其格", born="1980-05-12", area="152502")
    assert [one.entity.pk for one in found] == [same, sounds, near]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found[0].score == 100


def test_an_area_is_compared_by_the_digits_it_begins_with() -> None:
    wanted = someone("其其格", "1980-05-12", area="152502001003")
    someone("其其格", "1951-01-01", area="152522001003")
    (found,) = find(name="琪琪格", area="152502000000")
    assert found.entity.pk == wanted
    assert "Area: in the given area" in said(found)


def test_a_telephone_finds_with_one_wrong_digit() -> None:
    wanted = someone("其其格", "1980-05-12", phone="12000000001")
    (found,) = find(phone="120 0000-0002", born="1980")
    assert found.entity.pk == wanted
    assert "Telephone: one digit apart" in said(found)


def test_someone_with_another_name_is_found_by_telephone_and_birth() -> None:
    wanted = someone("其其格", "1980-05-12", phone="12000000001")
    (found,) = find(name="王芳", phone="12000000001", born="1980-05-12")
    assert found.entity.pk == wanted
    assert "Name: another" in said(found)


def test_what_a_record_does_not_hold_does_not_exclude_it() -> None:
    wanted = someone("其其格", "1980-05-12")
    (found,) = find(name="其其格", born="1980-05-12", area="152502", phone="12000000001")
    assert found.entity.pk == wanted
    assert "Telephone: not in the record" in said(found)


# Nobody fishes


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "其其格"},
        {"phone": "12000000001"},
        {"born": "1980-05-12", "area": "152502"},
        {"name": "  ", "born": "1980"},
    ],
)
def test_too_little_finds_nobody(given: dict[str, str]) -> None:
    someone("其其格", "1980-05-12", area="152502001000", phone="12000000001")
    with pytest.raises(errors.TooLittleGiven):
        find(**given)


@pytest.mark.parametrize(
    "given", [{"name": "别人", "phone": "12999999999"}, {"name": "别人"}, {"phone": "12999999999"}]
)
def test_a_made_up_name_or_telephone_opens_no_list_by_birth_and_area(given: dict[str, str]) -> None:
    someone("其其格", "1980-05-12", area="152502001000", phone="12000000001")
    assert find(born="1980-05-12", area="152502", **given) == []


def test_more_than_may_be_shown_that_fit_equally_well_are_not_shown(settings: Any) -> None:
    settings.LOOKUP_MOST = 2
    for nth in range(3):
        someone("其其格", f"1980-05-1{nth}", area="152502001000")
    with pytest.raises(errors.TooManyFit) as refused:
        find(name="其其格", area="152502")
    assert "2" in str(refused.value)
    assert len(find(name="其其格", area="152502", born="1980-05-11")) == 2


@pytest.mark.parametrize(
    "given",
    [
        {"name": "其", "born": "1980"},
        {"name": "其其格", "born": "1980-13"},
        {"name": "其其格", "born": "1980-02-30"},
        {"name": "其其格", "born": "12"},
        {"name": "其其格", "born": "yesterday"},
        {"name": "其其格", "area": "15"},
        {"name": "其其格", "area": "锡林浩特"},
        {"name": "其其格", "phone": "120"},
    ],
)
def test_a_fact_that_can_not_be_read_is_refused_and_not_repeated(given: dict[str, str]) -> None:
    with pytest.raises(errors.FactUnreadable) as refused:
        find(**given)
    told = str(refused.value)
    assert not any(value in told for value in given.values())


def test_a_registry_without_a_search_is_looked_up_by_id_and_identifier_only() -> None:
    from xilin.kernel.standards.models import Declaration

    Declaration.objects.filter(kind="registry").delete()
    from searched import declare

    declare("registry", "people", replace(PEOPLE, search=None))
    with pytest.raises(errors.NotSearched):
        find(name="其其格", born="1980")


# Its parts


def slow_edits(one: str, other: str) -> int:
    """Optimal string alignment, as its recurrence says it."""
    if not one or not other:
        return len(one) + len(other)
    cost = min(
        slow_edits(one[:-1], other) + 1,
        slow_edits(one, other[:-1]) + 1,
        slow_edits(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        cost = min(cost, slow_edits(one[:-2], other[:-2]) + 1)
    return cost


def test_edits_are_those_of_the_recurrence() -> None:
    dice = random.Random(7)
    for _ in range(300):
        one, other = ("".join(dice.choices("abc", k=dice.randrange(6))) for _ in range(2))
        for most in (1, 2, 9):
            assert edits(one, other, most) == min(slow_edits(one, other), most + 1)


def test_every_day_one_keying_error_away_is_near() -> None:
    dice = random.Random(7)
    for _ in range(50):
        day = date.fromordinal(dice.randrange(date(1900, 1, 1).toordinal(), date(2026, 1, 1).toordinal()))
        near = Born(day.year, day.month, day.day).near()
        assert day not in near
        other = dice.choice(near)
        assert Born(day.year, day.month, day.day).like(other).share >= 0.8


@pytest.mark.parametrize("text", ["", "80", "1980-00", "1980-1-1-1", "198", "1850x", "0999", "１９８０"])
def test_births_are_read_strictly(text: str) -> None:
    if text == "１９８０":
        assert Born.read(text) == Born(1980)
        return
    with pytest.raises(ValueError, match=r".+"):
        Born.read(text)


def test_hostile_names_do_no_harm() -> None:
    for name in ("'; DROP TABLE x; --", "%%%", "其" * 5000, "\0\0ab", "ab\ud800"):
        try:
            assert find(name=name, born="1980-05-12") == []
        except errors.FactUnreadable:
            assert len(likeness.folded(name, {})) < 2


def test_somebody_is_found_by_the_name_they_had_before_and_the_reason_says_so() -> None:
    anna = someone("乌云其木格", "1980-02-03", area="990101001", phone="12000000001", before="萨仁·高娃")
    someone("王芳", "1980-02-03", area="990101001")
    for facts in (
        {"born": "1980-02-03"},
        {"born": "1980-02-08"},
        {"born": "1980", "area": "990101"},
        {"phone": "12000000001"},
    ):
        found = find(name="萨仁高娃", **facts)
        assert [one.entity.pk for one in found] == [anna], facts
        assert "Former name: the same" in said(found[0])
    (now,) = find(name="乌云其木格", born="1980-02-03")
    assert "Name: the same" in said(now)
    assert not any("Former" in reason for reason in said(now))


def test_who_never_had_another_name_is_not_found_by_its_absence() -> None:
    someone("王芳", "1980-02-03", area="990101001")
    assert find(name="萨仁高娃", born="1980-02-03") == []


def test_a_former_name_that_went_is_no_longer_searched() -> None:
    anna = someone("乌云其木格", "1980-02-03", before="萨仁高娃")
    Entity.objects.filter(pk=anna).update(attributes={"name": "乌云其木格", "birth": "1980-02-03"})
    search.refresh(PEOPLE, [anna])
    assert find(name="萨仁高娃", born="1980-02-03") == []
