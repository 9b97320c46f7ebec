"""A resolver's answers: by type and language, walking up from an item to its lot and its product."""

import pytest

from xilin.apps.trace.gs1 import link, resolver
from xilin.apps.trace.gs1.resolver import Target

PRODUCT = "/01/09520123456788"
LOT = f"{PRODUCT}/10/L1"
ITEM = f"https://id.example.org{LOT}/21/7?linkType=gs1:pip&a=1"
KEPT = {
    PRODUCT: (
        Target("gs1:pip", "https://example.org/zh", languages=("zh-CN",), default=True, title="羊肉"),
        Target("gs1:pip", "https://example.org/en?x=1", languages=("en",)),
        Target("gs1:recallStatus", "https://example.org/recall"),
        Target("gs1:instructions", "https://example.org/b2b", context="b2b"),
        Target("gs1:instructions", "https://example.org/home", context="home", media_type="text/html"),
    ),
    LOT: (Target("gs1:traceability", "https://example.org/trace"),),
}


def asked(**how: object) -> resolver.Answer:
    found = resolver.answer(link.read(ITEM), KEPT, **how)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_an_item_is_led_to_what_its_lot_or_product_knows() -> None:
    assert asked(link_type="gs1:traceability").anchor == LOT
    product = asked(link_type="gs1:pip", languages=["en-GB"])
    assert product.anchor == PRODUCT
    assert product.chosen is not None
    assert product.chosen.href == "https://example.org/en?x=1"


def test_without_a_type_the_default_link_is_the_answer() -> None:
    found = asked()
    assert found.chosen is not None
    assert found.chosen.href == "https://example.org/zh"


def test_a_type_that_is_kept_nowhere_chooses_nothing() -> None:
    found = asked(link_type="gs1:epcis")
    assert (found.anchor, found.chosen) == (LOT, None)


def test_a_context_is_kept_to_where_there_is_one() -> None:
    for context, href in (
        ("home", "https://example.org/home"),
        ("b2b", "https://example.org/b2b"),
        ("x", "https://example.org/b2b"),
    ):
        found = asked(link_type="gs1:instructions", context=context).chosen
        assert found is not None
        assert found.href == href


def test_the_full_name_of_a_type_is_the_same_type() -> None:
    found = asked(link_type=resolver.VOCABULARY + "recallStatus").chosen
    assert found is not None
    assert found.type == "gs1:recallStatus"


def test_the_list_has_every_link_of_the_finest_key() -> None:
    found = asked(link_type="all")
    assert found.anchor == LOT
    whole = resolver.answer(link.read(f"https://id.example.org{PRODUCT}"), KEPT, link_type="linkset")
    assert whole is not None
    told = resolver.linkset("https://id.example.org", [whole])["linkset"][0]
    assert told["anchor"] == f"https://id.example.org{PRODUCT}"
    pips = told[resolver.VOCABULARY + "pip"]
    assert [one["hreflang"] for one in pips] == [["zh-CN"], ["en"]]
    assert told[resolver.VOCABULARY + "defaultLink"] == [pips[0]]
    assert {"context": ["home"], "href": "https://example.org/home", "type": "text/html"} in told[
        resolver.VOCABULARY + "instructions"
    ]


def test_nothing_is_kept_for_another_product() -> None:
    assert resolver.answer(link.read("https://id.example.org/01/09520123456795"), KEPT) is None


def test_parameters_go_along_where_the_target_has_none_of_its_own() -> None:
    query = [("linkType", "gs1:pip"), ("a", "1"), ("x", "2")]
    assert resolver.onward(Target("t", "https://example.org/e?x=1"), query) == "https://example.org/e?x=1&a=1"
    assert resolver.onward(Target("t", "https://example.org/e"), query) == "https://example.org/e?a=1&x=2"
    assert resolver.onward(Target("t", "https://example.org/e"), []) == "https://example.org/e"


@pytest.mark.parametrize(
    ("header", "languages"),
    [("en;q=0.5, zh-CN, *;q=0.1, mn;q=x, fr;q=0", ["zh-CN", "en"]), ("", [])],
)
def test_languages_are_read_in_the_order_they_are_wanted(header: str, languages: list[str]) -> None:
    assert resolver.accepted_languages(header) == languages
