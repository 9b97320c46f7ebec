"""Looks at codes as consumers and shops make them, with frauds among them whose truth is kept apart.

Everything is drawn from one seed. What honest people do is as untidy as it is: looks in the shop, gifts that travel, families,
links passed on in a chat, telephones behind the network of another city, shops that never say what arrived. Shares are our own
judgement, said beside each.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from xilin.apps.trace.declarations import Product
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Act, Proof, Scan

Fraud = Literal["copied", "refilled", "guessed", "diverted", "replayed", "stolen", "harvested", "quota"]
FRAUDS: tuple[Fraud, ...] = (
    "copied", "refilled", "guessed", "diverted", "replayed", "stolen", "harvested", "quota",
)  # fmt: skip
HOME = "152502"
Subject = tuple[str, str]


@dataclass(slots=True)
class Item:
    """One item: its product and number, where it went, what it went through."""

    gtin: str
    serial: str
    lot: str
    consignment: int
    buyer: int = 0
    place: str = ""
    sold_at: datetime | None = None
    counter: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consignment:
    """Items sent together to a dealer of one region."""

    number: int
    gtin: str
    lot: str
    region: str
    produced: date
    shipped_at: datetime
    received_at: datetime | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens besides looks: `activate`, `sell`, `ship`, `receive`, `notice`."""

    at: datetime
    what: str
    item: Item | None = None
    consignment: Consignment | None = None
    kind: str = ""
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """One fraud, and the subjects any of which an alert may name: ("item", thing), ("asker", client), …"""

    fraud: Fraud
    subjects: frozenset[Subject]
    looks: int


@dataclass
class World:
    """What happened, and apart from it which of it was fraud; `copied_from`: since when an item has doubles about."""

    consignments: list[Consignment]
    steps: list[Step]
    scans: list[Scan]
    claims: dict[str, tuple[int, list[tuple[str, int]]]]
    truth: list[Incident] = field(default_factory=list)
    copied_from: dict[str, datetime] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """How many genuine items there are."""
        return sum(len(one.items) for one in self.consignments)

    def stream(self) -> list[Step | Scan]:
        """Steps and looks by time; a step before a look of the same moment."""
        happened: list[Step | Scan] = [*self.steps, *self.scans]
        return sorted(happened, key=lambda one: (one.at, isinstance(one, Scan)))


def item_subject(item: Item) -> Subject:
    """What an alert about an item names."""
    return ("item", f"{item.gtin}/{item.serial}")


def generate(
    seed: int,
    book: Book,
    *,
    items: int,
    frauds: int,
    begin: datetime,
    serials: Callable[[str, str, int], Sequence[str]] | None = None,
    sizes: tuple[int, int] = (80, 220),
) -> World:
    """A world of about so many genuine items and so many frauds of each kind.

    Args:
        seed: of everything drawn.
        book: products, regions and places as declared.
        items: genuine items, at least.
        frauds: incidents of each kind.
        begin: the first day of production.
        serials: real serial numbers for (gtin, lot, count); numbers counted up where it is not given.
        sizes: the least and the most items that are sent together.
    """
    draw = random.Random(f"scans {seed}")  # noqa: S311 - a world to be made again, no secret
    return _Maker(draw, book, begin, serials, sizes).make(items, frauds)


class _Maker:
    def __init__(
        self,
        draw: random.Random,
        book: Book,
        begin: datetime,
        serials: Callable[[str, str, int], Sequence[str]] | None,
        sizes: tuple[int, int],
    ) -> None:
        self.sizes = sizes
        self.draw, self.book, self.begin, self.serials = draw, book, begin, serials
        self.world = World([], [], [], {})
        self.products = sorted(book.products.values(), key=lambda one: one.gtin)
        self.number = 0
        self.free: dict[str, list[Item]] = {}
        self.alone = [p for p in sorted(book.spots) if len(p) == 2 and p != "15"] + [
            "1501",
            "1502",
            "1504",
            HOME,
        ]

    def make(self, items: int, frauds: int) -> World:
        for product in self.products:
            self._consignment(product=product)
        while self.world.items < items:
            self._consignment()
        makers: dict[Fraud, Callable[[], None]] = {
            "copied": self._copied,
            "refilled": self._refilled,
            "guessed": self._guessed,
            "diverted": self._diverted,
            "replayed": self._replayed,
            "stolen": self._stolen,
            "harvested": self._harvested,
            "quota": self._quota,
        }
        for fraud in FRAUDS:
            for _ in range(frauds):
                makers[fraud]()
        for consignment in self.world.consignments:
            self._honest_claim(consignment)
        return self.world

    @staticmethod
    def _after(item: Item, wait: timedelta) -> datetime:
        """Some time after an item was last looked at, or sold."""
        return max(at for at in (item.last, item.sold_at) if at) + wait

    # Small draws

    def client(self) -> int:
        return self.draw.getrandbits(62) + 1

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def days(self, mean: float) -> timedelta:
        return timedelta(days=self.draw.expovariate(1 / mean))

    def elsewhere(self, place: str) -> str:
        while (other := self.draw.choice(self.alone)) == place:
            pass
        return other

    def within(self, region: str) -> str:
        """Some place of a region: a city or province that codes are looked at in."""
        inside = [place for place in self.alone if self.book.regions[region].holds(place)]
        return self.draw.choice(inside or [HOME])

    # What honest people do

    def _consignment(
        self, *, product: Product | None = None, goes_to: str = "", leak: float = 0.0, size: int = 0
    ) -> Consignment:
        draw = self.draw
        product = product or draw.choice(self.products)
        region = draw.choice(sorted(self.book.regions))
        self.number += 1
        lot = f"L{self.number:05d}"
        size = size or draw.randint(*self.sizes)
        numbers = (
            self.serials(product.gtin, lot, size)
            if self.serials
            else [f"S{self.number:05d}{n:04d}" for n in range(size)]
        )
        produced = self.begin + timedelta(days=draw.uniform(0, 60))
        shipped = produced + timedelta(days=draw.uniform(1, 6))
        # 97 of 100 shops say what arrived; one in twenty of those a day or two later.
        arrived = shipped + timedelta(days=draw.uniform(0.5, 4))
        told = arrived + timedelta(days=draw.uniform(0.5, 2) if self.chance(0.05) else 0)
        received = told if self.chance(0.97) else None
        items = tuple(Item(product.gtin, number, lot, self.number) for number in numbers)
        made = Consignment(
            self.number,
            product.gtin,
            lot,
            region,
            produced.date(),
            shipped,
            received,
            items,
        )
        self.world.consignments.append(made)
        self.world.steps += [Step(shipped - timedelta(hours=6), "activate", consignment=made)]
        self.world.steps += [Step(shipped, "ship", consignment=made)]
        if received:
            self.world.steps += [Step(received, "receive", consignment=made)]
        shop = self.within(region)
        other = self.within(goes_to) if goes_to else shop
        for item in items:
            self._item(item, product, other if leak and self.chance(leak) else shop, arrived)
        return made

    def _item(self, item: Item, product: Product, shop: str, arrived: datetime) -> None:
        """The life of one honest item: looks in the shop, sold, its buyer's looks, a family, a gift."""
        draw = self.draw
        sold = arrived + timedelta(hours=12) + self.days(20)
        item.sold_at, item.place, item.buyer = sold, shop, self.client()
        if self.chance(0.015):  # looked at on the shelf
            for share in sorted(draw.random() for _ in range(draw.randint(1, 3))):
                self._look(item, product, arrived + (sold - arrived) * share, self.client(), shop)
        if self.chance(0.5):  # the shop's till says what was sold
            self.world.steps.append(Step(sold, "sell", item=item))
        if not self.chance(0.35):
            self.free.setdefault(item.gtin, []).append(item)
            return
        at = sold + timedelta(hours=draw.expovariate(1 / 8))
        # One in twenty-five carries it home over the border of the province.
        place = self.elsewhere(shop) if self.chance(0.04) else shop
        item.place = place
        self._typo(item, at - timedelta(minutes=1), item.buyer, place)
        act: Act = "open" if product.code_kind in ("scratch", "chip") and self.chance(0.6) else "look"
        self._look(item, product, at, item.buyer, place, act=act)
        while self.chance(0.25):
            at += timedelta(hours=draw.expovariate(1 / 24))
            self._look(item, product, at, item.buyer, place, reload=self.chance(0.3))
        if self.chance(0.15):  # the family
            at += timedelta(hours=draw.expovariate(1 / 12))
            self._look(item, product, at, self.client(), place)
        if product.category == "liquor" and act == "look" and self.chance(0.06):  # given away
            at += timedelta(days=draw.uniform(1, 20))
            there = self.elsewhere(place) if self.chance(0.5) else place
            self._look(item, product, at, self.client(), there, act="open" if self.chance(0.4) else "look")
        self._passed_on(item, product, at)
        self.free.setdefault(item.gtin, []).append(item)

    def _passed_on(self, item: Item, product: Product, at: datetime) -> None:
        """A picture of the code goes round in a chat; or the buyer sends the chip's answer to a friend."""
        if self.chance(0.0003):
            for _ in range(self.draw.randint(3, 9)):
                when = at + timedelta(hours=self.draw.expovariate(1 / 12))
                self._look(item, product, when, self.client(), self.draw.choice(self.alone), typed=True)
        if product.code_kind == "chip" and self.chance(0.003):
            when = at + timedelta(hours=self.draw.expovariate(1 / 5))
            self._look(item, product, when, self.client(), self.elsewhere(item.place), counter=item.counter)

    def _look(
        self,
        item: Item,
        product: Product,
        at: datetime,
        client: int,
        place: str,
        *,
        act: Act = "look",
        reload: bool = False,
        typed: bool = False,
        counter: int | None = None,
    ) -> Scan:
        """One look. Four in five telephones say where they are well enough; one in 250 of those is behind another city's network."""
        chip = product.code_kind == "chip" and not typed
        if chip and counter is None:
            if not (reload and item.counter):
                # Taps that nobody's telephone told of: 1 in 3 is followed by another.
                item.counter += 1 + sum(1 for _ in range(3) if self.chance(0.25))
            counter = item.counter
        precise = self.chance(0.8)
        seen = self.draw.choice(self.alone) if precise and self.chance(0.004) else place
        proof: Proof = "good" if product.code_kind in ("chip", "signed") and not typed else "none"
        scan = Scan(
            gtin=item.gtin,
            serial=item.serial,
            at=at,
            client=client,
            network=client % 1_000_003,
            place=seen if precise or self.chance(0.5) else "",
            precise=precise,
            act=act,
            lot="" if self.chance(0.5) else item.lot,
            proof=proof,
            counter=counter if chip else None,
        )
        self.world.scans.append(scan)
        item.last = max(at, item.last or at)
        return scan

    def _typo(self, item: Item, at: datetime, client: int, place: str) -> None:
        if not self.chance(0.005):
            return
        wrong = item.serial[:-1] + ("A" if item.serial[-1] != "A" else "B")
        self.world.scans.append(
            Scan(
                gtin=item.gtin,
                serial=wrong,
                at=at,
                client=client,
                network=client % 1_000_003,
                place=place,
                typo=True,
            )
        )

    # What others do

    def _doubled(self, item: Item, since: datetime) -> None:
        self.world.copied_from[f"{item.gtin}/{item.serial}"] = since

    def _incident(self, fraud: Fraud, subjects: set[Subject], looks: int) -> None:
        if looks:
            self.world.truth.append(Incident(fraud, frozenset(subjects), looks))

    def _some(self, *kinds: str) -> tuple[Item, Product]:
        """An item nobody has used for a fraud yet."""
        fitting = [p for p in self.products if p.code_kind in kinds and self.free.get(p.gtin)]
        product = self.draw.choice(fitting)
        items = self.free[product.gtin]
        return items.pop(self.draw.randrange(len(items))), product

    def _copied(self) -> None:
        """One code printed on hundreds of things, sold in one to four places for a month; one in seven is looked at."""
        item, product = self._some("link", "scratch", "signed")
        begins = (item.sold_at or self.begin) - timedelta(days=self.draw.uniform(0, 3))
        places = [self.draw.choice(self.alone) for _ in range(self.draw.randint(1, 4))]
        self._doubled(item, begins)
        copies = round(min(1500, max(40, self.draw.lognormvariate(5.3, 0.8))))
        looks = 0
        for _ in range(copies):
            if self.chance(0.14):
                at = begins + timedelta(days=self.draw.triangular(0, 40, 8))
                self._look(item, product, at, self.client(), self.draw.choice(places))
                looks += 1
        self._incident("copied", {item_subject(item)}, looks)

    def _refilled(self) -> None:
        """A bottle whose buyer opened it is filled again and sold, one to three times, mostly elsewhere."""
        item, product = self._some("scratch", "chip")
        at = self._after(item, timedelta(hours=5))
        self._look(item, product, at, item.buyer or self.client(), item.place or HOME, act="open")
        place, looks = item.place or HOME, 0
        self._doubled(item, at + timedelta(days=9))
        for _ in range(self.draw.randint(1, 3)):
            at += timedelta(days=self.draw.uniform(10, 60))
            place = self.elsewhere(place) if self.chance(0.8) else place
            if self.chance(0.6):
                buyer = self.client()
                self._look(item, product, at, buyer, place, act="open" if self.chance(0.65) else "look")
                looks += 1
                if self.chance(0.3):
                    self._look(item, product, at + timedelta(hours=3), buyer, place)
        self._incident("refilled", {item_subject(item)}, looks)

    def _guessed(self) -> None:
        """Things with invented numbers, or somebody who tries numbers one after the other to find real ones."""
        product = self.draw.choice(self.products)
        subjects: set[Subject] = set()
        at, looks = self.begin + timedelta(days=self.draw.uniform(20, 90)), 0
        if self.chance(0.5):
            client, start = self.client(), self.draw.randrange(10**6)
            for n in range(self.draw.randint(20, 120)):
                at += timedelta(seconds=self.draw.uniform(1, 40))
                self.world.scans.append(
                    self._invented(product, f"G{start + n:08d}", at, client, typo=self.chance(0.97))
                )
                looks += 1
            subjects.add(("asker", str(client)))
        else:
            place = self.draw.choice(self.alone)
            for _ in range(self.draw.randint(5, 60)):
                if self.chance(0.3):
                    client = self.client()
                    when = at + timedelta(days=self.draw.uniform(0, 20))
                    serial = f"G{self.draw.randrange(10**8):08d}"
                    self.world.scans.append(self._invented(product, serial, when, client, place=place))
                    subjects.add(("asker", str(client)))
                    looks += 1
        self._incident("guessed", subjects, looks)

    def _invented(
        self, product: Product, serial: str, at: datetime, client: int, *, place: str = "", typo: bool = False
    ) -> Scan:
        return Scan(
            gtin=product.gtin, serial=serial, at=at, client=client, network=client % 1_000_003, place=place,
            precise=bool(place), typo=typo,
        )  # fmt: skip

    def _diverted(self) -> None:
        """A consignment of which its dealer sells most in another region."""
        away = self.draw.choice(
            [code for code in sorted(self.book.regions) if code not in ("league", "inner_mongolia")]
        )
        leak = self.draw.uniform(0.4, 1)
        made = self._consignment(goes_to=away, leak=leak, size=self.draw.randint(*self.sizes) * 7 // 5)
        if self.book.regions[made.region].areas == self.book.regions[away].areas:
            return
        things = {f"{item.gtin}/{item.serial}" for item in made.items}
        looks = sum(1 for scan in self.world.scans if f"{scan.gtin}/{scan.serial}" in things)
        self._incident("diverted", {("consignment", str(made.number))}, looks)

    def _replayed(self) -> None:
        """One answer of a chip, written on stickers that a telephone opens as if it had tapped the chip."""
        item, product = self._some("chip")
        counter = item.counter + 1
        at, looks = self._after(item, timedelta(days=2)), 0
        self._doubled(item, at)
        for _ in range(self.draw.randint(4, 40)):
            at += timedelta(hours=self.draw.expovariate(1 / 20))
            if self.chance(0.5):
                self._look(item, product, at, self.client(), self.draw.choice(self.alone), counter=counter)
                looks += 1
        self._incident("replayed", {item_subject(item)}, max(0, looks - 1))

    def _harvested(self) -> None:
        """An insider taps a chip many times before it leaves and prints each answer on a thing of its own."""
        item, product = self._some("chip")
        first = item.counter + self.draw.randint(1, 10)
        answers = list(range(first, first + self.draw.randint(25, 80)))
        self.draw.shuffle(answers)
        at, looks = self._after(item, timedelta(days=1)), 0
        self._doubled(item, at)
        for counter in answers:
            at += timedelta(hours=self.draw.expovariate(1 / 18))
            if self.chance(0.3):
                self._look(item, product, at, self.client(), self.draw.choice(self.alone), counter=counter)
                looks += 1
        self._incident("harvested", {item_subject(item)}, looks)

    def _stolen(self) -> None:
        """A consignment that never arrives and is on sale within days; it is reported after one to ten days."""
        draw, product = self.draw, self.draw.choice(self.products)
        self.number += 1
        lot, size = f"L{self.number:05d}", draw.randint(*self.sizes) * 3 // 4
        numbers = (
            self.serials(product.gtin, lot, size)
            if self.serials
            else [f"S{self.number:05d}{n:04d}" for n in range(size)]
        )
        produced = self.begin + timedelta(days=draw.uniform(0, 60))
        shipped = produced + timedelta(days=draw.uniform(1, 6))
        region = draw.choice(sorted(self.book.regions))
        items = tuple(Item(product.gtin, number, lot, self.number) for number in numbers)
        made = Consignment(self.number, product.gtin, lot, region, produced.date(), shipped, None, items)
        self.world.consignments.append(made)
        # Half are taken before their codes are made valid.
        if self.chance(0.5):
            self.world.steps.append(Step(shipped - timedelta(hours=6), "activate", consignment=made))
            self.world.steps.append(Step(shipped, "ship", consignment=made))
        reported = shipped + timedelta(days=draw.uniform(1, 10))
        self.world.steps.append(Step(reported, "notice", consignment=made, kind="stolen"))
        place, looks = draw.choice(self.alone), 0
        for item in items:
            if self.chance(0.3):
                at = shipped + timedelta(hours=20) + self.days(12)
                self._look(item, product, at, self.client(), place)
                looks += 1
        self._incident("stolen", {("consignment", str(made.number)), *map(item_subject, items)}, looks)

    def _quota(self) -> None:
        """A herder's name on more lambs than the herder has: bought elsewhere, sold as from the steppe."""
        have = self.draw.randint(120, 500)
        claimed, lots = 0, list[tuple[str, int]]()
        herder = f"H{len(self.world.claims):05d}"
        while claimed <= have * self.draw.uniform(1.02, 1.6):
            part = self.draw.randint(20, 80)
            claimed += part
            lots.append((f"Q{herder}{len(lots):03d}", part))
        self.world.claims[herder] = (have, lots)
        self._incident("quota", {("batch", lot) for lot, _ in lots}, 1)

    def _honest_claim(self, consignment: Consignment) -> None:
        have = self.draw.randint(120, 500)
        claimed, lots = 0, list[tuple[str, int]]()
        herder = f"H{len(self.world.claims):05d}"
        while claimed < have * self.draw.uniform(0.5, 0.95):
            part = min(self.draw.randint(20, 80), have - claimed)
            if part <= 0:
                break
            claimed += part
            lots.append((f"{consignment.lot}-{len(lots)}", part))
        self.world.claims[herder] = (have, lots)
