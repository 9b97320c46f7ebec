"""What the regulator's desk shows: chains in figures, households and their quotas, processes and their balances."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import F, FloatField, Max, Q, QuerySet, Sum
from django.db.models.functions import Cast, NullIf
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.models import (
    Figure,
    HouseholdYear,
    LineageAlert,
    OpenChain,
    ProcessMass,
    Recall,
)
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text
from xilin.web.charts.declared import Chart, Series

NEAR = 0.9
COUNTED = "counted_now"
LEVELS = ("genuine", "caution", "fake", "unknown")
MONTHS = 12
SPANS = (30, 90, 180)
_DAYS = """
SELECT (l.at AT TIME ZONE 'Asia/Shanghai')::date, l.level, count(*) FROM trace_look l WHERE l.at > %(since)s AND l.at <= %(until)s
GROUP BY 1, 2 ORDER BY 1
"""


class Stage(Struct, frozen=True):
    """A stage of chains: how many there are, for how many the way back to a household is whole (None: not asked there), its list."""

    name: Text
    count: float
    traced: float | None
    href: str = ""

    @property
    def share(self) -> float | None:
        """The part whose way back is whole."""
        return self.traced / self.count if self.traced is not None and self.count else None


class Banner(Struct, frozen=True):
    """The chains that begin in a banner: households, animals by what became of them, packs that anything of them is in."""

    code: str
    name: Text
    households: float
    tagged: float
    sold: float
    slaughtered: float
    carcasses: float
    traced: float
    packs: float


class Month(Struct, frozen=True):
    """One month in figures."""

    month: date
    tagged: float
    slaughtered: float
    packs: float
    traced: float
    sold: float
    looks: float
    warned: float


class Day(Struct, frozen=True):
    """Looks of a day by level of the verdict."""

    day: date
    levels: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.levels.values())

    @property
    def parts(self) -> list[int]:
        """Genuine, to be careful with, fake, unknown."""
        return [self.levels.get(level, 0) for level in LEVELS]


class Overview(Struct, frozen=True):
    """Chains in figures."""

    households: float
    shops: float
    stages: tuple[Stage, ...]
    banners: tuple[Banner, ...]
    months: tuple[Month, ...]
    days: tuple[Day, ...]
    looks: Chart | None
    states: Mapping[str, float]
    recalls: Mapping[str, int]
    counted_at: datetime | None


def overview(*, at: datetime, days_back: int) -> Overview:
    """The figures kept by `statistics.count`, and looks of the last days."""
    totals: dict[str, float] = dict(
        Figure.objects.exclude(measure__endswith="_now")
        .order_by()
        .values_list("measure")
        .annotate(Sum("value"))
    )
    days = _days(at, days_back)
    recalls: dict[str, int] = {}
    for state in Recall.objects.order_by().values_list("state", flat=True):
        recalls[state] = recalls.get(state, 0) + 1
    return Overview(
        households=totals.get("households", 0),
        shops=totals.get("shops", 0),
        stages=_stages(totals),
        banners=_banners(),
        months=_months(),
        days=days,
        looks=_looks(days) if len(days) > 1 else None,
        states=_states(),
        recalls=recalls,
        counted_at=Figure.objects.filter(measure=COUNTED).aggregate(newest=Max("counted_at"))["newest"],
    )


def _looks(days: Sequence[Day]) -> Chart:
    """Looks by day, what the verdict said upon each other."""
    words = (_("genuine"), _("with care"), _("fake"), _("unknown"))
    return Chart(
        "stacked",
        _("Looks by day"),
        [f"{one.day:%Y-%m-%d}" for one in days],
        [Series(word, [float(one.parts[at]) for one in days]) for at, word in enumerate(words)],
        over=_("Day"),
        zoom=len(days) > 31,
    )


def _stages(totals: Mapping[str, float]) -> tuple[Stage, ...]:
    return (
        Stage(
            Text(zh="登记耳标的羔羊", en="Lambs tagged"),
            totals.get("lambs_tagged", 0),
            None,
            "goods:regulator:quotas",
        ),
        Stage(Text(zh="屠宰的羔羊", en="Lambs slaughtered"), totals.get("lambs_slaughtered", 0), None),
        Stage(Text(zh="胴体", en="Carcasses"), totals.get("carcasses", 0), totals.get("carcasses_traced", 0)),
        Stage(
            Text(zh="分割和加工批次", en="Lots cut and cooked"),
            totals.get("lots", 0),
            totals.get("lots_traced", 0),
            "goods:regulator:balances",
        ),
        Stage(
            Text(zh="包装", en="Packs"),
            totals.get("packs", 0),
            totals.get("packs_traced", 0),
            "goods:regulator:open",
        ),
        Stage(Text(zh="售出的包装", en="Packs sold"), totals.get("packs_sold", 0), None),
    )


def banner_names() -> dict[str, Text]:
    """What the league's banners are called, by their six digits."""
    return {
        code[:6]: Text(zh=area.name, en=area.name_en, mn=area.name_mn)
        for code, area in declared("area").items()
        if area.level == "county"
    }


def _banners() -> tuple[Banner, ...]:
    found: dict[str, dict[str, float]] = {}
    rows = (
        Figure.objects.exclude(area="").order_by().values_list("area", "measure").annotate(total=Sum("value"))
    )
    for area, measure, value in rows:
        found.setdefault(area, {})[measure] = value
    names = banner_names()
    listed = [
        Banner(
            area,
            names.get(area, Text(zh=area)),
            values.get("households", 0),
            values.get("lambs_tagged", 0),
            values.get("lambs_sold", 0),
            values.get("lambs_slaughtered", 0),
            values.get("carcasses", 0),
            values.get("carcasses_traced", 0),
            values.get("packs_with", 0),
        )
        for area, values in found.items()
        if values.get("lambs_tagged")
    ]
    return tuple(sorted(listed, key=lambda one: -one.tagged))


def _months() -> tuple[Month, ...]:
    found: dict[date, dict[str, float]] = {}
    rows = (
        Figure.objects.exclude(measure__endswith="_now")
        .order_by()
        .values_list("month", "measure")
        .annotate(total=Sum("value"))
    )
    for month, measure, value in rows:
        found.setdefault(month, {})[measure] = value
    return tuple(
        Month(
            month,
            values.get("lambs_tagged", 0),
            values.get("lambs_slaughtered", 0),
            values.get("packs", 0),
            values.get("packs_traced", 0),
            values.get("packs_sold", 0),
            sum(values.get(f"looks_{level}", 0) for level in LEVELS),
            values.get("looks_caution", 0) + values.get("looks_fake", 0),
        )
        for month, values in sorted(found.items(), reverse=True)[:MONTHS]
    )


def _days(at: datetime, back: int) -> tuple[Day, ...]:
    """Every day since the first look of the last days, those without a look too."""
    found: dict[date, dict[str, int]] = {}
    for day, level, n in walks.rows(_DAYS, {"since": at - timedelta(days=back), "until": at}):
        found.setdefault(day, {})[level] = n
    if not found:
        return ()
    first, last = min(found), timezone.localdate(at)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return tuple(Day(day, found.get(day, {})) for day in days)


def _states() -> dict[str, float]:
    """Codes by state, as last counted."""
    stocks = Figure.objects.filter(measure__startswith="codes_", measure__endswith="_now")
    newest = stocks.aggregate(newest=Max("month"))["newest"]
    rows = stocks.filter(month=newest).values_list("measure", "value")
    return {measure.removeprefix("codes_").removesuffix("_now"): value for measure, value in rows}


def open_chains() -> QuerySet[OpenChain]:
    """Packs whose way back isn't whole, the newest first."""
    return OpenChain.objects.all()


# Households and their quotas


def years() -> list[int]:
    """The years that were looked at, the newest first."""
    found = {*HouseholdYear.objects.order_by().values_list("year", flat=True).distinct()}
    found |= {*ProcessMass.objects.order_by().values_list("year", flat=True).distinct()}
    return sorted(found, reverse=True)


def households(*, year: int, state: str = "", area: str = "", text: str = "") -> QuerySet[HouseholdYear]:
    """Households of a year: those over their quota first, then by how much of it they have used.

    `text` is how the number of the place ends; names of herders would stand in addresses.
    """
    rows = HouseholdYear.objects.filter(year=year).annotate(
        used=Cast(F("sold"), FloatField()) / NullIf(Cast(F("tagged"), FloatField()), 0.0)
    )
    broken = Q(untagged__gt=0) | Q(sold__gt=F("tagged"))
    if state == "over":
        rows = rows.filter(broken)
    elif state == "near":
        rows = rows.exclude(broken).filter(used__gte=NEAR)
    elif state == "within":
        rows = rows.exclude(broken).exclude(used__gte=NEAR)
    if area:
        rows = rows.filter(area=area)
    if text:
        rows = rows.filter(place__endswith=text)
    return rows.order_by(F("untagged").desc(), F("used").desc(nulls_last=True), "place")


def quota_counts(year: int) -> dict[str, int]:
    """How many households are over their quota, near it, within it."""
    return {state: households(year=year, state=state).count() for state in ("over", "near", "within")}


def masses(
    *, year: int, state: str = "", step: str = "", area: str = "", text: str = ""
) -> QuerySet[ProcessMass]:
    """Processes of a year, those out of balance first, then the newest."""
    rows = ProcessMass.objects.filter(year=year)
    if state == "broken":
        rows = rows.filter(broken=True)
    elif state == "even":
        rows = rows.filter(broken=False, unweighed_in=0, kg_in__gt=0)
    elif state == "unweighed":
        rows = rows.filter(Q(unweighed_in__gt=0) | Q(kg_in=0))
    if step:
        rows = rows.filter(step=step)
    if area:
        rows = rows.filter(area=area)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(process=text) | Q(place__endswith=text))
    return rows.order_by("-broken", "-at", "process")


def mass_counts(year: int) -> dict[str, int]:
    """How many processes are out of balance, in balance, not weighed whole."""
    return {state: masses(year=year, state=state).count() for state in ("broken", "even", "unweighed")}


def alerts_of(kind: str, subjects: Sequence[str], year: int) -> dict[str, LineageAlert]:
    """The alerts about some households or processes of a year, those that are over too."""
    found = LineageAlert.objects.filter(kind=kind, period=str(year), subject__in=list(subjects))
    return {one.subject: one for one in found}


def behind(alert: LineageAlert) -> HouseholdYear | ProcessMass | None:
    """The household's year or the process that an alert is about, as last looked at."""
    year = int(alert.period)
    if alert.kind == LineageAlert.Kind.QUOTA:
        return HouseholdYear.objects.filter(year=year, place=alert.subject).first()
    return ProcessMass.objects.filter(year=year, process=alert.subject).first()
