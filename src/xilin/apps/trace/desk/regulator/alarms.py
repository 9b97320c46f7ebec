"""预警 Every alarm of traceability in one list: what balances, quotas, looks and consumers say, with where it stands and who has it."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any, Literal, cast

from msgspec import Struct

from xilin.apps.trace.desk.producer import words
from xilin.apps.trace.desk.regulator.watch import Watch
from xilin.apps.trace.desk.reported import REPORTED
from xilin.apps.trace.genealogy import balance, walks
from xilin.apps.trace.genealogy.declarations import Balance, Tags
from xilin.apps.trace.models import Alert, AlertAnswer, Allotment, LineageAlert, Look, Suspicion
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.casework import queries as cases
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

Source = Literal["lineage", "look", "report"]
STATES = {
    "open": Text(zh="待受理", en="nobody has it"),
    "taken": Text(zh="核查中", en="being looked into"),
    "confirmed": Text(zh="属实，处置中", en="confirmed, being set right"),
    "settled": Text(zh="已处置", en="settled"),
    "explained": Text(zh="核实无误", en="found to be in order"),
    "over": Text(zh="已由后续记录说明", en="explained by later events"),
    "closed": Text(zh="已关闭", en="closed"),
}
WAITING = ("open", "taken", "confirmed")
KINDS = {
    "mass": Text(zh="物料不平衡", en="Out of balance"),
    "quota": Text(zh="超出耳标配额", en="More sold than tagged"),
    "report": Text(zh="消费者举报", en="Report of a consumer"),
}
MOST_LOOKS = 30
_ALARMS = """
WITH product AS MATERIALIZED (SELECT * FROM unnest(%(gtins)s::text[], %(departments)s::text[]) p(gtin, department)), alarm AS (
    SELECT 'lineage' AS source, a.id, a.kind, a.found_at AS at, a.department, a.taken_by, a."case", a.subject, a.place,
        ''::text AS gtin, 1 AS times, CASE WHEN a.ended_at IS NOT NULL THEN 'over' WHEN a.outcome <> '' THEN a.outcome
        WHEN a.taken_at IS NOT NULL THEN 'taken' ELSE 'open' END AS state
    FROM trace_lineagealert a
    UNION ALL
    SELECT 'look', a.id, a.rule, a.last_at, coalesce(p.department, ''), a.taken_by, a."case", a.subject, a.place, a.gtin, a.count,
        CASE WHEN a.closed_at IS NOT NULL THEN 'closed' WHEN a.taken_at IS NOT NULL THEN 'taken' ELSE 'open' END
    FROM trace_alert a LEFT JOIN product p ON p.gtin = a.gtin
    UNION ALL
    SELECT 'report', s.id, 'report', s.at, coalesce(p.department, ''), s.taken_by, s."case", s.gtin || '/' || s.serial, s.place, s.gtin, 1,
        CASE WHEN s.closed_at IS NOT NULL THEN 'closed' WHEN s.taken_at IS NOT NULL THEN 'taken' ELSE 'open' END
    FROM trace_suspicion s LEFT JOIN product p ON p.gtin = s.gtin
), seen AS (
    SELECT * FROM alarm WHERE (%(everything)s OR department IN (%(code)s, ''))
      AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s::text[])) AND (%(kind)s = '' OR kind = %(kind)s)
)
"""
_COUNT = "SELECT count(*) FROM seen"
_BY_KIND = "SELECT kind, state, count(*) FROM seen GROUP BY kind, state ORDER BY kind, state"
_SOME = """SELECT source, id, kind, at, department, taken_by, "case", subject, place, gtin, times, state FROM seen
ORDER BY """
_WAITING_FIRST = "array_position(ARRAY['open', 'taken', 'confirmed'], state) NULLS LAST, at DESC, source, id"
_PART = " LIMIT %(limit)s OFFSET %(offset)s"
# What a list may be sorted by instead, each way.
_ORDERS = {
    ("kind", False): "kind, at DESC, source, id",
    ("kind", True): "kind DESC, at DESC, source, id",
    ("at", False): "at, source, id",
    ("at", True): "at DESC, source, id",
    ("times", False): "times, at DESC, source, id",
    ("times", True): "times DESC, at DESC, source, id",
}
_ONE = """SELECT source, id, kind, at, department, taken_by, "case", subject, place, gtin, times, state FROM seen
WHERE source = %(source)s AND id = %(id)s"""
_OF_CASE = """SELECT source, id FROM seen WHERE "case" = %(number)s ORDER BY source, id LIMIT 1"""


class Alarm(Struct, frozen=True):
    """One alarm as the list has it."""

    source: Source
    id: int
    kind: str
    at: datetime
    department: str
    taken_by: str
    case: str
    subject: str
    place: str
    gtin: str
    times: int
    state: str

    @property
    def waits(self) -> bool:
        """Whether something is still to be done."""
        return self.state in WAITING


class Shown(Struct, frozen=True):
    """An alarm in words: what rang, about what, why, where; its case, None where there is none."""

    alarm: Alarm
    name: Text
    about: Text
    why: Text
    where: Text | None
    state: Text
    trace: str
    case: Any = None


class Alarms:
    """The alarms somebody oversees, by state and kind, counted and cut by the database."""

    def __init__(
        self, watch: Watch, book: Book, *, states: Sequence[str] | None = None, kind: str = ""
    ) -> None:
        products = book.products.values()
        self.known = {
            "gtins": [one.gtin for one in products],
            "departments": [one.department for one in products],
            "everything": watch.everything,
            "code": watch.code,
            "states": list(states) if states is not None else None,
            "kind": kind,
        }
        self._order = _WAITING_FIRST

    def ordered(self, by: str, *, down: bool) -> "Alarms":
        """The same in another order than what waits first."""
        found = copy(self)
        found._order = _ORDERS[by, down]
        return found

    def count(self) -> int:
        """How many there are."""
        ((n,),) = walks.rows(_ALARMS + _COUNT, self.known)
        return int(n)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Alarm]:
        limit = {"offset": part.start or 0, "limit": part.stop - (part.start or 0)}
        return [Alarm(*row) for row in walks.rows(_ALARMS + _SOME + self._order + _PART, self.known | limit)]

    def by_kind(self) -> dict[str, dict[str, int]]:
        """How many of each kind are in which state."""
        found: dict[str, dict[str, int]] = {}
        for kind, state, n in walks.rows(_ALARMS + _BY_KIND, self.known):
            found.setdefault(kind, {})[state] = n
        return found

    def one(self, source: str, id: int) -> Alarm:
        """One of them; NotFound where it isn't there or isn't theirs."""
        rows = walks.rows(_ALARMS + _ONE, self.known | {"source": source, "id": id})
        if not rows:
            raise NotFound(kind="alarm", name=id)
        return Alarm(*rows[0])


def of_case(watch: Watch, book: Book, number: str) -> tuple[str, int]:
    """Which alarm a case is about; NotFound where it is none that somebody oversees."""
    rows = walks.rows(_ALARMS + _OF_CASE, Alarms(watch, book).known | {"number": number})
    if not rows or not number:
        raise NotFound(kind="case", name=number)
    return rows[0][0], int(rows[0][1])


def kind_name(kind: str, book: Book) -> Text:
    """What a kind of alarm is called."""
    rule = book.rules.get(kind)
    return KINDS.get(kind) or (rule.name if rule else Text(zh=kind, en=kind))


def shown(found: Sequence[Alarm], book: Book) -> list[Shown]:
    """Alarms in words, looked up together."""
    lineage = {one.pk: one for one in LineageAlert.objects.filter(pk__in=_of(found, "lineage"))}
    looks = {one.pk: one for one in Alert.objects.filter(pk__in=_of(found, "look"))}
    reports = {one.pk: one for one in Suspicion.objects.filter(pk__in=_of(found, "report"))}
    known = balance.whereabouts({one.place for one in lineage.values()})
    numbered = cases.numbered(one.case for one in found)
    tags: Tags | None = next(iter(declared("trace_tags").values()), None) if lineage else None
    balances: list[Balance] = list(declared("trace_balance").values()) if lineage else []
    told = []
    for one in found:
        if one.source == "lineage":
            about, why = _of_lineage(lineage[one.id], known, tags, balances)
            trace, where = "", None
        else:
            about, why, trace = _of_look(one, looks.get(one.id), reports.get(one.id), book)
            where = book.place_name(one.place) if one.place else None
        told.append(
            Shown(
                one,
                kind_name(one.kind, book),
                about,
                why,
                where,
                STATES[one.state],
                trace,
                numbered.get(one.case),
            )
        )
    return told


def _of(found: Sequence[Alarm], source: str) -> list[int]:
    return [one.id for one in found if one.source == source]


def _of_lineage(
    alert: LineageAlert, known: dict[str, tuple[str, str]], tags: Tags | None, balances: Sequence[Balance]
) -> tuple[Text, Text]:
    name = known.get(alert.place, ("", ""))[0] or alert.place.rsplit("/", 1)[-1]
    told = alert.figures
    if alert.kind == LineageAlert.Kind.QUOTA:
        why = Text(
            zh=f"{alert.period} 年登记耳标 {told['tagged']} 只，出栏 {told['sold']} 只，其中 {told['untagged']} 只的耳标不是本户登记的。",
            en=f"In {alert.period} {told['tagged']} animals were tagged, {told['sold']} sold, {told['untagged']} of them under tags "
            "that nobody put on here.",
        )
        source = tags.source if tags else ""
        return Text(zh=name, en=name), _with(why, source)
    declared_ = next((one for one in balances if one.step == told["step"]), None)
    step = declared_.name if declared_ else words.said(words.STEPS, told["step"])
    missing = told["unweighed_in"] + told["unweighed_out"]
    share = told["kg_out"] / told["kg_in"] if told["kg_in"] else 0
    why = Text(
        zh=f"{step.zh}：投入 {told['kg_in']:,.1f} 千克，产出 {told['kg_out']:,.1f} 千克（{share:.1%}），"
        f"允许 {told['least']:.0%} 至 {told['most']:.0%}。" + (f"{missing} 项没有重量。" if missing else ""),
        en=f"{step.of('en')}: {told['kg_in']:,.1f} kg went in, {told['kg_out']:,.1f} kg came out ({share:.1%}); "
        f"{told['least']:.0%} to {told['most']:.0%} may."
        + (f" {missing} things have no weight." if missing else ""),
    )
    return Text(zh=name, en=name), _with(why, declared_.source if declared_ else "")


def _with(why: Text, source: str) -> Text:
    """Words with what they rest on."""
    if not source:
        return why
    return Text(zh=f"{why.zh}依据：{source}", en=f"{why.en} By: {source}")


def _of_look(
    alarm: Alarm, alert: Alert | None, report: Suspicion | None, book: Book
) -> tuple[Text, Text, str]:
    about = book.product_name(alarm.gtin)
    if alert is not None:
        why = Text(zh=alert.told.get("zh", ""), en=alert.told.get("en", ""))
        return about, why, _thing(alarm.subject) if alert.kind == "item" else ""
    said = REPORTED.get(report.why if report else "", REPORTED["other"])
    text = f"：{report.text}" if report and report.text else ""
    return about, Text(zh=said.zh + text, en=said.en + text.replace("：", ": ", 1)), _thing(alarm.subject)


def _thing(subject: str) -> str:
    gtin, _, serial = subject.partition("/")
    return f"https://id.gs1.org/01/{gtin}/21/{serial}" if serial and len(gtin) == 14 else ""


class Evidence(Struct, frozen=True):
    """What an alarm rests on: parts of a process, animals under tags of others, looks at an item, a consignment."""

    parts: list[balance.Part] = []
    animals: list[Any] = []
    looks: list[Any] = []
    allotment: Any = None
    answers: list[Any] = []
    record: Any = None


def evidence(alarm: Alarm) -> Evidence:
    """What an alarm rests on."""
    if alarm.source == "lineage":
        alert = LineageAlert.objects.get(pk=alarm.id)
        if alert.kind == LineageAlert.Kind.MASS:
            return Evidence(parts=balance.parts(alert.subject), record=alert)
        return Evidence(
            animals=balance.leavings(alert.place, int(alert.period), most=200, untagged=True), record=alert
        )
    if alarm.source == "report":
        return Evidence(looks=_looks(alarm.subject), record=Suspicion.objects.get(pk=alarm.id))
    one = Alert.objects.get(pk=alarm.id)
    answers = list(AlertAnswer.objects.filter(alert=one).select_related("party")[:10])
    if one.kind == "consignment" and one.subject.isdecimal():
        return Evidence(
            allotment=Allotment.objects.filter(pk=int(one.subject)).first(), answers=answers, record=one
        )
    looks = _looks(one.subject) if one.kind == "item" else []
    return Evidence(looks=looks, answers=answers, record=one)


def _looks(subject: str) -> list[Look]:
    gtin, _, serial = subject.partition("/")
    found = Look.objects.filter(gtin=gtin, serial=serial).order_by("-at")[:MOST_LOOKS]
    return cast(list[Look], list(found))
