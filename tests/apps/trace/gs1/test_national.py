"""Ear tags, batches of farm produce and Ecode, and the way between them and Digital Links."""

from datetime import date
from typing import Any

import pytest

from xilin.apps.trace.gs1 import eartags, ecode, epc, nyt4712
from xilin.apps.trace.gs1.errors import Malformed

PREFIX = "9520123"
HERDER, PLANT, SHOP = "91152502MA0HERD112", "91152502MA0PLANT23", "91152502MA0XHAP334"


def test_an_ear_tag_says_species_and_county() -> None:
    tag = eartags.read(" 3 152502 00001234 ")
    assert (tag.species, tag.county, tag.serial) == (eartags.Species.SHEEP, "152502", "00001234")
    assert eartags.of_link(tag.digital_link(PREFIX), PREFIX) == tag
    assert epc.to_urn(tag.digital_link(PREFIX), len(PREFIX)) == f"urn:epc:id:giai:{PREFIX}.{tag}"


@pytest.mark.parametrize(
    "text", ["", "31525020000123", "415250200001234", "31525020000123x", "3152502000012345"]
)
def test_what_is_no_ear_tag_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        eartags.read(text)


def test_an_ear_tag_of_another_species_or_county_is_told() -> None:
    for limits, code in (
        ({"species": eartags.Species.CATTLE}, "ear-tag-species"),
        ({"counties": frozenset({"152501"})}, "ear-tag-county"),
    ):
        with pytest.raises(Malformed) as wrong:
            eartags.read("315250200001234", **limits)
        assert wrong.value.code == code


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/8004/9520123x",
        "https://id.gs1.org/01/09520123456788",
        "https://id.gs1.org/8004/1520123315250200001234",
    ],
)
def test_a_link_without_an_ear_tag_is_refused(uri: str) -> None:
    with pytest.raises(Malformed):
        eartags.of_link(uri, PREFIX)


def test_an_ecode_is_read_by_its_version() -> None:
    code = ecode.read("11234" + "56789012345678")
    assert (code.version, code.system, code.code) == ("1", "1234", "56789012345678")
    assert str(code) == "1123456789012345678"
    assert not any(version.verified for version in ecode.versions().values())


@pytest.mark.parametrize("text", ["", "9123", "1123", "11234", "1123a5", "11234567890123456789", "1123456a"])
def test_what_is_no_ecode_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        ecode.read(text)


def test_digits_of_versions_are_data() -> None:
    longer = ecode.read_table(["1 | 6 | 20 | letters | of a corrected table | yes"])
    assert ecode.read("1123456ABC", longer).system == "123456"
    assert longer["1"].verified


def test_a_gs1_thing_keeps_its_number_in_an_ecode() -> None:
    uri = "https://example.org/x/01/09520123456788/21/7?17=271231"
    code = ecode.of_link(uri)
    assert ecode.to_link(code) == "https://id.gs1.org/01/09520123456788/21/7"
    assert ecode.read(str(code)) == code
    with pytest.raises(Malformed):
        ecode.to_link(ecode.Ecode("1", "1234", "5"))


def chain() -> list[nyt4712.Batch]:
    herd: dict[str, Any] = {"product": "09520123456788", "unit": "只", "on": date(2026, 9, 1)}
    return [
        nyt4712.Batch(
            "H-1", "out", HERDER, quantity=40, to=PLANT, trace_code="TR-1", origin="152502", **herd
        ),
        nyt4712.Batch("P-7", "in", PLANT, quantity=40, sources=(nyt4712.Source("TR-1", HERDER, 40),), **herd),
        nyt4712.Batch("P-8", "out", PLANT, quantity=700, to=SHOP, sources=(nyt4712.Source("P-7"),), **herd),
    ]


def test_batches_go_out_and_come_back() -> None:
    for batch in chain():
        told = nyt4712.export(batch)
        assert told["批次类型"] in ("入库批次", "出库批次")
        assert nyt4712.read(told) == batch
    assert nyt4712.of_link(chain()[0].digital_link()) == ("09520123456788", "H-1")


def test_a_chain_is_joined_by_trace_codes_and_own_batches() -> None:
    whole = chain()
    assert nyt4712.broken_chain(whole) == []
    assert [batch.number for batch, _ in nyt4712.broken_chain(whole[1:])] == ["P-7"]
    assert [batch.number for batch, _ in nyt4712.broken_chain([whole[0], whole[2]])] == ["P-8"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"批次号": "有 空格"}, "batch-number"),
        ({"主体统一社会信用代码": "123"}, "holder"),
        ({"数量": 0}, "quantity"),
        ({"数量": "许多"}, "field"),
        ({"批次类型": "在库"}, "field"),
        ({"别的": 1}, "field"),
        ({"来源": [{}]}, "source"),
        ({"批次类型": "入库批次"}, "direction"),
        ({"日期": "昨天"}, "field"),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(changed: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed) as wrong:
        nyt4712.read(nyt4712.export(chain()[0]) | changed)
    assert wrong.value.code == code


def test_a_link_to_a_product_names_no_batch() -> None:
    with pytest.raises(Malformed):
        nyt4712.of_link("https://id.gs1.org/01/09520123456788")


def test_names_of_fields_are_a_table_that_says_what_was_compared() -> None:
    known = nyt4712.names()
    assert {"number", "holder"} <= known.unverified
    assert "sources" not in known.unverified
    lines = [f"{ours} | {theirs} | yes" for ours, theirs in (known.fields | known.directions).items()]
    assert nyt4712.read_table(["# dated", "", *lines]).unverified == frozenset()
    for wrong in (lines[1:], [*lines, "more | 其他 | yes"]):
        with pytest.raises(ValueError, match="table"):
            nyt4712.read_table(wrong)
