"""Addresses of the goods' desk that are of use to somebody: its tabs, and one of each page that depends on what is there, for pictures."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from xilin.apps.trace.desk import frame
from xilin.apps.trace.desk.regulator import queries
from xilin.apps.trace.desk.regulator.alarms import Alarms
from xilin.apps.trace.desk.regulator.watch import watch_of
from xilin.apps.trace.verdicts.queries import book


def samples(user: Any) -> list[tuple[str, str]]:
    """Name and address of each page."""
    request = HttpRequest()
    request.user = user
    found = [(f"goods-{tab.code}", tab.href) for tab in frame.tabs(request, "")]
    watch = watch_of(user)
    return found if watch is None else found + _regulator(watch)


def _regulator(watch: Any) -> list[tuple[str, str]]:
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
    if queries.open_chains().exists():
        found.append(("goods-open", reverse("goods:regulator:open")))
    return found
