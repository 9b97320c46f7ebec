"""Tables of the regulator's desk: chains by banner and month, open chains, households, processes, alarms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xilin.apps.trace.desk.regulator import alarms as ringing
from xilin.apps.trace.desk.regulator import queries
from xilin.apps.trace.desk.regulator.alarms import Alarm, Alarms, Shown
from xilin.apps.trace.models import HouseholdYear, LineageAlert, ProcessMass
from xilin.apps.trace.verdicts.book import Book
from xilin.lib.text import Text
from xilin.web import tables
from xilin.web.tables import Column, Rows, Table
from xilin.web.templatetags.xilin import grouped, left, moment, words

ROWS = 30
STANDING = "goods_desk/regulator/cells/standing.html"


def kinds(request: HttpRequest, rows: Sequence[tuple[str, Text, int, Mapping[str, int]]]) -> Table:
    """Alarms that wait by kind, each number leading to its alarms."""
    page = reverse("goods:regulator:alarms")

    def of(state: str, title: str) -> Column:
        def href(row: Any) -> str:
            return f"{page}?kind={row[0]}&state={state}" if row[3].get(state) else ""

        return Column(state, title, lambda row: row[3].get(state, 0), kind="number", sortable=True, href=href)

    return tables.asked(
        request,
        "waiting",
        _("Alarms that wait"),
        [
            Column("kind", _("Kind"), lambda row: words(row[1]), sortable=True, href=lambda row: f"{page}?kind={row[0]}&state=all"),
            of("open", _("nobody has it")),
            of("taken", _("being looked into")),
            of("confirmed", _("being set right")),
        ],
        rows,
        prefix="waiting-",
        empty=(_("Nothing rings."), ""),
    )  # fmt: skip


def banners(request: HttpRequest, rows: Sequence[queries.Banner]) -> Table:
    """Chains by the banner they begin in."""
    page = reverse("goods:regulator:quotas")
    return tables.asked(
        request,
        "banners",
        _("By banner"),
        [
            Column("name", _("Banner"), lambda one: words(one.name), sortable=True, href=lambda one: f"{page}?area={one.code}"),
            Column("households", _("Households"), kind="number", sortable=True),
            Column("tagged", _("Tagged"), kind="number", sortable=True),
            Column("sold", _("Sold"), kind="number", sortable=True),
            Column("slaughtered", _("Slaughtered"), kind="number", sortable=True),
            Column("whole", _("Whole"), lambda one: _part(one.traced, one.carcasses), kind="percent", sortable=True),
            Column("packs", _("Packs with meat from here"), kind="number", sortable=True),
        ],
        rows,
        prefix="banners-",
        empty=(_("No animal was tagged yet."), ""),
    )  # fmt: skip


def months(request: HttpRequest, rows: Sequence[queries.Month]) -> Table:
    """Chains by month, the newest first."""
    return tables.asked(
        request,
        "months",
        _("By month"),
        [
            Column("month", _("Month"), lambda one: f"{one.month:%Y-%m}", sortable=True),
            Column("tagged", _("Tagged"), kind="number", sortable=True),
            Column("slaughtered", _("Slaughtered"), kind="number", sortable=True),
            Column("packs", _("Packs"), kind="number", sortable=True),
            Column("whole", _("Whole"), lambda one: _part(one.traced, one.packs), kind="percent", sortable=True),
            Column("sold", _("Packs sold"), kind="number", sortable=True),
            Column("looks", _("Looks"), kind="number", sortable=True),
            Column("warned", _("Warned"), kind="number", sortable=True),
        ],
        rows,
        prefix="months-",
    )  # fmt: skip


def _part(some: float, whole: float) -> float | None:
    return some / whole if whole else None


def _trace(thing: str, way: str) -> str:
    """The page that traces a thing."""
    return f"{reverse('goods:tracing:trace')}?id={quote(thing, safe='')}&way={way}"


def open_chains(request: HttpRequest, rows: Rows, book: Book) -> Table:
    """Packs whose way back to a household isn't whole."""

    def product(row: Any) -> str:
        known = book.products.get(row.thing.removeprefix("https://id.gs1.org/01/")[:14])
        return words(known.name) if known else ""

    return tables.asked(
        request,
        "open",
        _("Packs"),
        [
            Column("thing", _("Pack"), kind="code", sort="thing", href=lambda row: _trace(row.thing, "back")),
            Column("product", _("Product"), product),
            Column("month", _("Month"), lambda row: f"{row.month:%Y-%m}" if row.month else None, sort="month"),
        ],
        rows,
        find=tables.matching("thing"),
        per_page=ROWS,
        empty=(_("Every pack leads back to a household."), ""),
    )  # fmt: skip


def households(request: HttpRequest, rows: Rows, year: int, names: Mapping[str, Text]) -> Table:
    """Households of a year, how many animals they tagged and sold, what rings about them."""

    def together(found: Sequence[HouseholdYear]) -> list[tuple[HouseholdYear, LineageAlert | None]]:
        alerts = queries.alerts_of("quota", [one.place for one in found], year)
        return [(one, alerts.get(one.place)) for one in found]

    return tables.asked(
        request,
        "households",
        _("Households"),
        [
            Column("household", _("Household"), lambda row: row[0].name or row[0].place, sort="name", href=lambda row: reverse("goods:regulator:household", args=[row[0].pk])),
            Column("banner", _("Banner"), lambda row: words(names.get(row[0].area)), sort="area"),
            Column("tagged", _("Tagged"), lambda row: row[0].tagged, kind="number", sort="tagged"),
            Column("sold", _("Sold"), lambda row: row[0].sold, kind="number", sort="sold"),
            Column("untagged", _("Without a tag of this household"), lambda row: row[0].untagged, kind="number", sort="untagged"),
            Column("used", _("Used"), lambda row: row[0].share, sort="used", template="goods_desk/regulator/cells/used.html"),
            Column("state", _("State"), _standing, template=STANDING),
        ],
        rows,
        per_page=ROWS,
        together=together,
        empty=(_("No household is like that."), ""),
        more={"near": queries.NEAR},
    )  # fmt: skip


def _standing(row: tuple[Any, LineageAlert | None]) -> str:
    """What stands in the cell of a state, in words, for a file."""
    one, alert = row
    if alert is None:
        return _("over") if one.broken else ""
    if alert.ended_at:
        return _("explained by later events")
    if alert.outcome:
        return str(alert.get_outcome_display())
    return _("being looked into") if alert.taken_by else _("nobody has it")


def processes(request: HttpRequest, rows: Rows, year: int, known: Mapping[str, Any]) -> Table:
    """Processes of a year, what went in and came out, by how much it may differ, what rings about them."""

    def together(found: Sequence[ProcessMass]) -> list[tuple[ProcessMass, LineageAlert | None]]:
        alerts = queries.alerts_of("mass", [one.process for one in found], year)
        return [(one, alerts.get(one.process)) for one in found]

    def name(row: Any) -> str:
        rule = known.get(row[0].step)
        return words(rule.name) if rule else str(row[0].step)

    def weight(title: str, side: str) -> Column:
        def kilograms(row: Any) -> Any:
            return getattr(row[0], f"kg_{side}")

        return Column(
            side, title, kilograms, kind="number", sort=f"kg_{side}",
            drawn=lambda row: f"{grouped(kilograms(row), 1)} kg",
            below=lambda row: _unweighed(getattr(row[0], f"unweighed_{side}")),
        )  # fmt: skip

    return tables.asked(
        request,
        "processes",
        _("Processes"),
        [
            Column("process", _("Process"), name, sort="step", href=lambda row: reverse("goods:regulator:process", args=[row[0].pk]), below=lambda row: moment(row[0].at)),
            Column("place", _("Place"), lambda row: row[0].name or row[0].place, sort="name"),
            weight(_("Went in"), "in"),
            weight(_("Came out"), "out"),
            Column("yield", _("Yield"), lambda row: row[0].share, kind="percent"),
            Column("allowed", _("May be"), lambda row: row[0].allowed),
            Column("at", _("When"), lambda row: row[0].at, kind="moment", sort="at", shown=False),
            Column("state", _("State"), _standing, template=STANDING),
        ],
        rows,
        per_page=ROWS,
        together=together,
        empty=(_("No process is like that."), ""),
    )  # fmt: skip


def _unweighed(count: int) -> str:
    if not count:
        return ""
    return ngettext("%(n)s without a weight", "%(n)s without a weight", count) % {"n": count}


def alarms(
    request: HttpRequest,
    rows: Alarms,
    book: Book,
    *,
    now: datetime,
    departments: Mapping[str, Text] | None,
    empty: str,
) -> Table:
    """Everything that rings, what waits first; `departments` for who sees those of all."""

    def together(found: Sequence[Alarm]) -> list[Shown]:
        return ringing.shown(found, book)

    def subject(row: Any) -> list[Any]:
        said = row.alarm.subject if row.alarm.source != "lineage" else ""
        return [("code subject", said), words(row.where)]

    def times(row: Any) -> str:
        n = row.alarm.times
        return ngettext("%(n)s time", "%(n)s times", n) % {"n": n} if n > 1 else ""

    def look(row: Any) -> str:
        return "bad dot" if row.alarm.state == "open" else "warn dot" if row.alarm.waits else ""

    def who(row: Any) -> list[Any]:
        due = row.case.due_at if row.case and not row.case.closed_at else None
        return [row.alarm.taken_by, *([("wrong-line" if due < now else "", left(due))] if due else [])]

    return tables.asked(
        request,
        "alarms",
        _("Alarms"),
        [
            Column("alarm", _("Alarm"), lambda row: words(row.name), sort="kind", wide=True, href=lambda row: reverse("goods:regulator:alarm", args=[row.alarm.source, row.alarm.id]), below=lambda row: words(departments.get(row.alarm.department)) if departments else ""),
            Column("about", _("What it is about"), lambda row: words(row.about), below=subject),
            Column("why", _("Why it says so"), lambda row: words(row.why), wide=True, below=times),
            Column("times", _("Times"), lambda row: row.alarm.times, kind="number", sort="times", shown=False),
            Column("at", _("Last"), lambda row: row.alarm.at, kind="moment", sort="at"),
            Column("state", _("State"), lambda row: words(row.state), kind="status", status=look, below=who),
        ],
        cast(Any, rows),  # as much of a list as pages and files take
        per_page=ROWS,
        together=together,
        arrange=lambda found, by, down: cast(Any, found).ordered(by, down=down),
        empty=(empty, ""),
    )  # fmt: skip


def leavings(request: HttpRequest, animals: Sequence[tuple[Any, str, Text]]) -> Table:
    """Animals that left a household, each with the event that says so."""

    return tables.asked(
        request,
        "animals",
        _("Animals that left"),
        [
            Column("tag", _("Ear tag"), lambda row: row[1], kind="code", sortable=True, href=lambda row: _trace(row[0].animal, "forward")),
            Column("own", _("Tagged here"), lambda row: _("yes") if row[0].own else _("no"), kind="status", sortable=True, status=lambda row: "" if row[0].own else "bad dot"),
            Column("time", _("When"), lambda row: row[0].time, kind="moment", sortable=True),
            Column("step", _("What"), lambda row: words(row[2]), sortable=True),
            Column("to", _("To whom"), lambda row: row[0].destination, kind="code", sortable=True),
            Column("event", _("Event"), lambda row: row[0].event, kind="number"),
        ],
        animals,
        find=tables.containing(lambda row: row[1], lambda row: row[0].destination),
        per_page=50,
        prefix="animals-",
        empty=(_("No animal left this household."), ""),
    )  # fmt: skip
