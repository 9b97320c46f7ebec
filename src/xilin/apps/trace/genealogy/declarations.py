"""What a league folder says for balances of mass and herders' quotas: tolerances, weights of packs, whose numbers are ear tags."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Kind
from xilin.lib.text import Text


class Balance(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """物料平衡 How much of the mass that goes into a step may come out of it: at least `least`, at most `most` of it."""

    code: Code
    name: Name
    step: str
    least: Annotated[float, Meta(ge=0)]
    most: Annotated[float, Meta(gt=0)]
    since: date
    source: str


class NetWeight(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """净含量 What one pack of a product weighs."""

    gtin: Annotated[str, Meta(pattern=r"^\d{14}$")]
    kg: Annotated[float, Meta(gt=0)]
    source: str


class Tags(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """畜禽标识 How numbers of animals begin, and by which steps animals leave a household."""

    code: Code
    name: Name
    prefix: str
    leaving: tuple[str, ...]
    since: date
    source: str


BALANCE = Kind(
    "trace_balance", Text(zh="物料平衡", en="Balance of mass"), Balance, "trace/balances.toml", "balance"
)
NET_WEIGHT = Kind(
    "trace_net_weight",
    Text(zh="净含量", en="Net weight"),
    NetWeight,
    "trace/net_weights.toml",
    "weight",
    code=lambda value: str(value.gtin),
)
TAGS = Kind("trace_tags", Text(zh="畜禽标识", en="Numbers of animals"), Tags, "trace/tags.toml", "tags")
KINDS = (BALANCE, NET_WEIGHT, TAGS)
