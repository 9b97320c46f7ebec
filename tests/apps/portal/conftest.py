"""A small league with everything a page may show: batches, held rows, scores, a linking, indicators, requests."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect.models import Batch
from xilin.kernel.exchange import actions
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.quality.models import CheckResult, Quarantined, ResourceScore
from xilin.kernel.registry.models import LinkRun
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

MORE = {
    "deadlines.toml": small_league.DEADLINES
    + """
[[deadline]]
code = "correction_answer"
regime = "national"
case_kind = "correction"
step = "answer"
days = 10
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false
""",
    "sources/hukou.toml": """
code = "hukou"
resource = "households"
department = "police"
name = { zh = "户籍系统", en = "Register" }
connector = "csv"
connection = { path = "hukou.csv", encoding = "gb18030" }
[columns.id_number]
source = "GMSFHM"
[columns.person_name]
source = "XM"
[columns.address]
join = ["SHENG", "XIANG"]
""",
    "sources/relief.toml": """
code = "relief"
resource = "benefits"
department = "civil"
name = { zh = "救助名册", en = "Relief roster" }
connector = "xlsx"
connection = { path = "relief.xlsx" }
[columns.id_number]
source = "身份证"
""",
    "registries/people.toml": """
code = "people"
name = { zh = "人口库", en = "People" }
summary = { zh = "一人一条。", en = "One record each." }
[[attribute]]
code = "id_number"
element = "id_number"
[[identifier]]
attribute = "id_number"
""",
    "indicators/main.toml": """
[[indicator]]
code = "registered"
name = { zh = "户籍人口", en = "Registered people" }
definition = { zh = "户籍登记的人数。", en = "People on the register." }
unit = { zh = "人", en = "people" }
formula = "count"
theme = { zh = "人口", en = "People" }
resource = "households"
""",
    "report/text.toml": """
[[section]]
code = "people"
order = 1
title = { zh = "（一）人口", en = "1. People" }
body = { zh = "户籍登记{registered}人。", en = "There are {registered} people on the register." }
""",
}


def person(name, department, role):
    found = Department.objects.get(code=department) if department else None
    return User.objects.create(username=name, department=found, role=role)


def apply(folder):
    feeds = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'registry = "people"\nkey = ["id_number"]')
    small_league.write(folder, households=feeds)
    for name, text in MORE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    league, faults = read(folder, KINDS)
    assert faults == [], [fault.of("en") for fault in faults]
    standards.apply(league, at=small_league.NOW)


def batch(source, resource, read_, held, twice, **more):
    usual = {
        "mode": "full",
        "state": "done",
        "started_at": small_league.NOW,
        "finished_at": small_league.NOW + timedelta(seconds=2),
        "timings": {"read": 0.5, "standardise": 1.5},
    }
    counts = {
        "rows_read": read_,
        "rows_accepted": read_ - held - twice,
        "rows_quarantined": held,
        "rows_duplicate": twice,
    }
    return Batch.objects.create(source=source, resource=resource, **(usual | counts | more))


def hold(batch, department, row, code="id_number.check_digit"):
    return Quarantined.objects.create(
        batch_id=batch.pk,
        source=batch.source,
        resource=batch.resource,
        department=Department.objects.get(code=department),
        row=row,
        key=f"99{row:016d}",
        reasons=[
            {
                "code": code,
                "column": "id_number",
                "zh": "公民身份号码的校验码不对。",
                "en": "The check digit is wrong.",
            }
        ],
        found={"GMSFHM": f"99{row:016d}", "XM": f"某{row}", "身份证": ""},
    )


def score(resource, batches, shares):
    for code, dimension, checked, broken in shares:
        CheckResult.objects.create(
            batch_id=batches[0].pk,
            source=batches[0].source,
            resource=resource,
            code=code,
            column="id_number",
            kind="identifier",
            dimension=dimension,
            severity="block",
            name={"zh": "公民身份号码校验码", "en": "Check digit of the ID number"},
            basis="GB 11643-1999",
            checked=checked,
            broken=broken,
        )
    dimensions = {dimension: [checked - broken, checked] for _, dimension, checked, broken in shares}
    ResourceScore.objects.create(
        resource=resource,
        at=small_league.NOW,
        batches=[one.pk for one in batches],
        dimensions=dimensions,
        overall=sum(passed / checked for passed, checked in dimensions.values()) / len(dimensions),
    )


@pytest.fixture
def hub(tmp_path, db):
    """Everything; `ask` makes a request with all that is usual."""
    apply(tmp_path)
    ann = person("ann", "civil", User.Role.STEWARD)
    hub = SimpleNamespace(
        now=small_league.NOW,
        ann=ann,
        bob=person("bob", "police", User.Role.APPROVER),
        dora=person("dora", "market", User.Role.APPROVER),
        auditor=person("auditor", None, User.Role.AUDIT),
        engineer=person("engineer", None, User.Role.ENGINEER),
        client=actions.register_client(code="means_check", name="核对系统", by=ann, at=small_league.NOW),
        hukou=batch("hukou", "households", 1000, 2, 8),
        relief=batch("relief", "benefits", 500, 1, 0),
        refused=batch(
            "relief",
            "benefits",
            0,
            0,
            0,
            state="refused",
            error={"code": "x", "zh": "文件损坏。", "en": "The file is broken."},
        ),
    )
    hub.row = hold(hub.hukou, "police", 7)
    hold(hub.hukou, "police", 9, "person_name.required")
    hub.other_row = hold(hub.relief, "civil", 3)
    score("households", [hub.hukou], [("id_number.check_digit", "conformity", 1000, 2)])
    score("benefits", [hub.relief], [("id_number.check_digit", "conformity", 500, 100)])
    LinkRun.objects.create(
        registry="people",
        started_at=hub.now,
        finished_at=hub.now + timedelta(seconds=3),
        counts={
            "entities": 990,
            "sources": {"hukou": 990, "relief": 499},
            "how": {"identifier": 1400, "compared": 80, "alone": 9},
        },
        score={"precision": 0.99996, "recall": 0.99, "f1": 0.995},
    )
    for days, value in ((1, 980), (0, 990)):
        run = IndicatorRun.objects.create(
            computed_at=hub.now - timedelta(days=days), league_version=1, seconds=0.1
        )
        IndicatorValue.objects.create(run=run, indicator="registered", value=value, batches=[hub.hukou.pk])

    def ask(**changed):
        usual = {
            "resource": catalog.resource("households"),
            "client": hub.client,
            "items": ["id_number", "person_name", "address"],
            "purpose": "assistance",
            "scenario": "低保申请核对",
            "valid_until": hub.now.date() + timedelta(days=100),
            "by": hub.ann,
            "at": hub.now,
        }
        return actions.ask(**(usual | changed))

    hub.ask = ask
    return hub
