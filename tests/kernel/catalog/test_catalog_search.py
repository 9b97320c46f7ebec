"""Finding resources: words, substrings, facets, who may see what, the one source of each element."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import queries, words
from xilin.kernel.catalog.actions.applying import index
from xilin.kernel.catalog.models import Resource
from xilin.kernel.catalog.queries import Filters, found
from xilin.lib.errors import NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def league(tmp_path):
    return small_league.apply(tmp_path)


def codes(found):
    return [resource.code for resource in found]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("户籍", "households"),
        ("户籍人口", "households"),
        ("人口基本", "households"),
        ("籍人", "households"),
        ("市监局", "entities"),
        ("信用代码", "entities"),
        ("社会救助", "benefits"),
        ("household", "households"),
        ("houseHOLD regis", "households"),
        ("101/01", "households"),
        ("矫", "corrections"),
        ("救助 户籍", "benefits"),
    ],
)
def test_words_substrings_latin_prefixes_and_codes_find_their_resource_first(text, first):
    assert codes(queries.search(text))[0] == first


@pytest.mark.parametrize("sought", ["ᠬᠤᠲᠠ", "ᠬᠣᠳᠠ", "ᠬᠣᠲᠠ ᠶᠢᠨ", "ᠬᠣᠲᠠ\u202fᠶᠢᠨ ᠳᠠᠩᠰᠠ"])
def test_a_mongolian_name_is_found_however_it_is_encoded_and_shown_as_it_was_declared(sought):
    Resource.objects.filter(code="households").update(name_mn="ᠬᠣᠲᠠ\u202fᠶᠢᠨ ᠳᠠᠩᠰᠠ")
    index(Resource.objects.values_list("pk", flat=True))

    assert codes(queries.search(sought)) == ["households"]
    with translation.override("mn-mong"):
        assert str(queries.search(sought)[0].title) == "ᠬᠣᠲᠠ\u202fᠶᠢᠨ ᠳᠠᠩᠰᠠ"
    assert codes(queries.search("ᠬᠣᠨᠢ")) == []


def test_cyrillic_words_are_found_as_they_are():
    Resource.objects.filter(code="households").update(name_en="Хотын бүртгэл")
    index(Resource.objects.values_list("pk", flat=True))

    assert codes(queries.search("хотын")) == ["households"]


def test_a_word_in_the_name_comes_before_the_same_word_in_a_summary():
    assert codes(queries.search("户籍")) == ["households", "benefits"]


def test_a_sentence_nobody_wrote_still_finds_what_it_speaks_of():
    assert codes(queries.search("我想查询户籍人口的办事指南"))[0] == "households"


@pytest.mark.parametrize(
    "text", ["海洋渔业", "xyzzy", "'; DROP TABLE catalog_resource; --", "!&|():*<->", "\\'"]
)
def test_what_is_not_there_is_not_found_whatever_signs_it_has(text):
    assert codes(queries.search(text)) == []


def test_words_that_many_have_are_ranked_by_names_and_then_by_length(monkeypatch):
    exactly = codes(queries.search("户籍"))
    monkeypatch.setattr(found, "RANKED", 1)
    assert codes(queries.search("户籍")) == exactly == ["households", "benefits"]

    monkeypatch.setattr(found, "SHOWN", 1)
    answer = queries.search("户籍")
    assert (codes(answer), len(answer), answer.more) == (["households"], 1, True)


def test_words_that_too_many_have_can_be_looked_through_so_far_without_repeating_any(monkeypatch):
    monkeypatch.setattr(found, "RANKED", 1)
    monkeypatch.setattr(found, "SHOWN", 3)

    answer = queries.search("信息")

    assert (len(answer), answer.more) == (3, True)
    pages = [answer[0:2], answer[2:3]]
    assert codes(pages[0] + pages[1]) == codes(answer)
    assert len(set(codes(answer))) == 3
    everything = queries.facets("信息", found=answer)
    assert sum(choice.count for choice in everything["department"]) == 4, "facets count beyond what is shown"


def test_words_in_items_alone_are_found_where_too_many_have_them(monkeypatch):
    monkeypatch.setattr(found, "RANKED", 1)
    monkeypatch.setattr(found, "SHOWN", 2)

    answer = queries.search("公民身份号码")

    assert answer.more
    assert set(codes(answer)) < {"households", "benefits", "corrections"}


def test_of_terms_that_nothing_has_all_of_the_commonest_goes_first(monkeypatch):
    monkeypatch.setattr(found, "_frequencies", lambda: {"登记": 900.0, "救助": 2.0, "信息": 5000.0})
    asked = list(found._looser(queries.resources(), words.terms("登记救助信息 海洋")))

    assert asked == [
        "('救助') & ('登记') & ('信息')",
        "('救助') & ('登记')",
        "('救助')",
        "('登记')",
        "('信息')",
    ]
    assert codes(queries.search("救助 远洋")) == ["benefits"]
    assert codes(queries.search("矫正 救助"))[0] in {"benefits", "corrections"}
    assert set(codes(queries.search("矫正 救助"))) == {"benefits", "corrections"}, (
        "either, where none has both"
    )


def test_no_words_give_the_whole_catalogue():
    assert codes(queries.search("  ")) == ["benefits", "corrections", "entities", "households"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(department="police"), ["households"]),
        (Filters(share_type="conditional"), ["benefits", "households"]),
        (Filters(theme="基础信息资源"), ["entities", "households"]),
        (Filters(cycle="monthly", share_type="denied"), ["corrections"]),
        (Filters(open=True), ["entities"]),
    ],
)
def test_filters_narrow(filters, found):
    assert codes(queries.search(filters=filters)) == found


def test_a_facet_counts_what_its_own_choice_would_leave():
    facets = queries.facets(filters=Filters(share_type="conditional", cycle="daily"))

    assert {choice.value: choice.count for choice in facets["share_type"]} == {"conditional": 1}
    assert {choice.value: choice.count for choice in facets["cycle"]} == {"monthly": 1, "daily": 1}
    assert [choice.value for choice in facets["cycle"] if choice.chosen] == ["daily"]
    assert [choice.label for choice in facets["department"]] == ["公安局"]


def test_facets_speak_the_readers_language():
    with translation.override("en"):
        labels = {choice.label for choice in queries.facets()["department"]}

    assert labels == {"Police", "Civil affairs", "Market", "Justice"}


def test_the_public_does_not_see_what_is_never_shared_and_departments_do():
    user = User(username="ann", department=Department.objects.get(code="civil"))

    assert "corrections" not in codes(queries.resources_for(AnonymousUser()))
    assert "corrections" in codes(queries.resources_for(user))
    assert queries.resource_for(user, "corrections").title == "社区矫正对象信息"
    with pytest.raises(NotFound):
        queries.resource_for(AnonymousUser(), "corrections")
    assert codes(queries.search("矫正", among=queries.resources_for(AnonymousUser()))) == []


def test_the_declared_source_is_the_one_source_and_the_others_repeat_it():
    answer = queries.one_source("person_name")

    assert answer.source.resource.code == "households"
    assert answer.declared
    assert [item.resource.code for item in answer.repeated] == ["benefits"]


def test_the_only_department_is_the_one_source_without_saying_so():
    answer = queries.one_source("benefit")

    assert (answer.source.resource.code, answer.declared, answer.repeated) == ("benefits", False, [])


def test_identifiers_link_resources_and_are_no_repetition_but_a_second_copy_is():
    answer = queries.one_source("id_number")

    assert {item.resource.code for item in answer.linking} == {"households", "benefits", "corrections"}
    assert [one.element for one in queries.one_sources(repeated=True)] == ["person_name"]


def test_an_element_collected_twice_without_a_decision_is_undecided(tmp_path):
    small_league.apply(tmp_path, households=small_league.HOUSEHOLDS.replace("one_source = true\n", ""))

    assert queries.one_source("person_name").undecided


def test_an_unknown_element_has_no_source():
    with pytest.raises(NotFound):
        queries.one_source("nothing")


def test_lexemes_hold_words_and_every_pair_of_neighbours():
    assert {"户籍", "籍人", "人口", "population"} <= set(words.lexemes("户籍人口 Population"))
