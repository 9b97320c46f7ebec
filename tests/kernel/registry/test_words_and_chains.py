"""Words that tell more the rarer they are, and groups that chains of links don't join."""

from collections.abc import Callable
from datetime import date

import duckdb
import pytest
from made_up import Linked, rows, spec, together

from xilin.kernel.registry.declarations import Attribute, Comparison, Level
from xilin.kernel.registry.pipeline.density import Density
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.kernel.registry.pipeline.union import Components

Link = Callable[[Spec, list[Found]], Linked]
Con = duckdb.DuckDBPyConnection


def titled(level: Level, **changes: object) -> Spec:
    """A registry in which titles alone are compared."""
    levels = (level, Level("else", m=0.01, u=0.99))
    return spec(
        attribute=(Attribute("name", "name", plain=True),),
        identifier=(),
        comparison=(Comparison("name", levels),),
        blocks=(("token(name)",),),
        recorded="",
        margin=0.0,
        **changes,
    )


def test_rare_words_join_what_common_words_do_not(con: Con, link: Link) -> None:
    common = [{"name": f"department of computer science {town}"} for town in "abcdefgh"]
    same = [{"name": "department of computer science hulunbuir"}, {"name": "computer science hulunbuir"}]
    found = rows(con, "s", *common, *same)
    # By plain shares of words they are all alike: four words of five, or of six, in common.
    plain = together(link(titled(Level("jaccard", 0.6, m=0.99, u=0.0001)), [found]))
    assert len(plain) == 1
    rare = together(link(titled(Level("rare_words", 0.6, m=0.99, u=0.0001)), [found]))
    assert frozenset({"s/009", "s/010"}) in rare
    assert len(rare) == 9


def test_a_chain_of_links_is_not_one_thing_where_its_ends_are_unlike(con: Con, link: Link) -> None:
    chain = rows(con, "s", *({"name": name} for name in ("a b c d", "b c d e", "c d e f", "d e f g")))
    level = Level("jaccard", 0.5, m=0.99, u=0.0001)
    assert len(together(link(titled(level), [chain]))) == 1
    dense = together(link(titled(level, density=0.9), [chain]))
    # Whichever of the equal links comes first: nobody stands with one it is not like.
    near = {frozenset({f"s/00{n}", f"s/00{n + 1}"}) for n in (1, 2, 3)}
    assert {members for members in dense if len(members) > 1} <= near
    assert 2 <= len(dense) <= 3


@pytest.mark.parametrize(("share", "one"), [(0, True), (0.5, True), (0.6, False)])
def test_the_share_of_matches_between_two_groups_decides(share: float, one: bool) -> None:
    # Groups {1 2} and {3 4}: of the four pairs between them 1-3 and 2-4 match.
    groups: Components[int] = Components()
    density = Density([(1, 2), (3, 4), (1, 3), (2, 4)], share, groups.root)
    for left, right in ((1, 2), (3, 4)):
        assert density.enough(left, right)
        density.joined(groups.root(left), groups.root(right), groups.join(left, right))
    assert density.enough(1, 3) is one


@pytest.mark.parametrize(
    ("other", "one"),
    [("1981-02-03", True), ("1969-02-03", True), ("1981-02-04", False), ("1980-03-02", False)],
)
def test_another_year_of_the_same_day_is_a_level_of_its_own(
    con: Con, link: Link, other: str, one: bool
) -> None:
    levels = (
        Level("exact", m=0.9, u=0.001),
        Level("same_day", m=0.09, u=0.001),
        Level("else", m=0.01, u=0.998),
    )
    changes = {"comparison": (Comparison("birth", levels),), "blocks": (("name",),), "identifier": ()}
    born = rows(
        con, "s", *({"name": "图雅", "birth": date.fromisoformat(day)} for day in ("1980-02-03", other))
    )
    linked = link(spec(**changes, margin=0.0), [born])
    assert (len(together(linked)) == 1) is one
