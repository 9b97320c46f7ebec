"""A small league in which problems may be reported: to the police about roads, to civil affairs about all else."""

import re
from types import SimpleNamespace

import pytest

import small_league
from xilin.apps.problems import actions, forms, receiving, views
from xilin.apps.problems.receiving import Told

KINDS = """
[[problem_kind]]
code = "roads"
order = 2
name = { zh = "道路", en = "Roads" }
department = "police"
examples = { zh = "路面塌陷", en = "A broken road" }
urgent = { zh = "请拨 110", en = "Call 110" }

[[problem_kind]]
code = "other"
order = 3
name = { zh = "其他", en = "Something else" }
department = "civil"
examples = { zh = "别的事", en = "All else" }
"""
RULES = "".join(
    f"""
[[deadline]]
code = "problem_{step}"
regime = "national"
case_kind = "problem"
step = "{step}"
days = {days}
unit = "working_day"
since = 2026-01-01
source = "test"
confirmed = false
"""
    for step, days in (("receive", 2), ("answer", 10))
)
COUNTY = "990101000000"


@pytest.fixture
def office(db, tmp_path, settings, monkeypatch):
    """The league with people of two departments; forms may be sent at once, and rates begin anew."""
    files = {
        "problems.toml": KINDS,
        "deadlines.toml": small_league.DEADLINES + RULES,
        "areas/areas.csv": f"{small_league.AREAS}{COUNTY},甲旗,county,test\n",
    }
    small_league.apply(tmp_path, files)
    monkeypatch.setattr(forms, "FASTEST", 0.0)
    monkeypatch.setattr(receiving, "RECEIVERS", [])
    for rate in (views.reports, views.looks):
        rate.forget()
    return SimpleNamespace(
        now=small_league.NOW,
        ann=small_league.person("ann", "police", "steward"),
        pia=small_league.person("pia", "police", "reviewer"),
        carl=small_league.person("carl", "civil", "approver"),
    )


@pytest.fixture
def reported(office):
    """A report about a road, with a way to reach whoever sent it."""

    def report(kind="roads", **more):
        usual = {"words": "207国道三公里处塌陷", "contact": "微信 abc", "at": office.now}
        return actions.report(Told(kind, COUNTY, 116.1, 43.9), **(usual | more))

    return report


@pytest.fixture
def sent(client, office):
    """What a browser sends: the form as it came, filled in."""

    def send(**more):
        text = client.get("/problems/").content.decode()
        usual = {
            "kind": "roads",
            "words": "207国道三公里处塌陷",
            "area": COUNTY,
            "begun": re.search(r'name="begun" value="([^"]+)"', text)[1],
        }
        return client.post("/problems/", usual | more)

    return send
