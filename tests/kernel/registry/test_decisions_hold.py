"""What people decided about records holds, whatever identifiers and likeness say."""

import random
from collections.abc import Callable

import duckdb
from made_up import Linked, person, rows, spec, together

from xilin.kernel.registry.pipeline.union import GuardedComponents

Link = Callable[..., Linked]
Con = duckdb.DuckDBPyConnection
ANN = person(1, "王芳", "1980-02-03", phone="12000000001")


def test_records_decided_to_be_one_are_one_against_their_identifiers(con: Con, link: Link) -> None:
    found = [rows(con, "a", ANN), rows(con, "b", person(2, "李雷", "1991-04-05"))]
    assert len(together(link(spec(), found))) == 2
    linked = link(spec(), found, must=[(("a", "001"), ("b", "001"))])
    assert len(together(linked)) == 1


def test_a_record_that_only_a_decision_joined_says_so(con: Con, link: Link) -> None:
    found = [rows(con, "a", ANN), rows(con, "b", person(0, "李雷", "1991-04-05"))]
    linked = link(spec(), found, must=[(("b", "001"), ("a", "001"))])
    assert linked["b", "001"] == (linked["a", "001"][0], "decided")


def test_records_told_apart_are_not_joined_by_likeness(con: Con, link: Link) -> None:
    found = [rows(con, "a", ANN), rows(con, "b", ANN | {"id_number": None})]
    assert len(together(link(spec(), found))) == 1
    assert len(together(link(spec(), found, cannot=[(("a", "001"), ("b", "001"))]))) == 2


def test_records_told_apart_are_parted_though_one_number_joins_them(con: Con, link: Link) -> None:
    other = ANN | {"name": "王丽", "phone": "12000000009"}
    found = [rows(con, "a", ANN), rows(con, "b", other), rows(con, "c", ANN), rows(con, "d", other)]
    linked = link(spec(), found, cannot=[(("a", "001"), ("b", "001"))])
    assert together(linked) == {frozenset({"a/001", "c/001"}), frozenset({"b/001", "d/001"})}


def test_a_chain_between_records_told_apart_is_cut_at_its_weakest(con: Con, link: Link) -> None:
    chain = [
        person(0, "王芳", "1980-02-03", phone="12000000001"),
        person(0, "王芳", "1980-02-03", phone="12000000001"),
        person(0, "王芳", "1980-02-03"),
        person(0, "王芳", "1980-02-03", phone="12000000002"),
    ]
    found = [rows(con, source, row) for source, row in zip("abcd", chain, strict=True)]
    loose = spec(margin=0.0, threshold=0.5)
    assert len(together(link(loose, found))) == 1
    linked = link(loose, found, cannot=[(("a", "001"), ("d", "001"))])
    assert linked["a", "001"][0] == linked["b", "001"][0] != linked["d", "001"][0]


def test_decisions_about_records_that_are_gone_change_nothing(con: Con, link: Link) -> None:
    found = [rows(con, "a", ANN), rows(con, "b", ANN)]
    gone = ("a", "gone")
    pairs = [(gone, ("b", "001"))]
    assert link(spec(), found, must=pairs, cannot=pairs) == link(spec(), found)


def test_told_apart_holds_before_decided_to_be_one(con: Con, link: Link) -> None:
    found = [rows(con, source, ANN | {"id_number": None}) for source in "abc"]
    one, two, three = (("a", "001"), ("b", "001"), ("c", "001"))
    linked = link(spec(), found, must=[(one, two), (two, three)], cannot=[(one, three)])
    assert linked[one][0] != linked[three][0]


def test_components_never_hold_two_things_that_stay_apart() -> None:
    dice = random.Random(7)
    for _ in range(200):
        apart = {tuple(sorted(dice.sample(range(12), 2))) for _ in range(6)}
        things = GuardedComponents({}, {}, sorted(apart))
        for _ in range(40):
            one, two = dice.sample(range(12), 2)
            if things.root(one) != things.root(two) and not things.contradict(one, two):
                things.join(one, two)
        assert all(things.root(one) != things.root(two) for one, two in apart)
