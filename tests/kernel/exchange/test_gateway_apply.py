"""What `xilin apply` changes holds at running gateways a second later."""

import asyncio
import time

import pytest
from calling import aside, run

import small_league
from xilin.config.league import carry_out
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

pytestmark = pytest.mark.django_db(transaction=True)
PROMISED = 1.0


def apply(folder, **changed):
    """What the command does with a folder whose declarations are in order."""
    league, faults = read(small_league.write(folder, **changed), KINDS)
    assert faults == []
    carry_out(league, at=small_league.NOW)


def changed_by(hub, folder, wanted, **changed):
    """What is answered before an apply, and after it: the first as it is wanted, or the last within a second."""

    async def story(caller):
        before = await caller.look_up(hub.key)
        await aside(apply, folder, **changed)
        begun = time.monotonic()
        while time.monotonic() - begun < PROMISED:
            after = await caller.look_up(hub.key)
            if wanted(shown(after)):
                break
            await asyncio.sleep(0.02)
        return shown(before), shown(after)

    return run(story)


def shown(answered):
    said = answered.json()
    return said["answer"]["rows"] if "answer" in said else said["type"]


def test_a_stricter_mask(shared, tmp_path):
    stricter = small_league.MASKS.replace("keep_first = 6", "keep_first = 2")

    before, after = changed_by(
        shared, tmp_path, lambda rows: rows[0]["id_number"].startswith("99*"), masks=stricter
    )

    assert before[0]["id_number"] == "990101************"
    assert after[0]["id_number"] == "99****************"


def test_an_item_that_is_no_longer_shared(shared, tmp_path):
    denied = small_league.HOUSEHOLDS.replace(
        "one_source = true", 'share_type = "denied"\nshare_basis = { zh = "x" }'
    )

    before, after = changed_by(shared, tmp_path, lambda rows: "person_name" not in rows[0], households=denied)

    assert before[0]["person_name"] == "王芳"
    assert after == [{"id_number": "990101************", "address": None}]


def test_a_department_that_is_no_more(shared, tmp_path):
    """Its calls are refused at once, by the database; within a second its key is known to have ended."""
    head, _, civil = small_league.DEPARTMENTS.partition('\n[[department]]\ncode = "civil"')
    others = head + "\n[[department]]" + civil.partition("[[department]]")[2]

    before, after = changed_by(
        shared, tmp_path, lambda said: said == "gateway.KeyEnded", departments=others, benefits=None
    )

    assert before[0]["person_name"] == "王芳"
    assert after == "gateway.KeyEnded"
