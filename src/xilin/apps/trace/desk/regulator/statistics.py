"""追溯统计 The figures of traceability by month and banner: counted, kept, and written where collection reads them.

Everything is counted anew: late and corrected events change months that are long past, which the series of the economy show as
revisions. Numbers of codes by state are of now, and kept for the month they were counted in.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from xilin.apps.trace.genealogy import counting, walks
from xilin.apps.trace.genealogy.counting import Counted
from xilin.apps.trace.models import Code, Figure, OpenChain
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.standards.queries import declared

COLUMNS = ("key", "month", "area_code", "measure", "value", "counted_at")
PART = "_part"
# Measures that are others added up, and shares of one in another.
TOGETHER = {
    "looks": ("looks_genuine", "looks_caution", "looks_fake", "looks_unknown"),
    "looks_warned": ("looks_caution", "looks_fake"),
    "alarms": ("alarms_mass", "alarms_quota", "alarms_looks", "reports"),
}
SHARES = {
    "carcasses_traced_share": ("carcasses_traced", "carcasses"),
    "packs_traced_share": ("packs_traced", "packs"),
    "looks_warned_share": ("looks_warned", "looks"),
}
# A pack may hold meat of several banners: these don't add up.
NOT_WHOLE = ("packs_with",)
STOCK, COUNTED = "codes_", "counted_now"
MOST_OPEN = 1000
_LOOKS = """
SELECT 'looks_' || l.level, date_trunc('month', l.at AT TIME ZONE %(zone)s)::date, left(l.place, 6), count(*)::float8
FROM trace_look l GROUP BY 1, 2, 3
UNION ALL
SELECT 'codes_issued', date_trunc('month', b.issued_at AT TIME ZONE %(zone)s)::date, '', sum(b.made)::float8
FROM trace_codebatch b WHERE b.made > 0 GROUP BY 2
UNION ALL
SELECT 'alarms_' || a.kind, date_trunc('month', a.found_at AT TIME ZONE %(zone)s)::date, '', count(*)::float8
FROM trace_lineagealert a GROUP BY 1, 2
UNION ALL
SELECT 'alarms_looks', date_trunc('month', a.opened_at AT TIME ZONE %(zone)s)::date, left(a.place, 6), count(*)::float8
FROM trace_alert a GROUP BY 2, 3
UNION ALL
SELECT 'reports', date_trunc('month', s.at AT TIME ZONE %(zone)s)::date, left(s.place, 6), count(*)::float8
FROM trace_suspicion s GROUP BY 2, 3
UNION ALL
SELECT 'recalls', date_trunc('month', r.opened_at AT TIME ZONE %(zone)s)::date, '', count(*)::float8
FROM trace_recall r WHERE r.opened_at IS NOT NULL GROUP BY 2
"""
_STATES = "SELECT state, count(*)::float8 FROM trace_code GROUP BY state"


def file() -> Path:
    """The file that the source `trace_figures` of a league folder reads."""
    return Path(settings.OWN_DATA) / "trace_figures.csv"


def banners() -> list[str]:
    """The league's banners, six digits each."""
    return sorted({code[:6] for code, area in declared("area").items() if area.level == "county"})


def count(book: Book, *, at: datetime) -> int:
    """Count everything, keep it and write it out; how many figures there are."""
    areas = banners()
    chains = counting.chains(areas, list(book.products), most_open=MOST_OPEN)
    now = timezone.localtime(at).date().replace(day=1)
    counted = Counted(COUNTED, now, "", at.timestamp())
    found = [*chains.figures, *_others(areas), *_stocks(now), counted]
    keep(found, at=at)
    keep_open(chains.open)
    write(at=at)
    return len(found)


def _others(areas: Sequence[str]) -> Iterable[Counted]:
    known, within = set(areas), dict[tuple[str, date, str], float]()
    for measure, month, area, value in walks.rows(_LOOKS, {"zone": counting.ZONE}):
        key = (measure, month, area if area in known else "")
        within[key] = within.get(key, 0) + value
    return [Counted(*key, value) for key, value in within.items()]


def _stocks(month: date) -> Iterable[Counted]:
    names = {int(state): state.name.lower() for state in Code.State}
    return [
        Counted(f"{STOCK}{names[state]}_now", month, "", value) for state, value in walks.rows(_STATES, {})
    ]


@transaction.atomic
def keep(found: Iterable[Counted], *, at: datetime) -> None:
    """Keep figures in place of those before; what is counted no more is gone, but for stocks of earlier months."""
    known = {(one.measure, one.month, one.area): one for one in Figure.objects.select_for_update()}
    fresh = list[Figure]()
    changed = list[Figure]()
    for one in found:
        old = known.pop((one.measure, one.month, one.area), None)
        if old is None:
            fresh.append(
                Figure(measure=one.measure, month=one.month, area=one.area, value=one.value, counted_at=at)
            )
        elif old.value != one.value:
            old.value, old.counted_at = one.value, at
            changed.append(old)
    Figure.objects.bulk_create(fresh, batch_size=2000)
    Figure.objects.bulk_update(changed, ["value", "counted_at"], batch_size=2000)
    gone = [one.pk for one in known.values() if not one.measure.endswith("_now")]
    Figure.objects.filter(pk__in=gone).delete()


@transaction.atomic
def keep_open(packs: Iterable[tuple[str, date | None]]) -> None:
    """Keep which packs have no whole way back, in place of those before."""
    OpenChain.objects.all().delete()
    OpenChain.objects.bulk_create([OpenChain(thing=thing, month=month) for thing, month in packs])


def write(*, at: datetime) -> Path:
    """Write the figures as the rows of a source: whole or not at all.

    Each measure twice: as a series, with the league as a whole and its banners, and as parts (`…_part`), which add up and
    where what belongs to no banner has no area. Shares are series alone.
    """
    target = file()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        for measure, month, area, value, counted in sorted(_rows(), key=lambda row: row[:3]):
            key = f"{measure}|{month:%Y-%m}|{area}"
            said = timezone.localtime(counted).strftime("%Y-%m-%d %H:%M:%S")
            rows.writerow((key, f"{month:%Y-%m}", area, measure, f"{value:.15g}", said))
    fresh.replace(target)
    return target


Row = tuple[str, date, str, float, datetime]


def _rows() -> list[Row]:
    whole: dict[tuple[str, date], Row] = {}
    found = list[Row]()
    league = next((code for code, area in declared("area").items() if area.level == "league"), "")
    for one in Figure.objects.exclude(measure__endswith="_now"):
        measures = [one.measure, *(to for to, names in TOGETHER.items() if one.measure in names)]
        for measure in measures:
            key = (measure, one.month)
            before = whole.get(key, (measure, one.month, league, 0.0, one.counted_at))
            whole[key] = (*before[:3], before[3] + one.value, max(before[4], one.counted_at))
            area = f"{one.area}000000" if one.area else ""
            found.append((f"{measure}{PART}", one.month, area, one.value, one.counted_at))
            if area:
                found.append((measure, one.month, area, one.value, one.counted_at))
    found = _merged(found)
    known = {
        (measure, month, area): (value, at) for measure, month, area, value, at in (*found, *whole.values())
    }
    shares = [
        (to, month, area, 100 * known.get((part, month, area), (0.0, at))[0] / value, at)
        for to, (part, of) in SHARES.items()
        for (measure, month, area), (value, at) in known.items()
        if measure == of and value
    ]
    return [*found, *(row for row in whole.values() if row[0] not in NOT_WHOLE), *shares]


def _merged(rows: Iterable[Row]) -> list[Row]:
    """Rows of one measure, month and area added up."""
    found: dict[tuple[str, date, str], Row] = {}
    for row in rows:
        before = found.get(row[:3])
        found[row[:3]] = row if before is None else (*row[:3], before[3] + row[3], max(before[4], row[4]))
    return list(found.values())
