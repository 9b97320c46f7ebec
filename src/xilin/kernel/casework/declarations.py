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
    one with the latest `since` not after the case's opening applies. `warn` working days
    before the deadline the card turns yellow.
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
    name: Name | None = None


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


DEADLINE = Kind(
    "deadline",
    Text(zh="时限规则", en="Deadline rule"),
    DeadlineRule,
    "deadlines.toml",
    "deadline",
    check=_rule,
)
