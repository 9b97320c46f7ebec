"""Producers of the demo: each signs in for its own company; the distillery sends a workbook of what it made and shipped."""

from datetime import UTC, date, datetime
from uuid import uuid4

from django.utils import timezone

import trace_league
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.desk import seats
from xilin.apps.trace.models import CodeBatch, Event, Party, SheetImport
from xilin.demo.chain import producers
from xilin.kernel.accounts.models import User

LIQUOR = "09520002000019"


def test_producers_sign_in_for_their_own_company_and_are_made_once(tmp_path, db):
    (tmp_path / "league").mkdir()
    trace_league.apply(tmp_path / "league")
    at = datetime(2026, 11, 25, 4, tzinfo=UTC)
    batch = issuing.order(
        LIQUOR, 6, request=uuid4(), kind="link", site="https://id.example.org", at=at, lot="L7"
    )
    issuing.issue(batch, at=at)
    CodeBatch.objects.filter(pk=batch.pk).update(produced_on=date(2026, 7, 1))
    Party.objects.create(code="plant-0", name="一号厂", ids=["https://id.gs1.org/417/9520000000004"])

    first = producers.make(tmp_path, at=at)
    second = producers.make(tmp_path, at=timezone.now())

    assert [one.name for one in first] == ["meat_producer", "liquor_producer"]
    assert first == second
    for one in first:
        assert User.objects.get(username=one.name).check_password(one.password)
    assert {one.party.code for one in seats.seats()} == {"plant-0", "91992500PDY090027Y"}
    assert "91992500PDY0900194" in Party.objects.get(code="plant-0").ids
    sheet = SheetImport.objects.get()
    assert (sheet.state, sheet.faulty) == ("kept", 1)
    assert sorted(Event.objects.values_list("biz_step", flat=True)) == ["commissioning", "shipping"]
