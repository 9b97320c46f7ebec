"""North American coupon codes (AI 8110 and 8112) as a list of fields, read from left to right.

Sources: North American Coupon Application Guideline; GS1 AI (8112) Coupon Data Specification.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.gs1.faults import fault

_MONEY = "12345"
_PURCHASE = "012349"
_PREFIX = "0123456"


class Field(msgspec.Struct, frozen=True):
    """One field: a digit of `codes`, and then as many more as its kind wants.

    `counted`: the digit says how many follow, `plus` more than it says (9 says none in a prefix that may be missing);
    `code`: the digit itself is the value; `fixed`: `plus` digits and no digit before; `date`: six that are a day.
    The names are of the faults: nothing there, a digit that can't be, and digits missing.
    """

    kind: Literal["counted", "code", "fixed", "date"]
    codes: str = "0123456789"
    plus: int = 0
    missing: str = ""
    wrong: str = ""
    truncated: str = ""
    prefix: bool = False


def _counted(
    codes: str, plus: int, missing: str, wrong: str, truncated: str, *, prefix: bool = False
) -> Field:
    return Field(
        "counted", codes, plus, f"coupon_{missing}", f"coupon_{wrong}", f"coupon_{truncated}", prefix
    )


def _code(codes: str, missing: str, wrong: str) -> Field:
    return Field("code", codes, 0, f"coupon_{missing}", f"coupon_{wrong}")


def _fixed(plus: int, truncated: str) -> Field:
    return Field("fixed", plus=plus, truncated=f"coupon_{truncated}")


def _purchase(which: str) -> tuple[Field, ...]:
    return (
        _counted(
            _MONEY,
            0,
            f"missing_{which}_purchase_requirement_vli",
            f"invalid_{which}_purchase_requirement_length",
            f"truncated_{which}_purchase_requirement",
        ),
        _code(
            _PURCHASE,
            f"missing_{which}_purchase_requirement_code",
            f"invalid_{which}_purchase_requirement_code",
        ),
        _fixed(3, f"truncated_{which}_purchase_family_code"),
    )


def _purchase_prefix(which: str) -> Field:
    return _counted(
        _PREFIX + "9",
        6,
        f"missing_{which}_purchase_gcp_vli",
        f"invalid_{which}_purchase_gcp_length",
        f"truncated_{which}_purchase_gcp",
        prefix=True,
    )


_SERIAL = _counted("0123456789", 6, "missing_serial_number_vli", "", "truncated_serial_number")

FIRST: tuple[Field, ...] = (
    _counted(_PREFIX, 6, "missing_gcp_vli", "invalid_gcp_length", "truncated_gcp", prefix=True),
    _fixed(6, "truncated_offer_code"),
    _counted(_MONEY, 0, "missing_save_value_vli", "invalid_save_value_length", "truncated_save_value"),
    *_purchase("1st"),
)
# After the first fields: which digit begins a group, and what is in it; each at most once, in this order.
OPTIONAL: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "1",
        (
            _code("0123", "missing_additional_purchase_rules_code", "invalid_additional_purchase_rules_code"),
            *_purchase("2nd"),
            _purchase_prefix("2nd"),
        ),
    ),
    ("2", (*_purchase("3rd"), _purchase_prefix("3rd"))),
    (
        "3",
        (
            Field(
                "date",
                wrong="coupon_invalid_exipiration_date",
                truncated="coupon_too_short_for_expiration_date",
            ),
        ),
    ),
    ("4", (Field("date", wrong="coupon_invalid_start_date", truncated="coupon_too_short_for_start_date"),)),
    ("5", (_SERIAL,)),
    (
        "6",
        (
            _counted(
                "1234567",
                6,
                "missing_retailer_gcp_or_gln_vli",
                "invalid_retailer_gcp_or_gln_length",
                "truncated_retailer_gcp_or_gln",
                prefix=True,
            ),
        ),
    ),
    (
        "9",
        (
            _code("01256", "missing_save_value_code", "invalid_save_value_code"),
            _code("012", "missing_save_value_applies_to_item", "invalid_save_value_applies_to_item"),
            _code("0123456789", "missing_store_coupon_flag", ""),
            _code("01", "missing_dont_multiply_flag", "invalid_dont_multiply_flag"),
        ),
    ),
)
OFFER: tuple[Field, ...] = (
    _code("01", "missing_format_code", "invalid_format_code"),
    _counted(_PREFIX, 6, "missing_funder_vli", "invalid_funder_length", "truncated_funder"),
    _fixed(6, "truncated_offer_code"),
    _SERIAL,
)
_DATES = 14


def judge(
    text: str,
    first: Sequence[Field],
    optional: Sequence[tuple[str, Sequence[Field]]],
    prefix: Callable[[str], None],
    day: Callable[[str], None],
) -> None:
    """Read a code's fields; raises Malformed at the first that is wrong, and for what is left over."""
    place = 0
    for field in first:
        place = _field(text, place, field, prefix, day)
    expires = ""
    for begins, fields in optional:
        if text[place : place + 1] != begins:
            continue
        place += 1
        for field in fields:
            place = _field(text, place, field, prefix, day)
        if begins == "3":
            expires = text[place - 6 : place]
        if begins == "4" and expires and text[place - 6 : place] > expires:
            raise fault("coupon_expiration_before_start", place - _DATES, _DATES)
    if place < len(text):
        raise fault("coupon_excess_data", place, len(text) - place)


def _field(
    text: str, place: int, field: Field, prefix: Callable[[str], None], day: Callable[[str], None]
) -> int:
    wanted = field.plus
    if field.kind in ("counted", "code"):
        if place >= len(text):
            raise fault(field.missing, 0, len(text))
        digit = text[place]
        if digit not in field.codes:
            raise fault(field.wrong, place, 1)
        place += 1
        none = field.prefix and digit == "9"
        wanted = 0 if field.kind == "code" or none else int(digit) + field.plus
    elif field.kind == "date":
        wanted = 6
    found = text[place : place + wanted]
    if len(found) < wanted:
        # Nothing at all marks the whole code, as where the digit before is missing.
        raise fault(field.truncated, place, len(found)) if found else fault(field.truncated, 0, len(text))
    if field.kind == "date":
        _whole(found, place, day, field.wrong)
    elif field.prefix and found:
        _whole(found, place, prefix, "")
    return place + wanted


def _whole(found: str, place: int, judge_part: Callable[[str], None], code: str) -> None:
    try:
        judge_part(found)
    except Malformed as wrong:
        raise fault(code or wrong.code, place, len(found)) from None
