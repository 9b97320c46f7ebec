"""Batches of farm produce as NY/T 4712-2025 (农产品质量安全追溯数据格式) exchanges them: in, out, and where from and where to.

The model: each holder gives what comes in a batch number of its own (入库批次) and what goes out another (出库批次), which is
the trace code (追溯码) for whoever comes next. An out-batch names the in-batches it was made of; an in-batch names the
out-batch it came as and who sent it. So chains are joined pair by pair, and nobody needs another's inner numbers.
Names of fields are a dated table (`nyt4712.txt`): the standard's own text wasn't at hand, so each line says whether it was
compared with it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.errors import Malformed

USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z\-_.]{1,40}", re.ASCII)


class Source(msgspec.Struct, frozen=True):
    """来源 Where a batch came from: a batch of the same holder, or the trace code another holder sent it under."""

    batch: str
    holder: str = ""
    quantity: float | None = None


class Batch(msgspec.Struct, frozen=True):
    """批次 What came in or went out as one.

    `product` is a GTIN or a code of a catalogue; `to` is who it went to (out only), `trace_code` what it is called there
    (out only; the batch number itself where it is empty).
    """

    number: str
    direction: Literal["in", "out"]
    holder: str
    product: str
    quantity: float
    unit: str
    on: date
    name: str = ""
    origin: str = ""
    certificate: str = ""
    sources: tuple[Source, ...] = ()
    to: str = ""
    trace_code: str = ""

    @property
    def code(self) -> str:
        """What others know the batch by."""
        return self.trace_code or self.number

    def digital_link(self) -> str:
        """The canonical Digital Link of a batch of a product with a GTIN; raises Malformed where it has none."""
        return link.write([("01", self.product), ("10", self.number)])


class Names(msgspec.Struct, frozen=True):
    """What our fields are called in exchanged data, by our names; `unverified` are those nobody compared with the standard."""

    fields: dict[str, str]
    directions: dict[str, str]
    unverified: frozenset[str]


def read_table(lines: Iterable[str]) -> Names:
    """Names from the lines of a table; ValueError where a field of a batch is missing, or there is another."""
    rows = [
        [part.strip() for part in line.split("|")]
        for line in lines
        if line.strip() and not line.startswith("#")
    ]
    known = {ours: theirs for ours, theirs, _ in rows}
    fields = {name: known.get(name, "") for name in Batch.__struct_fields__}
    if not all(fields.values()) or set(known) != {*fields, *_WAYS}:
        raise ValueError("the table lacks a name, or has one too many")
    unverified = frozenset(ours for ours, _, verified in rows if verified != "yes")
    return Names(
        {name: known[name] for name in known if name in fields},
        {way: known[way] for way in _WAYS},
        unverified,
    )


@cache
def names() -> Names:
    """The table in this package."""
    return read_table(files(__package__).joinpath("nyt4712.txt").read_text("utf-8").splitlines())


_WAYS = ("in", "out")


def judge(batch: Batch) -> None:
    """Check what a batch says of itself; raises Malformed."""
    if not _NUMBER.fullmatch(batch.number):
        raise Malformed(
            "batch-number", f"批次号“{batch.number}”不对。", f'"{batch.number}" is no batch number.'
        )
    for holder in filter(None, (batch.holder, batch.to, *(source.holder for source in batch.sources))):
        if not USCC.fullmatch(holder):
            raise Malformed("holder", f"“{holder}”不是统一社会信用代码。", f'"{holder}" is no USCC.')
    if batch.quantity <= 0:
        raise Malformed("quantity", "数量须大于零。", "A quantity is more than nought.")
    if batch.direction == "in" and (batch.to or batch.trace_code):
        raise Malformed("direction", "入库批次没有去向。", "What comes in goes nowhere.")


def export(batch: Batch) -> dict[str, Any]:
    """A batch with the names of exchanged data; empty fields are left out. Raises Malformed."""
    judge(batch)
    out: dict[str, Any] = {}
    known = names()
    for field, name in known.fields.items():
        value = getattr(batch, field)
        if field == "direction":
            value = known.directions[value]
        elif field == "on":
            value = value.isoformat()
        elif field == "sources":
            value = [_source(source) for source in value]
        if value not in ("", [], None):
            out[name] = value
    return out


def _source(source: Source) -> dict[str, Any]:
    called = names().fields
    told: dict[str, Any] = {called["number"]: source.batch}
    if source.holder:
        told[called["holder"]] = source.holder
    if source.quantity is not None:
        told[called["quantity"]] = source.quantity
    return told


def read(data: Mapping[str, Any]) -> Batch:
    """A batch from exchanged data; raises Malformed for whatever is missing or isn't what it should be."""
    ours = {name: field for field, name in names().fields.items()}
    unknown = [name for name in data if name not in ours]
    if unknown:
        raise Malformed("field", f"没有“{unknown[0]}”这一项。", f'There is no field "{unknown[0]}".')
    given = {ours[name]: value for name, value in data.items()}
    turned = {chinese: direction for direction, chinese in names().directions.items()}
    given["direction"] = turned.get(str(given.get("direction")), "")
    given["sources"] = [_source_of(source) for source in given.get("sources", [])]
    try:
        batch = msgspec.convert(given, Batch)
    except msgspec.ValidationError as wrong:
        raise Malformed(
            "field", f"批次数据不完整或格式不对：{wrong}。", f"A field is missing or wrong: {wrong}."
        ) from wrong
    judge(batch)
    return batch


def _source_of(data: object) -> dict[str, Any]:
    called = names().fields
    if not isinstance(data, Mapping) or not isinstance(data.get(called["number"]), str):
        raise Malformed("source", "来源缺少批次号。", "A source lacks its batch number.")
    told: dict[str, Any] = {"batch": data[called["number"]], "holder": data.get(called["holder"], "")}
    if called["quantity"] in data:
        told["quantity"] = data[called["quantity"]]
    return told


def of_link(uri: str) -> tuple[str, str]:
    """Product and batch number a Digital Link names; raises Malformed where it names no batch."""
    named = dict(link.read(uri).path)
    if "01" not in named or "10" not in named:
        raise Malformed("batch", f"“{uri}”没有批次。", f'"{uri}" names no batch.')
    return named["01"], named["10"]


def broken_chain(batches: Iterable[Batch]) -> Sequence[tuple[Batch, Source]]:
    """Sources nobody of these batches explains: an own batch that isn't there, or a trace code nobody sent to this holder."""
    everything = list(batches)
    own = {(batch.holder, batch.number) for batch in everything}
    sent = {(batch.holder, batch.code, batch.to) for batch in everything if batch.direction == "out"}
    broken = []
    for batch in everything:
        for source in batch.sources:
            if source.holder and source.holder != batch.holder:
                known = {
                    (source.holder, source.batch, batch.holder),
                    (source.holder, source.batch, ""),
                } & sent
            else:
                known = {(batch.holder, source.batch)} & own  # type: ignore[assignment]
            if not known:
                broken.append((batch, source))
    return broken
