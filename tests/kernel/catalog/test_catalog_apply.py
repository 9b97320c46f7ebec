"""What the league folder says is what the catalogue's tables and search hold."""

import pytest
from django.db import transaction

import small_league
from xilin.kernel.catalog import queries
from xilin.kernel.catalog.models import Item, Resource
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read
from xilin.lib.errors import NotFound

pytestmark = pytest.mark.django_db


def codes(found):
    return [resource.code for resource in found]


def test_apply_writes_entries_with_their_items(tmp_path):
    small_league.apply(tmp_path)

    resource = queries.resource("households")
    assert resource.provider.code == "police"
    assert resource.classification == ["基础信息资源", "人口"]
    assert resource.lookup == ["id_number"]
    assert resource.version == 1
    items = list(resource.items.all())
    assert [item.column for item in items] == ["id_number", "person_name", "address"]
    assert [item.share_type for item in items] == ["conditional"] * 3
    assert items[0].name == "公民身份号码"
    assert items[0].personal == "sensitive"
    assert items[0].mask == "id_front"


def test_a_second_apply_changes_nothing(tmp_path):
    small_league.apply(tmp_path)
    before = list(Resource.objects.values()), list(Item.objects.values())

    version, changes = small_league.apply(tmp_path)

    assert version is None
    assert changes == []
    assert (list(Resource.objects.values()), list(Item.objects.values())) == before


def test_a_change_raises_the_version_and_keeps_the_row_and_its_items(tmp_path):
    small_league.apply(tmp_path)
    resource = queries.resource("households")
    kept = {item.column: item.pk for item in resource.items.all()}
    text = small_league.HOUSEHOLDS.replace("户籍人口基本信息", "常住户口登记").replace(
        '[[item]]\nelement = "address"\nmask = "hidden"\n', ""
    )

    small_league.apply(tmp_path, households=text)

    changed = queries.resource("households")
    assert (changed.pk, changed.version, changed.name) == (resource.pk, 2, "常住户口登记")
    assert {item.column: item.pk for item in changed.items.all()} == {
        column: pk for column, pk in kept.items() if column != "address"
    }
    assert codes(queries.search("常住户口")) == ["households"]
    assert codes(queries.search("户籍")) == ["benefits"]


def test_an_entry_that_left_the_folder_is_retired_and_comes_back(tmp_path):
    small_league.apply(tmp_path)

    small_league.apply(tmp_path, entities=None)

    with pytest.raises(NotFound):
        queries.resource("entities")
    assert codes(queries.search("市场主体")) == []
    assert Resource.objects.get(code="entities").retired

    small_league.apply(tmp_path)

    assert queries.resource("entities").version == 2


def test_a_renamed_element_renames_its_items_and_is_found(tmp_path):
    small_league.apply(tmp_path)

    small_league.apply(tmp_path, all=small_league.ELEMENTS.replace("救助金额", "补贴标准"))

    assert queries.resource("benefits").items.get(column="benefit").name == "补贴标准"
    assert codes(queries.search("补贴标准")) == ["benefits"]
    assert queries.resource("benefits").version == 1, "the resource itself says what it said"


def test_an_item_with_its_own_name_keeps_it_when_the_element_is_renamed(tmp_path):
    named = small_league.BENEFITS.replace(
        'element = "benefit"', 'element = "benefit"\nname = { zh = "月发放额", en = "Monthly" }'
    )
    small_league.apply(tmp_path, benefits=named)

    small_league.apply(tmp_path, benefits=named, all=small_league.ELEMENTS.replace("救助金额", "补贴标准"))

    assert queries.resource("benefits").items.get(column="benefit").name == "月发放额"


def test_a_renamed_department_is_found_by_its_new_name(tmp_path):
    small_league.apply(tmp_path)

    small_league.apply(
        tmp_path, departments=small_league.DEPARTMENTS.replace("小盟公安局", "小盟公共安全总队")
    )

    assert codes(queries.search("安全总队")) == ["households"]


def test_an_apply_that_fails_leaves_catalogue_and_search_as_they_were(tmp_path):
    small_league.apply(tmp_path)
    folder = small_league.write(
        tmp_path, households=small_league.HOUSEHOLDS.replace("户籍人口基本信息", "别的名字")
    )
    league, faults = read(folder, KINDS)
    assert faults == []

    class Stop(Exception):
        pass

    def apply_and_stop():
        with transaction.atomic():
            standards.apply(league, at=small_league.NOW)
            assert codes(queries.search("别的名字")) == ["households"]
            raise Stop

    with pytest.raises(Stop):
        apply_and_stop()

    assert codes(queries.search("别的名字")) == []
    assert queries.resource("households").name == "户籍人口基本信息"


def test_two_resources_cannot_both_be_the_one_source_of_an_element(tmp_path):
    doubled = small_league.BENEFITS.replace(
        'element = "person_name"', 'element = "person_name"\none_source = true'
    )

    _league, faults = read(small_league.write(tmp_path, benefits=doubled), KINDS)

    assert [fault.place.file for fault in faults] == ["resources/households.toml"]
    assert "benefits" in faults[0].of("en")
    assert "person_name" in faults[0].of("zh")
    assert faults[0].place.line > 1
