"""The page on accessibility tells the truth: every criterion stands once, and every test that it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

REPO = Path(__file__).parents[2]
PAGE = (REPO / "docs/accessibility.md").read_text(encoding="utf-8")
# WCAG 2.2 (W3C Recommendation of 5 October 2023), levels A and AA; 4.1.1 is obsolete.
A = [
    "1.1.1",
    "1.2.1",
    "1.2.2",
    "1.2.3",
    "1.3.1",
    "1.3.2",
    "1.3.3",
    "1.4.1",
    "1.4.2",
    "2.1.1",
    "2.1.2",
    "2.1.4",
    "2.2.1",
    "2.2.2",
    "2.3.1",
    "2.4.1",
    "2.4.2",
    "2.4.3",
    "2.4.4",
    "2.5.1",
    "2.5.2",
    "2.5.3",
    "2.5.4",
    "3.1.1",
    "3.2.1",
    "3.2.2",
    "3.2.6",
    "3.3.1",
    "3.3.2",
    "3.3.7",
    "4.1.2",
]
AA = [
    "1.2.4",
    "1.2.5",
    "1.3.4",
    "1.3.5",
    "1.4.3",
    "1.4.4",
    "1.4.5",
    "1.4.10",
    "1.4.11",
    "1.4.12",
    "1.4.13",
    "2.4.5",
    "2.4.6",
    "2.4.7",
    "2.4.11",
    "2.5.7",
    "2.5.8",
    "3.1.2",
    "3.2.3",
    "3.2.4",
    "3.3.3",
    "3.3.4",
    "3.3.8",
    "4.1.3",
]
ROW = re.compile(
    r"^\| (\d\.\d\.\d+) ([^|]+) \| (A|AA) \| (met|person|none|not met) \| ([^|]+) \| ([^|]*) \|$",
    re.MULTILINE,
)
NAMED = re.compile(r"`((?:[\w-]+/)*test_\w+\.py)(?:::(test_\w+))?`")


@cache
def named_tests(path):
    tree = ast.parse((REPO / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_criterion_of_a_and_aa_stands_once_with_its_level():
    rows = [(number, level) for number, _, level, *_ in ROW.findall(PAGE)]

    assert sorted(rows) == sorted([(one, "A") for one in A] + [(one, "AA") for one in AA])


def test_every_test_that_is_named_exists():
    named = NAMED.findall(PAGE)
    missing = [path for path, _ in named if not (REPO / "tests" / path).is_file()]

    assert missing == []
    assert [f"{path}::{test}" for path, test in named if test and test not in named_tests(path)] == []


def test_what_is_said_to_be_met_names_what_holds_it():
    bare = [
        number
        for number, _, _, state, _, tests in ROW.findall(PAGE)
        if state in ("met", "person", "none") and "*every page*" not in tests and not NAMED.search(tests)
    ]

    assert bare == []


def test_what_looks_are_named_are_those_every_page_is_looked_at_with():
    looks = re.findall(r"`(\w+_pages\.py)`, `(\w+)`", PAGE)
    walk = (REPO / "tests/apps/portal/every_page.py").read_text(encoding="utf-8")

    assert {name for _, name in looks} == {"axe", "heard", "reached", "spaced", "shape", "moving"}
    for module, name in looks:
        assert name in named_tests(f"../tests/{module}")
        assert f"{module.removesuffix('.py')}.{name}(" in walk
