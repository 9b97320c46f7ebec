"""The chain's places are master data, and its truth is kept apart from what is told."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from xilin.apps.trace.genealogy import balance
from xilin.apps.trace.genealogy.declarations import KINDS
from xilin.apps.trace.models import MasterData, Party
from xilin.demo.chain import keys, showing
from xilin.demo.chain.season import PLANTS
from xilin.lib.declared import read

LEAGUE = Path(settings.ROOT) / "leagues" / "xilingol"


@pytest.mark.django_db
def test_a_season_is_told_once_with_its_places_its_truth_and_its_frauds(tmp_path, monkeypatch):
    season = showing.season(3, 0.0006, date(2026, 11, 26), LEAGUE)
    assert not showing.stands()
    heard = []
    declared, _ = read(LEAGUE, KINDS)
    monkeypatch.setattr(
        balance, "declared", lambda kind: {code: one.value for code, one in declared.all(kind).items()}
    )
    told = showing.show(season, tmp_path, LEAGUE, tell=heard.append)
    assert showing.stands()
    assert heard[-1] == told
    plant = MasterData.objects.get(kind="urn:epcglobal:epcis:vtype:Location", uri=keys.place(PLANTS))
    assert {said["id"] for said in plant.attributes} >= {"cbvmda:name", "cbvmda:latitude", "xilin:role"}
    assert Party.objects.get(code="plant-0").ids == [keys.party(PLANTS), keys.place(PLANTS)]
    packs = pq.read_table(tmp_path / "demo" / "truth" / "trace" / "packs.parquet")
    assert packs.num_rows == len(season.truth.packs)
    frauds = [(kind, subject) for kind, subject, _ in season.truth.frauds]
    alerts = balance.alerts()
    assert {("quota", alert.subject) for alert in alerts if alert.kind == "quota"} == {
        fraud for fraud in frauds if fraud[0] == "quota"
    }
    assert sum(alert.kind == "mass" for alert in alerts) == sum(kind == "mass" for kind, _ in frauds) > 0
