"""What a league folder says for balances of mass and herders' quotas: tolerances, weights of packs, whose numbers are ear tags."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class Balance(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """物料平衡 How much of the mass that goes into a step may come out of it: at least `least`, at most `most` of it.

    `department` looks into processes that break it.
    """

    code: Code
    name: Name
    step: str
    least: Annotated[float, Meta(ge=0)]
    most: Annotated[float, Meta(gt=0)]
    since: date
    source: str
    department: str = ""


class NetWeight(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """净含量 What one pack of a product weighs."""

    gtin: Annotated[str, Meta(pattern=r"^\d{14}$")]
    kg: Annotated[float, Meta(gt=0)]
    source: str


class Tags(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """畜禽标识 How numbers of animals begin, by which steps animals leave a household and by which they are slaughtered.

    `department` looks into households that sell more than they tagged.
    """

    code: Code
    name: Name
    prefix: str
    leaving: tuple[str, ...]
    since: date
    source: str
    slaughter: tuple[str, ...] = ("killing",)
    department: str = ""


def _department(declared: Declared[Any], league: League) -> Iterable[Fault]:
    """Whoever looks into alerts must be there."""
    code = declared.value.department
    if code and code not in league.all("department"):
        yield declared.fault(
            "department",
            zh=f"没有部门“{code}”。",
            en=f"There is no department {code}.",
            allowed=league.codes("department"),
        )


BALANCE = Kind(
    "trace_balance",
    Text(zh="物料平衡", en="Balance of mass"),
    Balance,
    "trace/balances.toml",
    "balance",
    check=_department,
)
NET_WEIGHT = Kind(
    "trace_net_weight",
    Text(zh="净含量", en="Net weight"),
    NetWeight,
    "trace/net_weights.toml",
    "weight",
    code=lambda value: str(value.gtin),
)
TAGS = Kind(
    "trace_tags",
    Text(zh="畜禽标识", en="Numbers of animals"),
    Tags,
    "trace/tags.toml",
    "tags",
    check=_department,
)
KINDS = (BALANCE, NET_WEIGHT, TAGS)
