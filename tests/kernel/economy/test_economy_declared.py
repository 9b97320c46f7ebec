"""What a league folder may not say of its economy: every mistake with file and line."""

import pytest

import economy_league
from economy_league import GDP, SHOPS
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read


def faults(folder, **changed):
    return [fault.of("en") for fault in read(economy_league.write(folder, **changed), KINDS)[1]]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('publisher = "statistics"', 'publisher = "nobody"', "economy/flows/gdp.toml:3: There is no publisher nobody."),
        ('category = "ACCOUNTS"', 'category = "X"', "gdp.toml:4: There is no category X. Allowed: ACCOUNTS, HUB"),
        ('resource = "releases"', 'resource = "no"', "gdp.toml:9: There is no resource no."),
        ('value = "stat_value"', 'value = "worth"', "gdp.toml:11: worth is not an item of resource releases."),
        ('value = "stat_value"', 'value = "secret"', "gdp.toml:11: secret is not open to the public"),
        ('period = "stat_period"', "", "A dataflow of a resource needs its column of period."),
        ('code_list = "industry"', 'code_list = "trade"', "gdp.toml:19: There is no code list trade."),
        ('of = "frequency"', 'of = "code", code_list = "industry", column = "stat_item"', "has 0 dimensions of frequency"),
        ('id = "ACTIVITY"', 'id = "FREQ"', "gdp.toml:19: FREQ stands twice in gdp."),
        ('id = "ACTIVITY"', 'id = "OBS_VALUE"', "gdp.toml:19: OBS_VALUE is taken by every dataflow."),
        ('levels = ["league", "county"], ', "", "gdp.toml:17: A dimension of areas needs levels."),
        ('measure = "CNY"', 'measure = "GOLD"', "There is no unit of measure GOLD. Allowed: CNY, PT, NB"),
        ("multiplier = 4", "multiplier = 5", "There is no unit multiplier 5. Allowed: 0, 4"),
        ('item = "增速"', "", "Figure GROWTH needs an item."),
        ('id = "GROWTH"', 'id = "GDP"', "GDP stands twice in gdp."),
    ],
)  # fmt: skip
def test_a_mistake_of_a_dataflow_is_told_where_it_stands(old, new, told, tmp_path):
    found = faults(tmp_path, gdp=GDP.replace(old, new, 1))

    assert any(told in fault for fault in found), found


def test_mistakes_of_the_leagues_own_indicators_are_told(tmp_path):
    wrong = SHOPS.replace('indicator = "shops"', 'indicator = "ships"').replace(
        'zh = "地区", en = "Area"', 'zh = "区域", en = "Region"'
    )

    found = faults(tmp_path, hub=wrong)

    assert any("There is no indicator ships." in fault for fault in found)
    assert any("Dimension REF_AREA is called Area in dataflow gdp." in fault for fault in found)


def test_code_lists_that_every_dataflow_needs_are_asked_for(tmp_path):
    folder = economy_league.write(tmp_path)
    lists = folder / "code_lists/economy.toml"
    lists.write_text(lists.read_text("utf-8").replace('["O", "缺失", "Missing"]', ""), "utf-8")

    found = [fault.of("zh") for fault in read(folder, KINDS)[1]]

    assert any("代码集“obs_status”缺少代码“O”" in fault for fault in found)


def test_a_publisher_is_a_department_and_an_agency_of_its_own(tmp_path):
    folder = economy_league.write(tmp_path)
    file = folder / "economy/publishers.toml"
    text = file.read_text("utf-8")
    other = text.replace('code = "statistics"', 'code = "tourism"').replace('"market"', '"nobody"')
    file.write_text(text + other, "utf-8")

    found = [fault.of("en") for fault in read(folder, KINDS)[1]]

    assert any("There is no department nobody." in fault for fault in found)
    assert any("Agency SMALL_STAT is statistics already." in fault for fault in found)
