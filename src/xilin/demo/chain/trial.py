"""How well the rules of verdicts find the frauds of a made-up world: what was found, what was alarmed in vain."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from msgspec.structs import replace

from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Issued, Judgement, Notice, Scan
from xilin.apps.trace.verdicts.memory import Memory
from xilin.apps.trace.verdicts.rules import diversion, over
from xilin.demo.chain.scans import Consignment, Fraud, Step, Subject, World


@dataclass
class Trial:
    """Alerts by their subject with the rules that gave them, and the verdict on each look."""

    world: World
    alerts: dict[Subject, set[str]] = field(default_factory=lambda: defaultdict(set))
    judged: list[tuple[Scan, Judgement]] = field(default_factory=list)

    def found(self) -> dict[Fraud, tuple[int, int]]:
        """Of each kind of fraud how many incidents were found, and how many there were."""
        all_of: Counter[Fraud] = Counter(one.fraud for one in self.world.truth)
        seen: Counter[Fraud] = Counter(
            one.fraud for one in self.world.truth if one.subjects & self.alerts.keys()
        )
        return {fraud: (seen[fraud], count) for fraud, count in sorted(all_of.items())}

    @property
    def recall(self) -> float:
        """The share of all incidents that was found."""
        found = self.found().values()
        return sum(seen for seen, _ in found) / max(1, sum(count for _, count in found))

    def in_vain(self) -> dict[Subject, set[str]]:
        """Alerts that no fraud is behind."""
        truth = set().union(*(one.subjects for one in self.world.truth))
        return {subject: rules for subject, rules in self.alerts.items() if subject not in truth}

    @property
    def false_share(self) -> float:
        """Alerts in vain for each genuine item."""
        return len(self.in_vain()) / max(1, self.world.items)


def run(world: World, book: Book) -> Trial:
    """Play a world through the rules, in order of time."""
    trial, memory = Trial(world), Memory(book)
    sent: dict[tuple[str, str], Consignment] = {}
    for one in world.consignments:
        for item in one.items:
            sent[item.gtin, item.serial] = one
            memory.issued[item.gtin, item.serial] = Issued(
                lot=item.lot, produced=one.produced, region=one.region, consignment=one.number
            )
    for happened in world.stream():
        if isinstance(happened, Step):
            _take(happened, memory)
            continue
        judgement, _ = memory.check(happened)
        trial.judged.append((happened, judgement))
        for subject, rule in alerts_of(happened, judgement, book, sent.get((happened.gtin, happened.serial))):
            trial.alerts[subject].add(rule)
    for subject in diverted(world, book):
        trial.alerts[subject].add("diversion")
    tolerance = book.rules["quota"].limits["tolerance"]
    for have, lots in world.claims.values():
        claimed = 0
        for lot, part in lots:
            claimed += part
            if over(have, claimed, tolerance):
                trial.alerts["batch", lot].add("quota")
    return trial


def alerts_of(
    scan: Scan, judgement: Judgement, book: Book, sent: Consignment | None
) -> list[tuple[Subject, str]]:
    """Which alerts a look opens: those of hard rules, and of soft ones where they add up to a warning."""
    warned = judgement.certainty >= book.weighing.warn_from
    subjects: dict[str, Subject] = {
        "item": ("item", f"{scan.gtin}/{scan.serial}"),
        "asker": ("asker", str(scan.client)),
        "consignment": ("consignment", str(sent.number) if sent else ""),
        "batch": ("batch", sent.lot if sent else ""),
    }
    return [
        (subjects[finding.alert], finding.rule)
        for finding in judgement.findings
        if finding.alert and (finding.hard or warned)
    ]


def diverted(world: World, book: Book) -> set[Subject]:
    """Consignments that surface in other regions than their own."""
    sent = {(item.gtin, item.serial): one for one in world.consignments for item in one.items}
    places: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    for scan in world.scans:
        one = sent.get((scan.gtin, scan.serial))
        if one is not None and scan.precise and scan.place:
            places[one.number].setdefault((scan.gtin, scan.serial), scan.place)
    found: set[Subject] = set()
    for one in world.consignments:
        seen = list(places[one.number].values())
        away = [place for place in seen if not book.regions[one.region].holds(place)]
        other = Counter(away).most_common(1)[0][0] if away else ""
        if diversion(one.region, other, len(seen), len(away), book):
            found.add(("consignment", str(one.number)))
    return found


def _take(step: Step, memory: Memory) -> None:
    """What a step changes in what is known of items."""
    if step.what == "notice" and step.consignment:
        one = step.consignment
        notice = Notice(step.kind, step.at, number=f"N{one.number}")
        memory.notices.setdefault((one.gtin, one.lot), []).append(notice)
        return
    if step.what == "sell" and step.item:
        _change(memory, step.item.gtin, step.item.serial, state="sold", only=("active",), since=step.at)
        return
    for item in step.consignment.items if step.consignment else ():
        if step.what == "activate":
            _change(memory, item.gtin, item.serial, state="active", only=("issued",), since=step.at)
        elif step.what == "ship":
            _change(memory, item.gtin, item.serial, shipped_at=step.at)
        elif step.what == "receive":
            _change(memory, item.gtin, item.serial, received_at=step.at)


def _change(memory: Memory, gtin: str, serial: str, *, only: tuple[str, ...] = (), **facts: object) -> None:
    issued = memory.issued[gtin, serial]
    if not only or issued.state in only:
        memory.issued[gtin, serial] = replace(issued, **facts)
