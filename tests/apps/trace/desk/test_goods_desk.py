"""The desk of goods: a producer sees its own, a department what it watches, auditors all, nobody else anything."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

import trace_league
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.models import Alert, Hand, Party
from xilin.apps.trace.verdicts.actions import check
from xilin.apps.trace.verdicts.facts import Scan
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.accounts.models import Department, User

MEAT, SALT = "09520001000010", "09520004000017"


@pytest.fixture
def desk(tmp_path, db):
    trace_league.apply(tmp_path)
    at = timezone.now()
    for gtin, lot in ((MEAT, "MEATLOT"), (SALT, "SALTLOT")):
        batch = issuing.order(
            gtin,
            2,
            request=uuid4(),
            kind="link",
            site="https://id.example.org",
            at=at - timedelta(days=3),
            lot=lot,
        )
        issuing.issue(batch, at=at)
        code = batch.codes.order_by("pk").first()
        check(
            Scan(
                gtin=gtin, serial=code.serial, at=at - timedelta(hours=1), client=5, place="11", precise=True
            ),
            at=at,
        )


def person(name, *, department="", role="steward", party=""):
    found = Department.objects.get(code=department) if department else None
    user = User.objects.create_user(name, password="look-at-the-goods", department=found, role=role)
    if party:
        made = Party.objects.create(code=party)
        Hand.objects.create(user=user, party=made, tasks=[], given_at=timezone.now())
    return user


def seen(client, user):
    client.force_login(user)
    return client.get("/desk/goods/")


def test_a_department_sees_the_products_it_watches_and_no_others(desk, client):
    answer = seen(client, person("nora", department="nmj")).content.decode()

    assert "MEATLOT" in answer
    assert "SALTLOT" not in answer
    assert "出厂前出现" in answer


def test_a_producer_sees_its_own_and_decides_nothing(desk, client):
    producer = book(timezone.now()).products[SALT].producer
    answer = seen(client, person("paula", party=producer)).content.decode()

    assert "SALTLOT" in answer
    assert "MEATLOT" not in answer
    assert 'name="outcome"' not in answer


def test_an_auditor_sees_all_and_everybody_else_nothing(desk, client):
    everything = seen(client, person("arno", role="audit")).content.decode()
    assert "MEATLOT" in everything
    assert "SALTLOT" in everything
    assert seen(client, person("gus", department="gaj")).status_code == 404
    assert seen(client, person("rolf", party="another-producer")).status_code == 404
    client.logout()
    assert client.get("/desk/goods/").status_code == 302


def test_only_who_watches_the_goods_closes_their_alerts(desk, client):
    meat = Alert.objects.get(gtin=MEAT)
    path = f"/desk/goods/alerts/{meat.pk}/close/"
    client.force_login(person("mia", department="scjgj"))
    assert client.post(path, {"outcome": "checked"}).status_code == 404
    client.force_login(person("arno", role="audit"))
    assert client.post(path, {"outcome": "checked"}).status_code == 404
    client.force_login(person("nora", department="nmj"))
    assert client.post(path, {"outcome": ""}).status_code == 404
    assert client.post(path, {"outcome": "checked"}).status_code == 302

    meat.refresh_from_db()
    assert (meat.closed_by, meat.outcome) == ("nora", "checked")
