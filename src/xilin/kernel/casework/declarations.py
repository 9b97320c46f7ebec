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


def _positive(declared: Declared[DeadlineRule], _league: League) -> Iterable[Fault]:
    if declared.value.days <= 0:
        yield declared.fault(
            "days", zh="时限必须为正数。", en="A deadline must be positive.", allowed="1, 2, 3 …"
        )


DEADLINE = Kind(
    "deadline",
    Text(zh="时限规则", en="Deadline rule"),
    DeadlineRule,
    "deadlines.toml",
    "deadline",
    check=_positive,
)
