"""What a league folder says about deadlines."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text

DEFAULT_REGIME = "national"


class DeadlineRule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """时限规则 How long a step of a case may take, from which day on, on whose word.

    Rules of several regimes stand side by side (`regime`); for one regime and step the
    one with the latest `since` not after the step's beginning applies. `warn` working days
    before the deadline the card turns yellow. `extend` is by how much the authority may
    lengthen the step, once, in the rule's own unit.
    """

    code: Code
    regime: str
    case_kind: str
    step: str
    days: int
    unit: Literal["working_day", "day", "hour"]
    since: date
    source: str
    confirmed: bool
    until: date | None = None
    warn: int = 1
    extend: int = 0
    name: Name | None = None


class Regime(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """时限体系 Whose deadlines hold: the league's (`default`), or those of some resources or providing departments.

    The most particular counts: a resource, then its provider, then the default. Where a regime has no
    rule for a step the national one holds.
    """

    code: Code
    name: Name
    source: str
    default: bool = False
    resources: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


def _rule(declared: Declared[DeadlineRule], league: League) -> Iterable[Fault]:
    value: DeadlineRule = declared.value
    if value.days <= 0:
        yield declared.fault(
            "days", zh="时限必须为正数。", en="A deadline must be positive.", allowed="1, 2, 3 …"
        )
    if not 0 <= value.warn < max(value.days, 1):
        yield declared.fault(
            "warn",
            zh="预警提前量不能为负，也须小于时限。",
            en="The warning comes before the deadline and after the beginning.",
            allowed=f"0 … {max(value.days, 1) - 1}",
        )
    if value.extend < 0:
        yield declared.fault(
            "extend", zh="可延长的时限不能为负。", en="An extension can't be negative.", allowed="0, 1, 2 …"
        )
    if value.until and value.until < value.since:
        yield declared.fault("until", zh="终止日早于起始日。", en="The rule ends before it begins.")
    for code, other in league.all("deadline").items():
        if code < declared.code and _same_day(value, other.value):
            yield declared.fault(
                "since",
                zh=f"与时限规则“{code}”适用于同一事项环节且同日起算，无法取舍。",
                en=f"Rule {code} is for the same step from the same day: which one holds?",
            )


def _same_day(one: DeadlineRule, other: DeadlineRule) -> bool:
    facts = [(rule.regime, rule.case_kind, rule.step, rule.since) for rule in (one, other)]
    return facts[0] == facts[1]


def _regime(declared: Declared[Regime], league: League) -> Iterable[Fault]:
    value = declared.value
    for field, kind in (("resources", "resource"), ("providers", "department")):
        for index, code in enumerate(getattr(value, field)):
            if code not in league.all(kind):
                yield declared.fault(
                    field,
                    index,
                    zh=f"时限体系“{declared.code}”所列的“{code}”不存在。",
                    en=f"Regime {declared.code} names {code}, which doesn't exist.",
                    allowed=league.codes(kind),
                )
    for code, other in league.all("regime").items():
        if code < declared.code and (both := _both(value, other.value)):
            yield declared.fault(
                "code",
                zh=f"与时限体系“{code}”适用于同一对象（{both}），无法取舍。",
                en=f"Regime {code} is for the same ({both}): which one holds?",
            )


def _both(one: Regime, other: Regime) -> str:
    """What two regimes both claim, or nothing."""
    shared = {*one.resources} & {*other.resources} or {*one.providers} & {*other.providers}
    return ", ".join(sorted(shared)) or ("default" if one.default and other.default else "")


REGIME = Kind("regime", Text(zh="时限体系", en="Regime"), Regime, "regimes.toml", "regime", check=_regime)
DEADLINE = Kind(
    "deadline",
    Text(zh="时限规则", en="Deadline rule"),
    DeadlineRule,
    "deadlines.toml",
    "deadline",
    check=_rule,
)
