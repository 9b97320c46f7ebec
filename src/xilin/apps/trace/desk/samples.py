"""Addresses of the goods' desk that are of use to somebody: its tabs, and one of each page that depends on what is there, for pictures."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from xilin.apps.trace.desk import frame
from xilin.apps.trace.desk.producer import events
from xilin.apps.trace.desk.producer import queries as goods
from xilin.apps.trace.desk.producer.sheets import keeping
from xilin.apps.trace.desk.regulator import queries
from xilin.apps.trace.desk.regulator.alarms import Alarms
from xilin.apps.trace.desk.regulator.watch import watch_of
from xilin.apps.trace.desk.releases import queries as releases
from xilin.apps.trace.desk.seats import Producer, producer_of
from xilin.apps.trace.desk.tracing.samples import samples as recalled
from xilin.apps.trace.verdicts.queries import book


def samples(user: Any) -> list[tuple[str, str]]:
    """Name and address of each page."""
    if user is None:
        return []
    request = HttpRequest()
    request.user = user
    found = [(f"goods-{tab.code}", tab.href) for tab in frame.tabs(request, "")] + recalled(user)
    producer = producer_of(user, book(timezone.now()))
    watch = watch_of(user)
    if producer is not None:
        return found + _producer(producer)
    return found if watch is None else found + _regulator(watch, user)


def _producer(producer: Producer) -> list[tuple[str, str]]:
    """The newest batch, event, suspicion and workbook of a party."""
    found = list[tuple[str, str]]()
    batch, alert = goods.batches(producer).first(), goods.alerts(producer).first()
    printed = goods.batches(producer).filter(files__isnull=False).first()
    told = events.found(producer, events.Filter(), size=1).rows
    sheet = keeping.every(producer).first()
    if producer.acts:
        found.append(("goods-order", reverse("goods:producer:order")))
    for name, page, one in (
        ("batch", "batch", batch),
        ("prints", "batch", printed),
        ("alert", "alert", alert),
        ("sheet", "sheet", sheet),
    ):
        if one is not None:
            found.append((f"goods-{name}", reverse(f"goods:producer:{page}", args=[one.pk])))
    return found + [("goods-event", reverse("goods:producer:event", args=[row.id])) for row in told]


def _regulator(watch: Any, user: Any) -> list[tuple[str, str]]:
    found = list[tuple[str, str]]()
    for year in queries.years()[:1]:
        household = queries.households(year=year).first()
        process = queries.masses(year=year).first()
        if household is not None:
            found.append(("goods-household", reverse("goods:regulator:household", args=[household.pk])))
        if process is not None:
            found.append(("goods-process", reverse("goods:regulator:process", args=[process.pk])))
    for alarm in Alarms(watch, book(timezone.now()))[0:1]:
        found.append(("goods-alarm", reverse("goods:regulator:alarm", args=[alarm.source, alarm.id])))
    asked = releases.seen(watch)
    for name, release in (
        ("release", asked.first()),
        ("release-decide", releases.waiting(watch).exclude(proposed_by=user.get_username()).first()),
        ("release-granted", asked.filter(granted=True).first()),
    ):
        if release is not None:
            found.append((f"goods-{name}", reverse("goods:releases:decide", args=[release.case])))
    if queries.open_chains().exists():
        found.append(("goods-open", reverse("goods:regulator:open")))
    return found
