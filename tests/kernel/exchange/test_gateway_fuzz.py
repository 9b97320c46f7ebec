"""Calls put together at random: never a defect, never more than the grant, always an entry."""

import asyncio
import json
import random
from collections import Counter

import pytest
from calling import ID, entries_since, run
from django.conf import settings
from published import PEOPLE

import small_league
from xilin.kernel.exchange import actions

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 600
NEVER = {person["person_name"] for person in PEOPLE if person["person_name"]} | {
    "某旗某镇1号",
    "某旗某苏木2号",
}
WORDS = [
    ID, "", "x", "王芳", "assistance", "identity", "id_number", "person_name", "address", "_batch", "*", "verify",
    "status", "masked", "full", "\u0000", "' OR 1=1 --", "9" * 300, "\U0001f411", "2026-01-01", "$.by", "%s", "{}",
]  # fmt: skip


def anything(draw, depth=0):
    """A JSON value."""
    kinds = ["word"] * 6 + ["number", "bool", "null", "list", "object"][: 5 if depth < 3 else 3]
    kind = draw.choice(kinds)
    if kind == "list":
        return [anything(draw, depth + 1) for _ in range(draw.randrange(4))]
    if kind == "object":
        return {draw.choice(WORDS): anything(draw, depth + 1) for _ in range(draw.randrange(4))}
    return {
        "word": draw.choice(WORDS),
        "number": draw.choice([0, -1, 1e308, 2**70, 0.5]),
        "bool": True,
        "null": None,
    }[kind]


def call(draw):
    """A call: a good one with some of its parts put wrong, or anything at all."""
    if draw.random() < 0.05:
        return anything(draw)
    good = {
        "purpose": draw.choice(["assistance", "identity"]),
        "case_number": "A-1",
        "by": {"id_number": draw.choice([person["id_number"] for person in PEOPLE])},
    }
    more = {
        "items": [draw.choice(["id_number", "address", "person_name"]) for _ in range(draw.randrange(1, 3))],
        "values": {draw.choice(["person_name", "address"]): draw.choice(["王芳", "x"])},
        "shape": draw.choice(["verify", "status", "masked", "full"]),
        "user": "op",
    }
    good |= {name: part for name, part in more.items() if draw.random() < 0.3}
    for _ in range(draw.choice([0, 0, 1, 1, 2])):
        place = draw.choice([*good, draw.choice(WORDS)])
        if draw.random() < 0.3:
            good.pop(place, None)
        else:
            good[place] = anything(draw)
    return good


def test_no_call_breaks_the_gateway_or_gets_more_than_was_granted(shared):
    """The grant: id_number masked and address hidden, for `assistance`; verification for `identity`."""
    actions.revoke(shared.grant, by=shared.bob, at=shared.now, reason="x")
    actions.approve(shared.ask(items=["id_number", "address"]), by=shared.bob, at=shared.now)
    actions.approve(
        shared.ask(purpose="identity", shape="verify", items=["id_number", "person_name"]),
        by=shared.bob,
        at=shared.now,
    )
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    sent = [call(draw) for _ in range(CALLS)]

    async def story(caller):
        bodies = [json.dumps(one).encode() for one in sent]
        found = []
        for first in range(0, CALLS, 50):
            group = (caller.post(shared.key, "households", body) for body in bodies[first : first + 50])
            found += await asyncio.gather(*group)
        return found

    answered = run(story, lambda: small_league.NOW)

    verified = Counter()
    for one, back in zip(sent, answered, strict=True):
        told = f"seed {seed}: {one}"
        said = back.json()
        assert back.status_code in {200, 400, 403, 422} or said["type"] == "gateway.VerifiedTooOften", told
        assert "receipt" in said, told
        if back.status_code == 200 and "matches" in said["answer"]:
            verified[said["answer"]["grant"], one["by"]["id_number"]] += 1
        if back.status_code == 200:
            for row in said["answer"].get("rows", []):
                assert row.keys() <= {"id_number", "address"}, told
                assert row.get("address") is None, told
                assert row.get("id_number", "990101************") == "990101************", told
            assert "rows" not in said["answer"] or one["purpose"] == "assistance", told
            assert not [value for value in NEVER if value in back.text], told
    assert max(verified.values()) <= settings.VERIFY_LIMIT, f"seed {seed}"
    assert {back.status_code for back in answered} >= {200, 403, 422}, "the calls are too much alike"
    assert len(entries_since(shared.log)) == CALLS
