"""Taking workbooks in: a look at what would be kept, then keeping it; both go the same way, so that the look tells the truth.

The look captures the events too and takes everything back: what the repository, lineage or the lives of codes refuse is told
before anything is kept. The same workbook twice changes nothing: events are known by what they say, products by their number.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.apps.trace.desk.producer.errors import NotNow, NotToConfirm, NoWorkbook, in_both
from xilin.apps.trace.desk.producer.sheets import lines, meant, template, workbook
from xilin.apps.trace.desk.producer.sheets.lines import Line
from xilin.apps.trace.desk.producer.sheets.meant import Happening, Known, Meant, Product
from xilin.apps.trace.desk.seats import Producer, of_party
from xilin.apps.trace.epcis import jsonld
from xilin.apps.trace.epcis.errors import Invalid
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.models import EventKey, MasterData, OwnProduct, SheetImport
from xilin.apps.trace.repository import capture, masterdata, rows
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.audit.actions import record
from xilin.lib.errors import NotFound, Refusal
from xilin.lib.text import Text

LOCATION, CLASS = "urn:epcglobal:epcis:vtype:Location", "urn:epcglobal:epcis:vtype:EPCClass"
CONTEXT = {"cbvmda": "urn:epcglobal:cbv:mda#", "xilin": "urn:xilin:trace:"}
MOST_SHOWN = 200
AT_ONCE = 2_000
"""Rows that are kept while somebody waits; more are a worker's."""
TASK = "trace.keep_sheet"
OPEN = (SheetImport.State.CHECKED, SheetImport.State.ASKED)
MOST_WAITING = 20
WAITS = timedelta(days=7)
STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


class Outcome(msgspec.Struct, frozen=True):
    """What a workbook holds: for each sheet how many rows are good, known already, bad; the rows in words; what was kept."""

    counts: dict[str, dict[str, int]]
    shown: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    formulas: int
    events: int
    duplicates: int
    products: int
    jobs: list[str]

    @property
    def good(self) -> int:
        """Rows that are new."""
        return sum(one["good"] for one in self.counts.values())

    @property
    def known(self) -> int:
        """Rows that say what was known."""
        return sum(one["known"] for one in self.counts.values())

    @property
    def places(self) -> set[tuple[str, int]]:
        """Where the rows stand that can't be kept."""
        return {(one["sheet"], one["row"]) for one in self.bad}


class _Look(Exception):
    """Only a look: everything is taken back."""


def look(content: bytes, producer: Producer, book: Book, *, at: datetime) -> Outcome:
    """What would be kept of a workbook, and what not; nothing is. Raises NoWorkbook."""
    outcome: list[Outcome] = []
    try:
        with transaction.atomic():
            outcome.append(_carry_out(content, producer, book, at=at))
            raise _Look
    except _Look:
        return outcome[0]


@transaction.atomic
def take(content: bytes, producer: Producer, book: Book, *, at: datetime) -> Outcome:
    """Keep what can be kept of a workbook. Raises NoWorkbook."""
    return _carry_out(content, producer, book, at=at)


def _carry_out(content: bytes, producer: Producer, book: Book, *, at: datetime) -> Outcome:
    try:
        found = lines.read(workbook.read(content))
    except workbook.Unreadable as unreadable:
        raise NoWorkbook(why=unreadable.why.of(get_language() or "")) from unreadable
    told = meant.work_out(found, _known(producer, book), zone=timezone.get_current_timezone(), at=at)
    known = {id(line) for line in told.declared} | _products(told, producer, at)
    known |= _places(told, producer, at)
    events, duplicates, jobs, again = _events(told, producer, at)
    known |= again
    counts: dict[str, Counter[str]] = {}
    for line in found.lines:
        kind = "bad" if line.faults else "known" if id(line) in known else "good"
        counts.setdefault(line.sheet.code, Counter())[kind] += 1
    faults = [
        {
            "sheet": fault.sheet, "code": "", "row": fault.row, "cells": {},
            "faults": [_fault(fault.cell, fault.what, fault.remedy)],
        }
        for fault in found.faults
    ]  # fmt: skip
    faults += [
        {
            "sheet": line.name,
            "code": line.sheet.code,
            "row": line.row,
            "cells": line.shown(),
            "faults": [_fault(fault.cell, fault.what, fault.remedy) for fault in line.faults],
        }
        for line in found.lines
        if line.faults
    ]
    return Outcome(
        counts={
            sheet.code: {kind: counts[sheet.code][kind] for kind in ("good", "known", "bad")}
            for sheet in template.SHEETS
            if sheet.code in counts
        },
        shown=_shown(told, known),
        bad=faults,
        formulas=found.formulas,
        events=events,
        duplicates=duplicates,
        products=sum(id(one.line) not in known for one in told.products),
        jobs=jobs,
    )


def _fault(cell: str, what: Text, remedy: Text) -> dict[str, Any]:
    return {
        "cell": cell,
        "what": {"zh": what.zh, "en": what.en or what.zh},
        "remedy": {"zh": remedy.zh, "en": remedy.en or remedy.zh},
    }


def _known(producer: Producer, book: Book) -> Known:
    declared = {one.gtin for one in book.products.values() if one.gtin in producer.gtins} - set(
        OwnProduct.objects.filter(party=producer.party).values_list("gtin", flat=True)
    )
    others = set(OwnProduct.objects.exclude(party=producer.party).values_list("gtin", flat=True))
    named: dict[str, str] = {}
    rows_ = MasterData.objects.filter(kind=LOCATION, party=producer.party).order_by("at", "pk")
    for uri, attributes in rows_.values_list("uri", "attributes"):
        for one in attributes:
            if str(one.get("id", "")).endswith(("mda#name", "mda:name")):
                named[str(one.get("attribute") or "")] = uri
    return Known(
        own=producer.gtins,
        declared=frozenset(declared),
        taken=frozenset((set(book.products) - producer.gtins) | (others - producer.gtins)),
        named=named,
        others=frozenset(
            MasterData.objects.filter(kind=LOCATION)
            .exclude(party=producer.party)
            .values_list("uri", flat=True)
        ),
        numbered=len(producer.number) <= 18,
    )


# Products and places


def _products(told: Meant, producer: Producer, at: datetime) -> set[int]:
    """Enter products and bring known ones up to date; the lines that changed nothing."""
    unchanged: set[int] = set()
    there = {one.gtin: one for one in OwnProduct.objects.filter(party=producer.party)}
    fields = ("name", "name_en", "net", "category", "shelf_days", "kind")
    for one in told.products:
        said = {name: getattr(one, name) for name in fields}
        before = there.get(one.gtin)
        if before is not None and all(getattr(before, name) == value for name, value in said.items()):
            unchanged.add(id(one.line))
            continue
        OwnProduct.objects.update_or_create(
            gtin=one.gtin,
            party_id=producer.party,
            defaults=said | {"producer": producer.number, "changed_at": at},
            create_defaults=said
            | {"producer": producer.number, "changed_at": at, "entered_at": at, "gtin": one.gtin,
               "party_id": producer.party},
        )  # fmt: skip
    changed = [one for one in told.products if id(one.line) not in unchanged]
    if changed:
        vocabulary = [{"type": CLASS, "vocabularyElementList": [_class(one) for one in changed]}]
        masterdata.keep_with_django(vocabulary, CONTEXT, party=producer.code, at=at)
    return unchanged


def _class(one: Product) -> dict[str, Any]:
    said = {"cbvmda:descriptionShort": one.name, "cbvmda:netContent": one.net}
    return {
        "id": f"{meant.ROOT}/01/{one.gtin}",
        "attributes": [{"id": name, "attribute": value} for name, value in said.items()],
    }


def _places(told: Meant, producer: Producer, at: datetime) -> set[int]:
    """Keep the names of places that nobody else has named; the lines that changed nothing."""
    there = {
        (uri, name)
        for uri, attributes in MasterData.objects.filter(kind=LOCATION, party=producer.party).values_list("uri", "attributes")
        for name in [_attributes(attributes)]
    }  # fmt: skip
    kept, unchanged = [], set[int]()
    for one in told.places:
        attributes = {"cbvmda:name": one.name, "xilin:area": one.area}
        said = [{"id": name, "attribute": value} for name, value in attributes.items() if value]
        if not one.ours or (one.uri, _attributes(said)) in there:
            unchanged.add(id(one.line))
        else:
            kept.append({"id": one.uri, "attributes": said})
    if kept:
        masterdata.keep_with_django(
            [{"type": LOCATION, "vocabularyElementList": kept}], CONTEXT, party=producer.code, at=at
        )
    return unchanged


def _attributes(said: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(one.get("id")), str(one.get("attribute"))) for one in said))


# Events


def _events(told: Meant, producer: Producer, at: datetime) -> tuple[int, int, list[str], set[int]]:
    """Capture the events; those that are refused tell their rows why. How many are new and known, jobs, the lines known before."""
    sound: list[tuple[Happening, Event]] = []
    for one in told.happenings:
        try:
            document = jsonld.of({"@context": [STANDARD, meant.CONTEXT], **one.body})
        except Invalid as invalid:
            fault = invalid.faults[0]
            _refuse(one.lines, fault.what, fault.remedy)
            continue
        sound.append((one, document.events[0]))
    if not sound:
        return 0, 0, [], set()
    keys = [rows.content_key(event) for _, event in sound]
    there = {bytes(key) for key in EventKey.objects.filter(key__in=keys).values_list("key", flat=True)}
    captured = capture.capture(
        [event for _, event in sound],
        party=producer.code,
        at=at,
        behaviour=capture.PROCEED,
        client="sheets",
    )
    for problem in captured.problems:
        if problem.event is not None:
            _refuse(sound[problem.event][0].lines, problem.what, problem.remedy)
    again: set[int] = set()
    seen: set[bytes] = set()
    for (one, _event), key, number in zip(sound, keys, captured.ids, strict=True):
        if number is not None and (key in there or key in seen):
            again |= {id(line) for line in one.lines}
        seen.add(key)
    return captured.stored, captured.duplicates, [str(captured.job)], again


def _refuse(lines_: Sequence[Line], what: Text, remedy: Text) -> None:
    for line in lines_:
        line.wrong("time", what, remedy)


def _shown(told: Meant, known: set[int]) -> list[dict[str, Any]]:
    """The first rows that would be kept, in words."""
    said: list[dict[str, Any]] = []
    for one in told.products:
        words = f"{one.name} · {one.net} · {one.gtin}"
        said.append(_row(one.line, known, words, f"{one.name_en or one.name} · {one.net} · {one.gtin}"))
    for place in told.places:
        words = f"{place.name} · {place.gln}"
        said.append(_row(place.line, known, words, words))
    for happening in told.happenings:
        if not any(line.faults for line in happening.lines):
            row = _row(happening.lines[0], known, happening.told.zh, happening.told.en)
            said.append(row | {"rows": len(happening.lines)})
    return said[:MOST_SHOWN]


def _row(line: Line, known: set[int], zh: str, en: str) -> dict[str, Any]:
    return {
        "sheet": line.sheet.code, "row": line.row, "zh": zh, "en": en, "rows": 1, "known": id(line) in known
    }  # fmt: skip


# What the desk keeps of it


@transaction.atomic
def send(producer: Producer, name: str, content: bytes, *, book: Book, at: datetime, by: Any) -> SheetImport:
    """Look at a workbook that was sent and keep it until it is confirmed. Raises NoWorkbook."""
    producer.may_act()
    outcome = look(content, producer, book, at=at)
    waiting = SheetImport.objects.filter(party=producer.party, state=SheetImport.State.CHECKED)
    old = [*waiting.filter(at__lt=at - WAITS).values_list("pk", flat=True)]
    old += list(waiting.order_by("-pk").values_list("pk", flat=True)[MOST_WAITING - 1 :])
    SheetImport.objects.filter(pk__in=old).update(state=SheetImport.State.GIVEN_UP, content=None)
    made = SheetImport.objects.create(
        party_id=producer.party,
        name=name[-200:],
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        at=at,
        by=by.username,
        **_fields(outcome),
    )
    record(
        "trace.sheet_sent",
        at=at,
        by=by,
        subject=str(made.pk),
        detail={"party": producer.code, "digest": made.digest, "good": made.good, "known": made.known, "bad": made.faulty},
    )  # fmt: skip
    return made


def _fields(outcome: Outcome) -> dict[str, Any]:
    return {
        "counts": outcome.counts,
        "good": outcome.good,
        "known": outcome.known,
        "faulty": len(outcome.bad),
        "bad": outcome.bad,
        "shown": outcome.shown,
    }


@transaction.atomic
def ask(producer: Producer, sheet: SheetImport, *, at: datetime, by: Any) -> bool:
    """Let a worker keep a large workbook; False for a small one, which is kept while one waits. Raises NotToConfirm."""
    producer.may_act()
    held = SheetImport.objects.select_for_update().get(pk=one(producer, sheet.pk).pk)
    if held.state != SheetImport.State.CHECKED:
        raise NotToConfirm
    if held.good + held.known <= AT_ONCE:
        return False
    SheetImport.objects.filter(pk=held.pk).update(
        state=SheetImport.State.ASKED, kept_by=by.username, kept_at=at, why=None
    )
    nudge(held.pk)
    return True


def nudge(number: int) -> None:
    """Queue the keeping of a workbook with the caller's transaction."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(name=TASK, queueing_lock=f"trace.sheet.{number}").defer(number=number)


def requeue() -> int:
    """Queue what nobody works on: its job got lost with a worker. How many were looked at."""
    left = list(SheetImport.objects.filter(state=SheetImport.State.ASKED).values_list("pk", flat=True))
    for number in left:
        nudge(number)
    return len(left)


def carry_out(number: int, *, book: Book, at: datetime) -> None:
    """Keep a workbook as was asked; where that is refused it is to be confirmed again, with the reason."""
    sheet = (
        SheetImport.objects.select_related("party").filter(pk=number, state=SheetImport.State.ASKED).first()
    )
    if sheet is None:
        return
    try:
        confirm(of_party(sheet.party, book, acts=True), sheet, book=book, at=at, by=_Name(sheet.kept_by))
    except Refusal as refusal:
        SheetImport.objects.filter(pk=number, state=SheetImport.State.ASKED).update(
            state=SheetImport.State.CHECKED, kept_at=None, kept_by="", why=in_both(refusal)
        )


class _Name(msgspec.Struct, frozen=True):
    """Who asked, as the log takes it."""

    username: str


def confirm(producer: Producer, sheet: SheetImport, *, book: Book, at: datetime, by: Any) -> SheetImport:
    """Keep the good rows of a workbook that was looked at. Raises NotToConfirm, NotNow where other rows would be refused now."""
    producer.may_act()
    changed: Outcome | None = None
    with transaction.atomic():
        held = SheetImport.objects.select_for_update().get(pk=one(producer, sheet.pk).pk)
        if held.state not in OPEN or held.content is None:
            raise NotToConfirm
        before = {(row["sheet"], row["row"]) for row in held.bad}
        outcome = look(bytes(held.content), producer, book, at=at)
        if outcome.places - before:
            changed = outcome
            SheetImport.objects.filter(pk=held.pk).update(**_fields(outcome))
        else:
            outcome = take(bytes(held.content), producer, book, at=at)
            SheetImport.objects.filter(pk=held.pk).update(
                state=SheetImport.State.KEPT, content=None, kept_at=at, kept_by=by.username, jobs=outcome.jobs, why=None,
                **_fields(outcome),
            )  # fmt: skip
            record(
                "trace.sheet_kept",
                at=at,
                by=by,
                subject=str(held.pk),
                detail={
                    "party": producer.code, "events": outcome.events, "duplicates": outcome.duplicates,
                    "products": outcome.products, "bad": len(outcome.bad),
                },
            )  # fmt: skip
    if changed is not None:
        raise NotNow
    held.refresh_from_db()
    return held


@transaction.atomic
def give_up(producer: Producer, sheet: SheetImport, *, at: datetime, by: Any) -> None:
    """Forget a workbook that wasn't kept; a second time changes nothing."""
    producer.may_act()
    done = SheetImport.objects.filter(pk=one(producer, sheet.pk).pk, state=SheetImport.State.CHECKED).update(
        state=SheetImport.State.GIVEN_UP, content=None
    )
    if done:
        record("trace.sheet_given_up", at=at, by=by, subject=str(sheet.pk), detail={"party": producer.code})


def every(producer: Producer) -> QuerySet[SheetImport]:
    """The party's workbooks, the newest first, without what they hold."""
    return SheetImport.objects.filter(party=producer.party).defer("content", "bad", "shown").order_by("-pk")


def one(producer: Producer, pk: int) -> SheetImport:
    """One of them; NotFound where it isn't theirs."""
    found = SheetImport.objects.filter(party=producer.party, pk=pk).defer("content").first()
    if found is None:
        raise NotFound(kind=_("workbook"), name=pk)
    return found


def returned(bad: Sequence[dict[str, Any]], language: template.Language) -> bytes:
    """The rows that can't be kept as a workbook of the same form, each beside its reasons; sent again it is read like any."""
    told = [
        template.Bad(
            row["code"],
            row["cells"],
            "；".join(
                f"{fault['cell']} {fault['what'][language]}{fault['remedy'][language]}"
                for fault in row["faults"]
            )
            if language == "zh"
            else "; ".join(
                f"{fault['cell']} {fault['what'][language]} {fault['remedy'][language]}"
                for fault in row["faults"]
            ),
        )
        for row in bad
        if row["code"]
    ]
    return template.write(language, bad=told)
