"""Rules for parts of GS1 data: every published vector, its fault by name and by place."""

import json
from pathlib import Path
from typing import Any

import pytest

from xilin.apps.trace.gs1 import coupons, faults, lint
from xilin.apps.trace.gs1.checks import check_pair
from xilin.apps.trace.gs1.errors import Malformed


def unknown(prefix: str) -> bool:
    return False


def offline(prefix: str) -> bool:
    raise LookupError


# A vector that says a prefix is unknown, or can't be looked up, was made with a register that says so of the prefix its
# mark lies on, the last one of its text; those before it were known.
def register_for(vector: dict[str, Any]) -> lint.Register | None:
    wanted = {"GS1_LINTER_INVALID_GCP_PREFIX": unknown, "GS1_LINTER_GCP_DATASOURCE_OFFLINE": offline}
    made = wanted.get(str(vector["error"]))
    if made is None:
        return None
    left = 0

    def count(prefix: str) -> bool:
        nonlocal left
        left += 1
        return True

    lint.lint(str(vector["linter"]), str(vector["data"]), count)

    def register(prefix: str) -> bool:
        nonlocal left
        left -= 1
        return made(prefix) if left == 0 else True

    return register


def found(vector: dict[str, Any]) -> tuple[str | None, str | None]:
    data = str(vector["data"])
    try:
        lint.lint(str(vector["linter"]), data, register_for(vector))
    except Malformed as wrong:
        start, end = wrong.start or 0, (wrong.start or 0) + (wrong.length or 0)
        marked = f"{data[:start]}*{data[start:end]}*{data[end:]}"
        return f"GS1_LINTER_{wrong.code.upper()}", marked
    return None, None


def test_every_vector_is_judged_as_told(testdata: Path) -> None:
    vectors = [
        json.loads(line) for line in (testdata / "gs1" / "lint.jsonl").read_text("utf-8").split("\n") if line
    ]
    wrong = [
        (vector["linter"], vector["data"], vector["error"], vector["marked"], found(vector))
        for vector in vectors
        if found(vector) != (vector["error"], vector["marked"])
    ]
    assert wrong == []
    assert len(vectors) > 1000


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("csum", "09520123456788"),
        ("csumalpha", "1987654Ad4X4bL5ttr2310c2K"),
        ("yymmdd", "240229"),
        ("yymmd0", "240200"),
        ("latitude", "1800000000"),
        ("hyphen", "-"),
        ("pieceoftotal", "0102"),
        ("gcppos1", "9520123"),
    ],
)
def test_what_keeps_a_rule_is_valid(rule: str, text: str) -> None:
    assert lint.is_valid(rule, text)


@pytest.mark.parametrize(
    ("rule", "text", "code"),
    [
        ("csum", "", "too_short_for_check_digit"),
        ("latitude", "1800000001", "invalid_latitude"),
        ("gcppos1", "", "too_short_for_gcp"),
        ("gcppos2", "9", "too_short_for_gcp"),
        ("iban", "CH5604835012345678o09", "invalid_iban_character"),
        ("csumalpha", "19876io", "incorrect_check_pair"),
    ],
)
def test_what_breaks_a_rule_is_told_by_name(rule: str, text: str, code: str) -> None:
    with pytest.raises(Malformed) as wrong:
        lint.lint(rule, text)
    assert wrong.value.code == code
    assert wrong.value.what.zh
    assert wrong.value.what.en
    assert not lint.is_valid(rule, text)


def test_every_fault_of_a_coupon_has_words() -> None:
    fields = [*coupons.FIRST, *coupons.OFFER, *(field for _, group in coupons.OPTIONAL for field in group)]
    for field in fields:
        for code in (field.missing, field.wrong, field.truncated):
            if code.removeprefix("coupon_"):
                assert faults.fault(code, 0, 0).what.zh


def test_check_characters_of_a_model_number() -> None:
    assert check_pair("1987654Ad4X4bL5ttr2310c") == "2K"
