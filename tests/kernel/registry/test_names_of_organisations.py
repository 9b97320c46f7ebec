"""The league's own declaration of organisations on names as departments write them."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from made_up import Linked, rows, together

from xilin.kernel.registry.declarations import REGISTRY
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.kernel.standards.declarations import ELEMENT
from xilin.lib.declared import read

Link = Callable[[Spec, list[Found]], Linked]
Con = duckdb.DuckDBPyConnection
REPO = Path(__file__).parents[3]
CITY = "152502000000"


@pytest.fixture(scope="module")
def organisations() -> Spec:
    league, _ = read(REPO / "leagues/xilingol", [ELEMENT, REGISTRY])
    declared = league.all("registry")["organisations"].value
    elements = league.all("element")
    return Spec(declared, {a.code: elements[a.element].value.type for a in declared.attribute})


def firm(name: str, head: str, uscc: str = "", area: str = CITY) -> dict[str, str]:
    row = {"organisation_name": name, "legal_person_name": head, "area_code": area}
    return row | ({"uscc": uscc} if uscc else {})


def others() -> list[dict[str, str]]:
    """Others of the league, so that names are as rare as they are: a handful would make them common."""
    return [firm(f"{chr(0x4E00 + n)}{chr(0x4F00 + n)}商贸有限公司", chr(0x5000 + n) * 2) for n in range(200)]


@pytest.mark.parametrize(
    ("registered", "written"),
    [
        ("锡林浩特市鑫隆商贸有限公司", "锡市鑫隆商贸有限责任公司"),
        ("鑫隆（锡林浩特市）商贸有限公司", "鑫隆(锡市)商贸有限公司"),
        ("锡林郭勒盟草原农牧业股份有限公司", "锡盟草原农牧业股份公司"),
        ("东乌珠穆沁旗额尔敦肉食品有限公司", "内蒙古东乌旗额尔敦肉食品有限公司"),
        ("阿巴嘎旗查干淖尔镇乌兰图嘎嘎查股份经济合作社", "阿旗查干淖尔镇乌兰图嘎嘎查股份经济合作社"),
        ("苏尼特左旗希日牧民专业合作社", "东苏旗希日牧民专业合作社"),
        ("锡林浩特市第一小学", "锡市第一小学"),
    ],
)
def test_other_forms_of_a_name_are_the_same_organisation(
    con: Con, link: Link, organisations: Spec, registered: str, written: str
) -> None:
    a = rows(con, "a", firm(registered, "巴特尔", "91992502PDY000011X"), *others())
    b = rows(con, "b", firm(written, "巴特尔"))
    assert frozenset({"a/001", "b/001"}) in together(link(organisations, [a, b]))


@pytest.mark.parametrize("branch", ["锡林浩特分公司", "第一分店", "营业部"])
def test_a_branch_is_not_its_head_office(con: Con, link: Link, organisations: Spec, branch: str) -> None:
    head = "锡林浩特市鑫隆商贸有限公司"
    a = rows(con, "a", firm(head, "巴特尔", "91992502PDY000011X"), *others())
    b = rows(con, "b", firm(head + branch, "巴特尔"))
    found = together(link(organisations, [a, b]))
    assert frozenset({"a/001"}) in found
    assert frozenset({"b/001"}) in found


def test_a_branch_finds_itself_beside_its_head_office(con: Con, link: Link, organisations: Spec) -> None:
    head = "锡林浩特市鑫隆商贸有限公司"
    a = rows(
        con,
        "a",
        firm(head, "巴特尔", "91992502PDY000011X"),
        firm(head + "第一分店", "其其格", "91992502PDY000022X"),
        *others(),
    )
    b = rows(con, "b", firm("锡市鑫隆商贸有限责任公司第一分店", "其其格"), firm(head, "巴特尔"))
    found = together(link(organisations, [a, b]))
    assert frozenset({"a/002", "b/001"}) in found
    assert frozenset({"a/001", "b/002"}) in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("锡林浩特市鑫隆商贸有限公司第一分店", "锡市鑫隆商贸公司第二分店"),
        ("多伦县第一小学", "多伦县第二小学"),
    ],
)
def test_another_ordinal_is_another_organisation(
    con: Con, link: Link, organisations: Spec, one: str, other: str
) -> None:
    a = rows(con, "a", firm(one, "巴特尔", "91992502PDY000011X"), *others())
    b = rows(con, "b", firm(other, "巴特尔"))
    found = together(link(organisations, [a, b]))
    assert frozenset({"a/001"}) in found
    assert frozenset({"b/001"}) in found


@pytest.mark.parametrize(
    ("registered", "written"),
    [
        ("多伦县通天养殖专业合作社", "多伦县通天养殖农牧民专业合作社"),
        ("太仆寺旗大春奶业专业合作社", "太旗大春奶业合作社"),
        ("锡林浩特市鑫隆商贸有限公司第一分店", "锡林郭勒盟锡林浩特市鑫隆商贸公司第一分店"),
        ("乌拉盖管理区管委会鑫隆乳业有限公司", "鑫隆乳业有限责任公司"),
    ],
)
def test_shortened_names_are_the_same_organisation(
    con: Con, link: Link, organisations: Spec, registered: str, written: str
) -> None:
    a = rows(con, "a", firm(registered, "巴特尔", "91992502PDY000011X"), *others())
    b = rows(con, "b", firm(written, "巴特尔"))
    assert frozenset({"a/001", "b/001"}) in together(link(organisations, [a, b]))


def test_a_companys_name_alone_finds_it_under_a_new_legal_representative_and_a_shops_does_not(
    con: Con, link: Link, organisations: Spec
) -> None:
    company, shop = "锡林浩特市鑫隆商贸有限公司", "锡林浩特市鑫隆饭馆"
    a = rows(con, "a", firm(company, "巴特尔", "91992502PDY000011X"), firm(shop, "巴特尔"), *others())
    b = rows(con, "b", firm("锡市鑫隆商贸有限责任公司", "其其格"), firm(shop, "其其格"))
    found = together(link(organisations, [a, b]))
    assert frozenset({"a/001", "b/001"}) in found
    assert frozenset({"a/002"}) in found
    assert frozenset({"b/002"}) in found


def test_branches_of_one_company_in_two_counties_stay_apart(
    con: Con, link: Link, organisations: Spec
) -> None:
    head = "锡林浩特市鑫隆商贸有限公司"
    a = rows(con, "a", firm(head + "锡林浩特市分公司", "巴特尔", "91992502PDY000011X"), *others())
    b = rows(con, "b", firm(head + "多伦县分公司", "巴特尔", area="152531000000"))
    found = together(link(organisations, [a, b]))
    assert frozenset({"a/001"}) in found
    assert frozenset({"b/001"}) in found


@pytest.mark.parametrize("another", ["锡林浩特市鑫隆商贸有限公司第一分店", "多伦县鑫隆商贸有限公司营业部"])
def test_a_branch_elsewhere_that_gives_its_companys_code_is_not_the_company(
    con: Con, link: Link, organisations: Spec, another: str
) -> None:
    code = "91992502PDY000011X"
    a = rows(con, "a", firm("锡林浩特市鑫隆商贸有限公司", "巴特尔", code), *others())
    b = rows(con, "b", firm(another, "其其格", code, area="152531000000"))
    found = together(link(organisations, [a, b]))
    assert frozenset({"a/001"}) in found
    assert frozenset({"b/001"}) in found


def test_a_collective_without_a_code_is_found_by_its_village(
    con: Con, link: Link, organisations: Spec
) -> None:
    village = {"village_code": "152502200201"}
    name = "锡林浩特市宝力根苏木乌兰图嘎嘎查股份经济合作社"
    a = rows(con, "a", firm(name, "巴特尔", "N2992502PDY000033X") | village, *others())
    b = rows(con, "b", firm("乌兰图嘎嘎查集体经济组织", "巴特尔") | village)
    c = rows(con, "c", firm("乌兰图嘎嘎查集体经济组织", "其其格") | {"village_code": "152502200202"})
    found = together(link(organisations, [a, b, c]))
    assert frozenset({"a/001", "b/001"}) in found
    assert frozenset({"c/001"}) in found


def test_a_collectives_code_begins_with_a_letter_and_decides(
    con: Con, link: Link, organisations: Spec
) -> None:
    code = "N2992502PDY000033X"
    a = rows(con, "a", firm("乌兰图嘎嘎查股份经济合作社", "巴特尔", code))
    b = rows(con, "b", firm("乌兰图嘎嘎查集体经济组织", "巴特尔", code))
    linked = link(organisations, [a, b])
    assert together(linked) == {frozenset({"a/001", "b/001"})}
    assert {how for _, how in linked.values()} == {"identifier"}


def test_a_renamed_company_is_found_under_its_former_name_by_its_legal_representative(
    con: Con, link: Link, organisations: Spec
) -> None:
    register = firm("锡林浩特市鑫隆商贸有限公司", "巴特尔", "91992502PDY000011X")
    a = rows(con, "a", register | {"former_name": "锡林浩特市草原红商贸有限公司"}, *others())
    b = rows(con, "b", firm("锡市草原红商贸公司", "巴特尔"))
    assert frozenset({"a/001", "b/001"}) in together(link(organisations, [a, b]))
    b = rows(con, "b", firm("草原红商贸公司", "其其格", area="152522000000"))
    assert frozenset({"b/001"}) in together(link(organisations, [a, b])), "elsewhere others may bear it"
