"""Recalls (召回): proposed by one person, opened publicly by another, followed by what events tell, closed with a reason.

A recall is a case of `kernel.casework`: its clocks are those of its level. The list of items is looked up when it is proposed and again
when it is opened, so that what was sold meanwhile is on it.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from msgspec import Struct, to_builtins

from xilin.apps.trace.genealogy import holding, queries, walks
from xilin.apps.trace.genealogy.errors import (
    NotFinished,
    NothingToRecall,
    NotInThisState,
    NotTheirs,
    SamePerson,
)
from xilin.apps.trace.genealogy.shapes import Held, Reach
from xilin.apps.trace.models import Recall, RecallNotice
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import queries as cases
from xilin.lib.errors import NotFound

KIND = "recall"
ROLES = ("steward", "approver")
# Items that are in something else by now are recalled as that.
GONE_INTO_OTHERS = "used"


@transaction.atomic
def propose(
    roots: Iterable[str], *, reason: str, level: int, at: datetime, by: Any, returns: Sequence[str] = ()
) -> Recall:
    """Look up everything that anything of the roots is in, and open a case that somebody else decides.

    Args:
        roots: ear tags, batches, items or containers.
        level: 1 (most urgent) to 3; the deadlines are those declared for it.
        by: who proposes; their department is in charge.
        returns: places goods are to come back to; what is received there counts as recovered.
    """
    _check(by)
    asked = list(dict.fromkeys(roots))
    reach = queries.recall(asked, at=at)
    if not reach.affected:
        raise NothingToRecall()
    case = casework.open(
        kind=KIND, subject=reason[:300], department=by.department, step=f"decide_{level}", at=at, by=by
    )
    recall = Recall.objects.create(
        case=case,
        reason=reason,
        level=level,
        roots=asked,
        returns=list(returns),
        proposed_by=by,
        proposed_at=at,
    )
    _list(recall, reach)
    record(
        "trace.recall.proposed", by=by, department=by.department, subject=case.number, at=at,
        detail={"level": level, "roots": len(asked), "items": recall.items.count(), "complete": recall.complete},
    )  # fmt: skip
    return recall


@transaction.atomic
def open_publicly(recall: Recall, *, at: datetime, by: Any) -> Recall:
    """Open a proposed recall: list items and holders anew, send every holder their notice. Raises SamePerson."""
    recall = _locked(recall, Recall.State.PROPOSED)
    _check(by, recall)
    if by.pk == recall.proposed_by_id:
        raise SamePerson()
    reach = queries.recall(recall.roots, at=at)
    _list(recall, reach)
    casework.step(recall.case, to=f"recover_{recall.level}", at=at, by=by, outcome="opened")
    recall.state, recall.opened_by, recall.opened_at = Recall.State.PUBLIC, by, at
    recall.save()
    sent = notify(recall, reach.held, at=at)
    record(
        "trace.recall.opened", by=by, department=by.department, subject=recall.case.number, at=at,
        detail={"level": recall.level, "items": recall.items.count(), "notices": sent, "complete": recall.complete},
    )  # fmt: skip
    return recall


def notify(recall: Recall, held: Iterable[Held], *, at: datetime) -> int:
    """A notice to every holder that has none yet; how many there are."""
    counts = Counter(one.holder for one in held if one.holder and one.state in ("held", "on_the_way"))
    RecallNotice.objects.bulk_create(
        [RecallNotice(recall=recall, holder=holder, items=number, sent_at=at) for holder, number in sorted(counts.items())],
        update_conflicts=True, unique_fields=["recall", "holder"], update_fields=["items"],
    )  # fmt: skip
    return len(counts)


@transaction.atomic
def acknowledge(recall: Recall, holder: str, *, at: datetime, by: str) -> RecallNotice:
    """A holder has read their notice; a second time changes nothing."""
    _locked(recall, Recall.State.PUBLIC)
    notice = RecallNotice.objects.select_for_update().filter(recall=recall, holder=holder).first()
    if notice is None:
        raise NotFound(kind=RecallNotice._meta.verbose_name, name=holder)
    if notice.acknowledged_at is None:
        notice.acknowledged_at, notice.acknowledged_by = at, by
        notice.save(update_fields=["acknowledged_at", "acknowledged_by"])
    return notice


class Progress(Struct, frozen=True):
    """How far a recall is: of `total` items so many came back, were destroyed, were sold before it and not seen since, and are missing.

    `held` and `on_the_way` are still with holders; `missing` are sold ones and those nobody has seen since the recall opened.
    """

    total: int
    recovered: int
    destroyed: int
    held: int
    on_the_way: int
    sold: int
    unseen: int
    notices: int
    acknowledged: int

    @property
    def missing(self) -> int:
        """Items that are neither recovered nor destroyed."""
        return self.total - self.recovered - self.destroyed

    @property
    def share(self) -> float:
        """Of all items, recovered or destroyed."""
        return (self.recovered + self.destroyed) / self.total if self.total else 1.0


def progress(recall: Recall, *, at: datetime | None = None) -> Progress:
    """What became of the items by events until a time."""
    counts = Counter(state for _, state in whereabouts(recall, at=at))
    notices = recall.notices.all()
    return Progress(
        total=sum(counts.values()),
        recovered=counts["recovered"],
        destroyed=counts["destroyed"],
        held=counts["held"],
        on_the_way=counts["on_the_way"],
        sold=counts["sold"],
        unseen=counts["unseen"],
        notices=len(notices),
        acknowledged=sum(notice.acknowledged_at is not None for notice in notices),
    )


def whereabouts(recall: Recall, *, at: datetime | None = None) -> list[tuple[Held, str]]:
    """Each item that isn't part of another by now, where it is, and its state in the recall."""
    names = list(recall.items.exclude(state=GONE_INTO_OTHERS).values_list("item", flat=True))
    known = walks.numbers(names)
    back = set(recall.returns)
    found: list[tuple[Held, str]] = []
    for one in holding.held([known[name] for name in names if name in known], at):
        came_back = one.holder in back and one.state == "held"
        fresh = recall.opened_at is None or one.time is None or one.time >= recall.opened_at
        if one.state != GONE_INTO_OTHERS:
            found.append((one, "recovered" if came_back and fresh else one.state))
    return found


def holders(recall: Recall, *, at: datetime | None = None) -> list[tuple[str, str, int]]:
    """Who has how many items in what state: (holder, state, count), the most first."""
    counts = Counter((one.holder or "", state) for one, state in whereabouts(recall, at=at))
    return sorted(
        ((holder, state, count) for (holder, state), count in counts.items()), key=lambda row: (-row[2], row)
    )


def sheet(recall: Recall, *, at: datetime | None = None) -> str:
    """The list for those who carry a recall out, as CSV: item, state, holder, container, last seen."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["item", "state", "holder", "container", "last_seen"])
    for one, state in whereabouts(recall, at=at):
        seen = one.time.isoformat() if one.time else ""
        writer.writerow([one.item, state, one.holder or "", one.container or "", seen])
    return out.getvalue()


@transaction.atomic
def close(recall: Recall, *, at: datetime, by: Any, remark: str = "") -> Recall:
    """End a public recall. Raises NotFinished where items are missing and no remark says why it may end."""
    recall = _locked(recall, Recall.State.PUBLIC)
    _check(by, recall)
    stands = progress(recall, at=at)
    if stands.missing and not remark.strip():
        raise NotFinished(missing=stands.missing)
    casework.close(recall.case, at=at, by=by, outcome="closed", remark=remark)
    _end(recall, Recall.State.CLOSED, at, by, {"remark": remark, **to_builtins(stands)})
    return recall


@transaction.atomic
def withdraw(recall: Recall, *, at: datetime, by: Any, remark: str = "") -> Recall:
    """End a recall that was proposed and not opened."""
    recall = _locked(recall, Recall.State.PROPOSED)
    _check(by, recall)
    casework.close(recall.case, at=at, by=by, outcome="withdrawn", remark=remark, withdrawn=True)
    _end(recall, Recall.State.WITHDRAWN, at, by, {"remark": remark})
    return recall


def recalls_for(user: Any) -> QuerySet[Recall]:
    """The recalls somebody may see: their department's cases."""
    return Recall.objects.filter(case__in=cases.cases_for(user).filter(kind=KIND)).select_related("case")


def public_recalls_of(item: str) -> QuerySet[Recall]:
    """The public recalls an item is part of: what a look at its code must say."""
    return Recall.objects.filter(state=Recall.State.PUBLIC, items__item=item).select_related("case")


def _check(by: Any, recall: Recall | None = None) -> None:
    """NotTheirs unless somebody may act: a steward or approver, of the department in charge."""
    if by is None or by.department_id is None or by.role not in ROLES:
        raise NotTheirs()
    if recall is not None and recall.case.department_id != by.department_id:
        raise NotTheirs()


def _locked(recall: Recall, state: str) -> Recall:
    locked = Recall.objects.select_for_update(of=("self",)).select_related("case").get(pk=recall.pk)
    if locked.state != state:
        raise NotInThisState(number=locked.case.number, state=locked.get_state_display())
    return locked


def _end(recall: Recall, state: str, at: datetime, by: Any, detail: dict[str, Any]) -> None:
    recall.state, recall.ended_by, recall.ended_at = state, by, at
    recall.save()
    record(
        "trace.recall.closed" if state == Recall.State.CLOSED else "trace.recall.withdrawn",
        by=by,
        department=by.department,
        subject=recall.case.number,
        at=at,
        detail=detail,
    )


def _list(recall: Recall, reach: Reach) -> None:
    """Write the items of a recall; those that are on the list stay there, whatever is found now."""
    rows = "".join(
        f"{recall.pk}\t{_field(one.item)}\t{one.state}\t{_field(one.holder or '')}\n" for one in reach.held
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE recalled (recall_id bigint, item text, state text, holder text) ON COMMIT DROP"
        )
        with cursor.copy("COPY recalled FROM STDIN") as copy:
            copy.write(rows)
        cursor.execute(
            "INSERT INTO trace_recallitem (recall_id, item, state, holder) SELECT * FROM recalled "
            "ON CONFLICT (recall_id, item) DO UPDATE SET state = EXCLUDED.state, holder = EXCLUDED.holder"
        )
        cursor.execute("DROP TABLE recalled")
    recall.complete = reach.completeness.complete
    recall.gaps = to_builtins(reach.completeness.gaps[:1000])
    recall.save()


def _field(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
