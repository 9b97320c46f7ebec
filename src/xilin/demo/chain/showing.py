"""The chain in the demo: a season told to the platform, its places as master data, its truth kept apart."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction

from xilin.apps.trace.models import CaptureJob
from xilin.apps.trace.repository import masterdata
from xilin.apps.trace.verdicts import overseeing
from xilin.apps.trace.verdicts.actions import sweep
from xilin.apps.trace.verdicts.queries import book
from xilin.demo import places, rates
from xilin.demo.chain import parties
from xilin.demo.chain.bodies import ZONE
from xilin.demo.chain.capturing import capture_all
from xilin.demo.chain.looks import Issuer, play
from xilin.demo.chain.scans import World, generate
from xilin.demo.chain.season import Season, Serials, Truth
from xilin.demo.chain.shape import counts

REGISTRAR = "league"
# Looks at codes in the demo: items of genuine goods at scale 1 and at least, frauds of each kind.
GOODS, FEWEST, FRAUDS = 20_000, 250, 2


def stands() -> bool:
    """Whether a season was told before."""
    return (
        CaptureJob.objects.filter(party__code=REGISTRAR).exists()
        or CaptureJob.objects.filter(party__code__startswith="station-").exists()
    )


def season(seed: int, scale: float, as_of: date, league: Path, serials: Serials | None = None) -> Season:
    """The season of a league at a scale; herders live in its banners, not in its towns."""
    shape = rates.shape()
    banners = [one.code[:6] for one in shape.county if one.code[:6] not in ("152501",)]
    number = shape.counts.at(1)
    return Season(seed, counts(scale, number.herder_households, number.lambs), as_of, banners, serials)


def with_codes(one: Season, site: str) -> None:
    """Packs of declared products get serial numbers of codes that are issued for them, at a site's address."""
    known, drawn = book(one.end), one.serials
    issuer = Issuer(known, datetime.combine(one.first, time(0), ZONE), one.seed, site)

    def serials(gtin: str, lot: str, count: int) -> Sequence[str]:
        return issuer(gtin, lot, count) if gtin in known.products else drawn(gtin, lot, count)

    one.serials = serials


def look(one: Season, scale: float, site: str, home: Path) -> int:
    """Goods of all declared products are sold and looked at, frauds among them, until the season ends; how many looks."""
    known, items = book(one.end), max(FEWEST, round(GOODS * scale))

    def world(begin: datetime, serials: Serials | None) -> World:
        return generate(
            one.seed, known, items=items, frauds=FRAUDS, begin=begin, serials=serials, sizes=(14, 40)
        )

    trial = world(one.end, None)
    begin = one.end - (max(happened.at for happened in trial.stream()) - one.end) - timedelta(days=1)
    issuer = Issuer(known, begin, one.seed + 1, site)
    made = world(begin, issuer)
    play(made, issuer)
    sweep(at=one.end)
    columns = {
        "fraud": [incident.fraud for incident in made.truth for _ in incident.subjects],
        "kind": [kind for incident in made.truth for kind, _ in sorted(incident.subjects)],
        "subject": [subject for incident in made.truth for _, subject in sorted(incident.subjects)],
    }
    pq.write_table(pa.table(columns), home / "demo" / "truth" / "trace" / "looks.parquet")
    return len(made.scans)


def show(one: Season, home: Path, league: Path, *, tell: Callable[[int], object] = lambda _: None) -> int:
    """Tell the whole season and keep its truth; how many events there were."""
    where = places.read(league, rates.shape())
    told = capture_all(one.tell(), tell=tell)
    words = parties.vocabularies(one, where)
    with transaction.atomic():
        connection.ensure_connection()
        at = datetime.combine(one.end.date(), time(0), ZONE)
        masterdata.keep(connection.connection, words, parties.CONTEXT, party=REGISTRAR, at=at)
    parties.name_parties(one, words)
    overseeing.assess(at=one.end)
    keep(one.truth, home / "demo" / "truth" / "trace")
    return told


def keep(truth: Truth, folder: Path) -> None:
    """Write the truth: `lambs` (tag, household), `lots` (lot, tag), `packs`, `pack_lots`, `frauds`."""
    folder.mkdir(parents=True, exist_ok=True)
    packs = truth.packs
    tables = {
        "lambs": {"tag": truth.tags, "household": truth.household},
        "lots": {
            "lot": [code for code, lot in zip(truth.lot_codes, truth.lots, strict=True) for _ in lot],
            "tag": [truth.tags[lamb] for lot in truth.lots for lamb in lot],
        },
        "packs": {
            "pack": [pack.id for pack in packs],
            "gtin": [pack.gtin for pack in packs],
            "serial": [pack.serial for pack in packs],
            "batch": [pack.batch for pack in packs],
            "made": [pack.made for pack in packs],
            "shop": [pack.shop for pack in packs],
            "state": [pack.state for pack in packs],
            "holder": [pack.holder for pack in packs],
            "sold": pa.array([pack.sold for pack in packs], pa.timestamp("us", "UTC")),
        },
        "pack_lots": {
            "pack": [pack.id for pack in packs for _ in pack.lots],
            "lot": [truth.lot_codes[lot] for pack in packs for lot in pack.lots],
        },
        "frauds": {
            "kind": [kind for kind, _, _ in truth.frauds],
            "subject": [subject for _, subject, _ in truth.frauds],
            "count": [count for *_, count in truth.frauds],
        },
    }  # fmt: skip
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
