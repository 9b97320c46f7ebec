"""Recalls (召回): proposed by one person, opened publicly by another, followed by what events tell, closed with a reason.

What is recalled stays so wherever it goes, back to a shop or a plant as well: a named person clears goods, and nothing else. A recall is a case of `kernel.casework`: its clocks are those of its level. The list of items is looked up when it is proposed, again
when it is opened, and again and again while it is public, so that what was sold or told meanwhile is on it.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from msgspec import Struct, to_builtins

from xilin.apps.trace.genealogy import holders as parties
from xilin.apps.trace.genealogy import holding, queries, walks
from xilin.apps.trace.genealogy.errors import (
    HeldByLot,
    NoDepartment,
    NoReason,
    NotFinished,
    NothingToRecall,
    NotInThisState,
    NotListed,
    NotTheirs,
    SamePerson,
    TooMany,
)
from xilin.apps.trace.genealogy.shapes import Held, Reach
from xilin.apps.trace.models import Recall, RecallItem, RecallNotice
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import queries as cases
from xilin.lib.errors import NotFound

KIND = "recall"
ROLES = ("steward", "approver")
# Items that are in something else by now are recalled as that.
GONE_INTO_OTHERS = "used"
WITH_HOLDERS = ("held", "on_the_way")
# Goods come back, and are made into others, after a recall was carried out: so long it is looked up still, so often.
FOLLOWED, EVERY = timedelta(days=366), timedelta(hours=20)

listed: list[Callable[[Recall, datetime], object]] = []
"""Called inside the transaction whenever the list of a public recall was made or has grown."""
lifted: list[Callable[[Recall, set[str], datetime], object]] = []
"""Called inside the transaction when a public recall ends for some of its items, with those it still holds for."""
cleared: list[Callable[[set[str], datetime, str], object]] = []
"""Called inside the transaction with goods that somebody cleared, before `lifted`: when, and by whom."""
lots: list[Callable[[Recall, set[str]], tuple[set[str], set[str]]]] = []
"""Asked about goods that are to be cleared: what else is on the list because it is of a lot among them, and which of them are of
a lot that isn't."""


@transaction.atomic
def propose(
    roots: Iterable[str],
    *,
    reason: str,
    level: int,
    at: datetime,
    by: Any,
    returns: Sequence[str] = (),
    risk: str = "",
    department: Any = None,
) -> Recall:
    """Look up everything that anything of the roots is in, and open a case that somebody else decides.

    Args:
        roots: ear tags, batches, items or containers.
        reason: why, as the public will read it.
        level: 1 (most urgent) to 3; the deadlines are those declared for it.
        at: now.
        by: who proposes: a steward or approver of a department, or somebody who acts for a party that had to do with all the roots.
        returns: places goods are to come back to; what is received there counts as recovered.
        risk: what may happen to whoever eats it.
        department: in charge where a producer proposes; else it is the proposer's own.
    """
    asked = list(dict.fromkeys(roots))
    party = _proposer(by, asked)
    charged = department if party else by.department
    if charged is None:
        raise NoDepartment()
    reach = queries.recall(asked, at=at)
    if not reach.affected:
        raise NothingToRecall()
    case = casework.open(
        kind=KIND, subject=reason[:300], department=charged, step=f"decide_{level}", at=at, by=by
    )
    recall = Recall.objects.create(
        case=case,
        reason=reason,
        risk=risk,
        party=party,
        level=level,
        roots=asked,
        returns=list(returns),
        proposed_by=by,
        proposed_at=at,
    )
    _list(recall, reach, at)
    record(
        "trace.recall.proposed", by=by, department=charged, subject=case.number, at=at,
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
    _list(recall, reach, at)
    casework.step(recall.case, to=f"recover_{recall.level}", at=at, by=by, outcome="opened")
    recall.state, recall.opened_by, recall.opened_at = Recall.State.PUBLIC, by, at
    recall.save()
    sent = notify(recall, reach.held, at=at)
    for hear in listed:
        hear(recall, at)
    record(
        "trace.recall.opened", by=by, department=by.department, subject=recall.case.number, at=at,
        detail={"level": recall.level, "items": recall.items.count(), "notices": sent, "complete": recall.complete},
    )  # fmt: skip
    return recall


@transaction.atomic
def look_again(recall: Recall, *, at: datetime) -> int:
    """Look everything up again and add what late events showed: items, holders and notices; how many items are new.

    Of a recall that was carried out too: what came back since has a holder again, and what was made of it is on the list.
    """
    recall = _locked(recall, Recall.State.PUBLIC, Recall.State.CLOSED)
    if recall.outcome == Recall.Outcome.UNFOUNDED:
        raise NotInThisState(number=recall.case.number, state=recall.get_outcome_display())
    good = recall.items.filter(item__in=recall.roots).exclude(cleared_at=None)
    good_roots = set(good.values_list("item", flat=True))
    reach = queries.recall([root for root in recall.roots if root not in good_roots], at=at)
    before = recall.items.count()
    _list(recall, reach, at)
    found = recall.items.count() - before
    notify(recall, reach.held, at=at)
    if found:
        for hear in listed:
            hear(recall, at)
        record(
            "trace.recall.grown", department=recall.case.department, subject=recall.case.number, at=at,
            detail={"items": found, "complete": recall.complete},
        )  # fmt: skip
    return found


def look_at_all_again(*, at: datetime) -> int:
    """Look every public recall up again, and once a day those carried out within a year; how many items were found."""
    carried_out = Q(
        state=Recall.State.CLOSED, outcome=Recall.Outcome.CARRIED_OUT,
        ended_at__gt=at - FOLLOWED, listed_at__lt=at - EVERY,
    )  # fmt: skip
    wanted = Recall.objects.filter(Q(state=Recall.State.PUBLIC) | carried_out)
    return sum(look_again(recall, at=at) for recall in wanted)


def notify(recall: Recall, held: Iterable[Held], *, at: datetime) -> int:
    """A notice to every holder and everybody who sold some that has none yet; how many these are.

    A notice keeps the most items its holder ever had, and had sold.
    """
    good = set(recall.items.exclude(cleared_at=None).values_list("item", flat=True))
    counts: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for one in held:
        if not one.holder or one.item in good:
            continue
        state = _state(recall, one)
        if state in WITH_HOLDERS:
            counts[one.holder] += 1
        elif state == "sold":
            sold[one.holder] += 1
    known = {notice.holder: (notice.items, notice.sold) for notice in recall.notices.all()}
    rows = []
    for holder in sorted({*counts, *sold}):
        items, gone = known.get(holder, (0, 0))
        if counts[holder] > items or sold[holder] > gone:
            most = {"items": max(items, counts[holder]), "sold": max(gone, sold[holder])}
            rows.append(RecallNotice(recall=recall, holder=holder, sent_at=at, **most))
    RecallNotice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["recall", "holder"], update_fields=["items", "sold"]
    )
    return len({*counts, *sold})


@transaction.atomic
def acknowledge(recall: Recall, holder: str, *, at: datetime, by: str) -> RecallNotice:
    """A holder has read their notice; a second time changes nothing."""
    _locked(recall, Recall.State.PUBLIC)
    notice = _notice(recall, holder)
    if notice.acknowledged_at is None:
        notice.acknowledged_at, notice.acknowledged_by = at, by
        notice.save(update_fields=["acknowledged_at", "acknowledged_by"])
    return notice


@transaction.atomic
def confirm(
    recall: Recall,
    holder: str,
    *,
    kept: int,
    returned: int,
    destroyed: int,
    remark: str = "",
    at: datetime,
    by: Any,
) -> RecallNotice:
    """A holder says what became of the items they were told of; a later word replaces an earlier one. Raises TooMany.

    Args:
        recall: a public one.
        holder: as its notice names them; `by` must be one of their people, NotFound for anybody else.
        kept: set aside, not for sale.
        returned: on their way back, or there.
        destroyed: destroyed at the holder's.
        remark: whatever else there is to say, such as how many were sold.
        at: now.
        by: the person who says so.
    """
    recall = _locked(recall, Recall.State.PUBLIC)
    notice = notices_of(by).select_for_update(of=("self",)).filter(recall=recall, holder=holder).first()
    if notice is None:
        raise NotFound(kind=RecallNotice._meta.verbose_name, name=holder)
    if kept + returned + destroyed > notice.items:
        raise TooMany(items=notice.items)
    if notice.acknowledged_at is None:
        notice.acknowledged_at, notice.acknowledged_by = at, by.username
    notice.kept, notice.returned, notice.destroyed, notice.remark = kept, returned, destroyed, remark.strip()
    notice.confirmed_at, notice.confirmed_by = at, by.username
    notice.save()
    record(
        "trace.recall.confirmed", by=by, department=recall.case.department, subject=recall.case.number, at=at,
        detail={"notice": notice.pk, "items": notice.items, "kept": kept, "returned": returned, "destroyed": destroyed},
    )  # fmt: skip
    return notice


def notices_of(user: Any) -> QuerySet[RecallNotice]:
    """The notices that are somebody's to answer: of public and ended recalls, to places and parties they record for."""
    names = parties.names_of(user)
    if not names:
        return RecallNotice.objects.none()
    mine = Q(holder__in=names)
    for name in names:
        mine |= Q(holder__startswith=f"{name}/254/")
    return RecallNotice.objects.filter(mine).select_related("recall__case").order_by("-sent_at", "holder")


def _notice(recall: Recall, holder: str) -> RecallNotice:
    notice = RecallNotice.objects.select_for_update().filter(recall=recall, holder=holder).first()
    if notice is None:
        raise NotFound(kind=RecallNotice._meta.verbose_name, name=holder)
    return notice


class Progress(Struct, frozen=True):
    """How far a recall is: of `total` items so many came back, were destroyed, were sold before it and not seen since, and are missing.

    `cleared` ones are not among them any more. `held` and `on_the_way` are still with holders; `missing` are sold ones and those nobody has seen since the recall opened. All of
    this is counted from events; of `told` items their holders said what became of them and of
    `open` ones not yet, of `confirmed` of all notices.
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
    confirmed: int = 0
    told: int = 0
    open: int = 0
    cleared: int = 0

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
    return counted(recall, whereabouts(recall, at=at))


def counted(recall: Recall, found: Iterable[tuple[Held, str]]) -> Progress:
    """The same of whereabouts that were looked up already."""
    return _progress(recall, Counter(state for _, state in found))


def _progress(recall: Recall, counts: Counter[str]) -> Progress:
    # Who sold everything has nothing to answer.
    notices = [notice for notice in recall.notices.all() if notice.items]
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
        confirmed=sum(notice.confirmed_at is not None for notice in notices),
        told=sum(notice.kept + notice.returned + notice.destroyed for notice in notices),
        open=sum(notice.open for notice in notices),
        cleared=recall.items.exclude(cleared_at=None).count(),
    )


def whereabouts(recall: Recall, *, at: datetime | None = None) -> list[tuple[Held, str]]:
    """Each item that isn't part of another by now or cleared, where it is, and its state in the recall."""
    names = list(_standing(recall).values_list("item", flat=True))
    known = walks.numbers(names)
    found = holding.held([known[name] for name in names if name in known], at)
    return [(one, _state(recall, one)) for one in found if one.state != GONE_INTO_OTHERS]


def _state(recall: Recall, one: Held) -> str:
    """The state of an item in a recall: what was received at a place of return since the recall opened is recovered."""
    fresh = recall.opened_at is not None and one.time is not None and one.time >= recall.opened_at
    return "recovered" if one.state == "held" and one.holder in recall.returns and fresh else one.state


def at_a_glance(recall: Recall) -> Progress:
    """How far a recall was when it was last looked up: quick, for lists."""
    rows = _standing(recall).order_by().values_list("state").annotate(Count("item"))
    return _progress(recall, Counter(dict(rows)))


def _standing(recall: Recall) -> QuerySet[RecallItem]:
    """The items a recall is about now: neither in something else by now nor cleared."""
    return recall.items.filter(cleared_at=None).exclude(state=GONE_INTO_OTHERS)


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
def close(
    recall: Recall,
    *,
    at: datetime,
    by: Any,
    remark: str = "",
    outcome: str = Recall.Outcome.CARRIED_OUT,
    cleared: Sequence[str] = (),
) -> Recall:
    """End a public recall. Raises NotFinished where items are missing and no remark says why it may end.

    Args:
        recall: a public one.
        at: now.
        by: somebody of the department in charge.
        remark: why it may end.
        outcome: carried out: whatever it was about stays recalled, but for `cleared`; or unfounded: nothing does.
        cleared: those of its roots that were found to be good after all: what only they are in is recalled no more.
    """
    recall = _locked(recall, Recall.State.PUBLIC)
    _check(by, recall)
    stands = progress(recall, at=at)
    unfounded = outcome == Recall.Outcome.UNFOUNDED
    if (stands.missing or unfounded or cleared) and not remark.strip():
        raise NotFinished(missing=stands.missing)
    standing = [] if unfounded else [root for root in recall.roots if root not in cleared]
    recall.outcome = outcome if standing else Recall.Outcome.UNFOUNDED
    casework.close(recall.case, at=at, by=by, outcome=recall.outcome, remark=remark)
    said = {"outcome": recall.outcome, "cleared": len(recall.roots) - len(standing)}
    _end(recall, Recall.State.CLOSED, at, by, {"remark": remark, **said, **to_builtins(stands)})
    if len(standing) < len(recall.roots):
        still = set(queries.recall(standing, at=at).affected) if standing else set()
        still -= set(recall.items.exclude(cleared_at=None).values_list("item", flat=True))
        if standing:
            recall.items.filter(cleared_at=None).exclude(item__in=still).update(
                cleared_at=at, cleared_by=by.username, cleared_for=remark.strip()
            )
        for hear in lifted:
            hear(recall, still, at)
    return recall


@transaction.atomic
def clear(recall: Recall, items: Iterable[str], *, reason: str, at: datetime, by: Any) -> int:
    """Say of single goods that they were found to be good: they are recalled no more, by the word of a named person.

    Args:
        recall: a public one, or one that was carried out: goods may come back later.
        items: of its list; with a lot everything of it goes too. What others were made of them stays recalled.
        reason: what was found.
        at: now.
        by: a steward or approver of the department in charge.

    Returns:
        How many goods that were, those of lots included.

    Raises:
        NotListed: something isn't on the list any more.
        HeldByLot: something is of a lot that is recalled as a whole.
    """
    recall = _locked(recall, Recall.State.PUBLIC, Recall.State.CLOSED)
    _check(by, recall)
    if not reason.strip():
        raise NoReason()
    wanted = set(items)
    there = recall.items.filter(cleared_at=None)
    known = set(there.filter(item__in=wanted).values_list("item", flat=True))
    if wanted - known or not wanted:
        raise NotListed(item=min(wanted - known, default="—"))
    for ask in lots:
        more, held = ask(recall, wanted)
        if held:
            raise HeldByLot(item=min(held))
        known |= more
    found = there.filter(item__in=known)
    with_holders = Counter(found.filter(state__in=WITH_HOLDERS).values_list("holder", flat=True))
    count = found.update(cleared_at=at, cleared_by=by.username, cleared_for=reason.strip())
    for notice in recall.notices.filter(holder__in=with_holders):
        told = notice.kept + notice.returned + notice.destroyed
        notice.items = max(told, notice.items - with_holders[notice.holder])
        notice.save(update_fields=["items"])
    still = set(recall.items.filter(cleared_at=None).values_list("item", flat=True))
    for hear in cleared:
        hear(known, at, by.username)
    for lift in lifted:
        lift(recall, still, at)
    for again in listed:
        # Goods of the list that a lot's notice stood for have their own from now on.
        again(recall, at)
    record(
        "trace.recall.cleared", by=by, department=by.department, subject=recall.case.number, at=at,
        detail={"items": count, "reason": reason.strip()},
    )  # fmt: skip
    return count


def cleared_of(recall: Recall) -> list[Any]:
    """What was cleared of a recall: for each time, person and reason how many goods, the latest first."""
    return list(
        recall.items.exclude(cleared_at=None)
        .order_by()
        .values("cleared_at", "cleared_by", "cleared_for")
        .annotate(count=Count("item"))
        .order_by("-cleared_at")
    )


def may_clear(user: Any, recall: Recall) -> bool:
    """Whether somebody may clear goods of a recall."""
    open_ = recall.state == Recall.State.PUBLIC
    carried_out = recall.state == Recall.State.CLOSED and recall.outcome == Recall.Outcome.CARRIED_OUT
    return (open_ or carried_out) and may_act(user, recall)


@transaction.atomic
def withdraw(recall: Recall, *, at: datetime, by: Any, remark: str = "") -> Recall:
    """End a recall that was proposed and not opened: by whoever proposed it, or the department in charge."""
    recall = _locked(recall, Recall.State.PROPOSED)
    if by.pk != recall.proposed_by_id:
        _check(by, recall)
    casework.close(recall.case, at=at, by=by, outcome="withdrawn", remark=remark, withdrawn=True)
    _end(recall, Recall.State.WITHDRAWN, at, by, {"remark": remark})
    return recall


def recalls_for(user: Any) -> QuerySet[Recall]:
    """The recalls somebody may see: their department's cases, those their party proposed; auditors see all."""
    if user.is_authenticated and user.is_active and user.role == "audit":
        return Recall.objects.select_related("case__department", "proposed_by", "opened_by", "ended_by")
    seen = Q(case__in=cases.cases_for(user).filter(kind=KIND).values("pk"))
    party = parties.party_of(user)
    if party is not None:
        seen |= Q(party=party.code)
    return Recall.objects.filter(seen).select_related(
        "case__department", "proposed_by", "opened_by", "ended_by"
    )


def recall_for(user: Any, number: str) -> Recall:
    """One recall somebody may see, by the number of its case, or NotFound."""
    found = recalls_for(user).filter(case__number=number).first()
    if found is None:
        raise NotFound(kind=Recall._meta.verbose_name, name=number)
    return found


def may_act(user: Any, recall: Recall) -> bool:
    """Whether somebody may open, close or withdraw a recall."""
    return (
        user.is_active
        and user.role in ROLES
        and user.department_id is not None
        and user.department_id == recall.case.department_id
        and parties.party_of(user) is None
    )


def may_propose(user: Any) -> bool:
    """Whether somebody may propose recalls at all."""
    if not user.is_authenticated or not user.is_active:
        return False
    if parties.party_of(user) is not None:
        return parties.acts_for_party(user)
    return user.department_id is not None and user.role in ROLES


def public_recalls(most: int) -> QuerySet[Recall]:
    """The recalls that were opened publicly last, newest first; those that have ended since are among them."""
    return Recall.objects.exclude(opened_at=None).select_related("case").order_by("-opened_at", "-pk")[:most]


def public_recalls_of(item: str) -> QuerySet[Recall]:
    """The public recalls an item is part of: what a look at its code must say."""
    return Recall.objects.filter(
        state=Recall.State.PUBLIC, items__item=item, items__cleared_at=None
    ).select_related("case")


def _proposer(by: Any, roots: Sequence[str]) -> str:
    """The party somebody proposes for, "" for a department. NotTheirs where they may not."""
    if by is None or not may_propose(by):
        raise NotTheirs()
    party = parties.party_of(by)
    if party is None:
        return ""
    if not parties.had_to_do(party, roots):
        raise NotTheirs()
    return str(party.code)


def _check(by: Any, recall: Recall) -> None:
    """NotTheirs unless somebody may act: a steward or approver, of the department in charge."""
    if by is None or not may_act(by, recall):
        raise NotTheirs()


def _locked(recall: Recall, *states: str) -> Recall:
    locked = Recall.objects.select_for_update(of=("self",)).select_related("case").get(pk=recall.pk)
    if locked.state not in states:
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


def _list(recall: Recall, reach: Reach, at: datetime) -> None:
    """Write the items of a recall; those that are on the list stay there, whatever is found now."""
    rows = "".join(
        f"{recall.pk}\t{_field(one.item)}\t{_state(recall, one)}\t{_field(one.holder or '')}\n"
        for one in reach.held
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE recalled (recall_id bigint, item text, state text, holder text) ON COMMIT DROP"
        )
        with cursor.copy("COPY recalled FROM STDIN") as copy:
            copy.write(rows)
        cursor.execute(
            "INSERT INTO trace_recallitem AS i (recall_id, item, state, holder, listed_at) "
            "SELECT recall_id, item, state, holder, %s FROM recalled "
            "ON CONFLICT (recall_id, item) DO UPDATE SET state = EXCLUDED.state, holder = EXCLUDED.holder "
            # How an ended one stood stays as it was.
            "WHERE (i.state, i.holder) <> (EXCLUDED.state, EXCLUDED.holder) AND %s",
            [at, recall.state != Recall.State.CLOSED],
        )
        cursor.execute("DROP TABLE recalled")
    recall.complete, recall.listed_at = reach.completeness.complete, at
    recall.gaps = to_builtins(reach.completeness.gaps[:1000])
    recall.save()


def _field(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
