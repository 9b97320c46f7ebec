"""Releases of the demo: the distillery orders again what its line spoilt, two people let it pass; one waits, one was refused."""

from datetime import UTC, date, datetime
from uuid import uuid4

import trace_league
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.models import CodeBatch, CodeRelease, Party, PrintFile
from xilin.demo.chain import producers, releasing
from xilin.kernel.accounts.models import Department, User

AT = datetime(2026, 11, 25, 4, tzinfo=UTC)
SITE = "https://id.example.org"


def issued(gtin, lot, count):
    batch = issuing.order(gtin, count, request=uuid4(), kind="link", site=SITE, at=AT, lot=lot)
    issuing.issue(batch, at=AT)
    CodeBatch.objects.filter(pk=batch.pk).update(produced_on=date(2026, 7, 1))


def test_who_needs_more_codes_than_items_asks_and_the_demo_shows_every_outcome(tmp_path, db):
    (tmp_path / "league").mkdir()
    trace_league.apply(tmp_path / "league")
    for gtin, lot in ((releasing.LIQUOR, "L7"), (releasing.MUTTON, "M1"), (releasing.OIL, "O1")):
        issued(gtin, lot, 60)
    Party.objects.create(code="plant-0", name="一号厂", ids=["https://id.gs1.org/417/9520000000004"])
    producers.make(tmp_path, at=AT)
    for code in ("nmj", "scjgj"):
        department = Department.objects.get(code=code)
        for role in (User.Role.STEWARD, User.Role.APPROVER):
            User.objects.create(username=f"{code}_{role.value}", department=department, role=role)

    assert releasing.make(SITE, at=AT) == 3
    assert releasing.make(SITE, at=AT) == 3

    granted, refused, waiting = CodeRelease.objects.order_by("pk")
    assert (granted.gtin, granted.lot, granted.granted, granted.used) == (releasing.LIQUOR, "L7", True, 6)
    assert granted.proposed_by != granted.decided_by
    assert (refused.gtin, refused.granted) == (releasing.OIL, False)
    assert (waiting.gtin, waiting.granted) == (releasing.MUTTON, None)
    ordered = CodeBatch.objects.filter(gtin=releasing.LIQUOR).latest("pk")
    assert (ordered.count, ordered.by, ordered.lot) == (6, "liquor_producer", "L7")
    assert {one.form for one in PrintFile.objects.all()} == {"pdf", "csv"}


def test_without_codes_or_people_nothing_is_asked_for(tmp_path, db):
    assert releasing.make(SITE, at=AT) == 0
