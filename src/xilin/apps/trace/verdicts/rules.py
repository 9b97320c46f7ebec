"""The rules of verdicts (追溯防伪规则): each a small function of a look and what is known; hard ones decide, soft ones weigh.

Which of them hold, their limits, levels, weights and words are declared in the league folder. A rule answers with
its strength and the numbers it was decided by, or with nothing.
"""

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from xilin.apps.trace.declarations import Product, VerdictRule
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Finding, Issued, Judgement, Known, Level, Notice, Past, Scan
from xilin.lib.text import Text

Fact = str | Text
Spoken = tuple[float, dict[str, Fact]]
Rule = Callable[[Scan, Known, Book, VerdictRule], Spoken | None]

ORDER: dict[Level, int] = {"genuine": 0, "unknown": 1, "caution": 2, "fake": 3}
PROOFS = {"signed": "签名码", "chip": "芯片"}
CHINA = ZoneInfo("Asia/Shanghai")
LATEST = date(9999, 12, 31)


def judge(scan: Scan, known: Known, book: Book) -> Judgement:
    """What all rules in force say of a look; a product nobody declared is unknown, whatever else is said."""
    findings = tuple(_findings(scan, known, book))
    bits = book.weighing.prior_bits + sum(finding.bits for finding in findings)
    certainty = share(bits)
    levels: list[Level] = [finding.level for finding in findings if finding.hard]
    if certainty >= book.weighing.warn_from:
        levels.append("caution")
    if scan.gtin not in book.products and known.issued is None:
        return Judgement("unknown", certainty, bits, ())
    level: Level = max(levels, key=ORDER.__getitem__, default="genuine")
    return Judgement(level, certainty, bits, findings)


def share(bits: float) -> float:
    """The share of certainty that evidence in bits amounts to.

    >>> share(0), round(share(-10), 4)
    (0.5, 0.001)
    """
    return 1.0 / (1.0 + math.exp2(min(60.0, max(-60.0, -bits))))


def _findings(scan: Scan, known: Known, book: Book) -> Iterator[Finding]:
    for code, rule in RULES.items():
        declared = book.rules.get(code)
        spoken = rule(scan, known, book, declared) if declared else None
        if declared is not None and spoken is not None:
            yield finding(declared, *spoken)


def finding(rule: VerdictRule, strength: float, facts: dict[str, Fact]) -> Finding:
    """A rule that spoke, in words of both languages."""
    words = {name: one if isinstance(one, Text) else Text(zh=one, en=one) for name, one in facts.items()}
    told = Text(
        zh=rule.told.zh.format_map({name: one.zh for name, one in words.items()}),
        en=rule.told.en.format_map({name: one.en or one.zh for name, one in words.items()}),
    )
    return Finding(
        rule=rule.code,
        hard=rule.kind == "hard",
        level=rule.level,
        bits=rule.weight * min(rule.most, strength) if rule.kind == "soft" else 0.0,
        said=rule.said,
        told=told,
        name=rule.name,
        alert=rule.alert,
        facts={name: one.zh for name, one in words.items()},
    )


# What the code itself is


def unknown_serial(scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The number was never issued."""
    if known.issued is not None or scan.typo:
        return None
    return 1, {"gtin": scan.gtin, "serial": scan.serial}


def unknown_batch(scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The code names a batch that isn't the one it was issued in."""
    issued = known.issued
    if issued is None or not scan.lot or scan.lot == issued.lot:
        return None
    return 1, {"lot": scan.lot, "issued": issued.lot or "—"}


def mismatch(scan: Scan, known: Known, book: Book, _rule: VerdictRule) -> Spoken | None:
    """The code names a date that isn't the one on record."""
    issued = known.issued
    expiry = expiry_of(issued, book.products.get(scan.gtin)) if issued else None
    if scan.expiry is None or expiry is None or scan.expiry == expiry:
        return None
    return 1, {"given": f"{scan.expiry}", "issued": f"{expiry}"}


def bad_proof(scan: Scan, _known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """Signature or message code is wrong."""
    return (1, {"proof": Text(zh="不符", en="wrong")}) if scan.proof == "bad" else None


def no_proof(scan: Scan, known: Known, book: Book, _rule: VerdictRule) -> Spoken | None:
    """A product whose codes prove themselves was looked at by its bare address."""
    product = book.products.get(scan.gtin)
    if known.issued is None or product is None or scan.proof != "none" or product.code_kind not in PROOFS:
        return None
    return 1, {"kind": Text(zh=PROOFS[product.code_kind], en=product.code_kind)}


def mistyped(scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The number's own check character doesn't fit: nobody could have issued it."""
    return (1, {"serial": scan.serial}) if scan.typo and known.issued is None else None


def replay(scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The chip's counter did not rise, and it isn't the telephone that had this answer."""
    stale = scan.fresh is False or (
        scan.counter is not None and known.counter_before is not None and scan.counter <= known.counter_before
    )
    if not stale or _own_answer(scan, known):
        return None
    return 1, {"counter": f"{scan.counter}", "before": f"{known.counter_before}"}


def tap_again(scan: Scan, known: Known, _book: Book, rule: VerdictRule) -> Spoken | None:
    """A telephone opens an answer of the chip again that it had before; within seconds that is a page loaded twice."""
    again = timedelta(seconds=rule.limits["again_seconds"])
    if not _own_answer(scan, known) or known.counter_at is None or scan.at - known.counter_at <= again:
        return None
    return 1, {"counter": f"{scan.counter}", "since": _day(known.counter_at)}


def _own_answer(scan: Scan, known: Known) -> bool:
    """Whether this telephone is the one that had this very answer of the chip."""
    same = scan.counter is not None and scan.counter == known.counter_before
    return same and bool(scan.client) and scan.client == known.counter_client


# Where the item stands in its life


def void(_scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The code was withdrawn or its goods destroyed."""
    issued = known.issued
    if issued is None or issued.state != "void":
        return None
    return 1, {"state": Text(zh="作废", en="void"), "since": _day(issued.since)}


def recalled(_scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The item or its batch is being recalled."""
    notice = _notice(known, "recalled")
    issued = known.issued
    if notice is not None:
        reason = notice.detail.get("reason") or "—"
        return 1, {"since": _day(notice.since), "number": notice.number or "—", "reason": reason}
    if issued is not None and issued.state == "recalled":
        return 1, {"since": _day(issued.since), "number": "—", "reason": "—"}
    return None


def expired(scan: Scan, known: Known, book: Book, _rule: VerdictRule) -> Spoken | None:
    """The item is past its date."""
    expiry = expiry_of(known.issued, book.products.get(scan.gtin)) if known.issued else None
    if expiry is None or scan.at.date() <= expiry:
        return None
    return 1, {"expiry": f"{expiry}"}


def stolen(_scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The item or its batch was reported stolen."""
    notice = _notice(known, "stolen")
    return (1, {"since": _day(notice.since), "number": notice.number or "—"}) if notice else None


def quota(_scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The batch claims more than its source has."""
    notice = _notice(known, "quota")
    if notice is None:
        return None
    detail = notice.detail
    return 1, {name: detail.get(name, "—") for name in ("source", "have", "claimed")}


def over(have: float, claimed: float, tolerance: float = 0.0) -> bool:
    """Whether a source claims more than it has.

    >>> over(200, 201), over(200, 203, 0.02)
    (True, False)
    """
    return claimed > have * (1 + tolerance)


def before_active(scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The code was looked at before it left the plant with its goods."""
    issued = known.issued
    if issued is None or issued.state != "issued" or scan.act == "inspect":
        return None
    return 1, {"state": Text(zh="已发放未激活", en="issued, not active"), "at": _day(scan.at)}


def in_transit(scan: Scan, known: Known, book: Book, _rule: VerdictRule) -> Spoken | None:
    """The item is looked at by a buyer while its consignment is on its way."""
    issued, product = known.issued, book.products.get(scan.gtin)
    if issued is None or product is None or issued.shipped_at is None or issued.received_at is not None:
        return None
    if scan.act == "inspect" or issued.state != "active":
        return None
    days = product.transit_days
    if not issued.shipped_at <= scan.at <= issued.shipped_at + timedelta(days=days):
        return None
    return 1, {"since": _day(issued.shipped_at), "days": f"{days}"}


def second_open(scan: Scan, known: Known, book: Book, rule: VerdictRule) -> Spoken | None:
    """The item was opened before, by another telephone, and not just now in the same place."""
    issued = known.issued
    if scan.act != "open" or issued is None or issued.opened_at is None:
        return None
    if scan.client and scan.client == issued.opened_client:
        return None
    since, km = (
        scan.at - issued.opened_at,
        book.apart(issued.opened_place, scan.place) if scan.precise else 0.0,
    )
    if since <= timedelta(hours=rule.limits["grace_hours"]) and km < rule.limits["km"]:
        return None
    return 1, {"since": _day(issued.opened_at), "days": f"{since.days}", "km": f"{km:,.0f}"}


def after_end(scan: Scan, known: Known, _book: Book, _rule: VerdictRule) -> Spoken | None:
    """The item was returned and has not been put on sale again."""
    issued = known.issued
    if issued is None or issued.state != "returned" or scan.act in ("inspect", "shop"):
        return None
    return 1, {"since": _day(issued.since)}


# How it is looked at


def enumeration(scan: Scan, known: Known, _book: Book, rule: VerdictRule) -> Spoken | None:
    """One client asks for many numbers that don't exist, or for one after the other."""
    many = known.asked >= rule.limits["unknown"]
    in_sequence = known.asked_in_sequence >= rule.limits["sequential"]
    if not (many or in_sequence):
        return None
    return 1, {
        "unknown": f"{known.asked}",
        "sequential": f"{known.asked_in_sequence}",
        "hours": f"{rule.limits['hours']:g}",
    }


def impossible(scan: Scan, known: Known, book: Book, rule: VerdictRule) -> Spoken | None:
    """Two independent pairs of looks, each of different telephones, faster than an aeroplane."""
    pairs, fastest = 0, 0.0
    taken = False
    looks = [*known.looks, _past(scan)]
    for before, after in pairwise(looks):
        speed = 0.0 if taken else _speed(before, after, book)
        taken = False
        if speed > rule.limits["km_per_hour"] and before.client != after.client:
            # A look counts in one pair only: two pairs are four looks.
            pairs, fastest, taken = pairs + 1, max(fastest, speed), True
    if pairs < rule.limits["pairs"]:
        return None
    return 1, {"pairs": f"{pairs}", "limit": f"{rule.limits['km_per_hour']:g}", "speed": f"{fastest:,.0f}"}


def velocity(scan: Scan, known: Known, book: Book, rule: VerdictRule) -> Spoken | None:
    """The look is too far from an earlier one for the time between; of one telephone it says less."""
    now = _past(scan)
    best: tuple[float, Past, float] | None = None
    for before in known.looks:
        speed = _speed(before, now, book)
        same = before.client == now.client
        limit = rule.limits["device_km_per_hour" if same else "km_per_hour"]
        strength = 0.0 if speed <= limit else 0.1 if same else 1.0
        if strength and (best is None or strength >= best[0]):
            best = (strength, before, speed)
    if best is None:
        return None
    strength, before, speed = best
    return strength, {
        "from_place": book.place_name(before.place),
        "to_place": book.place_name(scan.place),
        "km": f"{book.apart(before.place, scan.place):,.0f}",
        "minutes": f"{(scan.at - before.at).total_seconds() / 60:,.0f}",
        "speed": f"{speed:,.0f}",
    }


def many_devices(scan: Scan, known: Known, book: Book, _rule: VerdictRule) -> Spoken | None:
    """More telephones than usual for one item of the product."""
    product = book.products.get(scan.gtin)
    if known.issued is None or product is None:
        return None
    since = scan.at - timedelta(days=product.window_days)
    devices = len({look.client for look in [*known.looks, _past(scan)] if look.at >= since and look.client})
    if devices <= product.k:
        return None
    return devices - product.k, {
        "days": f"{product.window_days}",
        "devices": f"{devices}",
        "k": f"{product.k}",
    }


def spread(scan: Scan, known: Known, book: Book, rule: VerdictRule) -> Spoken | None:
    """Different telephones in more places far from each other than an item usually comes to."""
    if known.issued is None:
        return None
    far, seen = rule.limits["km"], list[Past]()
    for look in [*known.looks, _past(scan)]:
        if not look.precise or not look.place:
            continue
        if all(other.client != look.client and book.apart(other.place, look.place) >= far for other in seen):
            seen.append(look)
    if len(seen) <= rule.limits["places"]:
        return None
    return len(seen) - rule.limits["places"], {"km": f"{far:g}", "places": f"{len(seen)}"}


def burst(scan: Scan, known: Known, _book: Book, rule: VerdictRule) -> Spoken | None:
    """Far more looks within a day than others of the product have, if looks came by chance (Poisson)."""
    since = scan.at - timedelta(days=1)
    looks = len({look.client for look in [*known.looks, _past(scan)] if look.at >= since})
    if known.issued is None or looks < rule.limits["looks"]:
        return None
    rate = max(known.rate, rule.limits["least_rate"])
    decades = -math.log10(max(1e-300, poisson_tail(looks, rate)))
    return decades, {"looks": f"{looks}", "rate": f"{rate:.3f}", "decades": f"{decades:.1f}"}


def poisson_tail(least: int, mean: float) -> float:
    """How likely at least so many are where `mean` are usual.

    >>> round(poisson_tail(1, 0.5), 4)
    0.3935
    """
    # Summed upwards from the tail's own first term: 1 - P(fewer) would lose all digits of a small tail.
    term = math.exp(-mean + least * math.log(mean) - math.lgamma(least + 1))
    total, n = 0.0, least
    while term > total * 1e-12:
        total, n = total + term, n + 1
        term *= mean / n
    return min(1.0, total)


def binomial_tail(least: int, of: int, likely: float) -> float:
    """How likely at least `least` of `of` are where each is so likely.

    >>> round(binomial_tail(2, 2, 0.1), 6)
    0.01
    """
    if least <= 0:
        return 1.0
    if least > of:
        return 0.0
    odds = likely / (1 - likely)
    log_term = (
        math.lgamma(of + 1)
        - math.lgamma(least + 1)
        - math.lgamma(of - least + 1)
        + least * math.log(likely)
        + (of - least) * math.log1p(-likely)
    )
    term, total, n = math.exp(log_term), 0.0, least
    while n <= of and term > total * 1e-12:
        total += term
        term *= odds * (of - n) / (n + 1)
        n += 1
    return min(1.0, total)


def region(scan: Scan, known: Known, book: Book, _rule: VerdictRule) -> Spoken | None:
    """The item is looked at outside the region it was to be sold in."""
    issued = known.issued
    if issued is None or not issued.region or not scan.precise or not scan.place:
        return None
    declared = book.regions.get(issued.region)
    if declared is None or declared.holds(scan.place) or issued.state in ("opened", "recalled", "void"):
        return None
    return 1, {"region": declared.name, "place": book.place_name(scan.place)}


def diversion(region: str, other: str, looked: int, away: int, book: Book) -> Finding | None:
    """窜货 Whether so many of a consignment's items that were looked at lie outside its region that it was diverted.

    Args:
        region: the consignment's sales region.
        other: the place most of them were seen in.
        looked: how many of its items were looked at in a known place, each counted once.
        away: how many of those outside the region.
        book: the declarations in force.
    """
    rule = book.rules.get("diversion")
    if rule is None or away < rule.limits["least"]:
        return None
    tail = binomial_tail(away, looked, rule.limits["usual"])
    decades = -math.log10(max(1e-300, tail))
    if decades < rule.limits["decades"]:
        return None
    facts: dict[str, Fact] = {
        "region": book.region_name(region),
        "other": book.place_name(other),
        "items": f"{looked}",
        "away": f"{away}",
        "expected": f"{looked * rule.limits['usual']:.1f}",
        "decades": f"{decades:.1f}",
    }
    return finding(rule, decades, facts)


def first_taken(scan: Scan, known: Known, book: Book, _rule: VerdictRule) -> Spoken | None:
    """Another telephone looked first."""
    if known.first or known.first_at is None or known.first_client == scan.client:
        return None
    return 1, {"since": _day(known.first_at), "place": book.place_name(known.first_place)}


def counter_jump(scan: Scan, known: Known, _book: Book, rule: VerdictRule) -> Spoken | None:
    """The chip was read many times without anybody looking here."""
    if scan.counter is None or scan.proof == "bad":
        return None
    before = known.counter_before or 0
    if scan.counter - before <= rule.limits["jump"]:
        return None
    strength = 1.0 + math.log2((scan.counter - before) / rule.limits["jump"])
    return strength, {"before": f"{before}", "counter": f"{scan.counter}"}


def opened_elsewhere(scan: Scan, known: Known, book: Book, rule: VerdictRule) -> Spoken | None:
    """After the item was opened another telephone looks at it, days later and far away."""
    issued = known.issued
    if issued is None or issued.opened_at is None or scan.client == issued.opened_client or not scan.precise:
        return None
    since, away = scan.at - issued.opened_at, book.apart(issued.opened_place, scan.place)
    if since < timedelta(days=rule.limits["days"]) or away < rule.limits["km"]:
        return None
    return 1, {"since": _day(issued.opened_at), "days": f"{since.days}", "km": f"{away:,.0f}"}


def expiry_of(issued: Issued | None, product: Product | None) -> date | None:
    """The last day an item is good: as recorded, or counted from the day it was made."""
    if issued is None:
        return None
    if issued.expiry is not None or issued.produced is None or product is None:
        return issued.expiry
    try:
        return issued.produced + timedelta(days=product.shelf_days)
    except OverflowError:
        return LATEST


def _past(scan: Scan) -> Past:
    return Past(scan.at, scan.client, scan.network, scan.place, scan.precise, scan.act)


def _speed(before: Past, after: Past, book: Book) -> float:
    """From one look to another in km/h, over the least distance there can be between them; 0 where a place isn't sure."""
    if not (before.precise and after.precise):
        return 0.0
    km = book.apart(before.place, after.place)
    if not km:
        return 0.0
    hours = max(1 / 60, abs((after.at - before.at).total_seconds()) / 3600)
    return km / hours


def _notice(known: Known, kind: str) -> Notice | None:
    return next((notice for notice in known.notices if notice.kind == kind), None)


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d}" if at else "—"


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        unknown_serial,
        unknown_batch,
        mismatch,
        mistyped,
        bad_proof,
        no_proof,
        replay,
        tap_again,
        void,
        recalled,
        expired,
        stolen,
        quota,
        before_active,
        in_transit,
        second_open,
        after_end,
        enumeration,
        impossible,
        velocity,
        many_devices,
        spread,
        burst,
        region,
        first_taken,
        counter_jump,
        opened_elsewhere,
    )
}
