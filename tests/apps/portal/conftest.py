"""A small league with everything a page may show: batches, held rows, scores, a linking, indicators, requests."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import shown_league

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect.models import Batch
from xilin.kernel.exchange import actions
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.quality.models import CheckResult, Quarantined, ResourceScore
from xilin.kernel.registry import decisions
from xilin.kernel.registry.models import Entity, EntityRecord, EntityVersion, LinkRun, ReviewPair


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


def entity(run, batch, name, address, records, number="", **more):
    """A golden record with its records: (source, key, how, weight)."""
    attributes = {"person_name": name, "address": address} | ({"id_number": number} if number else {})
    made = Entity.objects.create(
        registry="people",
        attributes=attributes,
        provenance={code: ["hukou", batch.pk, "2026-02-03T08:00:00"] for code in attributes},
        records=len(records),
        digest="",
        since_run=run.pk,
        changed_run=run.pk,
        **more,
    )
    for source, key, how, weight in records:
        EntityRecord.objects.create(
            registry="people", source=source, key=key, entity=made, how=how, weight=weight
        )
    return made


def people(hub):
    """Golden records with history, pairs that wait, a decision that waits for a second person."""
    hub.run = LinkRun.objects.get()
    number = f"99{7:016d}"
    hub.known = entity(
        hub.run,
        hub.hukou,
        "其其格",
        "某某苏木一队",
        [("hukou", number, "identifier", None), ("relief", "R-7", "compared", 4.2)],
        number,
    )
    hub.like = entity(hub.run, hub.hukou, "琪琪格", "某某苏木一队", [("relief", "R-8", "alone", None)])
    hub.far = entity(hub.run, hub.hukou, "王芳", "某某嘎查", [("relief", "R-9", "alone", None)])
    before = LinkRun.objects.create(
        registry="others", started_at=hub.now - timedelta(days=9), finished_at=hub.now - timedelta(days=9)
    )
    EntityVersion.objects.create(
        registry="people",
        entity=hub.known,
        attributes=hub.known.attributes | {"address": "某某镇"},
        provenance=hub.known.provenance | {"address": ["relief", hub.relief.pk, "2025-01-02T08:00:00"]},
        records=[["hukou", number, "identifier", None]],
        from_run=before.pk,
        to_run=hub.run.pk,
    )
    hub.merged = entity(hub.run, hub.hukou, "其格", "", [], ended_run=hub.run.pk, merged_into=hub.known.pk)
    levels = {
        "person_name": {"level": "sounds_same", "bits": 5.6},
        "address": {"level": "exact", "bits": 12.8},
    }
    for key, weight, why in (("R-8", 2.1, "below"), ("R-9", -1.5, "margin")):
        ReviewPair.objects.create(
            registry="people",
            source_a="hukou",
            key_a=number,
            source_b="relief",
            key_b=key,
            why=why,
            weight=weight,
            probability=0.8,
            levels=levels,
            run=hub.run.pk,
        )
    hub.pair, hub.other_pair = ReviewPair.objects.order_by("-weight")
    hub.proposal = decisions.propose_merge(
        hub.known, hub.far, by=hub.rita, at=hub.now, reason="两处登记的是同一人"
    )


@pytest.fixture
def hub(tmp_path, db):
    """Everything; `ask` makes a request with all that is usual."""
    shown_league.apply(tmp_path)
    ann = small_league.person("ann", "civil", User.Role.STEWARD)
    hub = SimpleNamespace(
        now=small_league.NOW,
        ann=ann,
        bob=small_league.person("bob", "police", User.Role.APPROVER),
        dora=small_league.person("dora", "market", User.Role.APPROVER),
        auditor=small_league.person("auditor", None, User.Role.AUDIT),
        engineer=small_league.person("engineer", None, User.Role.ENGINEER),
        rita=small_league.person("rita", None, User.Role.REVIEWER, "核对员甲"),
        rolf=small_league.person("rolf", None, User.Role.REVIEWER, "核对员乙"),
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
            "pairs": 320,
        },
        score={"precision": 0.99996, "recall": 0.99, "f1": 0.995},
    )
    for days, value in ((1, 980), (0, 990)):
        run = IndicatorRun.objects.create(
            computed_at=hub.now - timedelta(days=days), league_version=1, seconds=0.1
        )
        IndicatorValue.objects.create(run=run, indicator="registered", value=value, batches=[hub.hukou.pk])

    people(hub)

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
