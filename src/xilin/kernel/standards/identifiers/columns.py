"""The same checks as Ibis expressions over text columns, made of functions that every engine runs vectorised.

Taking a text apart, character by character, is what costs time in a column engine. So a number of
17 digits is read once and its weighted sum is found in remainders: the last k digits are `n % 10**k`,
10**k is 1 or -1 modulo 11, and so the sum of digits times 2**i is, modulo 11, a sum of remainders times
powers of -2, of which there are five. No regular expression and no function of ours in the engine.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import cast

import ibis
from ibis.expr.types import BooleanValue, DateValue, IntegerValue, StringValue

from xilin.kernel.standards.identifiers.values import (
    CITIZEN_CHECKS,
    ORGANISATION_ALPHABET,
    ORGANISATION_CHECKS,
    ORGANISATION_WEIGHTS,
    USCC_ALPHABET,
    USCC_WEIGHTS,
)

LENGTH, BODY, OLD_LENGTH, AREA = 18, 17, 15, 12
# 3 * (-2)**j modulo 11 for j = 0 to 4; (-2)**5 is 1 again. And (-2)**16 modulo 11.
REMAINDER_WEIGHTS = (3, 5, 1, -2, 4)
WHOLE_WEIGHT = 9
# A birth date stands above three digits of sequence: what a day, a month and a year are worth in the number.
DAY, MONTH, YEAR = 10**3, 10**5, 10**7
LONG_MONTHS = (1, 3, 5, 7, 8, 10, 12)
DAYS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LEAP_DAYS_OF_MONTHS = (31, 29, *DAYS_OF_MONTHS[2:])


def _sum(parts: Iterable[IntegerValue]) -> IntegerValue:
    return functools.reduce(operator.add, parts)


def _let(value: IntegerValue, body: Callable[[IntegerValue], StringValue]) -> StringValue:
    """`body(value)` with the value worked out once: engines share what stands twice, but not inside a CASE."""
    return cast(StringValue, ibis.array([value]).map(body)[0])


def _character(text: str, at: IntegerValue) -> StringValue:
    """The character of a constant at a place; bound first, as `substr` uses its place three times."""
    return _let(at, lambda place: ibis.literal(text).substr(place, 1))


def _verdict(column: StringValue, holds: BooleanValue) -> BooleanValue:
    """A check's answer: null for null, false where the check itself had nothing to say."""
    return ibis.cases((column.notnull(), holds.fill_null(False)))


def _double_sum(number: IntegerValue) -> IntegerValue:
    """Σ digit·2**i of a number below 10**17, modulo 11 (made positive)."""
    remainders = [(number % 10**k, (k - 1) % 5) for k in range(1, BODY)]
    groups = [
        _sum(value for value, group in remainders if group == wanted) * weight
        for wanted, weight in enumerate(REMAINDER_WEIGHTS)
    ]
    return _sum([number * WHOLE_WEIGHT, *groups]) % 11


def _citizen_check(number: IntegerValue) -> StringValue:
    """The check character behind 17 digits (their weights are 2**(i+1), hence twice the sum)."""
    return _character(CITIZEN_CHECKS, _double_sum(number) * 2 % 11)


def _real_day(number: IntegerValue) -> BooleanValue:
    """Whether 17 digits hold a day of the calendar, told without taking the digits apart."""
    day = number % MONTH - number % DAY
    month = number % YEAR - number % MONTH
    year = number % (YEAR * 10**4) - number % YEAR
    leap = (year % (YEAR * 4) == 0) & ((year % (YEAR * 100) != 0) | (year % (YEAR * 400) == 0))
    most = ibis.cases(
        (month.isin([m * MONTH for m in LONG_MONTHS]), 31 * DAY),
        (month != 2 * MONTH, 30 * DAY),
        (leap, 29 * DAY),
        else_=28 * DAY,
    )
    return (year >= YEAR) & month.between(MONTH, 12 * MONTH) & day.between(DAY, most)


def _completed(number: IntegerValue) -> StringValue:
    """17 digits with their check character, null where they hold no real birth date."""
    return _let(number, lambda n: ibis.cases((_real_day(n), n.cast("string") + _citizen_check(n))))


def citizen_id_valid(column: StringValue) -> BooleanValue:
    """公民身份号码 Whether a column's values are citizen identification numbers; null stays null.

    Equal to `values.is_citizen_id` (GB 11643-1999). Every part is a number, 0 where it fails, and the parts
    are multiplied: engines find what is common to the terms of a product, but not to the branches of a
    condition. A text of 17 characters that reads as a number of 17 digits is those digits, but
    for one with an exponent, such as 1234567890123.4e4.
    """
    number = ibis.coalesce(_first_17(column), 0)
    check = column.endswith(ibis.array(list(CITIZEN_CHECKS))[_double_sum(number) * 2 % 11])
    return (
        _all([
            column.length() == LENGTH,
            number >= 10 ** (BODY - 1),
            ~column.contains("e"),
            ~column.contains("E"),
            *_calendar_day(number),
            check,
        ])
        == 1
    )  # fmt: skip


def _first_17(column: StringValue) -> IntegerValue:
    """The digits before the check character; written once, so that engines read them once for all that ask."""
    return cast(IntegerValue, column.substr(0, BODY).try_cast("int64"))


def _all(conditions: Sequence[BooleanValue]) -> IntegerValue:
    """1 where all hold, else 0; null where one is null."""
    return functools.reduce(operator.mul, (condition.cast("int8") for condition in conditions))


def _calendar_day(number: IntegerValue) -> list[BooleanValue]:
    """What `_real_day` asks, without a condition inside: the days of a month stand in a list of two years."""
    day = number % MONTH - number % DAY
    month = number % YEAR - number % MONTH
    year = number % (YEAR * 10**4) - number % YEAR
    leap = [
        (year % (YEAR * years) == 0).cast("int64") * sign for years, sign in ((4, 1), (100, -1), (400, 1))
    ]
    lengths = ibis.array([days * DAY for days in (*DAYS_OF_MONTHS, *LEAP_DAYS_OF_MONTHS)])
    most = ibis.coalesce(lengths[(month / MONTH).cast("int64") - 1 + 12 * _sum(leap)], 0)
    return [year >= YEAR, month.between(MONTH, 12 * MONTH), (most - day) * (day - DAY) >= 0]


def citizen_id_birth(column: StringValue) -> DateValue:
    """The birth date in a valid number; null where there is no such day."""
    return (column.substr(6, 4) + "-" + column.substr(10, 2) + "-" + column.substr(12, 2)).try_cast("date")


def citizen_id_born_on(column: StringValue, day: DateValue) -> BooleanValue:
    """Whether a valid number's birth date is a day: compared as numbers, which costs half of making a date."""
    number = _first_17(column)
    born = number % (YEAR * 10**4) - number % DAY
    return born == (day.year() * 10**4 + day.month() * 100 + day.day()) * DAY


def citizen_id_disagrees(column: StringValue, sex: StringValue) -> BooleanValue:
    """Whether a valid number's 17th digit, odd for men, speaks against a sex "1" or "2" (GB/T 2261.1).

    Null for any other sex, and for null: one comparison lets engines share the number with other checks.
    """
    return _first_17(column) % 2 == ibis.cases((sex == "1", 0), (sex == "2", 1))


def citizen_id_sex(column: StringValue) -> StringValue:
    """The sex in a valid number as GB/T 2261.1 codes it: the 17th digit odd "1", even "2"; null for null."""
    odd = column.substr(16, 1).ascii_str() % 2 == 1
    return ibis.cases((odd, "1"), (column.notnull(), "2"))


def upgrade_15(column: StringValue) -> StringValue:
    """15-digit numbers with a real birth date as 18 digits, anything else unchanged.

    Equal to `values.citizen_upgrade` (GB 11643-1999; the first generation left out the century, 19).
    """
    old = column.try_cast("int64")
    lower = old % 10**9
    upgraded = _completed((old - lower) * 100 + 19 * 10**9 + lower)
    plain = (column.length() == OLD_LENGTH) & (old.cast("string") == column)
    # As it stands, the condition of a CASE is looked at part by part; wrapped in anything it is worked out whole.
    return ibis.cases((plain, upgraded.fill_null(column)), else_=column)


def _weighted(column: StringValue, alphabet: str, weights: Sequence[int], first: int) -> IntegerValue:
    """Σ value·weight over characters, a value being the place in an alphabet (-1 where it isn't in it)."""
    return _sum(
        ibis.literal(alphabet).find(column.substr(first + i, 1)) * weight for i, weight in enumerate(weights)
    )


def _organisation_check(column: StringValue, first: int) -> StringValue:
    total = _weighted(column, ORGANISATION_ALPHABET, ORGANISATION_WEIGHTS, first)
    return _character(ORGANISATION_CHECKS, total % 11)


def _made_of(column: StringValue, letters: str, length: int) -> BooleanValue:
    return column.re_search(f"^[{letters}]{{{length}}}$")


def organisation_code_valid(column: StringValue) -> BooleanValue:
    """组织机构代码 Whether a column's values are organisation codes (GB 11714-1997); null stays null."""
    right = column.substr(8, 1) == _organisation_check(column, 0)
    return ibis.cases((_made_of(column, "0-9A-Z", 9), right), (column.notnull(), False))


def uscc_valid(column: StringValue) -> BooleanValue:
    """统一社会信用代码 Whether a column's values are unified social credit codes; null stays null.

    Equal to `values.is_uscc` (GB 32100-2015, with the organisation code inside checked).
    """
    total = _weighted(column, USCC_ALPHABET, USCC_WEIGHTS, 0)
    check = _character(USCC_ALPHABET, (31 - total % 31) % 31)
    right = (column.substr(BODY, 1) == check) & (column.substr(16, 1) == _organisation_check(column, 8))
    return ibis.cases((_made_of(column, USCC_ALPHABET, LENGTH), right), (column.notnull(), False))


def mobile_valid(column: StringValue) -> BooleanValue:
    """Whether a column's values are eleven digits beginning with 1, with or without +86; null stays null."""
    bare = ibis.ifelse(column.startswith("+86"), column.substr(3), column)
    number = bare.try_cast("int64")
    return _verdict(column, number.between(10**10, 2 * 10**10 - 1) & (number.cast("string") == bare))


def area_code_valid(column: StringValue) -> BooleanValue:
    """Whether a column's values are 12 digits of the statistical division code; null stays null.

    The first digit is 1 to 9: there is no province 0. A text of 12 bytes that reads as a number of 12 digits is those
    digits, but for one with an exponent, such as 1234567890e2.
    """
    return (
        _all([
            column.length() == AREA,
            ibis.coalesce(column.try_cast("int64"), 0) >= 10 ** (AREA - 1),
            ~column.contains("e"),
            ~column.contains("E"),
        ])
        == 1
    )  # fmt: skip
