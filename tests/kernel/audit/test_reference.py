"""The reference of events lists what the code records, and nothing else."""

import ast
import re
from pathlib import Path

REPO = Path(__file__).parents[3]
NAME = re.compile(r"[a-z]+(\.[a-z_]+)+")


def recorded():
    """Every event named in a call of `record` or `New`, with the file that names it."""
    found = {}
    for path in (REPO / "src/xilin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)
            if getattr(called, "id", getattr(called, "attr", "")) in ("record", "New") and isinstance(
                node, ast.Call
            ):
                kinds = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "kind")]
                for value in (leaf for kind in kinds for leaf in ast.walk(kind)):
                    if isinstance(value, ast.Constant) and NAME.fullmatch(str(value.value)):
                        found[value.value] = str(path.relative_to(REPO))
    return found


def listed():
    text = (REPO / "docs/reference/events.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z_.]+\.[a-z_.]+)` \|", text, re.MULTILINE)


def test_every_event_the_code_records_is_in_the_reference():
    told = set(listed())

    assert {kind: place for kind, place in recorded().items() if kind not in told} == {}


def test_every_event_in_the_reference_is_named_in_the_code_once_listed():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (REPO / "src/xilin").rglob("*.py"))

    assert [kind for kind in listed() if f'"{kind}"' not in code] == []
    assert len(listed()) == len(set(listed()))
