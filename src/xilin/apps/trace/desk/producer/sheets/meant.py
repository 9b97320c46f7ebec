"""What the rows of sheets mean: products, places, and events as EPCIS 2.0 has them; rows that say one happening become one event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import quote

from xilin.apps.trace.desk.producer.sheets import cells
from xilin.apps.trace.desk.producer.sheets.lines import Line, Read
from xilin.apps.trace.desk.producer.sheets.template import CARRIERS, CATEGORIES, PACKING, SIDES, UNITS
from xilin.apps.trace.desk.producer.sheets.workbook import Cell
from xilin.lib.text import Text

ROOT = "https://id.gs1.org"
CONTEXT = {"cbvmda": "urn:epcglobal:cbv:mda:"}
MOST_THINGS = 5_000
"""Things of one event."""
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before: whose products, what places are called.

    `own` are GTINs of the party, `declared` those of them that the league folder declares, `taken` says of a GTIN that it is
    another's. `named` are places by the name the party gave them, `others` places that another party has named.
    """

    own: frozenset[str]
    declared: frozenset[str]
    taken: frozenset[str]
    named: Mapping[str, str]
    others: frozenset[str]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Product:
    """A product as a row says it."""

    line: Line
    gtin: str
    name: str
    name_en: str
    net: str
    category: str
    shelf_days: int
    kind: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place as a row says it."""

    line: Line
    name: str
    gln: str
    area: str
    ours: bool

    @property
    def uri(self) -> str:
        """The place's identifier."""
        return f"{ROOT}/414/{self.gln}"


@dataclass(slots=True)
class Happening:
    """An event and the rows that say it; `told` is it in one line."""

    kind: str
    lines: list[Line]
    body: Body
    told: Text


@dataclass(slots=True)
class Meant:
    """All that a workbook means, rows with faults left out."""

    products: list[Product] = field(default_factory=list)
    declared: list[Line] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods of a row: one thing, or so much of a batch."""

    uri: str
    amount: Body | None = None

    @property
    def product(self) -> str:
        """The product's number, "" where it is none."""
        head = f"{ROOT}/01/"
        return self.uri[len(head) :].partition("/")[0] if self.uri.startswith(head) else ""


def work_out(found: Read, known: Known, *, zone: tzinfo, at: datetime) -> Meant:
    """What the rows mean; their faults are noted in them. The order of sheets in the file doesn't matter."""
    return _Work(known, zone, at).carry(found.lines)


class _Work:
    def __init__(self, known: Known, zone: tzinfo, at: datetime) -> None:
        self.known, self.zone, self.at = known, zone, at
        self.meant = Meant()
        self.own = set(known.own)
        self.named: dict[str, str] = dict(known.named)
        self.words = {uri: name for name, uri in known.named.items()}

    def carry(self, lines: Iterable[Line]) -> Meant:
        """Products and places first: the others name them."""
        by_sheet: dict[str, list[Line]] = {}
        for line in lines:
            by_sheet.setdefault(line.sheet.code, []).append(line)
        self._products(by_sheet.get("products", ()))
        self._places(by_sheet.get("places", ()))
        self._lots(by_sheet.get("lots", ()))
        for code, group in (
            ("transform", self._made), ("commission", self._items), ("aggregate", self._packed), ("ship", self._moved),
            ("receive", self._moved),
        ):  # fmt: skip
            group(by_sheet.get(code, ()))
        return self.meant

    # Master data

    def _products(self, lines: Iterable[Line]) -> None:
        seen: dict[str, int] = {}
        for line in lines:
            gtin = line.read("gtin", cells.gtin)
            name = line.read("name", _words(100))
            name_en = line.read("name_en", _words(100))
            net = line.read("net", _words(40))
            category = line.read("category", lambda cell: cells.choice(cell, CATEGORIES))
            days = line.read("shelf_days", _days)
            kind = line.read("kind", lambda cell: cells.choice(cell, CARRIERS)) or "link"
            if gtin is not None:
                self._whose(line, gtin, seen)
            if line.faults or gtin is None or name is None or net is None or category is None or days is None:
                continue
            if gtin in self.known.declared:
                self.meant.declared.append(line)
                continue
            self.own.add(gtin)
            self.meant.products.append(Product(line, gtin, name, name_en or "", net, category, days, kind))

    def _whose(self, line: Line, gtin: str, seen: dict[str, int]) -> None:
        if gtin in self.known.taken:
            line.wrong(
                "gtin",
                Text(zh="这个条码登记在别的企业名下。", en="This number stands under another company."),
                Text(
                    zh="核对条码；确为本企业的，请联系中心。", en="Check it; if it is yours, ask the centre."
                ),
            )
        elif not self.known.numbered:
            line.wrong(
                "gtin",
                Text(
                    zh="本企业没有登记统一社会信用代码。",
                    en="No unified social credit code is entered for you.",
                ),
                Text(zh="请联系中心登记后再导入产品。", en="Ask the centre to enter it, then send products."),
            )
        if gtin in seen:
            line.wrong("gtin", *_twice(seen[gtin]))
        seen.setdefault(gtin, line.row)

    def _places(self, lines: Iterable[Line]) -> None:
        seen: dict[str, str] = {}
        for line in lines:
            name = line.read("name", _words(100))
            gln = line.read("gln", cells.gln)
            area = line.read("area", _area) or ""
            if line.faults or name is None or gln is None:
                continue
            if seen.setdefault(name, gln) != gln:
                line.wrong(
                    "name",
                    Text(zh=f"“{name}”对应两个位置码。", en=f'"{name}" has two numbers.'),
                    Text(zh="每个地点用不同的名称。", en="Give each place a name of its own."),
                )
                continue
            place = Place(line, name, gln, area, f"{ROOT}/414/{gln}" not in self.known.others)
            self.named[name] = place.uri
            self.words[place.uri] = name
            self.meant.places.append(place)

    # Events

    def _lots(self, lines: Iterable[Line]) -> None:
        for line in lines:
            gtin, lot = line.read("gtin", cells.gtin), line.read("lot", cells.lot)
            when, place = self._when(line), self._place(line, "place")
            expires = line.read("expires", cells.day)
            amount = self._amount(line)
            paper = line.read("paper", _words(60))
            if gtin is not None and not self._ours(line, "gtin", gtin):
                continue
            if expires is not None and when is not None and expires <= when.date():
                line.wrong(
                    "expires",
                    Text(zh="有效期不晚于生产日期。", en="It expires before it was produced."),
                    Text(zh="核对两个日期。", en="Check both days."),
                )
            if line.faults or None in (gtin, lot, when, place, amount):
                continue
            uri = f"{ROOT}/01/{gtin}/10/{quote(lot or '', safe='')}"
            ilmd: Body = {"cbvmda:lotNumber": lot, "cbvmda:productionDate": when.date().isoformat()}  # type: ignore[union-attr]
            if expires:
                ilmd["cbvmda:itemExpirationDate"] = expires.isoformat()
            more: Body = {"quantityList": [{"epcClass": uri, **(amount or {})}], "ilmd": ilmd}
            if paper:
                more["bizTransactionList"] = [_paper("cert", paper)]
            body = self._object("ADD", "commissioning", "active", when, place, more)
            self._told("lots", [line], body, when, place, _many([Goods(uri, amount)]))

    def _items(self, lines: Iterable[Line]) -> None:
        def goods(line: Line) -> Goods | None:
            found = self._goods(line)
            if found is not None and found.amount is None and self._ours(line, "code", found.product):
                return found
            if found is not None and found.amount is not None:
                line.wrong(
                    "code",
                    Text(zh="这是批次，不是单件的码。", en="This names a batch, not a single thing."),
                    _SCAN_ITEM,
                )
            return None

        for lines_, when, place, found in self._grouped(lines, ("time", "place"), goods):
            body = self._object("ADD", "commissioning", "active", when, place, _lists(found, "epcList"))
            self._told("commission", lines_, body, when, place, _many(found))

    def _packed(self, lines: Iterable[Line]) -> None:
        for lines_, when, place, found in self._grouped(
            lines, ("time", "place", "action", "container"), self._goods
        ):
            first = lines_[0]
            action = first.read("action", lambda cell: cells.choice(cell, PACKING)) or "ADD"
            container = first.read("container", cells.thing)
            if container is not None and container[1]:
                first.wrong(
                    "container",
                    Text(zh="箱码须是一个具体的箱子。", en="A box is one single thing."),
                    _SCAN_ITEM,
                )
            if container is None or first.faults:
                self._held_back(lines_)
                continue
            step = "packing" if action == "ADD" else "unpacking"
            body = self._event(
                "AggregationEvent", step, "in_progress", when, place,
                {"action": action, "parentID": container[0], **_lists(found, "childEPCs", "childQuantityList")},
            )  # fmt: skip
            self._told("aggregate", lines_, body, when, place, _many(found))

    def _made(self, lines: Iterable[Line]) -> None:
        sides: dict[int, str] = {}

        def goods(line: Line) -> Goods | None:
            side = line.read("side", lambda cell: cells.choice(cell, SIDES))
            found = self._goods(line)
            if side is None or found is None:
                return None
            if side == "out" and not self._ours(
                line, "code" if "code" in line.cells else "gtin", found.product
            ):
                return None
            sides[id(line)] = side
            return found

        for lines_, when, place, found in self._grouped(lines, ("paper", "time", "place"), goods):
            pairs = list(zip(lines_, found, strict=True))
            used = [one for line, one in pairs if sides[id(line)] == "in"]
            made = [one for line, one in pairs if sides[id(line)] == "out"]
            if not used or not made:
                for line in lines_:
                    line.wrong(
                        "side",
                        Text(zh="一次加工要有投入，也要有产出。", en="A process has inputs and outputs."),
                        Text(zh="补上缺的行。", en="Add the rows that are missing."),
                    )
                continue
            paper = lines_[0].read("paper", _words(60)) or ""
            more: Body = {
                **_lists(used, "inputEPCList", "inputQuantityList"),
                **_lists(made, "outputEPCList", "outputQuantityList"),
                "bizTransactionList": [_paper("prodorder", paper)],
            }
            body = self._event("TransformationEvent", "assembling", "active", when, place, more)
            told = Text(zh=f"{_many(used).zh} → {_many(made).zh}", en=f"{_many(used).en} → {_many(made).en}")
            self._told("transform", lines_, body, when, place, told)

    def _moved(self, lines: Iterable[Line]) -> None:
        lines = list(lines)
        if not lines:
            return
        code = lines[0].sheet.code
        for lines_, when, place, found in self._grouped(
            lines, ("time", "place", "other", "paper"), self._goods
        ):
            first = lines_[0]
            other = self._place(first, "other") if "other" in first.cells else None
            if "other" in first.cells and other is None:
                self._held_back(lines_)
                continue
            ship = code == "ship"
            paper = first.read("paper", _words(60))
            more = _lists(found, "epcList", "quantityList")
            if paper:
                more["bizTransactionList"] = [_paper("desadv" if ship else "recadv", paper)]
            source, destination = (place, other) if ship else (other, place)
            if source:
                more["sourceList"] = [{"type": "possessing_party", "source": _party(source)}]
            if destination:
                more["destinationList"] = [{"type": "possessing_party", "destination": _party(destination)}]
            step, state = ("shipping", "in_transit") if ship else ("receiving", "in_progress")
            body = self._object("OBSERVE", step, state, when, place, more)
            self._told(code, lines_, body, when, place, _many(found))

    # Parts of events

    def _grouped(
        self, lines: Iterable[Line], keys: tuple[str, ...], goods: Any
    ) -> Iterable[tuple[list[Line], datetime, str, list[Goods]]]:
        """Rows that say one event, with when and where it was and the goods of each; where one row is wrong all are held back."""
        groups: dict[tuple[str, ...], list[Line]] = {}
        for line in lines:
            groups.setdefault(tuple(_key(line.cells.get(key)) for key in keys), []).append(line)
        for lines_ in groups.values():
            found: list[Goods] = []
            seen: dict[str, int] = {}
            when = place = None
            for line in lines_:
                when, place = self._when(line), self._place(line, "place")
                one: Goods | None = goods(line)
                if one is None:
                    continue
                if one.uri in seen:
                    line.wrong("code" if "code" in line.cells else "gtin", *_twice(seen[one.uri]))
                seen.setdefault(one.uri, line.row)
                found.append(one)
            if len(lines_) > MOST_THINGS:
                lines_[0].wrong(
                    "time",
                    Text(
                        zh=f"一次超过 {MOST_THINGS:,} 件。",
                        en=f"One event has more than {MOST_THINGS:,} things.",
                    ),
                    Text(zh="分成几次填写。", en="Write several events."),
                )
            if any(line.faults for line in lines_) or when is None or place is None:
                self._held_back(lines_)
                continue
            yield lines_, when, place, found

    def _held_back(self, lines: list[Line]) -> None:
        broken = next((line.row for line in lines if line.faults), lines[0].row)
        for line in lines:
            if not line.faults:
                line.wrong(
                    "time",
                    Text(
                        zh=f"同一次记录的第 {broken} 行有误。",
                        en=f"Row {broken} of the same event is wrong.",
                    ),
                    Text(zh="改好那一行后一起导入。", en="Mend that row and send them together."),
                )

    def _when(self, line: Line) -> datetime | None:
        return line.read(
            "time",
            lambda cell: cells.moment(cell, self.zone, otherwise=line.sheet.of_day, at=self.at),
        )

    def _place(self, line: Line, name: str) -> str | None:
        """A place by its name or its number."""

        def meant(cell: Cell | None) -> str:
            said = cells.text(cell)
            if said in self.named:
                return self.named[said]
            if said.replace(" ", "").isdecimal():
                return f"{ROOT}/414/{cells.gln(cell)}"
            raise cells.wrong(
                f"没有叫“{said}”的地点。",
                f'There is no place called "{said}".',
                "在“地点和单位”表中写上名称和位置码，或直接填 13 位位置码。",
                "Enter it in the sheet of places, or write the 13 digits of its GLN.",
            )

        return line.read(name, meant)

    def _ours(self, line: Line, name: str, gtin: str) -> bool:
        """Whether a product is the party's own, noted where it isn't."""
        if gtin in self.own:
            return True
        line.wrong(
            name,
            Text(zh="这不是本企业的产品。", en="This is no product of yours."),
            Text(
                zh="先在“产品”表中登记，或核对条码。",
                en="Enter it in the sheet of products first, or check the number.",
            ),
        )
        return False

    def _goods(self, line: Line) -> Goods | None:
        """The goods of a row: a code alone, or a product with batch and amount; None where they are wrong, which is noted."""
        gtin = line.read("gtin", cells.gtin)
        thing = line.read("code", cells.thing) if "code" in line.cells else self._batch(line, gtin)
        if thing is None or line.faults:
            return None
        uri, is_class = thing
        found = Goods(uri)
        if gtin is not None and found.product != gtin:
            line.wrong(
                "gtin",
                Text(zh="商品条码与编码里的不一致。", en="The GTIN isn't the one in the code."),
                Text(zh="只留一个，或改成一致。", en="Leave one of them out, or make them agree."),
            )
            return None
        return self._much(line, uri) if is_class else found

    def _batch(self, line: Line, gtin: str | None) -> tuple[str, bool] | None:
        """A batch named by its product and number."""
        if "gtin" not in line.cells:
            line.wrong(
                "code",
                Text(zh="没有填是什么物品。", en="The row names no goods."),
                Text(
                    zh="填“物品编码”，或填商品条码、批号和数量。",
                    en="Write a code, or GTIN, batch and quantity.",
                ),
            )
        elif "lot" not in line.cells:
            line.wrong("lot", *_EMPTY_LOT)
        lot = line.read("lot", cells.lot)
        return None if gtin is None or lot is None else (f"{ROOT}/01/{gtin}/10/{quote(lot, safe='')}", True)

    def _much(self, line: Line, uri: str) -> Goods | None:
        """So much of a batch."""
        if "quantity" not in line.cells:
            line.wrong(
                "quantity",
                Text(zh="按批次填写时要有数量。", en="A batch needs its quantity."),
                Text(zh="补填数量和单位。", en="Write quantity and unit."),
            )
        amount = self._amount(line)
        return None if amount is None else Goods(uri, amount)

    def _amount(self, line: Line) -> Body | None:
        unit = line.read("unit", lambda cell: cells.choice(cell, UNITS)) if "unit" in line.cells else ""
        value = line.read("quantity", lambda cell: cells.number(cell, whole=unit == ""))
        if value is None or unit is None:
            return None
        plain = int(value) if float(value).is_integer() else value
        return {"quantity": plain, "uom": unit} if unit else {"quantity": plain}

    def _event(
        self, kind: str, step: str, state: str, when: datetime | None, place: str | None, more: Body
    ) -> Body:
        assert when is not None  # noqa: S101 - callers have asked
        offset = when.strftime("%z")
        where = {"id": place}
        return {
            "type": kind,
            "eventTime": when.isoformat(timespec="seconds"),
            "eventTimeZoneOffset": f"{offset[:3]}:{offset[3:5]}",
            "bizStep": step,
            "disposition": state,
            "readPoint": where,
            "bizLocation": dict(where),
            **more,
        }

    def _object(
        self, action: str, step: str, state: str, when: datetime | None, place: str | None, more: Body
    ) -> Body:
        return self._event("ObjectEvent", step, state, when, place, {"action": action, **more})

    def _told(
        self, kind: str, lines: list[Line], body: Body, when: datetime | None, place: str | None, what: Text
    ) -> None:
        where = self.words.get(place or "", (place or "").rpartition("/")[2])
        head = f"{when:%Y-%m-%d %H:%M} · {where} · "
        self.meant.happenings.append(
            Happening(kind, lines, body, Text(zh=head + what.zh, en=head + (what.en or what.zh)))
        )


_SCAN_ITEM = Text(zh="扫描单件上的码。", en="Scan the code on the single thing.")
_EMPTY_LOT = (
    Text(zh="没有编码时要填批号。", en="Without a code the batch is needed."),
    Text(zh="补填批号，或扫码填编码。", en="Write the batch, or scan the code."),
)


def _key(cell: Cell | None) -> str:
    try:
        return cells.text(cell)
    except cells.Wrong:
        return repr(cell)


def _twice(row: int) -> tuple[Text, Text]:
    return (
        Text(zh=f"与第 {row} 行重复。", en=f"It stands in row {row} already."),
        Text(zh="删去其中一行。", en="Leave one of them out."),
    )


def _words(most: int) -> Any:
    """Text that isn't longer than it may be."""

    def meant(cell: Cell | None) -> str:
        said = cells.text(cell)
        if len(said) > most:
            raise cells.wrong(
                f"超过 {most} 个字符。",
                f"It has more than {most} characters.",
                "写短一些。",
                "Make it shorter.",
            )
        if "\x00" in said:
            raise cells.wrong(
                "含有不允许的字符。",
                "It has a character that isn't allowed.",
                "重新填写。",
                "Write it again.",
            )
        return said

    return meant


def _days(cell: Cell | None) -> int:
    found = cells.number(cell, whole=True)
    if found > 36_500:
        raise cells.wrong(
            "保质期超过一百年。", "It keeps for more than a hundred years.", "按天数填写。", "Write days."
        )
    return int(found)


def _area(cell: Cell | None) -> str:
    said = cells.code_text(cell)
    if len(said) not in (2, 4, 6, 9, 12) or not said.isdecimal():
        raise cells.wrong(
            f"“{said}”不是区划代码。", f'"{said}" is no area code.', "填 6 位县级代码，或留空。",
            "Write the six digits of the county, or nothing.",
        )  # fmt: skip
    return said[:6]


def _paper(kind: str, number: str) -> Body:
    return {"type": kind, "bizTransaction": f"urn:xilin:document:{quote(number, safe='-._')}"}


def _party(place: str) -> str:
    return place.replace("/414/", "/417/")


def _lists(found: Iterable[Goods], things: str, amounts: str = "") -> Body:
    """Goods as the lists of an event: single things, and amounts of batches."""
    found = list(found)
    told: Body = {}
    single = [one.uri for one in found if one.amount is None]
    many = [{"epcClass": one.uri, **one.amount} for one in found if one.amount is not None]
    if single:
        told[things] = single
    if many and amounts:
        told[amounts] = many
    return told


def _many(found: Iterable[Goods]) -> Text:
    """Goods in a few words: how many things, how much of which batches."""
    found = list(found)
    single = sum(one.amount is None for one in found)
    zh, en = ([f"{single} 件"], [f"{single} things"]) if single else ([], [])
    for one in [one for one in found if one.amount is not None][:3]:
        assert one.amount is not None  # noqa: S101 - chosen so
        unit = UNITS[one.amount.get("uom", "")]
        number = one.uri.rpartition("/")[2]
        zh.append(f"{number} {one.amount['quantity']} {unit[0]}")
        en.append(f"{number} {one.amount['quantity']} {unit[1]}")
    return Text(zh="，".join(zh), en=", ".join(en))
