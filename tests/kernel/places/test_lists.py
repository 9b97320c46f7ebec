"""Two official lists of towns: linked by rules, their differences told, codes read as of a day."""

from collections import Counter
from datetime import date

import pytest
from made_places import AT

from xilin.kernel.places import queries
from xilin.kernel.places.actions import build
from xilin.kernel.places.declarations import ListedArea, NameRules
from xilin.kernel.places.models import Place, Said, Version
from xilin.kernel.places.pipeline import lists
from xilin.kernel.standards.models import Declaration

pytestmark = pytest.mark.django_db

LISTS = ("nbs", "mca")


@pytest.fixture(scope="module")
def rules(declared):
    return declared.all("place_rules")["rules"].value


@pytest.fixture(scope="module")
def together(declared, rules):
    return lists.link([one.value for one in declared.all("listed_area").values()], LISTS, rules)


def test_of_106_rows_that_differ_by_name_102_towns_are_left(together):
    """72 agree, 24 + 7 stand in one list only, 3 have other codes: by rules four of the 31 are found to be the same."""
    assert len(together) == 102
    assert Counter(tuple(one.rows) for one in together) == {LISTS: 79, ("nbs",): 20, ("mca",): 3}
    assert Counter(one.how for one in together) == {
        "code_and_name": 73, "name_and_parent": 3, "code_and_sound": 2, "name_within": 1, "alone": 23,
    }  # fmt: skip


def test_codes_that_two_lists_swapped_follow_the_name(together):
    found = {one.first.name: {code: row.code for code, row in one.rows.items()} for one in together}

    assert found["巴彦查干街道"] == {"nbs": "152502007000", "mca": "152502008000"}
    assert found["巴彦锡勒街道"] == {"nbs": "152502008000", "mca": "152502007000"}
    assert found["巴彦胡硕镇"] == {"nbs": "152571101000", "mca": "152525105000"}


def test_differences_are_told_by_kind(together):
    kinds = Counter(each.what for one in together for each in lists.differences(one, LISTS))

    assert kinds == {"missing": 23, "name": 3, "code": 4, "parent": 1}
    (parent,) = [
        each.said for one in together for each in lists.differences(one, LISTS) if each.what == "parent"
    ]
    assert parent == {"nbs": "152571000000", "mca": "152525000000"}


def test_a_code_alone_links_nothing(rules):
    found = lists.link(
        [
            ListedArea("a", "990101001000", "东街道", "990101000000"),
            ListedArea("b", "990101001000", "西街道", "990101000000"),
        ],
        ("a", "b"),
        rules,
    )

    assert [one.how for one in found] == ["alone", "alone"]


def test_two_towns_of_one_name_are_never_guessed_apart():
    rows = [
        ListedArea(source, code, "新镇", "990101000000")
        for source, code in (("a", "1"), ("a", "2"), ("b", "3"))
    ]

    assert len(lists.link(rows, ("a", "b"), NameRules(endings={"town": ("镇",)}))) == 3


def test_before_1982_one_book_gives_the_leagues_codes_to_another_league(league):
    def names(code, day):
        return {one.book: one.name for one in queries.meanings(code, day)}

    assert names("1525", date(1981, 6, 1)) == {"nbs": "伊克昭盟", "mca": "锡林郭勒盟"}
    assert names("152522", date(1981, 6, 1)) == {"nbs": "达拉特旗", "mca": "阿巴嘎旗"}
    assert names("152522", date(1982, 1, 1)) == {"nbs": "阿巴嘎旗", "mca": "阿巴嘎旗"}
    assert names("152521", date(1983, 1, 1)) == {"nbs": "阿巴哈纳尔旗", "mca": "阿巴哈纳尔旗"}
    assert names("152521", date(1990, 1, 1)) == {}
    assert [one.successor for one in queries.meanings("152521", date(1983, 1, 1))] == ["152502000000"] * 2


def test_an_area_that_is_no_more_has_its_days_and_its_successor(areas):
    former = Place.objects.get(name="阿巴哈纳尔旗")

    assert (former.valid_from, former.valid_to) == (date(1980, 12, 31), date(1983, 12, 31))
    assert former.successor.name == "锡林浩特市"
    now = queries.features("counties", queries.Wanted(), on=date(2026, 1, 1))
    then = queries.Wanted(any_time=True, since=date(1982, 7, 1), until=date(1982, 7, 1))
    assert now.count() == 13
    assert "阿巴哈纳尔旗" in queries.features("counties", then, on=date(2026, 1, 1)).values_list(
        "name", flat=True
    )


def test_each_town_shows_what_each_list_says(areas):
    assert (areas["counties"].added, areas["towns"].added, areas["villages"].added) == (14, 102, 1088)
    found = {one.place.name: one for one in queries.linked("towns")}

    assert len(found) >= 100
    assert found["宝绍岱苏木"].said["mca"].name == "宝绍代苏木"
    assert found["宝绍岱苏木"].differs == ("name",)
    assert found["宝绍岱苏木"].how == "code_and_sound"
    assert len([one for one in queries.linked("towns") if one.differs]) == 30


def test_nothing_changes_when_nothing_changed(areas):
    again = build("towns", con=None, at=AT)

    assert (again.added, again.changed, again.ended) == (0, 0, 0)


def renamed(key, **changes):
    """Change what a list says of a town, as if the list had a new edition."""
    row = Declaration.objects.get(kind="listed_area", code=key, until=None)
    row.content |= changes
    row.code = f"{row.content['list']}:{row.content['code']}"
    row.save()


def test_a_town_keeps_its_id_when_a_list_gives_it_another_code(areas):
    before = Place.objects.get(collection="towns", name="星耀镇")
    for book in LISTS:
        renamed(f"{book}:152529101000", code="152529109000")

    found = build("towns", con=None, at=AT)

    after = Place.objects.get(collection="towns", name="星耀镇")
    assert (found.added, found.changed, found.ended) == (0, 1, 0)
    assert (after.pk, after.area) == (before.pk, "152529109000")
    assert Version.objects.get(place=after).content["area"] == "152529101000"
    assert set(Said.objects.filter(place=after).values_list("code", flat=True)) == {"152529109000"}


def test_codes_that_swap_swap_no_ids(areas):
    ids = {one.name: one.pk for one in Place.objects.filter(collection="towns", area__startswith="152530")}
    for book in LISTS:
        renamed(f"{book}:152530100000", code="152530199000")
        renamed(f"{book}:152530101000", code="152530100000")
        renamed(f"{book}:152530199000", code="152530101000")

    build("towns", con=None, at=AT)

    places = {one.name: one for one in Place.objects.filter(collection="towns", area__startswith="152530")}
    assert {name: one.pk for name, one in places.items()} == ids
    assert places["上都镇"].area == "152530101000"
