"""时限合规 How departments kept their deadlines over a span of time, and the same as a workbook."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from statistics import median

import xlsxwriter
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xilin.kernel.accounts.models import Department
from xilin.kernel.casework import clock
from xilin.kernel.casework.models import Card, CaseStep
from xilin.kernel.standards.calendar import WorkingDays, calendar
from xilin.kernel.standards.queries import declared


@dataclass(frozen=True, slots=True)
class Line:
    """One department: steps ended in time and late in the span, and how its open steps stood at its end.

    `days` is the median of what the ended steps took, in days as their rules count them with the
    pauses left out, None where none ended. `stopped` clocks stood still; `extended` ones were lengthened.
    """

    department: Department
    in_time: int
    late: int
    open: int
    overdue: int
    yellow: int
    stopped: int
    extended: int
    days: float | None

    @property
    def share(self) -> float | None:
        """The share answered in time of all that was due, from 0 to 1; None where nothing was."""
        due = self.in_time + self.late + self.overdue
        return self.in_time / due if due else None

    @property
    def percent(self) -> float | None:
        """The same in percent, with one decimal."""
        return None if self.share is None else round(100 * self.share, 1)


def compliance(since: datetime, until: datetime, *, department: Department | None = None) -> list[Line]:
    """Each department's line for `[since, until)`, the worst share first; one department's where it is named."""
    ended = Q(ended_at__gte=since, ended_at__lt=until)
    running = Q(began_at__lt=until) & (Q(ended_at=None) | Q(ended_at__gte=until))
    steps = CaseStep.objects.filter(ended | running, due_at__isnull=False).prefetch_related("pauses")
    if department is not None:
        steps = steps.filter(department=department)
    of: dict[int, list[CaseStep]] = {}
    for step in steps.order_by("pk").iterator(chunk_size=2000):
        of.setdefault(step.department_id, []).append(step)
    days = calendar()
    lines = [_line(found, of[found.pk], until, days) for found in Department.objects.filter(pk__in=of)]
    return sorted(lines, key=lambda line: (line.share is None, line.share or 0, line.department.code))


def _line(department: Department, steps: Iterable[CaseStep], until: datetime, days: WorkingDays) -> Line:
    rules = declared("deadline")
    found, took = Counter[str](), list[int]()
    for step in steps:
        found["extended"] += bool(step.extended)
        if step.ended_at is not None and step.ended_at < until:
            found["late" if step.due_at is not None and step.ended_at > step.due_at else "in_time"] += 1
            if rule := rules.get(step.rule):
                pauses = [(one.began_at, one.ended_at) for one in step.pauses.all() if one.ended_at]
                took.append(clock.taken(rule, step.began_at, step.ended_at, days, pauses))
            continue
        found["open"] += 1
        card = step.card(until)
        found["overdue"] += card == Card.RED
        found["yellow"] += card == Card.YELLOW
        found["stopped"] += step.stopped_at is not None
    return Line(
        department,
        found["in_time"],
        found["late"],
        found["open"],
        found["overdue"],
        found["yellow"],
        found["stopped"],
        found["extended"],
        median(took) if took else None,
    )


def heads() -> list[str]:
    """The columns of the report in the reader's language."""
    return [
        _("department"),
        _("share in time"),
        _("ended in time"),
        _("ended late"),
        _("median days"),
        _("still open"),
        _("red cards"),
        _("yellow cards"),
        _("clocks stopped"),
        _("lengthened"),
    ]


def workbook(lines: Sequence[Line], since: datetime, until: datetime) -> bytes:
    """The report as XLSX, in the reader's language."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet(_("Deadlines kept"))
    bold, percent = book.add_format({"bold": True}), book.add_format({"num_format": "0.0%"})
    span = f"{timezone.localtime(since):%Y-%m-%d} – {timezone.localtime(until):%Y-%m-%d}"
    sheet.write(0, 0, f"{_('Deadlines kept')} {span}", bold)
    sheet.write_row(2, 0, heads(), bold)
    for row, line in enumerate(lines, 3):
        sheet.write_string(row, 0, line.department.name)
        if line.share is not None:
            sheet.write_number(row, 1, line.share, percent)
        sheet.write_row(row, 2, [line.in_time, line.late])
        if line.days is not None:
            sheet.write_number(row, 4, line.days)
        sheet.write_row(row, 5, [line.open, line.overdue, line.yellow, line.stopped, line.extended])
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 9, 12)
    sheet.freeze_panes(3, 1)
    book.close()
    return out.getvalue()
