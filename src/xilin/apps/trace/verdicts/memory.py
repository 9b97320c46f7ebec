"""What the store of looks does, without a database: for runs over many seeds, and as the store's own oracle in tests."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace as changed

from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import HELD, Issued, Judgement, Known, Notice, Past, Scan, trailing
from xilin.apps.trace.verdicts.rules import judge

Key = tuple[str, str]


@dataclass
class Tally:
    """The looks at one item so far."""

    count: int = 0
    first_at: datetime | None = None
    first_place: str = ""
    first_client: int = 0
    looks: deque[Past] = field(default_factory=lambda: deque(maxlen=HELD))
    counter: int | None = None
    counter_at: datetime | None = None
    counter_client: int = 0


@dataclass
class Asker:
    """Unknown numbers one client asked for."""

    since: datetime
    unknown: int = 0
    in_sequence: int = 0
    last: int | None = None


@dataclass
class Memory:
    """Codes, looks and notices in dictionaries."""

    book: Book
    issued: dict[Key, Issued] = field(default_factory=dict)
    notices: dict[Key, list[Notice]] = field(default_factory=dict)
    tallies: dict[Key, Tally] = field(default_factory=dict)
    askers: dict[int, Asker] = field(default_factory=dict)
    rate: float = 0.02

    def check(self, scan: Scan) -> tuple[Judgement, Known]:
        """Judge one look and keep it."""
        key = (scan.gtin, scan.serial)
        issued = self.issued.get(key)
        if issued is None:
            known = self._unknown(scan)
            return judge(scan, known, self.book), known
        tally = self.tallies.setdefault(key, Tally())
        known = Known(
            issued=issued,
            looks=tuple(tally.looks),
            count=tally.count,
            first=tally.count == 0,
            first_at=tally.first_at,
            first_place=tally.first_place,
            first_client=tally.first_client,
            counter_before=tally.counter,
            counter_at=tally.counter_at,
            counter_client=tally.counter_client,
            notices=tuple(self.notices.get((scan.gtin, issued.lot), ())),
            rate=self.rate,
        )
        judgement = judge(scan, known, self.book)
        self._keep(key, scan, tally, issued)
        return judgement, known

    def _keep(self, key: Key, scan: Scan, tally: Tally, issued: Issued) -> None:
        if tally.count == 0:
            tally.first_at, tally.first_place, tally.first_client = scan.at, scan.place, scan.client
        tally.count += 1
        tally.looks.append(Past(scan.at, scan.client, scan.network, scan.place, scan.precise, scan.act))
        if scan.counter is not None and (tally.counter is None or scan.counter > tally.counter):
            tally.counter, tally.counter_at, tally.counter_client = scan.counter, scan.at, scan.client
        if scan.act == "open" and issued.opened_at is None:
            state = "opened" if issued.state in ("active", "sold") else issued.state
            self.issued[key] = changed(
                issued, state=state, opened_at=scan.at, opened_client=scan.client, opened_place=scan.place
            )

    def _unknown(self, scan: Scan) -> Known:
        window = timedelta(hours=self.book.rules["enumeration"].limits["hours"])
        asker = self.askers.get(scan.client)
        if asker is None or scan.at - asker.since > window:
            asker = self.askers[scan.client] = Asker(scan.at)
        number = trailing(scan.serial)
        follows = number is not None and asker.last is not None and abs(number - asker.last) == 1
        asker.unknown += 1
        asker.in_sequence += 1 if follows else 0
        asker.last = number
        return Known(issued=None, asked=asker.unknown, asked_in_sequence=asker.in_sequence)
