"""Which checks there are, in which order, and how each is said."""

from datetime import date

import ibis
import pytest
from msgspec.structs import replace as with_
from quality_plan import ON, a_plan

from xilin.kernel.collect.pipeline import Plan
from xilin.kernel.quality.declarations import Rule
from xilin.kernel.quality.rules import Check, checks_for, condition, count, flag_bits, reason, row_checks
from xilin.kernel.standards.declarations import Name


def plan_with(plan=None, **resource):
    plan = plan or a_plan()
    return Plan(plan.source, with_(plan.resource, **resource), plan.elements, plan.code_lists, plan.rules)


def test_checks_that_mark_come_first_then_those_that_block_then_those_across_rows():
    codes = [check.code for check in checks_for(a_plan(), ON)]

    assert codes == [
        "id_number.length", "id_number.check", "id_birth_agrees",
        "record_no.required", "record_no.length", "person_name.required", "person_name.length", "sex.code_list",
        "birth_date.type", "birth_date.range", "birth_date.future", "amount.type", "amount.range",
        "school.length", "school.pattern",
        "one_id",
    ]  # fmt: skip


def test_the_bit_of_a_check_is_its_place_among_those_that_mark():
    assert flag_bits(checks_for(a_plan(), ON)) == {
        "id_number.length": 0,
        "id_number.check": 1,
        "id_birth_agrees": 2,
    }


def test_more_marks_than_a_number_has_bits_are_refused():
    plan = a_plan()
    many = tuple(with_(plan.rules[0], code=f"rule_{number}") for number in range(62))
    crowded = Plan(plan.source, plan.resource, plan.elements, plan.code_lists, many)

    with pytest.raises(ValueError, match="63"):
        checks_for(crowded, ON)


def test_a_rule_is_in_force_from_its_first_day_on():
    plan = a_plan()
    first = plan.rules[0].since

    assert "id_birth_agrees" in flag_bits(checks_for(plan, first))
    assert "id_birth_agrees" not in flag_bits(checks_for(plan, date(1999, 12, 31)))


def test_a_key_is_required_and_blocks_whatever_its_item_says():
    item = a_plan().resource.item
    plan = plan_with(item=(with_(item[0], on_invalid="flag", required=False), *item[1:]))
    found = {check.code: check.severity for check in checks_for(plan, ON)}

    assert found["record_no.required"] == found["record_no.length"] == "block"


def test_codes_outside_their_days_are_not_in_force():
    from xilin.kernel.standards.declarations import CodeEntry

    plan = a_plan()
    entries = (CodeEntry("1", "男", valid_to=date(2026, 9, 23)), CodeEntry("2", "女", valid_from=ON))
    lists = {"sex": with_(plan.code_lists["sex"], entries=entries)}
    moved = Plan(plan.source, plan.resource, plan.elements, lists, plan.rules)
    (check,) = [check for check in checks_for(moved, ON) if check.kind == "code_list"]

    assert check.codes == ("2",)


SAID = [
    ("person_name.required", "person_name", None, "姓名是必填项，没有填写。", "Name is required and missing."),
    ("birth_date.type", "birth_date", "20260230", "出生日期“20260230”不是日期。", "Birth date “20260230” is not a date."),
    ("birth_date.range", "birth_date", "1800-01-01", "出生日期“1800-01-01”超出值域：不小于1900-01-01。", "Birth date “1800-01-01” is out of range: at least 1900-01-01."),
    ("birth_date.future", "birth_date", "2030-01-01", "出生日期“2030-01-01”晚于采集当日。", "Birth date “2030-01-01” lies in the future."),
    ("amount.type", "amount", "nan", "金额“nan”不是数字。", "Amount “nan” is not a number."),
    ("amount.range", "amount", "0", "金额“0”超出值域：不小于1，不大于2000元。", "Amount “0” is out of range: at least 1 and at most 2000 元."),
    ("record_no.length", "record_no", "12345678901", "记录号“12345678901”超过10个字符。", "Record number “12345678901” is longer than 10 characters."),
    ("id_number.length", "id_number", "99", "公民身份号码不是18个字符。", "ID number is not 18 characters long."),
    ("person_name.length", "person_name", "王", "姓名的长度不在2至30个字符之间。", "Name is not 2 to 30 characters long."),
    ("school.length", "school", "12", "学校代码“12”不足4个字符。", "School code “12” is shorter than 4 characters."),
    ("school.pattern", "school", "12a4", "学校代码“12a4”不符合格式 ^[0-9]{4}$。", "School code “12a4” does not match ^[0-9]{4}$."),
    ("id_birth_agrees", "id_number", "99", "不符合规则“出生日期与号码一致”（公民身份号码、出生日期；GB 11643-1999）。",
     "Breaks the rule “Birth date agrees” (ID number, Birth date; GB 11643-1999)."),
]  # fmt: skip


@pytest.mark.parametrize(("code", "column", "value", "zh", "en"), SAID, ids=[one[0] for one in SAID])
def test_a_reason_is_a_sentence_in_both_languages(code, column, value, zh, en):
    said = reason(code, column, value, a_plan())

    assert (said.zh, said.en) == (zh, en)


def test_every_check_can_be_said_and_no_personal_value_stands_in_the_words():
    plan = a_plan()
    for check in row_checks(checks_for(plan, ON)):
        said = reason(check.code, check.column, "某某某99", plan)
        assert said.zh.endswith("。")
        assert said.en.endswith(".")
        if check.element is None or check.element.personal != "no":
            assert "某某某99" not in said.zh + said.en


def test_a_long_value_is_cut_in_the_words():
    said = reason("school.pattern", "school", "9" * 500, a_plan())

    assert "9" * 40 + "…" in said.zh
    assert "9" * 41 not in said.zh


@pytest.fixture(scope="module")
def con():
    con = ibis.duckdb.connect()
    yield con
    con.disconnect()


def across(kind, **more):
    rule = Rule(
        **{"code": "x", "resource": "r", "kind": kind, "name": Name(zh="x"), "source": "t", "since": ON}
        | more
    )
    return Check("x", "a", "accuracy", "warn", Name(zh="x"), "t", kind, ON, rule=rule)


ROWS = {"a": ["1", "1", "1", "2", None, "3"], "b": ["x", "x", "y", "x", None, None]}


@pytest.mark.parametrize(
    ("check", "counted"),
    [
        (across("unique", columns=("a",)), (5, 2)),
        (across("unique", columns=("a", "b")), (4, 1)),
        (across("exists_in", column="a", target="t", target_column="k"), (5, 2)),
        (across("absent_from", column="a", target="t", target_column="k"), (5, 3)),
    ],
    ids=["unique", "unique:two", "exists_in", "absent_from"],
)
def test_rules_across_rows_count_what_they_looked_at_and_what_broke_them(con, check, counted):
    target = ibis.memtable({"k": ["1", "9", "1", None]}, schema={"k": "string"})
    table = ibis.memtable(ROWS, schema={"a": "string", "b": "string"})

    assert count(con, check, table, target) == counted


def test_rules_across_an_empty_table_break_nowhere(con):
    table = ibis.memtable({"a": []}, schema={"a": "string"})

    assert count(con, across("unique", columns=("a",)), table) == (0, 0)


def test_a_rule_that_needs_another_table_says_so(con):
    table = ibis.memtable(ROWS, schema={"a": "string", "b": "string"})
    with pytest.raises(ValueError, match="needs the rows"):
        count(con, across("exists_in", column="a", target="t", target_column="k"), table)


def test_a_check_of_one_row_does_not_look_across(con):
    check = checks_for(a_plan(), ON)[0]
    with pytest.raises(ValueError, match="across"):
        count(con, check, ibis.memtable({"id_number": ["1"]}))


def test_a_missing_value_breaks_no_check_but_the_one_that_requires_it(con):
    plan = a_plan()
    nothing = {item.key: [None] for item in plan.resource.item} | {
        f"{i.key}__text": [None] for i in plan.resource.item
    }
    kinds = {item.key: "string" for item in plan.resource.item} | {"birth_date": "date", "amount": "float64"}
    table = ibis.memtable(
        nothing, schema=kinds | {f"{item.key}__text": "string" for item in plan.resource.item}
    )
    broken = [
        c.code
        for c in row_checks(checks_for(plan, ON))
        if con.execute(condition(c, table).as_table()).iloc[0, 0]
    ]

    assert broken == ["record_no.required", "person_name.required"]
