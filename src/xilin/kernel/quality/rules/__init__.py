"""Rules: what is checked, when it is broken, and how that is said."""

from xilin.kernel.quality.rules.across import count, counts
from xilin.kernel.quality.rules.checks import (
    MOST_FLAGS,
    ROW_KINDS,
    SET_KINDS,
    Check,
    PlanLike,
    checks_for,
    flag_bits,
    row_checks,
    set_checks,
)
from xilin.kernel.quality.rules.conditions import FOUND, TEXT, applies, broken, condition
from xilin.kernel.quality.rules.reasons import reason

__all__ = [
    "FOUND",
    "MOST_FLAGS",
    "ROW_KINDS",
    "SET_KINDS",
    "TEXT",
    "Check",
    "PlanLike",
    "applies",
    "broken",
    "checks_for",
    "condition",
    "count",
    "counts",
    "flag_bits",
    "reason",
    "row_checks",
    "set_checks",
]
