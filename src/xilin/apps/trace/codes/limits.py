"""What an order of codes may not go beyond (超额停发): a party that claims more than there is, a batch's own quantity.

The first comes from `genealogy.quotas`: more lambs sold than tagged, more mass out of a process than went in. The second is
what events say of the batch itself: as many packs as were counted, or as its mass makes. A department's people may let an
order pass all the same: one proposes it, another decides, and the case says why.
"""

import math
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.db.models import F, Sum

from xilin.apps.trace.codes.errors import (
    LotExceeded,
    NotDecidable,
    NotTheirProduct,
    QuotaExceeded,
    SecondPerson,
)
from xilin.apps.trace.epcis.keys import canonical
from xilin.apps.trace.genealogy import quotas, walks
from xilin.apps.trace.genealogy.marks import Role
from xilin.apps.trace.models.codes import Code, CodeBatch, CodeRelease
from xilin.apps.trace.repository.units import UNITS
from xilin.kernel.accounts.queries import department
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import queries as cases
from xilin.kernel.standards.queries import declaration

KIND, STEP = "trace_release", "decide"
ROLES = ("steward", "approver")
# How long a release holds, once it was granted.
LASTS = timedelta(days=30)
_QUANTITY = """
SELECT m.uom, sum(m.quantity) FROM trace_lineagemark m
WHERE m.node = %(node)s AND m.role = ANY(%(roles)s::smallint[]) AND m.bulk AND m.quantity IS NOT NULL GROUP BY m.uom
"""


def check(batch: CodeBatch) -> None:
    """Refuse an order beyond what there is, unless it was released. Raises QuotaExceeded, LotExceeded."""
    at = batch.issued_at
    found = quotas.exceeded(_party(batch), batch.gtin, at, lot=batch.lot)
    room = room_of(batch.gtin, batch.lot) if batch.lot else None
    if room is not None:
        _alone(batch)
    there = _issued(batch) if room is not None else 0
    beyond = room is not None and there + batch.count > room
    if (not found and not beyond) or _released(batch, at):
        return
    if found:
        raise QuotaExceeded(
            source=found.source, have=found.have, claimed=found.claimed, alert=found.alert, gtin=batch.gtin
        )
    raise LotExceeded(lot=batch.lot, room=room, there=there, count=batch.count)


def _alone(batch: CodeBatch) -> None:
    """Let orders of one production batch be counted one after another, until each is entered."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"codes {batch.gtin}/{batch.lot}"]
        )


def room_of(gtin: str, lot: str) -> int | None:
    """How many items a production batch has by its events: those counted, and those its mass makes; None where none say."""
    name = canonical(f"https://id.gs1.org/01/{gtin}/10/{quote(lot, safe='')}").id
    node = walks.numbers([name]).get(name)
    if node is None:
        return None
    roles = [Role.OUTPUT.value, Role.COMMISSION.value]
    amounts = dict(walks.rows(_QUANTITY, {"node": node, "roles": f"{{{','.join(map(str, roles))}}}"}))
    counted = amounts.pop(None, None)
    weight = declaration("trace_net_weight", gtin)
    kilograms = [
        amount * float(UNITS[unit].factor)
        for unit, amount in amounts.items()
        if unit in UNITS and UNITS[unit].dimension == "mass"
    ]
    if counted is None and (not kilograms or weight is None):
        return None
    # A pack more for the rounding of scales.
    packs = math.ceil(sum(kilograms) / weight.kg - 1e-9) if kilograms and weight is not None else 0
    return int(counted or 0) + packs


def _party(batch: CodeBatch) -> str:
    product = declaration("trace_product", batch.gtin)
    return batch.producer or (product.producer if product else "")


def _issued(batch: CodeBatch) -> int:
    """How many codes of a production batch there are besides this order, those that were declared void left out."""
    others = CodeBatch.objects.filter(gtin=batch.gtin, lot=batch.lot).exclude(pk=batch.pk)
    others = others.exclude(state=CodeBatch.State.FAILED)
    void = Code.objects.filter(batch__in=others, state=Code.State.VOID).count()
    return int(others.aggregate(n=Sum("count"))["n"] or 0) - void


def _released(batch: CodeBatch, at: datetime) -> bool:
    """Take an order off a release that covers it."""
    fitting = CodeRelease.objects.filter(
        gtin=batch.gtin, lot=batch.lot, producer=_party(batch), granted=True, until__gt=at
    )
    one = fitting.filter(count__gte=F("used") + batch.count).select_for_update().order_by("pk").first()
    if one is None:
        return False
    CodeRelease.objects.filter(pk=one.pk).update(used=F("used") + batch.count)
    record(
        "trace.codes_released",
        at=at,
        by=batch.by,
        department=one.department,
        subject=one.case,
        detail={"batch": batch.pk, "gtin": batch.gtin, "lot": batch.lot, "count": batch.count},
    )
    return True


@transaction.atomic
def propose(
    gtin: str, count: int, *, lot: str = "", producer: str = "", why: str, at: datetime, by: Any
) -> CodeRelease:
    """放行申请 Ask that so many codes may be ordered beyond the limits; a case for a second person. Raises NotTheirProduct."""
    product = declaration("trace_product", gtin)
    if product is None:
        raise NotTheirProduct
    _may(by, product.department)
    case = casework.open(
        kind=KIND,
        subject=f"{product.name.zh} {gtin}/{lot} {count}"[:200],
        department=department(product.department),
        step=STEP,
        at=at,
        by=by,
    )
    made = CodeRelease.objects.create(
        gtin=gtin,
        lot=lot,
        producer=producer or product.producer,
        count=count,
        why=why[:500],
        department=product.department,
        case=case.number,
        proposed_by=by.username,
        proposed_at=at,
    )
    record(
        "trace.release_proposed",
        at=at,
        by=by,
        department=product.department,
        subject=case.number,
        detail={"gtin": gtin, "lot": lot, "count": count, "why": made.why},
    )
    return made


@transaction.atomic
def decide(number: str, *, granted: bool, remark: str, at: datetime, by: Any) -> CodeRelease:
    """放行决定 Grant or refuse a release, as somebody else than who proposed it. Raises NotDecidable, SecondPerson, NotTheirProduct."""
    one = CodeRelease.objects.select_for_update().filter(case=number).first()
    if one is None or one.granted is not None:
        raise NotDecidable(number=number[:40])
    _may(by, one.department)
    if by.username == one.proposed_by:
        raise SecondPerson
    one.granted, one.decided_by, one.decided_at = granted, by.username, at
    one.until = at + LASTS if granted else None
    one.save()
    outcome = "granted" if granted else "refused"
    casework.close(cases.numbered([number])[number], at=at, by=by, outcome=outcome, remark=remark)
    record(
        "trace.release_decided",
        at=at,
        by=by,
        department=one.department,
        subject=number,
        detail={"granted": granted, "remark": remark[:500]},
    )
    return one


def _may(by: Any, code: str) -> None:
    """NotTheirProduct unless somebody is a steward or approver of the department that watches a product."""
    own = getattr(getattr(by, "department", None), "code", None)
    if not code or own != code or by.role not in ROLES:
        raise NotTheirProduct
