"""Each rule of linking on a handful of made-up people."""

from collections.abc import Callable

import duckdb
import pytest
from made_up import Linked, identity, person, rows, spec, together

from xilin.kernel.registry.declarations import Identifier
from xilin.kernel.registry.pipeline import linking
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

Link = Callable[[Spec, list[Found]], Linked]
Con = duckdb.DuckDBPyConnection


def test_a_valid_identifier_makes_one_of_records_whose_names_differ(con: Con, link: Link) -> None:
    a = rows(con, "a", person(1, "斯琴", "1980-02-03"), person(2, "王芳", "1980-02-03"))
    b = rows(con, "b", person(1, "王丽", "1980-02-03"), person(2, "王芳", "1980-02-03"))
    linked = link(spec(), [a, b])
    assert together(linked) == {frozenset({"a/001", "b/001"}), frozenset({"a/002", "b/002"})}
    assert {how for _, how in linked.values()} == {"identifier"}


def test_a_borrowed_number_does_not_make_two_people_one(con: Con, link: Link) -> None:
    wife = person(2, "图雅", "1982-05-06", phone="12000000002")
    borrowed = wife | {"id_number": identity(1, "1980-02-03")}
    a = rows(con, "a", person(1, "巴特尔", "1980-02-03"), wife)
    b = rows(con, "b", person(1, "巴特尔", "1980-02-03"), borrowed)
    linked = link(spec(), [a, b])
    assert together(linked) == {frozenset({"a/001", "b/001"}), frozenset({"a/002", "b/002"})}
    assert linked["b", "002"][1] == "compared"


def test_a_number_that_everybody_has_identifies_nobody(con: Con, link: Link) -> None:
    office = "990000000000000000"
    crowd = [person(0, chr(0x4E00 + n) * 2, f"19{50 + n}-01-01", id_number=office) for n in range(45)]
    linked = link(spec(), [rows(con, "a", *crowd)])
    assert len(together(linked)) == 45


@pytest.mark.parametrize(
    "found",
    [
        "99000019800203001",  # a digit dropped
        "990000198002300001",  # two digits swapped
        "9900001980O2030001",  # the letter for the number
        "990000198002030009",  # a digit wrong
    ],
)
def test_a_mistyped_number_is_mended_where_name_and_birth_agree(con: Con, link: Link, found: str) -> None:
    a = rows(con, "a", person(1, "其其格", "1980-02-03"))
    b = rows(con, "b", person(0, "琪琪格", "1980-02-03", id_number__found=found))
    linked = link(spec(comparison=spec().registry.comparison[:1], threshold=0.999999), [a, b])
    assert len(together(linked)) == 1
    assert linked["b", "001"][1] == "repaired"


def test_a_mistyped_number_is_not_mended_where_birth_differs(con: Con, link: Link) -> None:
    a = rows(con, "a", person(1, "王芳", "1980-02-03"))
    b = rows(con, "b", person(0, "王芳", "1990-07-08", id_number__found="990000198002030009"))
    assert len(together(link(spec(), [a, b]))) == 2


def test_a_mistyped_number_between_two_known_ones_is_not_mended(con: Con, link: Link) -> None:
    a = rows(con, "a", person(1, "王芳", "1980-02-03"), person(2, "王芳", "1980-02-03"))
    b = rows(con, "b", person(0, "王芳", "1980-02-03", id_number__found="990000198002030003"))
    linked = link(spec(), [a, b])
    assert len(together(linked)) == 3
    assert linked["b", "001"][1] == "alone"


def test_a_record_without_a_number_is_compared(con: Con, link: Link) -> None:
    a = rows(
        con, "a", person(1, "额尔敦图", "1980-02-03", phone="12000000001"), person(2, "李娜", "1991-01-01")
    )
    b = rows(
        con, "b", person(0, "额尔登图", "1980-02-03", phone="12000000001"), person(0, "赵磊", "1960-12-12")
    )
    linked = link(spec(), [a, b])
    assert linked["b", "001"] == (linked["a", "001"][0], "compared")
    assert linked["b", "002"][1] == "alone"


def test_twins_stay_apart_and_the_one_without_a_number_finds_itself(con: Con, link: Link) -> None:
    same = {"phone": "12000000007"}
    a = rows(con, "a", person(1, "王思远", "2015-05-05", **same), person(2, "王思佳", "2015-05-05", **same))
    b = rows(con, "b", person(0, "王思佳", "2015-05-05", **same))
    linked = link(spec(), [a, b])
    assert together(linked) == {frozenset({"a/001"}), frozenset({"a/002", "b/001"})}


def test_a_record_that_fits_two_people_equally_joins_neither(con: Con, link: Link) -> None:
    a = rows(con, "a", person(1, "其其格", "1980-02-03"), person(2, "其其格", "1980-02-03"))
    b = rows(con, "b", person(0, "其其格", "1980-02-03"))
    assert len(together(link(spec(), [a, b]))) == 3
    assert len(together(link(spec(margin=0.0), [a, b]))) == 2


def test_a_chain_of_likenesses_never_joins_two_numbers(con: Con, link: Link) -> None:
    a = rows(con, "a", person(1, "王芳", "1980-02-03", phone="12000000001"))
    b = rows(con, "b", person(2, "王芳", "1980-02-03", phone="12000000002"))
    c = rows(
        con,
        "c",
        person(0, "王芳", "1980-02-03", phone="12000000001"),
        person(0, "王芳", "1980-02-03", phone="12000000002"),
    )
    linked = link(spec(margin=0.0), [a, b, c])
    assert linked["a", "001"][0] != linked["b", "001"][0]
    assert linked["c", "001"][0] == linked["a", "001"][0]


def test_one_to_one_never_joins_two_records_of_a_source(con: Con, link: Link) -> None:
    twice = person(0, "王芳", "1980-02-03", phone="12000000001")
    a, b = rows(con, "a", twice, twice), rows(con, "b", twice)
    plain, one = spec(identifier=(), margin=0.0), spec(identifier=(), margin=0.0, one_to_one=True)
    assert len(together(link(plain, [a, b]))) == 1
    assert sorted(map(len, together(link(one, [a, b])))) == [1, 2]


def test_a_second_identifier_joins_what_the_first_leaves_open(con: Con, link: Link) -> None:
    two = spec(identifier=(Identifier("id_number"), Identifier("phone")), comparison=(), blocks=())
    a = rows(con, "a", person(1, "甲", "1980-02-03", phone="12000000001"), person(2, "乙", "1980-02-03"))
    b = rows(con, "b", person(0, "丙", "1999-09-09", phone="12000000001"))
    assert together(link(two, [a, b])) == {frozenset({"a/001", "b/001"}), frozenset({"a/002"})}


def test_a_second_identifier_on_two_things_decides_nothing(con: Con, link: Link) -> None:
    two = spec(identifier=(Identifier("id_number"), Identifier("phone")), comparison=(), blocks=())
    a = rows(con, "a", *(person(n, "甲", "1980-02-03", phone="12000000001") for n in (1, 2)))
    b = rows(con, "b", person(0, "丙", "1999-09-09", phone="12000000001"))
    assert len(together(link(two, [a, b]))) == 3


def test_a_block_beyond_its_limit_is_left_out_and_counted(con: Con, link: Link, tmp_path) -> None:  # type: ignore[no-untyped-def]
    crowd = [person(0, "王芳", "1980-02-03", phone=f"1200000{n:04}") for n in range(20)]
    found = [rows(con, "a", *crowd)]
    assert len(together(link(spec(blocks=(("birth",),), block_limit=100), found))) == 20
    assert len(together(link(spec(blocks=(("birth",),)), found))) == 1


def test_nothing_to_link_is_no_fault(link: Link) -> None:
    assert link(spec(), []) == {}


def test_identifiers_keep_their_capitals(con: Con, link: Link, tmp_path) -> None:  # type: ignore[no-untyped-def]
    number = "99000019800203001X"
    found = [rows(con, "a", person(0, "王芳", "1980-02-03", id_number=number))]
    with linking.workplace(con, tmp_path):
        linking.link(con, spec(), found)
        assert con.execute("SELECT value FROM linking.marks").fetchall() == [(number,)]


def test_a_row_that_stands_twice_is_a_defect_not_a_person(con: Con, link: Link) -> None:
    twice = [rows(con, "a", person(1, "王芳", "1980-02-03", key="k")) for _ in range(2)]
    with pytest.raises(ValueError, match="stands twice"):
        link(spec(), twice)
