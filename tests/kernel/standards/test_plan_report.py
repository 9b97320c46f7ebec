"""What plan and apply print: additions counted, changes field by field, faults with their place."""

from datetime import date

import pytest

from xilin.kernel.standards.actions import Change
from xilin.kernel.standards.declarations import CodeEntry, CodeList, Name
from xilin.kernel.standards.models import LeagueVersion
from xilin.kernel.standards.report import differences, fault_lines, plan_lines
from xilin.lib.declared import Fault, Place
from xilin.lib.text import Text


def code_list(code="sex", zh="性别", entries=(("1", "男"), ("2", "女"))):
    return CodeList(
        code=code,
        name=Name(zh=zh),
        source="GB/T 2261.1-2003",
        since=date(2004, 1, 1),
        entries=tuple(CodeEntry(*entry) for entry in entries),
    )


def change(code, before=None, after=None):
    return Change("code_list", code, before, after, "code_lists/all.toml", 7)


def said(changes, language="en", **more):
    return [line.plain for line in plan_lines(changes, language, **more)]


def test_no_change_is_said_in_both_languages():
    assert said([]) == ["No difference: the database says what the league folder says."]
    assert said([], "zh-hans") == ["没有差异：数据库与盟市目录一致。"]


def test_each_change_has_its_sign_and_place_and_the_sum_stands_below():
    changes = [
        change("new", after=code_list()),
        change("sex", code_list(), code_list(zh="人的性别")),
        change("old", before=code_list()),
    ]

    assert said(changes) == [
        "Code list (code_list)",
        "  + new  code_lists/all.toml:7",
        "  ~ sex  code_lists/all.toml:7",
        "      name.zh: 性别 -> 人的性别",
        "  - old  code_lists/all.toml:7",
        "1 to add, 1 to change, 1 to remove.",
        "The database is untouched; xilin apply carries this out.",
    ]
    version = LeagueVersion(league="x", number=4, added=1, changed=1, removed=1)
    assert (
        said(changes, "zh-hans", version=version)[-1] == "已生效：第 4 版；新增 1 项，修改 1 项，移除 1 项。"
    )


def test_many_additions_are_counted_and_removals_never_are():
    changes = [change(f"a{n}", after=code_list()) for n in range(20)]
    changes += [change(f"r{n}", before=code_list()) for n in range(20)]

    lines = said(changes)

    assert sum(line.startswith("  + a") for line in lines) == 12
    assert "  + … and 8 more" in lines
    assert sum(line.startswith("  - r") for line in lines) == 20


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a: 1 -> 2"]),
        ({"a": 1}, {}, ["a: 1 -> ∅"]),
        ({}, {"a": "x"}, ["a: ∅ -> x"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c: 2 -> 3"]),
        ({"a": [1, 2]}, {"a": [2, 3]}, ["a: - 1", "a: + 3"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a: [1,2] -> [2,1]"]),
        ({"a": "x" * 90}, {"a": "y"}, [f"a: {'x' * 59}… -> y"]),
    ],
)
def test_a_difference_is_named_by_its_path(before, after, expected):
    assert list(differences(before, after)) == expected


def test_a_long_difference_ends_with_how_much_more_there_is():
    before = code_list(entries=[(str(n), "甲") for n in range(20)])

    lines = said([change("sex", before, code_list(entries=()))])

    assert sum("entries: -" in line for line in lines) == 12
    assert "      … and 8 more" in lines


def test_faults_are_counted_below_and_only_the_place_is_bold():
    fault = Fault(Place("a.toml", 3), Text(zh="错了", en="wrong"), Text(zh="甲", en="b"))

    first, last = fault_lines([fault], "en")

    assert first.plain == "a.toml:3: wrong Allowed: b"
    assert [first.plain[span.start : span.end] for span in first.spans] == ["a.toml:3"]
    assert "Faults: 1" in last.plain
