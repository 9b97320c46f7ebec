"""A season of mutton, day by day: from ear tags to the shop, as untidily as people tell of it, and the truth beside it.

Everything follows from a seed. Each thing that happens is told by one event; some are told late, some not at all, some wrongly at
first and then put right. What truly happened is kept in `Truth`, which no event shows.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from msgspec import Struct

from xilin.demo.chain import bodies, keys
from xilin.demo.chain.bodies import ZONE, Body
from xilin.demo.chain.shape import Counts, Shape, shape
from xilin.demo.streams import stream

RANCHES, PLANTS, CENTRES, SHOPS, KITCHENS = 100_000_000, 200_000_000, 300_000_000, 400_000_000, 210_000_000
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
Serials = Callable[[str, str, int], Sequence[str]]


class Told(Struct, frozen=True):
    """An event as it reaches the platform: when, from whom (the code of a party), what it says."""

    recorded: datetime
    number: int
    party: str
    body: Body

    def __lt__(self, other: "Told") -> bool:
        return (self.recorded, self.number) < (other.recorded, other.number)


@dataclass
class Pack:
    """A pack as it truly is: the lots its meat is from, where it is, since when, and whether sold."""

    gtin: str
    serial: str
    lots: tuple[int, ...]
    batch: str
    plant: int
    made: datetime
    tote: str = ""
    shop: int = -1
    state: str = "made"
    holder: str = ""
    sold: datetime | None = None

    @property
    def id(self) -> str:
        """Its identifier."""
        return keys.item(self.gtin, self.serial)


@dataclass
class Truth:
    """What truly happened: lambs by number, the lambs of each lot, packs, and frauds (kind, subject, how many)."""

    tags: list[str] = field(default_factory=list)
    household: list[int] = field(default_factory=list)
    lots: list[list[int]] = field(default_factory=list)
    lot_codes: list[str] = field(default_factory=list)
    packs: list[Pack] = field(default_factory=list)
    frauds: list[tuple[str, str, int]] = field(default_factory=list)

    def lambs(self, pack: Pack) -> set[str]:
        """The ear tags of every lamb that is in a pack, as far as lots are kept apart."""
        return {self.tags[lamb] for lot in pack.lots for lamb in self.lots[lot]}

    def packs_of(self, lambs: set[int]) -> set[str]:
        """Every pack that anything of these lambs is in."""
        lots = {number for number, lot in enumerate(self.lots) if not lambs.isdisjoint(lot)}
        return {pack.id for pack in self.packs if not lots.isdisjoint(pack.lots)}


class _Pool:
    """Containers that are used again: the one that has been free longest first, a new one where none is."""

    def __init__(self, kind: int, first: int) -> None:
        self.kind, self.next = kind, first
        self.free: deque[tuple[int, int]] = deque()

    def take(self, day: int) -> int:
        """A container that is free on a day."""
        if self.free and self.free[0][0] <= day:
            return self.free.popleft()[1]
        self.next += 1
        return self.next

    def give(self, serial: int, day: int) -> None:
        """A container comes back and may be used from a day on."""
        self.free.append((day, serial))

    def name(self, serial: int) -> str:
        """Its identifier."""
        return keys.asset(self.kind, serial)


class Season:
    """One season: `tell` gives what is told, in the order it is recorded; `truth` is whole when that has ended."""

    def __init__(
        self, seed: int, count: Counts, as_of: date, counties: Sequence[str] = ("152502", "152522", "152525"),
        serials: Serials | None = None, form: Shape | None = None,
    ) -> None:  # fmt: skip
        self.seed, self.count, self.form = seed, count, form or shape()
        self.rng = stream(seed, "chain")
        self.serials = serials or self._serials
        self.first = as_of - timedelta(days=self.form.season_days[0])
        self.last = self.form.season_days[0]
        self.end = datetime.combine(as_of, time(0), ZONE).astimezone(UTC)
        self.truth = Truth()
        self.agenda: dict[int, list[Callable[[int], None]]] = defaultdict(list)
        self.waiting: list[Told] = []
        self.numbers = 0
        self.totes = {
            plant: _Pool(keys.TOTE, plant * 1_000_000) for plant in range(count.plants * 2 + count.centres)
        }
        self.pallets = {plant: _Pool(keys.PALLET, plant * 100_000) for plant in range(count.plants * 2)}
        self.hooks: dict[int, list[tuple[int, str, float]]] = defaultdict(
            list
        )  # carcasses that wait, by plant
        self.parts: dict[int, list[tuple[int, str, float]]] = defaultdict(list)  # batches that wait, by plant
        self.packing: dict[int, list[int]] = defaultdict(list)  # packs that wait, by plant
        self.selling: dict[int, dict[int, list[int]]] = defaultdict(dict)  # packs by day and shop
        self.county = [counties[place] for place in self.rng.integers(0, len(counties), count.households)]

    # Telling

    @property
    def expected(self) -> int:
        """About how many events will be told."""
        return 200 + round(self.count.lambs * 1.7)

    def tell(self) -> Iterator[Told]:
        """Everything that is told, in the order of recording."""
        self._tags()
        self._loads()
        for day in range(self.last):
            while self.agenda[day]:
                for task in self.agenda.pop(day):
                    task(day)
            now = self._at(day, 0)
            while self.waiting and self.waiting[0].recorded < now:
                yield heapq.heappop(self.waiting)
        while self.waiting:
            yield heapq.heappop(self.waiting)

    def _at(self, day: int, hour: float) -> datetime:
        start = datetime.combine(self.first + timedelta(days=day), time(0), ZONE).astimezone(UTC)
        return start + timedelta(seconds=round(hour * 3600))

    def _say(self, party: str, body: Body, *, after: datetime | None = None) -> None:
        """Have an event told, soon or late; never after the day of the demo."""
        happened = datetime.fromisoformat(body["eventTime"])
        delay = timedelta(minutes=5)
        if self.rng.random() < self.form.late:
            delay += timedelta(days=float(self.rng.exponential(self.form.late_days)))
        recorded = min(max(happened + delay, after or happened), self.end)
        self.numbers += 1
        heapq.heappush(self.waiting, Told(recorded.astimezone(UTC), self.numbers, party, body))

    def _say_wrong(self, party: str, bad: Body, good: Body | None) -> None:
        """Have something told wrongly, declared in error days later, and told again."""
        first = {**bad, "eventID": self._uuid()}
        declared = datetime.fromisoformat(bad["eventTime"]) + timedelta(days=float(self.rng.uniform(0.2, 9)))
        again = [] if good is None else [{**good, "eventID": self._uuid()}]
        self._say(party, first)
        self._say(
            party,
            bodies.wrong(first, min(declared, self.end), [one["eventID"] for one in again]),
            after=declared,
        )
        for one in again:
            self._say(party, one, after=declared)

    def _uuid(self) -> str:
        return f"urn:uuid:{UUID(bytes=self.rng.bytes(16), version=4)}"

    def _serials(self, _gtin: str, _lot: str, count: int) -> list[str]:
        drawn = self.rng.integers(0, len(_SIGNS), (count, 12))
        return ["".join(_SIGNS[sign] for sign in row) for row in drawn]

    def _happens(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def _later(self, day: int, what: Callable[..., None], *given: Any) -> None:
        self.agenda[day].append(partial(what, *given))

    # The steppe

    def _tags(self) -> None:
        """Ear tags put on in spring, fifty at a time, told by the livestock station."""
        truth, count = self.truth, self.count
        flock = self.rng.gamma(2.2, 1.0, count.households)
        sizes = np.maximum(1, np.floor(flock / flock.sum() * count.lambs)).astype(int)
        first, last = self.form.tagged_days
        begin = first - self.form.season_days[0]
        for household, size in enumerate(sizes):
            ranch, county = keys.place(RANCHES + household), self.county[household]
            for start in range(0, int(size), 50):
                tags = [
                    keys.ear_tag(county, len(truth.tags) + place + 1)
                    for place in range(min(50, int(size) - start))
                ]
                truth.tags += tags
                truth.household += [household] * len(tags)
                when = self._at(
                    -begin + int(self.rng.integers(0, first - last)), float(self.rng.uniform(8, 19))
                )
                self._say(
                    f"station-{county}",
                    bodies.seen(when, "commissioning", "active", ranch, tags, action="ADD"),
                )

    def _loads(self) -> None:
        """Which lambs are sold to which plant on which day."""
        starts = np.searchsorted(self.truth.household, np.arange(self.count.households + 1))
        days = self.last - self.form.season_days[1] - 2
        cheats = max(1, round(self.count.households * self.form.untagged))
        cheating = set(self.rng.choice(self.count.households, cheats, replace=False).tolist())
        for household in range(self.count.households):
            lambs = list(range(int(starts[household]), int(starts[household + 1])))
            lambs = lambs[: round(len(lambs) * self.form.traced)]
            if household in cheating and lambs:
                lambs += self._untagged(household, 3 + len(lambs) // 4)
            for start in range(0, len(lambs), self.form.per_load):
                plant = int(self.rng.integers(0, self.count.plants))
                day = int(self.rng.integers(0, max(1, days)))
                self._later(day, self._drive, household, lambs[start : start + self.form.per_load], plant)

    def _untagged(self, household: int, count: int) -> list[int]:
        """A fraud: lambs from elsewhere, sold under tags that nobody put on for this household."""
        truth = self.truth
        numbers = list(range(len(truth.tags), len(truth.tags) + count))
        truth.tags += [keys.ear_tag(self.county[household], 60_000_000 + number) for number in numbers]
        truth.household += [household] * count
        truth.frauds.append(("quota", keys.place(RANCHES + household), count))
        return numbers

    def _drive(self, household: int, lambs: list[int], plant: int, day: int) -> None:
        """A lorry takes lambs from a household to a plant."""
        ranch, works = keys.place(RANCHES + household), keys.place(PLANTS + plant)
        lorry, hour = (
            keys.vehicle(plant * 1000 + day % 20 * 40 + household % 40),
            float(self.rng.uniform(6, 9)),
        )
        tags = [self.truth.tags[lamb] for lamb in lambs]
        parties = bodies.between("owning_party", keys.party(RANCHES + household), keys.party(PLANTS + plant))
        carrier = f"plant-{plant}"
        self._say(carrier, bodies.packed(self._at(day, hour), "loading", ranch, lorry, tags))
        self._say(
            carrier,
            bodies.seen(self._at(day, hour + 0.5), "shipping", "in_transit", ranch, [lorry], **parties),
        )
        if not self._happens(self.form.missing_receipt):
            self._say(
                carrier,
                bodies.seen(self._at(day, hour + 6), "receiving", "in_progress", works, [lorry], **parties),
            )
        self._say(
            carrier, bodies.packed(self._at(day, hour + 6.5), "unloading", works, lorry, (), action="DELETE")
        )
        self._later(day + 1, self._slaughter, lambs, plant)

    # The plant

    def _slaughter(self, lambs: list[int], plant: int, day: int) -> None:
        """Each lamb becomes a carcass that carries its number; whole lots are hung up and cut the next day."""
        works, mean, deviation = keys.place(PLANTS + plant), *self.form.carcass_kg
        waiting = self.hooks[plant]
        weights = self.rng.normal(mean, deviation, len(lambs)).clip(10, 32)
        began = float(self.rng.uniform(6, 7))
        for place, lamb in enumerate(lambs):
            tag = self.truth.tags[lamb]
            carcass = keys.item(keys.CARCASS, tag.removeprefix(keys.EAR_TAG))
            kg = float(weights[place])
            told = partial(
                bodies.made, self._at(day, began + place / 80), "killing", works,
                outputs=[carcass], sensorElementList=bodies.weight(kg),
            )  # fmt: skip
            if self._happens(self.form.wrong_tag):
                other = self.truth.tags[int(self.rng.integers(0, len(self.truth.tags)))]
                self._say_wrong(f"plant-{plant}", told(inputs=[other]), told(inputs=[tag]))
            else:
                self._say(f"plant-{plant}", told(inputs=[tag]))
            waiting.append((lamb, carcass, kg))
        lots = []
        while len(waiting) >= self.form.per_lot:
            lots.append(waiting[: self.form.per_lot])
            del waiting[: self.form.per_lot]
        for lot in lots:
            self._hang(lot, plant, day)

    def _hang(self, lot: list[tuple[int, str, float]], plant: int, day: int) -> None:
        number, code = (
            len(self.truth.lots),
            f"{self.first + timedelta(days=day):%y%m%d}-{plant}-{len(self.truth.lots)}",
        )
        self.truth.lots.append([lamb for lamb, _, _ in lot])
        self.truth.lot_codes.append(code)
        trolleys: list[str] = []
        if self._happens(self.form.through_trolleys):
            works, step = keys.place(PLANTS + plant), self.form.per_trolley
            for start in range(0, len(lot), step):
                trolley = keys.asset(keys.TROLLEY, plant * 10_000 + (number * 5 + start // step) % 400)
                trolleys.append(trolley)
                carcasses = [carcass for _, carcass, _ in lot[start : start + step]]
                self._say(
                    f"plant-{plant}",
                    bodies.packed(self._at(day, 13 + number % 40 / 10), "loading", works, trolley, carcasses),
                )
        self._later(day + 1, self._cut, number, lot, trolleys, plant)

    def _cut(
        self, number: int, lot: list[tuple[int, str, float]], trolleys: list[str], plant: int, day: int
    ) -> None:
        """Carcasses become legs, rolls, parts for the kitchen, and waste."""
        form, works, code = self.form, keys.place(PLANTS + plant), self.truth.lot_codes[number]
        when = self._at(day, 7 + number % 120 / 30)
        kg = sum(weight for _, _, weight in lot)
        legs, rolls = form.legs_per_lot * len(lot) // 50, form.rolls_per_lot * len(lot) // 50
        packs = self._packs(keys.LEG, code, legs, (number,), plant, when)
        packs += self._packs(keys.ROLL, code, rolls, (number,), plant, when)
        waste, loss = kg * form.waste, kg * float(self.rng.uniform(*form.loss))
        parts = max(1.0, kg - waste - loss - legs * keys.NET[keys.LEG] - rolls * keys.NET[keys.ROLL])
        if number % round(1 / form.overfull) == 2:
            more = self._packs(keys.ROLL, code, rolls, (number,), plant, when)
            packs += more
            self.truth.frauds.append(("mass", keys.batch(keys.PARTS, code), len(more)))
        self._tell_cut(number, lot, trolleys, plant, when, packs, (parts, waste))
        self.packing[plant] += packs
        self.parts[plant].append((number, keys.batch(keys.PARTS, code), parts))
        self._later(day, self._pack, plant, works, f"plant-{plant}")
        if len(self.parts[plant]) >= 2:
            pair, self.parts[plant] = self.parts[plant][:2], self.parts[plant][2:]
            self._later(day + 1, self._to_kitchen, pair, plant)

    def _tell_cut(
        self, number: int, lot: list[tuple[int, str, float]], trolleys: list[str], plant: int, when: datetime,
        packs: list[int], kg: tuple[float, float],
    ) -> None:  # fmt: skip
        works, party, code = keys.place(PLANTS + plant), f"plant-{plant}", self.truth.lot_codes[number]
        inputs = trolleys or [carcass for _, carcass, _ in lot]
        outputs = [self.truth.packs[pack].id for pack in packs]
        more = {
            "outputQuantityList": [
                bodies.amount(keys.batch(keys.PARTS, code), kg[0]), bodies.amount(keys.batch(keys.WASTE, code), kg[1]),
            ],
            "ilmd": self._lot_facts(code, when),
        }  # fmt: skip
        if self._happens(self.form.over_two_events):
            together, half = {"transformationID": self._uuid()}, len(inputs) // 2
            self._say(party, bodies.made(when, "disassembling", works, inputs[:half], (), **together))
            self._say(
                party,
                bodies.made(
                    when + timedelta(minutes=1), "disassembling", works, inputs[half:], (), **together
                ),
            )
            self._say(
                party,
                bodies.made(
                    when + timedelta(minutes=2), "disassembling", works, (), outputs, **more, **together
                ),
            )
            return
        right = bodies.made(when, "disassembling", works, inputs, outputs, **more)
        if trolleys and self._happens(self.form.wrong_trolley):
            extra = keys.asset(keys.TROLLEY, plant * 10_000 + (number * 5 + 7) % 400)
            self._say_wrong(
                party, bodies.made(when, "disassembling", works, [*inputs, extra], outputs, **more), right
            )
        else:
            self._say(party, right)

    def _lot_facts(self, code: str, when: datetime) -> dict[str, str]:
        expires = when.astimezone(ZONE).date() + timedelta(days=365)
        return {"cbvmda:lotNumber": code, "cbvmda:itemExpirationDate": expires.isoformat()}

    def _packs(
        self, gtin: str, code: str, count: int, lots: tuple[int, ...], plant: int, when: datetime
    ) -> list[int]:
        first = len(self.truth.packs)
        holder = keys.place((PLANTS if plant < self.count.plants else KITCHENS - self.count.plants) + plant)
        for serial in self.serials(gtin, code, count):
            self.truth.packs.append(Pack(gtin, serial, lots, code, plant, when, holder=holder))
        return list(range(first, len(self.truth.packs)))

    def _to_kitchen(self, pair: list[tuple[int, str, float]], plant: int, day: int) -> None:
        """Parts of two lots go to deep processing (精深加工), known by weight only."""
        works, kitchen = keys.place(PLANTS + plant), keys.place(KITCHENS + plant)
        amounts = [bodies.amount(batch, kg) for _, batch, kg in pair]
        parties = bodies.between("owning_party", keys.party(PLANTS + plant), keys.party(KITCHENS + plant))
        hour = float(self.rng.uniform(7, 9))
        for step, where, later in (("shipping", works, 0.0), ("receiving", kitchen, 4.0)):
            body = bodies.seen(
                self._at(day, hour + later), step, "in_transit", where, (), quantityList=amounts, **parties
            )
            self._say(f"plant-{plant}", body)
        self._later(day + 1, self._roast, pair, plant)

    def _roast(self, pair: list[tuple[int, str, float]], plant: int, day: int) -> None:
        kitchen, code = (
            keys.place(KITCHENS + plant),
            f"R{self.first + timedelta(days=day):%y%m%d}-{pair[0][0]}",
        )
        when, kg = self._at(day, 8.0), sum(kg for _, _, kg in pair)
        count = min(self.form.roasts_per_batch, int(kg * 0.8))
        packs = self._packs(
            keys.ROAST, code, count, tuple(number for number, _, _ in pair), self.count.plants + plant, when
        )
        rest = max(0.5, kg * float(self.rng.uniform(0.97, 0.995)) - count * keys.NET[keys.ROAST])
        body = bodies.made(
            when, "other", kitchen, (), [self.truth.packs[pack].id for pack in packs],
            inputQuantityList=[bodies.amount(batch, kg) for _, batch, kg in pair],
            outputQuantityList=[bodies.amount(keys.batch(keys.WASTE, code), rest)], ilmd=self._lot_facts(code, when),
        )  # fmt: skip
        self._say(f"plant-{plant}", body)
        self.packing[self.count.plants + plant] += packs
        self._later(day, self._pack, self.count.plants + plant, kitchen, f"plant-{plant}")

    # The way to the shop

    def _pack(self, plant: int, works: str, party: str, day: int) -> None:
        """Packs into totes, totes onto pallets; both are used again."""
        packs, self.packing[plant] = self.packing[plant], []
        if not packs:
            return
        totes: list[tuple[int, list[int]]] = []
        pool, step = self.totes[plant], self.form.per_tote
        for place, start in enumerate(range(0, len(packs), step)):
            content, tote = packs[start : start + step], pool.take(day)
            when = self._at(day, 13 + place / 400)
            told = partial(
                bodies.packed,
                when,
                "packing",
                works,
                children=[self.truth.packs[pack].id for pack in content],
            )
            if self._happens(self.form.wrong_tote):
                self._say_wrong(party, told(pool.name(pool.next)), told(pool.name(tote)))
            else:
                self._say(party, told(pool.name(tote)))
            for pack in content:
                self.truth.packs[pack].tote = pool.name(tote)
            totes.append((tote, content))
        loads = []
        for start in range(0, len(totes), self.form.per_pallet):
            pallet, content_ = self.pallets[plant].take(day), totes[start : start + self.form.per_pallet]
            loads.append((pallet, content_))
            names = [pool.name(tote) for tote, _ in content_]
            self._say(
                party,
                bodies.packed(self._at(day, 16.5), "packing", works, self.pallets[plant].name(pallet), names),
            )
        self._later(day + 1, self._send, plant, works, party, loads)

    def _send(
        self,
        plant: int,
        works: str,
        party: str,
        loads: list[tuple[int, list[tuple[int, list[int]]]]],
        day: int,
    ) -> None:
        """Pallets go to a distribution centre in a cooled lorry that measures."""
        centre = int(self.rng.integers(0, self.count.centres))
        there, pool = keys.place(CENTRES + centre), self.pallets[plant]
        names, hour = [pool.name(pallet) for pallet, _ in loads], float(self.rng.uniform(5, 7))
        owner = keys.party((PLANTS if plant < self.count.plants else KITCHENS - self.count.plants) + plant)
        parties = bodies.between("possessing_party", owner, keys.party(CENTRES + centre))
        self._say(party, bodies.seen(self._at(day, hour), "shipping", "in_transit", works, names, **parties))
        device = keys.vehicle(900_000 + plant)
        for part in (3, 6, 9):
            when, celsius = self._at(day, hour + part), float(self.rng.normal(-18.5, 1.2))
            self._say(party, bodies.seen(
                when, "sensor_reporting", "in_transit", device, names,
                sensorElementList=bodies.temperature(when, celsius, device),
            ))  # fmt: skip
        if not self._happens(self.form.missing_receipt):
            self._say(
                f"centre-{centre}",
                bodies.seen(self._at(day, hour + 11), "receiving", "in_progress", there, names, **parties),
            )
        for pallet, totes in loads:
            self._say(
                f"centre-{centre}",
                bodies.packed(
                    self._at(day, hour + 12), "unpacking", there, pool.name(pallet), (), action="DELETE"
                ),
            )
            pool.give(pallet, day + 2)
            for _, content in totes:
                for pack in content:
                    self.truth.packs[pack].holder = there
        self._later(day + 1, self._deliver, plant, centre, [tote for _, totes in loads for tote in totes])

    def _deliver(self, plant: int, centre: int, totes: list[tuple[int, list[int]]], day: int) -> None:
        """Totes go to shops, a few split over two of them."""
        there, party, pool = keys.place(CENTRES + centre), f"centre-{centre}", self.totes[plant]
        shops: dict[int, list[tuple[_Pool, int, list[int]]]] = defaultdict(list)
        for tote, content in totes:
            shop, split = int(self.rng.integers(0, self.count.shops)), len(content)
            if self._happens(self.form.repacked) and split > 1:
                split //= 2
                own = self.totes[self.count.plants * 2 + centre]
                fresh, moved = own.take(day), [self.truth.packs[pack].id for pack in content[split:]]
                self._say(
                    party,
                    bodies.packed(
                        self._at(day, 6.5), "unpacking", there, pool.name(tote), moved, action="DELETE"
                    ),
                )
                self._say(party, bodies.packed(self._at(day, 6.6), "packing", there, own.name(fresh), moved))
                for pack in content[split:]:
                    self.truth.packs[pack].tote = own.name(fresh)
                shops[int(self.rng.integers(0, self.count.shops))].append((own, fresh, content[split:]))
            shops[shop].append((pool, tote, content[:split]))
        for shop, goods in sorted(shops.items()):
            self._to_shop(centre, shop, goods, day)

    def _to_shop(self, centre: int, shop: int, goods: list[tuple[_Pool, int, list[int]]], day: int) -> None:
        there, store = keys.place(CENTRES + centre), keys.place(SHOPS + shop)
        names, hour = [pool.name(tote) for pool, tote, _ in goods], float(self.rng.uniform(8, 10))
        parties = bodies.between("possessing_party", keys.party(CENTRES + centre), keys.party(SHOPS + shop))
        self._say(
            f"centre-{centre}",
            bodies.seen(self._at(day, hour), "shipping", "in_transit", there, names, **parties),
        )
        if not self._happens(self.form.missing_receipt):
            self._say(
                "shops",
                bodies.seen(self._at(day, hour + 5), "receiving", "in_progress", store, names, **parties),
            )
        for pool, tote, content in goods:
            if not self._happens(self.form.missing_unpacking):
                self._say(
                    "shops",
                    bodies.packed(
                        self._at(day, hour + 6), "unpacking", store, pool.name(tote), (), action="DELETE"
                    ),
                )
                pool.give(tote, day + 3)
            for pack in content:
                one = self.truth.packs[pack]
                one.shop, one.state, one.holder = shop, "shelf", store
        self._shelf([pack for *_, content in goods for pack in content], centre, shop, day + 1)

    def _shelf(self, packs: list[int], centre: int, shop: int, day: int) -> None:
        """Which packs are sold or sent back on which day."""
        waits = self.rng.geometric(self.form.sold_a_day, len(packs))
        back = self.rng.random(len(packs)) < self.form.returned
        for pack, wait, returned in zip(packs, waits, back, strict=True):
            if returned:
                self._later(day + 2, self._return, pack, centre, shop)
                continue
            at = day + int(wait)
            if not self.selling[at]:
                self._later(at, self._sell)
            self.selling[at].setdefault(shop, []).append(pack)

    def _sell(self, day: int) -> None:
        """Shops sell what is asked for on a day; a till tells of up to forty packs at once."""
        for shop, packs in sorted(self.selling.pop(day).items()):
            for start in range(0, len(packs), 40):
                self._sale(packs[start : start + 40], shop, self._at(day, float(self.rng.uniform(9, 20))))

    def _sale(self, packs: list[int], shop: int, when: datetime) -> None:
        store = keys.place(SHOPS + shop)
        for pack in packs:
            one = self.truth.packs[pack]
            one.state, one.sold = "sold", when
        names = [self.truth.packs[pack].id for pack in packs]
        self._say("shops", bodies.seen(when, "retail_selling", "retail_sold", store, names))
        if self._happens(self.form.told_twice):
            again = bodies.seen(when - timedelta(hours=1), "retail_selling", "retail_sold", store, names)
            self._say_wrong("shops", again, None)

    def _return(self, pack: int, centre: int, shop: int, day: int) -> None:
        """A pack goes back to the distribution centre; some are destroyed there."""
        one, store, there = self.truth.packs[pack], keys.place(SHOPS + shop), keys.place(CENTRES + centre)
        parties = bodies.between("possessing_party", keys.party(SHOPS + shop), keys.party(CENTRES + centre))
        self._say("shops", bodies.seen(self._at(day, 9), "shipping", "returned", store, [one.id], **parties))
        self._say(
            f"centre-{centre}",
            bodies.seen(self._at(day, 15), "receiving", "returned", there, [one.id], **parties),
        )
        one.state, one.holder = "returned", there
        if self._happens(self.form.destroyed):
            self._later(day + 2, self._destroy, pack, centre)

    def _destroy(self, pack: int, centre: int, day: int) -> None:
        one = self.truth.packs[pack]
        body = bodies.seen(
            self._at(day, 11),
            "destroying",
            "destroyed",
            keys.place(CENTRES + centre),
            [one.id],
            action="DELETE",
        )
        self._say(f"centre-{centre}", body)
        one.state = "destroyed"
