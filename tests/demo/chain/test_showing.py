"""The chain's places are master data, and its truth is kept apart from what is told."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from xilin.apps.trace.models import MasterData, Party
from xilin.demo.chain import keys, showing
from xilin.demo.chain.season import PLANTS

LEAGUE = Path(settings.ROOT) / "leagues" / "xilingol"


@pytest.mark.django_db
def test_a_season_is_told_once_with_its_places_and_its_truth(tmp_path):
    season = showing.season(3, 0.0002, date(2026, 11, 26), LEAGUE)
    assert not showing.stands()
    heard = []
    told = showing.show(season, tmp_path, LEAGUE, tell=heard.append)
    assert showing.stands()
    assert heard[-1] == told
    plant = MasterData.objects.get(kind="urn:epcglobal:epcis:vtype:Location", uri=keys.place(PLANTS))
    assert {said["id"] for said in plant.attributes} >= {"cbvmda:name", "cbvmda:latitude", "xilin:role"}
    assert Party.objects.get(code="plant-0").ids == [keys.party(PLANTS), keys.place(PLANTS)]
    packs = pq.read_table(tmp_path / "demo" / "truth" / "trace" / "packs.parquet")
    assert packs.num_rows == len(season.truth.packs)
