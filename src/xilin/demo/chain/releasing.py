"""Codes beyond what events count, as a producer comes to need them: the distillery's labels are spoilt on the line, a person of
its department asks for a release, another grants it, and it orders the codes and their print files. One request waits yet,
and one was refused.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from xilin.apps.trace.codes import limits
from xilin.apps.trace.codes.errors import LotExceeded, QuotaExceeded
from xilin.apps.trace.desk import seats
from xilin.apps.trace.desk.producer import actions
from xilin.apps.trace.desk.producer import queries as goods
from xilin.apps.trace.desk.seats import Producer
from xilin.apps.trace.models import CodeBatch, CodeRelease, PrintFile
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.accounts.models import User

LIQUOR, MUTTON, OIL = "09520002000019", "09520001000010", "09520003000018"
PRODUCER = "liquor_producer"
ORDERS = UUID("6f1a7a3e-5f0e-4c7e-9d2c-6f5d0a4be6a1")
# Labels spoilt on a line: this part of a batch.
SPOILT = 0.1


@dataclass(frozen=True)
class Asked:
    """One request: goods, why, who asks; who decides ("" while it waits) and what they say."""

    gtin: str
    count: int
    why: str
    steward: str
    approver: str = ""
    granted: bool = False
    remark: str = ""


WAITING = Asked(MUTTON, 20, "分割车间按实重另装二十盒，计数事件次日补报", "nmj_steward")
REFUSED = Asked(
    OIL, 600, "客户临时加单，先印标签后灌装", "scjgj_steward", "scjgj_approver", False, "未灌装不发码；灌装计数事件报送后照常订码"
)  # fmt: skip


def make(site: str, *, at: datetime) -> int:
    """Ask and decide what isn't there yet; how many releases there are. None where there are no codes or nobody to do it."""
    people = {user.username: user for user in User.objects.all()}
    if CodeRelease.objects.exists():
        return CodeRelease.objects.count()
    _spoilt(site, people, at=at)
    for one in (REFUSED, WAITING):
        _ask(one, people, at=at)
    return CodeRelease.objects.count()


def _ask(one: Asked, people: dict[str, User], *, at: datetime, lot: str | None = None) -> bool:
    """Ask as one person and decide as another; whether it could be asked for at all."""
    newest = CodeBatch.objects.filter(gtin=one.gtin, state=CodeBatch.State.READY).exclude(lot="")
    batch = newest.order_by("-issued_at", "-pk").first()
    if lot is None:
        lot = batch.lot if batch else ""
    if batch is None or not {one.steward, one.approver or one.steward} <= people.keys():
        return False
    made = limits.propose(one.gtin, one.count, lot=lot, why=one.why, at=at, by=people[one.steward])
    if one.approver:
        limits.decide(made.case, granted=one.granted, remark=one.remark, at=at, by=people[one.approver])
    return True


def _spoilt(site: str, people: dict[str, User], *, at: datetime) -> None:
    """The distillery orders again what its line spoilt: refused at first, let pass, ordered, and its print files asked for."""
    seat = seats.seats().filter(user__username=PRODUCER).first()
    if seat is None:
        return
    producer = seats.of_party(seat.party, book(at), acts=True)
    ready = goods.batches(producer).filter(gtin=LIQUOR, state=CodeBatch.State.READY).exclude(lot="")
    batch = ready.order_by("-count", "pk").first()
    if batch is None:
        return
    count = max(1, round(batch.count * SPOILT))
    try:
        _order(producer, batch, count, site, at=at, by=seat.user)
    except (LotExceeded, QuotaExceeded):
        why = f"灌装线卡标，批次 {batch.lot} 损坏标签 {count} 枚，已封存待销毁，按原数补印"
        remark = "现场清点封存标签，与申请数相符"
        asked = Asked(LIQUOR, count, why, "scjgj_steward", "scjgj_approver", True, remark)
        if _ask(asked, people, at=at, lot=batch.lot):
            _order(producer, batch, count, site, at=at, by=seat.user)
    for form in (PrintFile.Form.PDF, PrintFile.Form.CSV):
        last = min(batch.count, actions.MOST_LABELS)
        actions.order_file(producer, batch, form, 1, last, at=at, by=seat.user)


def _order(
    producer: Producer, batch: CodeBatch, count: int, site: str, *, at: datetime, by: User
) -> CodeBatch:
    return actions.order(
        producer,
        batch.gtin,
        count,
        request=uuid5(ORDERS, f"{batch.gtin} {batch.lot}"),
        kind=batch.kind,
        site=site,
        lot=batch.lot,
        produced_on=batch.produced_on,
        expires_on=batch.expires_on,
        at=at,
        by=by,
    )
