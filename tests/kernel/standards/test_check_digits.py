"""Check digits against public examples and the standards' own recurrences; columns against single values."""

import datetime
import random
from datetime import date

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xilin.kernel.standards import identifiers as ids
from xilin.kernel.standards.identifiers import values

# GB 11643's own examples; made-up numbers begin with 99, an area that does not exist.
CITIZENS = ["11010519491231002X", "440524188001010014", "990101198005170015", "990101200002290011"]
# Published by their holders (Huawei, ICBC, Tencent, Alibaba and one more).
COMPANIES = [
    "914403001922038216",
    "91100000100003962T",
    "9144030071526726XG",
    "91330100716105852F",
    "91110000600037341L",
]


@pytest.fixture(scope="module")
def con():
    con = ibis.duckdb.connect()
    yield con
    con.disconnect()


def column(con, function, texts, kind="string"):
    """A column function over texts, as a list in their order."""
    table = ibis.memtable({"n": range(len(texts)), "x": texts}, schema={"n": "int64", "x": kind})
    return con.to_pyarrow(table.select("n", y=function(table.x)).order_by("n"))["y"].to_pylist()


PAIRS = [
    ("citizen_id", values.is_citizen_id, ids.citizen_id_valid),
    ("uscc", values.is_uscc, ids.uscc_valid),
    ("organisation_code", values.is_organisation_code, ids.organisation_code_valid),
    ("mobile", values.is_mobile, ids.mobile_valid),
    ("area_code", values.is_area_code, ids.area_code_valid),
    ("upgrade", values.citizen_upgrade, ids.upgrade_15),
]


def agree(con, texts):
    for name, value, valid in PAIRS:
        got = column(con, valid, texts)
        differ = [(text, one) for text, one in zip(texts, got, strict=True) if one != value(text)]
        assert differ == [], name


def iso_7064(first17):
    """MOD 11-2 as the standard's recurrence says it, digit by digit."""
    rest = 0
    for digit in first17:
        rest = (rest + int(digit)) * 2 % 11
    return "0123456789X"[(12 - rest) % 11]


def iso_7064_31(first17):
    """MOD 31-3 of GB 32100, by Horner's rule from the end."""
    rest = 0
    for character in reversed(first17):
        rest = (rest * 3 + values.USCC_ALPHABET.index(character)) % 31
    return values.USCC_ALPHABET[-rest % 31]


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_citizen_check_digit_is_that_of_iso_7064(first17):
    assert values.citizen_check_digit(first17) == iso_7064(first17)


@given(st.text(values.USCC_ALPHABET, min_size=17, max_size=17))
def test_the_credit_codes_check_character_is_that_of_the_recurrence(first17):
    assert values.uscc_check_digit(first17) == iso_7064_31(first17)


@pytest.mark.parametrize("text", CITIZENS)
def test_public_examples_of_citizen_numbers_are_valid(text):
    assert values.is_citizen_id(text)


@pytest.mark.parametrize("text", COMPANIES)
def test_public_credit_codes_are_valid_with_the_organisation_code_inside(text):
    assert values.is_uscc(text)
    assert values.is_organisation_code(text[8:17])


@pytest.mark.parametrize("lead", ["A1", "N2", "Y1", "11", "52", "G1"])
def test_credit_codes_of_every_authority_may_begin_with_letters(con, lead):
    first17 = f"{lead}992501{COMPANIES[0][8:17]}"
    text = first17 + values.uscc_check_digit(first17)

    assert values.is_uscc(text)
    assert column(con, ids.uscc_valid, [text]) == [True]


NOT_NUMBERS = [
    "", "x", "11010519491231002", "110105194912310021", "11010519491231002x", "1101051949123100XX", "010105194912310029",
    "110105194902300028", "110105190002290013", "110105194913310025", "110105194900010022", "110105000001010013",
    "1234567890123.4e4X", "1234567890123.4E4X", "+1010519491231002X", "-1010519491231002X", "1_010519491231002X", " 1010519491231002X",
    "1101051949123100 X", "１1010519491231002X", "11010519491231002Ⅹ", "11010519491231002X ", "99999999999999999X", "１１０１０５１９４９１２３１００２X",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_only_looks_like_a_citizen_number_is_none(con, text):
    assert not values.is_citizen_id(text)
    assert column(con, ids.citizen_id_valid, [text]) == [False]


def completed(first17):
    return first17 + values.citizen_check_digit(first17)


@pytest.mark.parametrize("year", [0, 1, 1899, 1900, 1999, 2000, 2023, 2024, 2100, 9999])
def test_every_month_and_day_of_a_year_is_judged_by_the_calendar(con, year):
    texts = [completed(f"990101{year:04}{month:02}{day:02}001") for month in range(14) for day in range(34)]
    real = [_is_day(year, month, day) for month in range(14) for day in range(34)]

    assert column(con, ids.citizen_id_valid, texts) == real
    assert [values.is_citizen_id(text) for text in texts] == real


def _is_day(year, month, day):
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def test_every_single_digit_and_every_check_character_is_judged_alike(con):
    texts = [
        good[:at] + character + good[at + 1 :]
        for good in [*CITIZENS, *COMPANIES]
        for at in range(18)
        for character in "0123456789XIOSZVA九 "
    ]
    agree(con, texts)
    wrong = [text for text in texts if text not in CITIZENS + COMPANIES]
    numbers = [text for text in wrong if values.is_citizen_id(text)]
    assert numbers == [], "one digit wrong is always found"


def test_columns_and_values_agree_on_numbers_that_are_right_and_nearly_right(con):
    rng = random.Random(7)
    texts = []
    for _ in range(3000):
        day = date(1880, 1, 1) + datetime.timedelta(days=rng.randrange(60_000))
        text = completed(f"99{rng.randrange(10_000):04}{day:%Y%m%d}{rng.randrange(1000):03}".zfill(17))
        texts += [text, text[:6] + text[8:17], text[:17] + rng.choice("0123456789Xx"), swapped(rng, text)]
        texts += [text[: rng.randrange(18)], text.lower(), text + rng.choice("0X ")]
    for _ in range(3000):
        eight = "".join(rng.choices(values.USCC_ALPHABET, k=8))
        code = eight + values.organisation_check_digit(eight)
        first17 = "".join(rng.choices(values.USCC_ALPHABET, k=8)) + code
        text = (
            first17 + values.uscc_check_digit(first17)
            if set(code) <= set(values.USCC_ALPHABET)
            else first17 + "0"
        )
        texts += [code, text, swapped(rng, text), text.lower(), code[:8] + rng.choice("0123456789X")]
        phone = f"12{rng.randrange(10**9):09}"
        texts += [
            phone,
            "+86" + phone,
            phone[1:],
            "86" + phone,
            f"15{rng.randrange(10**10):010}",
            f"0{phone}",
        ]
    agree(con, texts)
    assert sum(map(values.is_citizen_id, texts)) > 3000
    assert sum(map(values.is_uscc, texts)) > 500


def swapped(rng, text):
    at = rng.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("0123456789+-._eExX １Ｘ\t张IOZ"), max_size=20) | st.text(max_size=20),
        max_size=30,
    )
)
def test_columns_and_values_agree_on_any_text(con, texts):
    agree(con, [text.replace("\0", "") for text in texts])


def test_a_missing_value_stays_missing(con):
    for name, _, valid in PAIRS:
        assert column(con, valid, [None, "x"])[0] is None, name
    assert column(con, ids.citizen_id_birth, [None]) == [None]
    assert column(con, ids.citizen_id_sex, [None]) == [None]


def test_birth_and_sex_are_read_from_a_number(con):
    assert column(con, ids.citizen_id_birth, CITIZENS[:2]) == [date(1949, 12, 31), date(1880, 1, 1)]
    assert column(con, ids.citizen_id_sex, CITIZENS[:3]) == ["2", "1", "1"]


def test_being_born_on_a_day_is_having_that_birth_date(con):
    def both(x):
        day = ibis.date("1949-12-31")
        return ids.citizen_id_born_on(x, day) == (ids.citizen_id_birth(x) == day)

    assert column(con, both, CITIZENS) == [True] * len(CITIZENS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("110105491231002", "11010519491231002X"),
        ("990101000229001", completed("99010119000229001")),
        ("990101960229001", completed("99010119960229001")),
        ("010105491231002", "010105491231002"),
        ("11010549123100", "11010549123100"),
        ("1101054912310０2", "1101054912310０2"),
        ("11010519491231002X", "11010519491231002X"),
    ],
)
def test_fifteen_digits_become_eighteen_where_they_hold_a_day(con, old, new):
    expected = old if old[6:12] == "000229" else new  # 1900 was no leap year

    assert values.citizen_upgrade(old) == expected
    assert column(con, ids.upgrade_15, [old]) == [expected]


def test_repairs_of_a_mistyped_number_hold_the_right_one_and_only_valid_ones():
    right = CITIZENS[2]
    for at in range(16):
        if right[at] != right[at + 1]:
            typed = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
            repairs = values.citizen_repairs(typed)
            assert right in repairs
            assert all(map(values.is_citizen_id, repairs))
    assert values.citizen_repairs(right[:16] + "9" + right[17], birth=date(1980, 5, 17)).count(right) == 1
    assert values.citizen_repairs("99") == []
