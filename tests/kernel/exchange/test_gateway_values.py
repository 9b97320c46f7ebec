"""Values on their way in and out: typed strictly, and written without loss."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from xilin.kernel.exchange.gateway import calls
from xilin.kernel.exchange.gateway.answers import plain
from xilin.kernel.exchange.gateway.errors import BodyNotJson, CallWrong, ValueWrong

ZONE = ZoneInfo("Asia/Shanghai")
MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("string", "0", "0"),
        ("string", " 王芳 ", " 王芳 "),
        ("integer", 7, 7),
        ("integer", "-7", -7),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("decimal", "12.50", Decimal("12.50")),
        ("decimal", 3, Decimal(3)),
        ("boolean", True, True),
        ("date", "2026-02-28", date(2026, 2, 28)),
        ("datetime", "2026-01-02T11:04:00", MOMENT),
        ("datetime", "2026-01-02T03:04:00Z", MOMENT),
    ],
)
def test_a_value_becomes_what_its_column_holds(kind, given, kept):
    found = calls.typed(kind, "column", given, ZONE)

    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("string", 1), ("string", True), ("string", "a\0"),
        ("integer", "1.5"), ("integer", True), ("integer", 2**63), ("integer", "x"),
        ("decimal", "NaN"), ("decimal", "Infinity"), ("decimal", True), ("decimal", "1e"),
        ("boolean", "true"), ("boolean", 1),
        ("date", "2026-02-30"), ("date", 20260228), ("date", "28.02.2026"),
        ("datetime", "yesterday"), ("datetime", 5),
    ],
)  # fmt: skip
def test_a_value_that_can_not_be_one_is_refused_without_being_repeated(kind, given):
    with pytest.raises(ValueWrong) as refused:
        calls.typed(kind, "column", given, ZONE)

    assert refused.value.facts == {"column": "column", "type": kind}


def test_values_are_written_without_loss():
    given = [MOMENT, date(2026, 2, 28), Decimal("0.10"), Decimal("1E+2"), 2**60, True, None, "乌日娜"]

    assert [plain(value, ZONE) for value in given] == [
        "2026-01-02T11:04:00+08:00", "2026-02-28", "0.10", "1E+2", 2**60, True, None, "乌日娜",
    ]  # fmt: skip


def test_what_the_reader_of_calls_says_holds_nothing_that_was_sent():
    secret = "990101198502291234"
    good = '"purpose":"a","case_number":"b"'
    for body in (
        f'{{{good},"by":{{"id_number":["{secret}"]}}}}',
        f'{{{good},"by":{{"id_number":"x"}},"{secret}":1}}',
        f'{{{good},"by":"{secret}"}}',
        f'{{{good},"by":{{"{secret}":null}}}}',
        f'{{{good},"by":{{"id_number":"x"}},"shape":"{secret}"}}',
    ):
        with pytest.raises(CallWrong) as refused:
            calls.read(body.encode())
        assert secret not in str(refused.value), body


def test_bytes_that_are_no_text_are_no_call():
    for body in (b"\xff", b'{"purpose":"\xff"}', b"nul"):
        with pytest.raises(BodyNotJson):
            calls.read(body)
