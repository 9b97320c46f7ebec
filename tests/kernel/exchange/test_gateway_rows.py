"""A grant's row filter is in every query: what it doesn't cover is not there, whichever way one asks."""

import asyncio
from typing import Any

import pytest
from calling import run
from published import PEOPLE
from test_gateway_match import base, match, someone

from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Grant

__all__ = ["base"]
pytestmark = pytest.mark.django_db(transaction=True)
WANG, WU = PEOPLE[0]["id_number"], PEOPLE[1]["id_number"]


def narrow(grant: Grant, *conditions: tuple[str, str, Any]) -> None:
    """Give a grant another filter, as a new one would have it."""
    grant.row_filter = [{"column": c, "op": o, "value": v} for c, o, v in conditions]
    grant.save(update_fields=["row_filter"])


def found(hub: Any, id_number: str, **changed: Any) -> Any:
    async def story(caller: Any) -> Any:
        return await caller.look_up(hub.key, by={"id_number": id_number}, **changed)

    answered = run(story)
    assert answered.status_code == 200, answered.text
    return answered.json()["answer"]


@pytest.mark.parametrize(
    ("conditions", "covered"),
    [
        ([("address", "prefix", "某旗某镇")], True),
        ([("address", "prefix", "某旗某苏木")], False),
        ([("address", "prefix", "%")], False),
        ([("address", "prefix", "某_")], False),
        ([("address", "eq", "某旗某镇1号")], True),
        ([("address", "in", ["某旗某镇1号", "x"])], True),
        ([("address", "in", ["x"])], False),
        ([("address", "prefix", "某旗"), ("person_name", "eq", "王芳")], True),
        ([("address", "prefix", "某旗"), ("person_name", "eq", "王")], False),
        ([("address", "eq", "' OR TRUE --")], False),
        # what can't be carried out lets nothing through
        ([("gone", "eq", "x")], False),
        ([("address", "ge", "x")], False),
        ([("address", "matches", ".*")], False),
        ([("address", "eq", 5)], False),
    ],
)
def test_a_look_up_finds_covered_rows_alone(shared: Any, conditions: Any, covered: bool) -> None:
    narrow(shared.grant, *conditions)
    answer = found(shared, WANG)
    assert (answer["found"], len(answer["rows"])) == (covered, int(covered))


def test_two_grants_of_other_rows_do_not_share_an_answer(shared: Any) -> None:
    """The same look-up at the same moment, under grants that differ in their rows alone."""
    other = actions.approve(shared.ask(purpose="identity", shape="masked"), by=shared.bob, at=shared.now)
    narrow(shared.grant, ("address", "prefix", "某旗某镇"))
    narrow(other, ("address", "prefix", "某旗某苏木"))

    async def story(caller: Any) -> Any:
        asked = [
            caller.look_up(shared.key, purpose=purpose, by={"id_number": id_number})
            for purpose in ("assistance", "identity")
            for id_number in (WANG, WU)
        ]
        return [one.json()["answer"]["found"] for one in await asyncio.gather(*asked)]

    assert run(story) == [True, False, False, True]


def test_nothing_is_verified_of_a_row_that_is_not_covered(shared: Any) -> None:
    grant = actions.approve(shared.ask(purpose="identity", shape="verify"), by=shared.bob, at=shared.now)
    values = {"purpose": "identity", "values": {"person_name": "王芳"}}
    assert found(shared, WANG, **values)["matches"] == {"person_name": True}
    narrow(grant, ("address", "eq", "elsewhere"))
    assert found(shared, WANG, **values)["matches"] == {"person_name": False}


def test_a_file_grant_answers_no_call(shared: Any) -> None:
    Grant.objects.filter(pk=shared.grant.pk).update(delivery="file")

    async def story(caller: Any) -> Any:
        return await caller.look_up(shared.key)

    answered = run(story)
    assert (answered.status_code, answered.json()["type"]) == (403, "gateway.NotByCalls")


@pytest.mark.parametrize(
    ("conditions", "came"),
    [
        ([("birth_date", "ge", "1980-01-01")], "one"),
        ([("birth_date", "ge", "1980-05-13")], "none"),
        ([("birth_date", "le", "1980-05-12")], "one"),
        ([("birth_date", "in", ["1980-05-12"])], "one"),
        ([("phone", "prefix", "1200")], "one"),
        ([("phone", "eq", "12000000002")], "none"),
    ],
)
def test_golden_records_are_filtered_in_matches_and_look_ups(base: Any, conditions: Any, came: str) -> None:
    narrow(base.grant_of(), *conditions)
    assert match(base).json()["answer"]["match"] == came
    assert match(base, shape="verify").json()["answer"]["match"] == came


def test_somebody_not_covered_does_not_make_a_match_uncertain(base: Any) -> None:
    """Else `several` would tell that somebody like that is there."""
    grant = base.grant_of()
    someone("琪琪格", "1980-05-12", "12000000002")
    assert match(base).json()["answer"]["match"] == "several"
    narrow(grant, ("phone", "eq", "12000000001"))
    assert match(base).json()["answer"]["match"] == "one"
