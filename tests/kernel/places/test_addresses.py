"""Addresses of the demo, whose village is known, written in the ways people write them: how many are coded right."""

import random
from collections import Counter

import pytest
from made_places import FOLDER

from xilin.demo import places as demo
from xilin.demo import rates
from xilin.kernel.places.declarations import NameRules
from xilin.kernel.places.pipeline.addresses import Area, Gazetteer, parts, tidy
from xilin.kernel.places.pipeline.names import bare
from xilin.kernel.places.queries import areas_of

COUNT = 1500
# Written so: the share that must be coded to the right village, and that may be coded to a wrong one at most.
FLOORS = {
    "as the systems write them": (1.0, 0.0),
    "with province and league": (1.0, 0.0),
    "spaced, full-width": (1.0, 0.0),
    "county without its ending": (0.995, 0.0),
    "county by its short name": (0.995, 0.0),
    "town without its ending": (0.995, 0.0),
    "village without its ending": (0.98, 0.0),
    "village with another ending": (0.99, 0.0),
    "no county": (0.995, 0.0),
    "no town": (0.97, 0.0),
    "one character written as it sounds": (0.97, 0.002),
    "one character wrong": (0.95, 0.01),
    "town as the other list has it": (0.995, 0.0),
}
SOUNDS = {
    "音": "因",
    "图": "吐",
    "宝": "保",
    "嘎": "噶",
    "乌": "吾",
    "和": "河",
    "呼": "忽",
    "格": "葛",
    "勒": "乐",
    "德": "得",
    "尔": "耳",
    "达": "答",
    "敖": "熬",
}
OTHER = {"嘎查": "嘎查村民委员会", "社区居委会": "社区", "村委会": "村", "社区": "社区居民委员会"}
SHORT = {
    "锡林浩特市": "锡市",
    "东乌珠穆沁旗": "东乌旗",
    "西乌珠穆沁旗": "西乌",
    "苏尼特左旗": "东苏旗",
    "苏尼特右旗": "西苏",
    "二连浩特市": "二连",
    "太仆寺旗": "太旗",
}


@pytest.fixture(scope="module")
def gazetteer(declared):
    return Gazetteer(areas_of(declared), declared.all("place_rules")["rules"].value)


@pytest.fixture(scope="module")
def rules(declared):
    return declared.all("place_rules")["rules"].value


@pytest.fixture(scope="module")
def written(rules, declared):
    """For each way of writing, addresses with the code of their village."""
    place, dice = demo.read(FOLDER, rates.shape()), random.Random(3)
    doors = demo.doors()
    mca = {
        one.value.code: one.value.name
        for one in declared.all("listed_area").values()
        if one.value.list == "mca"
    }
    areas = {code: one.value for code, one in declared.all("area").items()}
    found = {way: [] for way in FLOORS}
    for _ in range(COUNT):
        number = dice.randrange(len(place.codes))
        code, village = place.codes[number], place.names[number]
        county, town = place.county_names[place.county[number]], place.town_names[place.town[number]]
        door = dice.choice(doors[: demo.URBAN] if place.urban[number] else doors[demo.URBAN :])
        ways = {
            "as the systems write them": county + town + village,
            "with province and league": "内蒙古自治区锡林郭勒盟" + county + town + village,
            "spaced, full-width": f"{county} {town}，{village} ",
            "county without its ending": county[:-1] + town + village if county[-1] in "旗市县" else "",
            "county by its short name": SHORT[county] + town + village if county in SHORT else "",
            "town without its ending": county + bare(town, rules) + village
            if bare(town, rules) != town
            else "",
            "village without its ending": county + town + bare(village, rules)
            if bare(village, rules) != village
            else "",
            "village with another ending": next(
                (
                    county + town + village.removesuffix(e) + o
                    for e, o in OTHER.items()
                    if village.endswith(e)
                ),
                "",
            ),
            "no county": town + village,
            "no town": county + village,
            "one character written as it sounds": county + town + misspelt(village, dice, rules, sound=True),
            "one character wrong": county + town + misspelt(village, dice, rules, sound=False),
        }
        other = mca.get(areas[code].parent, "")
        ways["town as the other list has it"] = county + other + village if other else ""
        for way, text in ways.items():
            if text and not text.endswith("!"):
                written_door = door.translate(demo_full) if way.startswith("spaced") else door
                found[way].append((text + written_door, code))
    return found


demo_full = {ord(c): ord(c) + 0xFEE0 for c in "0123456789"}


def misspelt(name, dice, rules, *, sound):
    """A name with one character of its stem written otherwise; with "!" where that can't be done."""
    stem = bare(name, rules)
    spots = [at for at, c in enumerate(stem) if c in SOUNDS] if sound else list(range(len(stem)))
    if not spots or (not sound and len(stem) < 3) or stem == name:
        return "!"
    at = dice.choice(spots)
    new = SOUNDS[stem[at]] if sound else "某"
    return stem[:at] + new + stem[at + 1 :] + name[len(stem) :]


@pytest.mark.parametrize("way", FLOORS)
def test_addresses_are_coded_to_their_village(way, written, gazetteer):
    results = Counter()
    for text, code in written[way]:
        found = gazetteer.code(text)
        results["right" if found.code == code else "wrong" if found.level == "village" else "unsure"] += 1
    total = sum(results.values())
    right, wrong = results["right"] / total, results["wrong"] / total
    print(f"| {way} | {total} | {right:.3%} | {wrong:.3%} |")

    least, most = FLOORS[way]
    assert total >= 100
    assert right >= least, results
    assert wrong <= most, results


def test_where_two_villages_fit_neither_is_chosen(gazetteer):
    found = gazetteer.code("巴彦淖尔嘎查12号")

    assert found.code == ""
    assert len(found.candidates) > 5
    assert found.confidence == 0


def test_a_county_alone_is_coded_to_the_county(gazetteer):
    found = gazetteer.code("内蒙古锡林郭勒盟东乌旗")

    assert (found.code, found.level, found.rest) == ("152525000000", "county", "")


def test_what_is_below_the_village_is_told_apart(gazetteer):
    found = gazetteer.code("锡林浩特市希日塔拉街道某某小区3号楼2单元501室")

    assert found.code == "152502001000"
    assert found.parts == {"estate": "某某小区", "building": "3", "unit": "2", "room": "501"}
    assert parts("二组15号") == {"group": "二", "number": "15"}
    assert parts("5-2-301") == {"building": "5", "unit": "2", "room": "301"}


@pytest.mark.parametrize("text", ["", "北京市海淀区中关村大街1号", "12345", "锡", "。" * 50, "旗" * 100])
def test_what_is_no_address_here_is_coded_to_nothing(gazetteer, text):
    assert gazetteer.code(text).code == ""


def test_liberties_lower_the_confidence(gazetteer):
    whole = gazetteer.code("正蓝旗上都镇青格勒图嘎查3号")
    short = gazetteer.code("正蓝上都青格勒图3号")

    assert whole.confidence == 1
    assert 0.5 < short.confidence < whole.confidence
    assert short.code == whole.code == "152530100203"


def test_a_league_without_rules_still_reads_full_names():
    own = Gazetteer(
        [
            Area("990101000000", "甲县", "county", "990000000000"),
            Area("990101100000", "乙镇", "town", "990101000000"),
            Area("990101100201", "丙村", "village", "990101100000"),
        ],
        NameRules(),
    )

    assert own.code("甲县乙镇丙村7号").code == "990101100201"
    assert tidy("甲县， 乙镇", NameRules()) == "甲县乙镇"
