"""The fast standardisation against its slow twin, and what holds whatever the rows are."""

import json
import sys
from collections import Counter
from datetime import date

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import standard_twin as twin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as with_
from standard_plan import FOUND, ON, PLAN, VALUES, rows

from xilin.kernel.collect.pipeline import Plan, columns, standardise
from xilin.kernel.quality.rules import checks_for, flag_bits, row_checks

FLAGS = flag_bits(checks_for(PLAN, ON))


@pytest.fixture(scope="module")
def con():
    con = ibis.duckdb.connect(threads=2, preserve_insertion_order=False)
    yield con
    con.disconnect()


def write(path, found, *, first=1, names=FOUND):
    schema = pa.schema(
        [(name, pa.string()) for name in names] + [("_row", pa.int64()), ("_batch", pa.int64())]
    )
    table = [
        {name: row.get(name) for name in names} | {"_row": n, "_batch": 7}
        for n, row in enumerate(found, first)
    ]
    pq.write_table(pa.Table.from_pylist(table, schema=schema), path)
    return path


def run(con, folder, found, plan=PLAN, *, seen=(), batch=7, on=ON):
    out = folder / f"out{len(list(folder.iterdir()))}"
    out.mkdir()
    outcome = standardise(
        con, [write(out / "raw.parquet", found)], plan, batch=batch, on=on, out=out, seen=seen
    )
    return outcome, read(out, "std"), read(out, "quarantine"), out


def read(out, kind):
    """The rows of all files; what a file lacks is null, as in the lake."""
    paths = sorted(out.glob(f"{kind}-*.parquet"))
    if not paths:
        return []
    schema = pa.unify_schemas([pq.read_schema(path).remove_metadata() for path in paths])
    found = [row for path in paths for row in pq.read_table(path).to_pylist()]
    return sorted((dict.fromkeys(schema.names) | row for row in found), key=lambda row: row["_row"])


def comparable(row, plan=PLAN):
    flags = sum(1 << FLAGS[code] for code, _, _ in row.broken if code in FLAGS)
    own = {"_source": plan.source.code, "_key": row.key, "_batch": 7, "_row": row.number, "_flags": flags}
    return row.content | own


def agree(con, folder, found):
    outcome, standard, held, out = run(con, folder, found)
    accepted, quarantined, duplicate = twin.standardise(found, PLAN, ON)
    assert standard == [comparable(row) for row in accepted]
    assert [(row["_row"], row["_key"]) for row in held] == [(row.number, row.key) for row in quarantined]
    for got, expected in zip(held, quarantined, strict=True):
        reasons = sorted((r["code"], r["column"], r["value"]) for r in got["reasons"])
        assert reasons == sorted(expected.broken)
        assert json.loads(got["found"]) == expected.found
    assert (outcome.accepted, outcome.quarantined, outcome.duplicate) == tuple(
        map(len, (accepted, quarantined, duplicate))
    )
    every = [twin.Row(number, row, PLAN, ON) for number, row in enumerate(found, 1)]
    assert +Counter(outcome.broken) == Counter(code for row in every for code, _, _ in row.broken)
    assert outcome.checked == {
        check.code: looked_at(check, every) for check in row_checks(checks_for(PLAN, ON))
    }
    assert outcome.filled == {
        item.key: sum(row.texts[item.key] is not None for row in every) for item in PLAN.resource.item
    }
    return outcome, out


def looked_at(check, every):
    if check.kind == "required":
        return len(every)
    if check.rule is not None:
        return sum(check.code in row.applied for row in every)
    typeless = sum((f"{check.column}.type", check.column) in [b[:2] for b in row.broken] for row in every)
    filled = sum(row.texts[check.column] is not None for row in every)
    return filled if check.kind == "type" else filled - typeless


@pytest.mark.parametrize("seed", range(2))
def test_every_sort_of_row_comes_out_as_the_slow_twin_says(con, tmp_path, seed):
    outcome, _ = agree(con, tmp_path, rows(seed, 1500))

    assert min(outcome.accepted, outcome.quarantined, outcome.duplicate) > 20
    never = {code for code, broken in outcome.broken.items() if not broken}
    assert not never - {"recorded_on.type", "recorded_on.range"}, "a check that no row broke is not tested"


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                name: st.sampled_from(VALUES[name])
                | st.none()
                | st.text(
                    st.characters(
                        min_codepoint=1,
                        max_codepoint=0x2FFF,
                        exclude_categories=["Cs", "Ll", "Lu", "Lt", "Lm", "Mn", "Mc", "Me"],
                    ),
                    max_size=8,
                )
                for name in FOUND
            }
        ),
        max_size=25,
    )
)
def test_texts_nobody_thought_of_come_out_as_the_slow_twin_says(con, tmp_path, found):
    agree(con, tmp_path, found)


ODD = (" ", "　", "\t", "\ufeff", "\u00a0", "x", "Ｘ", "０", "e", "0", "。")


@pytest.mark.parametrize("column", [name for name in FOUND if name not in ("编号", "unmapped")])
def test_a_row_with_one_odd_text_goes_the_short_way_or_the_long_one_and_comes_out_the_same(
    con, tmp_path, column
):
    """The short way takes texts as found: no text may pass there that cleaning would change."""
    plain = [value for value in {*VALUES[column], GOOD[column]} if value]
    turned = [value.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}) for value in plain]
    around = [one for value in plain for odd in ODD for one in (value + odd, odd + value, value[:-1] + odd)]
    texts = [*VALUES[column], *around, *turned, *(value.lower() for value in plain)]
    _, out = agree(con, tmp_path, [good(n, **{column: text}) for n, text in enumerate(texts, 1)])

    short = pq.read_metadata(out / "std-00000.parquet").num_rows
    assert 0 < short < len(texts)


INCREMENT = Plan(
    with_(PLAN.source, mode="incremental", cursor="updated"),
    PLAN.resource,
    PLAN.elements,
    PLAN.code_lists,
    PLAN.rules,
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(0, 60), st.integers(0, 60))
def test_rows_read_are_accepted_quarantined_or_duplicate_and_nothing_else(con, tmp_path, seed, before, count):
    first = rows(seed, before)
    _, _, _, out = run(con, tmp_path, first, INCREMENT, batch=1)
    again = [*rows(seed, before)[: before // 2], *rows(seed + 1, count)]
    seen = [str(path) for path in out.glob("std-*.parquet")]
    outcome, standard, held, _ = run(con, tmp_path, again, INCREMENT, seen=seen)

    assert outcome.accepted + outcome.quarantined + outcome.duplicate == len(again)
    assert (outcome.accepted, outcome.quarantined) == (len(standard), len(held))
    assert len({row["_row"] for row in standard + held}) == len(standard) + len(held)
    known = {row.key: row.content for row in twin.standardise(first, INCREMENT, ON)[0]}
    accepted, _, duplicate = twin.standardise(again, INCREMENT, ON, seen=known)
    assert [row["_row"] for row in standard] == [row.number for row in accepted]
    assert outcome.duplicate == len(duplicate)


GOOD = rows(0, 1)[0] | {
    "编号": "1", "id": "990101198005170015", "姓名": "张三", "sex": "男", "birth": "1980-05-17", "death": None, "amount": "1",
    "mu": "15", "count": "3", "phone": "12812345678", "area": "152501", "kind": "A", "town": "甲", "village": "丙",
    "uscc": None, "org": None, "school": "1234", "married": "是", "updated": "2026-03-01 10:20:30", "unmapped": None,
}  # fmt: skip


def good(number, **changed):
    return GOOD | {"编号": str(number)} | changed


def test_a_good_row_is_accepted_without_a_mark(con, tmp_path):
    outcome, (row,), held, _ = run(con, tmp_path, [good(1)])

    assert (outcome.accepted, held, row["_flags"]) == (1, [], 0)
    assert row["birth_date"] == date(1980, 5, 17)


CASES = [
    ("birth", "20260230", "birth_date.type"),
    ("birth", "2026-11-26", "birth_date.future"),
    ("birth", "1899-12-31", "birth_date.range"),
    ("id", "990101198005170018", "id_number.check"),
    ("id", "99010119800517", "id_number.length"),
    ("sex", "3", "sex.code_list"),
    ("kind", "B", "kind.code_list"),
    ("kind", "C", "kind.code_list"),
    ("phone", "2281234567", "phone.check"),
    ("area", "15250", "area_code.check"),
    ("school", "12a4", "school.pattern"),
    ("married", "x", "married.type"),
    ("count", "nan", "count.type"),
    ("count", "100", "count.range"),
    ("mu", "inf", "hectares.type"),
    ("uscc", "914403001922038217", "uscc.check"),
    ("org", "192203822", "organisation.check"),
    ("updated", "2026-11-25 00:00:00", "updated_at.range"),
    ("updated", "2026-11-26 00:00:00", "updated_at.future"),
    ("birth", "1980-05-18", "birth_agrees"),
    ("count", "60", "few"),
    ("phone", None, "adult_phone"),
]


HELD = [
    ("编号", " ", "record_no.required"),
    ("编号", "7777777", "record_no.length"),
    ("姓名", None, "person_name.required"),
    ("姓名", "王", "person_name.length"),
    ("amount", "1_000", "amount.type"),
    ("amount", "1000.5", "amount.range"),
    ("death", "epoch", "death_date.type"),
    ("death", "1979-05-17", "death_after_birth"),
    ("sex", "女", "sex_agrees"),
]


@pytest.fixture(scope="module")
def judged(con, tmp_path_factory):
    """All cases in one run: the outcome, and each case's row by its verdict."""
    found = [good(n, **{column: value}) for n, (column, value, _) in enumerate([*CASES, *HELD], 1)]
    outcome, standard, held, _ = run(con, tmp_path_factory.mktemp("judged"), found)
    return outcome, {row["_row"]: row for row in standard}, {row["_row"]: row for row in held}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}:{case[1]}")
def test_a_value_that_only_marks_leaves_the_row_and_says_which_check(judged, case):
    outcome, standard, _ = judged
    _, value, code = case
    row = standard[CASES.index(case) + 1]

    assert row["_flags"] >> FLAGS[code] & 1
    assert outcome.broken[code] >= 1
    item, dot, _ = code.partition(".")
    if dot:
        assert (row[item], row[f"{item}__found"]) == (None, value)


@pytest.mark.parametrize("case", HELD, ids=lambda case: f"{case[2]}:{case[1]}")
def test_a_value_that_blocks_holds_the_row_back_with_its_reason(judged, case):
    _, standard, held = judged
    column, value, code = case
    number = len(CASES) + HELD.index(case) + 1

    assert number not in standard
    assert (code, value if "." in code or column == "death" else "990101198005170015") in [
        (reason["code"], reason["value"]) for reason in held[number]["reasons"]
    ]
    assert json.loads(held[number]["found"])[column] == value


def test_a_row_held_back_says_every_reason_also_those_that_only_mark(con, tmp_path):
    bad = good(1, 姓名=None, birth="20260230", sex="7", amount="x")
    _, _, (held,), _ = run(con, tmp_path, [bad])

    codes = {reason["code"] for reason in held["reasons"]}
    assert codes == {"person_name.required", "birth_date.type", "sex.code_list", "amount.type"}


def test_the_first_good_row_of_a_key_is_kept_though_a_bad_one_stands_before_it(con, tmp_path):
    found = [good(1, 姓名=None), good(1, 姓名="乌兰"), good(1, 姓名="其其格"), good(2)]
    outcome, standard, held, _ = run(con, tmp_path, found)

    assert [(row["_row"], row["person_name"]) for row in standard] == [(2, "乌兰"), (4, "张三")]
    assert [row["_row"] for row in held] == [1]
    assert outcome.duplicate == 1


def test_the_last_good_row_of_a_key_is_kept_in_an_increment(con, tmp_path):
    _, _, _, out = run(con, tmp_path, [good(1), good(2)], INCREMENT, batch=1)
    seen = [str(path) for path in out.glob("std-*.parquet")]
    found = [good(1, town="丁"), good(1, town="乙"), good(1, 姓名=None), good(2, town="丁"), good(2)]
    outcome, standard, held, _ = run(con, tmp_path, found, INCREMENT, seen=seen)

    assert [row["_row"] for row in standard] == [2], "what ends as it was is no change"
    assert ([row["_row"] for row in held], outcome.duplicate) == ([3], 3)


def test_a_row_in_force_is_a_duplicate_and_its_new_content_is_not(con, tmp_path):
    _, _, _, out = run(con, tmp_path, [good(1), good(2), good(3, sex="7")], INCREMENT, batch=1)
    seen = [str(path) for path in out.glob("std-*.parquet")]
    again = [good(1), good(2, town="丁"), good(3, sex="7"), good(3, sex="8"), good(4)]
    outcome, standard, _, out2 = run(con, tmp_path, again, INCREMENT, seen=seen)

    assert [row["_row"] for row in standard] == [2, 4, 5]
    assert outcome.duplicate == 2

    seen += [str(path) for path in out2.glob("std-*.parquet")]
    outcome, standard, _, _ = run(con, tmp_path, [good(2, town="丁"), good(2)], INCREMENT, seen=seen)
    assert [row["_row"] for row in standard] == [2], "what was in force once is new again"


def test_rows_of_another_source_are_not_in_force_for_this_one(con, tmp_path):
    _, _, _, out = run(con, tmp_path, [good(1)], batch=1)
    other = Plan(with_(PLAN.source, code="other"), PLAN.resource, PLAN.elements, PLAN.code_lists, PLAN.rules)
    seen = [str(path) for path in out.glob("std-*.parquet")]
    outcome, _, _, _ = run(con, tmp_path, [good(1)], other, seen=seen)

    assert (outcome.accepted, outcome.duplicate) == (1, 0)


@pytest.mark.parametrize("gathered", [1, 100, 100_000])
@pytest.mark.parametrize("few", [0.0, 1.0])
def test_slices_change_nothing(con, tmp_path, monkeypatch, gathered, few):
    """Whatever is left over from a slice, and however many of them are worked out at once."""
    found = rows(9, 700)
    whole, standard, held, _ = run(con, tmp_path, found)
    steps = sys.modules[standardise.__module__]
    for name, value in (("SLICE", 256), ("GATHERED", gathered), ("LEFT", few), ("FEW", 1.0)):
        monkeypatch.setattr(steps, name, value)
    sliced, in_slices, held_in_slices, _ = run(con, tmp_path, found)

    assert (sliced, in_slices, held_in_slices) == (whole, standard, held)


def test_what_a_run_that_failed_left_behind_is_not_in_the_next(con, tmp_path, monkeypatch):
    steps = sys.modules[standardise.__module__]
    with monkeypatch.context() as broken:
        broken.setattr(steps._Run, "waiting", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(con, tmp_path, [good(1), good(1), good(2, 姓名="张三　")])
    outcome, standard, _, _ = run(con, tmp_path, [good(3)])

    assert (outcome.accepted, [row["record_no"] for row in standard]) == (1, ["3"])


def test_files_with_different_columns_are_one_table(con, tmp_path):
    first = write(tmp_path / "a.parquet", [good(1)])
    second = write(tmp_path / "b.parquet", [good(2)], first=2, names=[*reversed(FOUND[:-1]), "more"])
    out = tmp_path / "out"
    out.mkdir()
    outcome = standardise(con, [first, second], PLAN, batch=7, on=ON, out=out)

    assert outcome.accepted == 2


def test_no_rows_are_no_rows(con, tmp_path):
    outcome, standard, held, _ = run(con, tmp_path, [])

    assert (outcome.accepted, outcome.quarantined, outcome.duplicate, standard, held) == (0, 0, 0, [], [])
    assert standardise(con, [], PLAN, batch=1, on=ON, out=tmp_path).accepted == 0


def test_a_missing_column_is_named(con, tmp_path):
    raw = write(tmp_path / "raw.parquet", [good(1)], names=[n for n in FOUND if n != "sex"])
    with pytest.raises(ValueError, match="sex"):
        standardise(con, [raw], PLAN, batch=1, on=ON, out=tmp_path)


def test_a_plan_lists_the_columns_it_needs():
    assert columns(PLAN) == [n for n in FOUND if n != "unmapped"]


def test_a_date_form_that_cannot_be_read_strictly_is_refused(con, tmp_path):
    column = with_(PLAN.source.columns["birth_date"], formats=("%d/%m/%Y",))
    source = with_(PLAN.source, columns=PLAN.source.columns | {"birth_date": column})
    plan = Plan(source, PLAN.resource, PLAN.elements, PLAN.code_lists, PLAN.rules)
    with pytest.raises(ValueError, match="%d/%m/%Y"):
        run(con, tmp_path, [good(1)], plan)


def test_two_keys_of_several_parts_are_not_one_where_a_part_holds_a_bar(con, tmp_path):
    resource = with_(PLAN.resource, key=("person_name", "record_no", "place_of_birth"))
    plan = Plan(PLAN.source, resource, PLAN.elements, PLAN.code_lists, PLAN.rules)
    found = [good(1, 姓名="丁甲|1"), good("1|1", 姓名="丁甲")]
    outcome, standard, _, _ = run(con, tmp_path, found, plan)

    assert outcome.accepted == 2
    assert len({row["_key"] for row in standard}) == 2


def test_names_and_texts_with_quotes_are_only_names_and_texts(con, tmp_path):
    odd = "a\"b'; DROP TABLE _slice; --"
    column = with_(PLAN.source.columns["place_of_birth"], join=(odd, "village"), separator="'")
    source = with_(PLAN.source, columns=PLAN.source.columns | {"place_of_birth": column})
    plan = Plan(source, PLAN.resource, PLAN.elements, PLAN.code_lists, PLAN.rules)
    raw = write(tmp_path / "raw.parquet", [good(1) | {odd: "它"}], names=[*FOUND, odd])
    standardise(con, [raw], plan, batch=7, on=ON, out=tmp_path)

    assert read(tmp_path, "std")[0]["place_of_birth"] == "它'丙"


def test_memory_stays_bounded_however_many_rows(tmp_path, monkeypatch):
    """360 MB of text to keep beside the values, in an engine that may hold 300 MB and has no disk to spill to."""
    monkeypatch.setattr(sys.modules[standardise.__module__], "SLICE", 20_000)
    one = pa.Table.from_pylist([good(0, town="很长" * 150)] * 10_000).select(FOUND)
    schema = pa.schema(
        [(name, pa.string()) for name in FOUND] + [("_row", pa.int64()), ("_batch", pa.int64())]
    )
    raw = []
    for number in range(40):
        rows_ = range(number * 10_000 + 1, number * 10_000 + 10_001)
        table = one.set_column(0, "编号", pa.array(map(str, rows_)))
        table = table.append_column("_row", pa.array(rows_)).append_column("_batch", pa.array([7] * 10_000))
        raw.append(tmp_path / f"raw-{number:05}.parquet")
        pq.write_table(table.cast(schema), raw[-1])
    small = ibis.duckdb.connect(
        memory_limit="300MB", threads=2, temp_directory="", preserve_insertion_order=False
    )
    outcome = standardise(small, raw, PLAN, batch=7, on=ON, out=tmp_path)
    small.disconnect()

    assert (outcome.accepted, outcome.quarantined, outcome.duplicate) == (400_000, 0, 0)
