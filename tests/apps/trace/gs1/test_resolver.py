"""A resolver's answers: by type and language, walking up from an item to its lot and its product."""

import json
import re
from pathlib import Path

import pytest

from xilin.apps.trace.gs1 import link, resolver
from xilin.apps.trace.gs1.errors import Malformed
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
    assert told[resolver.VOCABULARY + "defaultLink"] == [{"href": "https://example.org/zh", "title": "羊肉"}]
    assert {
        "context": ["home"], "href": "https://example.org/home", "type": "text/html", "title": "instructions",
    } in told[resolver.VOCABULARY + "instructions"]  # fmt: skip


def test_nothing_is_kept_for_another_product() -> None:
    assert resolver.answer(link.read("https://id.example.org/01/09520123456795"), KEPT) is None


def test_all_parameters_go_along_as_they_were_written_but_those_for_the_resolver() -> None:
    query = "linkType=gs1:pip&a=1;b=%2f&flag&context=home"
    for href, led in (
        ("https://example.org/e?x=1", "https://example.org/e?x=1&a=1;b=%2f&flag"),
        ("https://example.org/e", "https://example.org/e?a=1;b=%2f&flag"),
        ("https://example.org/e#part", "https://example.org/e?a=1;b=%2f&flag#part"),
    ):
        assert resolver.onward(Target("t", href), query) == led
        assert resolver.onward(Target("t", href), "") == href


def test_links_may_be_kept_at_the_six_sets_of_the_standard() -> None:
    path = [("01", "09520123456788"), ("22", "A"), ("10", "L1"), ("21", "7")]
    key = "/01/09520123456788"
    assert resolver.keys(path) == [
        f"{key}/22/A/10/L1/21/7", f"{key}/21/7", f"{key}/22/A/10/L1", f"{key}/10/L1", f"{key}/22/A", key,
    ]  # fmt: skip
    assert resolver.keys([("00", "395211410000000010")]) == ["/00/395211410000000010"]


SITE = "https://id.example.org"


def said(address: str, **more: str) -> resolver.Reply | None:
    path, _, query = address.partition("?")
    question = resolver.Question(path=path, query=query, **more)
    return resolver.respond(
        question, SITE, lambda paths: {path: KEPT[path] for path in paths if path in KEPT}
    )


def test_who_asks_for_nothing_is_led_to_the_default_link_with_the_query() -> None:
    for address, place in (
        (PRODUCT, "https://example.org/zh"),
        (f"{LOT}?17=261231", "https://example.org/zh?17=261231"),
        ("/gtin/9520123456788/lot/L1/", "https://example.org/zh"),
        (f"{PRODUCT}?linkType=https%3A%2F%2Fgs1.org%2Fvoc%2Fpip", "https://example.org/zh"),
    ):
        found = said(address, languages="zh")
        assert found is not None
        assert (found.status, found.headers["Location"]) == (307, place)
        assert found.headers["Access-Control-Allow-Origin"] == "*"
        assert 'rel="linkset"' in found.headers["Link"]


def test_what_is_not_kept_is_not_found_and_what_is_no_link_is_wrong() -> None:
    for address in (
        f"{PRODUCT}?linkType=gs1:epcis",
        "/01/09520123456795",
        "/00/395211410000000015?linkType=all",
    ):
        found = said(address)
        assert found is not None
        assert found.status == 404
        assert "Location" not in found.headers
    for address in (
        "/01/09520123456789", f"{PRODUCT}/21/7/10/L1", f"{PRODUCT}/17/261231", "/x", f"{PRODUCT}?01=1&linkType=all",
    ):  # fmt: skip
        with pytest.raises(Malformed) as wrong:
            said(address)
        assert resolver.refused(wrong.value).status == 400


def test_the_linkset_holds_every_level_and_each_link_a_title(testdata: Path) -> None:
    for address, accept in (
        (f"{LOT}/21/7?linkType=linkset", "*/*"),
        (f"{LOT}/21/7", "application/linkset+json"),
    ):
        found = said(address, accept=accept)
        assert found is not None
        assert (found.status, found.headers["Content-Type"]) == (200, "application/linkset+json")
        entries = json.loads(found.body)["linkset"]
        assert [entry.pop("anchor") for entry in entries] == [SITE + LOT, SITE + PRODUCT]
        assert all(one["title"] for entry in entries for links in entry.values() for one in links)
        assert len(entries[1][resolver.VOCABULARY + "defaultLink"]) == 1
    linked = said(f"{PRODUCT}?linkType=all", accept="application/ld+json")
    assert linked is not None
    assert json.loads(linked.body)["@context"] == resolver.CONTEXT


def test_a_media_type_chooses_between_links_of_one_kind() -> None:
    found = said(f"{PRODUCT}?linkType=gs1:instructions", accept="text/html;q=0.9, image/png;q=0")
    assert found is not None
    assert found.headers["Location"] == "https://example.org/home"


def test_a_default_link_at_the_address_itself_leads_nowhere() -> None:
    own = {PRODUCT: (Target("gs1:pip", SITE + PRODUCT, default=True),)}

    def asked_at(path: str) -> resolver.Reply | None:
        return resolver.respond(resolver.Question(path=path), SITE, lambda paths: own)

    assert asked_at(PRODUCT) is None
    led = asked_at("/gtin/09520123456788")
    assert led is not None
    assert led.headers["Location"] == SITE + PRODUCT


def test_methods_are_told() -> None:
    found = said("/nothing", method="OPTIONS")
    assert found is not None
    assert (found.status, found.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_every_link_of_every_vector_is_answered_or_refused_and_nothing_else(testdata: Path) -> None:
    seen = set()
    for file in sorted((testdata / "gs1").glob("*.jsonl")):
        for address in re.findall(r"https?://[^\"\\\s]+", file.read_text("utf-8")):
            whole = re.fullmatch(r"https?://[^/]+(/[^?#]*)\??([^#]*)(#.*)?", address)
            if whole is None:
                continue
            for query in (whole[2], f"{whole[2]}&linkType=linkset", f"{whole[2]}&linkType=gs1:pip"):
                question = resolver.Question(path=whole[1], query=query, accept="*/*", languages="en")
                try:
                    found = resolver.respond(
                        question, SITE, lambda paths: dict.fromkeys(paths, KEPT[PRODUCT])
                    )
                except Malformed as wrong:
                    found = resolver.refused(wrong)
                assert found is not None
                seen.add(found.status)
    assert seen == {200, 307, 400}


def test_every_link_of_the_engine_is_answered_or_refused_as_it_is_valid(testdata: Path) -> None:
    lines = (testdata / "gs1/dl-parse.jsonl").read_text("utf-8").splitlines()
    seen = {400: 0, 404: 0}
    for vector in map(json.loads, lines):
        if vector["engine_settings"]:
            continue
        whole = re.fullmatch(r"https?://[^/]+(/[^?#]*)\??([^#]*)(#.*)?", vector["uri"])
        if whole is None:
            continue
        try:
            found = resolver.respond(
                resolver.Question(path=whole[1], query=f"{whole[2]}&linkType=all"), SITE, lambda paths: {}
            )
            assert found is not None
            status = found.status
        except Malformed:
            status = 400
        # Names for identifiers and short GTINs are read here, and a slash at the end is let pass.
        if vector["valid"]:
            assert status == 404, vector["uri"]
        seen[status] += 1
    assert seen[404] > 30
    assert seen[400] > 15


@pytest.mark.parametrize(
    ("header", "languages"),
    [("en;q=0.5, zh-CN, *;q=0.1, mn;q=x, fr;q=0", ["zh-CN", "en"]), ("", [])],
)
def test_languages_are_read_in_the_order_they_are_wanted(header: str, languages: list[str]) -> None:
    assert resolver.accepted_languages(header) == languages
