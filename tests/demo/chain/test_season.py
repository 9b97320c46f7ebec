"""The demo's chain: what the platform says of it is the truth, whatever was told late, wrongly or not at all."""

from datetime import date

import pytest

from xilin.apps.trace.genealogy import queries
from xilin.demo.chain import keys
from xilin.demo.chain.capturing import capture_all
from xilin.demo.chain.season import Season
from xilin.demo.chain.shape import Counts, counts

DAY = date(2026, 11, 26)
SMALL = Counts(households=6, lambs=700, plants=2, centres=2, shops=5)


def test_equal_seeds_tell_equal_things():
    first, second, other = (list(Season(seed, counts(0.0002), DAY).tell()) for seed in (5, 5, 6))
    assert first == second
    assert first != other


def test_what_is_told_is_untidy_in_every_way():
    told = list(Season(7, SMALL, DAY).tell())
    assert sum("errorDeclaration" in one.body for one in told) > 1
    late = [one for one in told if one.recorded.isoformat() > one.body["eventTime"]]
    assert len(late) > len(told) / 20
    totes = [
        one.body["parentID"] for one in told
        if one.body["bizStep"] == "packing" and one.body["parentID"].startswith(keys.asset(keys.TOTE, 0)[:-1])
    ]  # fmt: skip
    assert len(set(totes)) < len(totes)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [2016, 99])
def test_traces_forward_and_back_and_recalls_equal_the_truth(seed):
    season = Season(seed, SMALL, DAY)
    capture_all(season.tell())
    truth = season.truth
    assert len(truth.packs) > 1000
    for pack in truth.packs[:: len(truth.packs) // 40]:
        trace = queries.back(pack.id)
        assert {name for name in trace.goods() if name.startswith(keys.EAR_TAG)} == truth.lambs(pack)
        assert {gap.reason for gap in trace.completeness.gaps if gap.open} <= {"no_origin"}
    lots = {lamb for lot in truth.lots for lamb in lot}
    for lamb in sorted(lots)[:: len(lots) // 12]:
        found = {name for name in queries.forward(truth.tags[lamb]).goods() if "/21/" in name}
        packs = {name for name in found if not name.startswith(keys.item(keys.CARCASS, ""))}
        assert packs == truth.packs_of({lamb})
    herder = truth.household[min(lots)]
    lambs = {lamb for lamb, household in enumerate(truth.household) if household == herder}
    reach = queries.recall(truth.tags[lamb] for lamb in lambs)
    held = {one.item: one for one in reach.held}
    packs = {pack.id: pack for pack in truth.packs}
    assert {name for name in held if name in packs} == truth.packs_of(lambs)
    state = {"sold": "sold", "destroyed": "destroyed", "shelf": "held", "returned": "held", "made": "held"}
    for name in truth.packs_of(lambs):
        pack, one = packs[name], held[name]
        assert (one.holder, one.state) == (pack.holder, state[pack.state]) or one.state == "on_the_way"
