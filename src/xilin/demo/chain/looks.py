"""Plays a made-up world of looks into the platform by its own actions: codes issued, allotted, shipped, sold, looked at."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from django.db import connection, transaction

from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes.actions import allot
from xilin.apps.trace.codes.life import Act, record
from xilin.apps.trace.declarations import Product
from xilin.apps.trace.models import Allotment, Code, CodeBatch, Notice
from xilin.apps.trace.verdicts.actions import Verdict, check_many
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Scan
from xilin.demo.chain.scans import Step, World

ORDERS = UUID("6f0c4d4e-52b5-4a35-9f0e-1d6b5a8f3c11")
SITE = "https://id.example.org"


@dataclass
class Issuer:
    """Orders real codes whenever a world asks for some of a lot, others each time, and remembers which number each has."""

    book: Book
    at: datetime
    seed: int
    site: str = SITE
    batches: dict[str, CodeBatch] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    turns: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __call__(self, gtin: str, lot: str, count: int) -> Sequence[str]:
        """The serial numbers of a new batch."""
        product: Product = self.book.products[gtin]
        turn = self.turns[gtin, lot]
        self.turns[gtin, lot] += 1
        batch = issuing.order(
            gtin,
            count,
            request=uuid5(ORDERS, f"{self.seed} {gtin} {lot}{f' {turn}' if turn else ''}"),
            kind=product.code_kind,
            producer=product.producer,
            lot=lot,
            site=self.site,
            at=self.at,
        )
        self.batches[lot] = issuing.issue(batch, at=self.at)
        codes = Code.objects.filter(batch=batch).order_by("pk").values_list("pk", "serial")
        found = list(codes)
        self.numbers |= {(gtin, serial): number for number, serial in found}
        return [serial for _, serial in found]


def play(
    world: World, issuer: Issuer, *, tell: Callable[[int], None] = lambda _: None
) -> list[tuple[Scan, Verdict]]:
    """Everything of a world in order of time; the verdict on each look."""
    allotments = _prepare(world, issuer)
    said: list[tuple[Scan, Verdict]] = []
    waiting: list[Scan] = []
    for happened in world.stream():
        if isinstance(happened, Scan):
            waiting.append(happened)
            continue
        said += _checked(waiting)
        _take(happened, issuer, allotments)
        tell(len(said))
    return said + _checked(waiting)


def _checked(waiting: list[Scan]) -> list[tuple[Scan, Verdict]]:
    if not waiting:
        return []
    scans, waiting[:] = list(waiting), []
    return list(zip(scans, check_many(scans, at=scans[-1].at), strict=True))


def _prepare(world: World, issuer: Issuer) -> dict[int, Allotment]:
    """Batches get their day of production, and each consignment its region."""
    made = {}
    for one in world.consignments:
        batch = issuer.batches[one.lot]
        CodeBatch.objects.filter(pk=batch.pk).update(produced_on=one.produced)
        made[one.number] = allot(
            [(batch.first_id, batch.last_id)],
            gtin=one.gtin,
            lot=one.lot,
            region=one.region,
            at=issuer.at,
            by="demo",
        )
    return made


@transaction.atomic
def _take(step: Step, issuer: Issuer, allotments: dict[int, Allotment]) -> None:
    one = step.consignment
    if step.item is not None:
        _act([issuer.numbers[step.item.gtin, step.item.serial]], step.what, step.at)
    elif one is None:
        return
    elif step.what == "activate":
        _act([issuer.numbers[item.gtin, item.serial] for item in one.items], "activate", step.at)
    elif step.what in ("ship", "receive"):
        column = "shipped_at" if step.what == "ship" else "received_at"
        Allotment.objects.filter(pk=allotments[one.number].pk).update(**{column: step.at})
    elif step.what == "notice":
        Notice.objects.create(
            kind=step.kind, gtin=one.gtin, lot=one.lot, since=step.at, number=f"N{one.number}", by="demo"
        )


def _act(numbers: Sequence[int], what: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        record(cursor, [Act(number, what, at) for number in numbers], by="demo")
