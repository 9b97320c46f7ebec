"""Pages of events: a list to look in, and one event in words beside its JSON."""

import json
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from xilin.apps.trace.desk.producer import events, words
from xilin.apps.trace.desk.producer.frame import Desk
from xilin.apps.trace.epcis import jsonld
from xilin.lib.text import Text
from xilin.web.desk import desk_page


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Events that the party told, or may see, by product, step, day or number."""
    desk = Desk(request)
    given = request.GET
    gtin = given.get("gtin", "")
    wanted = events.Filter(
        gtin=gtin if gtin in desk.producer.gtins else "",
        step=given.get("step", "") if given.get("step", "") in words.STEPS else "",
        thing=given.get("thing", "").strip()[:300],
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        mine=given.get("whose") != "all",
        after=given.get("after", ""),
    )
    page = events.found(desk.producer, wanted)
    return desk.show(
        "events",
        "events",
        wanted=wanted,
        after=page.after,
        rows=lines(desk, page.rows),
        steps=words.STEPS,
        products=[(code, desk.book.products[code]) for code in sorted(desk.producer.gtins)],
    )


def lines(desk: Desk, rows: list[events.Row]) -> list[dict[str, Any]]:
    """Events as rows of a table."""
    names = events.place_names(rows)
    return [
        {
            "row": row,
            "event": row.event,
            "step": words.said(words.STEPS, row.event.biz_step or row.event.type),
            "type": words.said(words.TYPES, row.event.type),
            "disposition": words.said(words.DISPOSITIONS, row.event.disposition),
            "what": events.summary(row.event, desk.book),
            "where": _where(row.event.biz_location or row.event.read_point, names),
            "others": row.party != desk.producer.party,
        }
        for row in rows
    ]


def _where(uri: str | None, names: dict[str, str]) -> str:
    return names.get(uri or "", "") or events.number_of(uri)


@require_safe
@desk_page
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One event: what, when, where and why in words, and as it was captured."""
    desk = Desk(request)
    row = events.one(desk.producer, pk)
    event = row.event
    names = events.place_names([row])
    things, more = events.things(event, desk.book)
    written = json.loads(jsonld.write_event(event))
    return desk.show(
        "event",
        "events",
        row=row,
        event=event,
        step=words.said(words.STEPS, event.biz_step or event.type),
        type=words.said(words.TYPES, event.type),
        action=words.said(words.ACTIONS, event.action),
        disposition=words.said(words.DISPOSITIONS, event.disposition),
        things=things,
        more=more,
        places=[
            (Text(zh="读取点", en="Read point"), _where(event.read_point, names), event.read_point),
            (Text(zh="所在地点", en="Location"), _where(event.biz_location, names), event.biz_location),
        ],
        links=[
            (words.said(words.LINKS, link.type), Text(zh="来自", en="from"), _where(link.id, names), link.id)
            for link in event.sources
        ]
        + [
            (words.said(words.LINKS, link.type), Text(zh="去往", en="to"), _where(link.id, names), link.id)
            for link in event.destinations
        ],
        documents=[(words.said(words.LINKS, link.type), events.number_of(link.id) or link.id) for link in event.transactions],
        told_by=events.party_name(row.party),
        certificates=_texts(event.body.get("certificationInfo")),
        body=json.dumps(written, ensure_ascii=False, indent=2),
    )  # fmt: skip


def _texts(told: Any) -> list[str]:
    return [] if not told else [str(one) for one in ([told] if isinstance(told, str) else told)]
