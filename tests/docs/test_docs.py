"""What the code offers, the docs explain; what the docs explain, the code offers."""

import ast
import csv
import importlib
import re
import tomllib
from pathlib import Path

import pytest
import typer

from xilin.config import cli
from xilin.kernel.standards.declarations import KINDS

EVENT = re.compile(r"[a-z]+(?:\.[a-z_]+)+")
REPO = Path(__file__).parents[2]
SOURCES = [path.read_text(encoding="utf-8") for path in sorted((REPO / "src/xilin").rglob("*.py"))]
PAGES = sorted([*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md")])


def test_every_setting_is_explained_and_nothing_else_is():
    asked = {
        name
        for source in SOURCES
        for name in re.findall(r'(?:text|flag|number|folder)\(\s*"(XILIN_\w+)"', source)
    }
    told = set(
        re.findall(r"^## `(\w+)`$", (REPO / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE)
    )

    assert told == asked


def test_every_dependency_has_its_reason_beside_it():
    lines = (REPO / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    wanted = tomllib.loads("\n".join(lines))["project"]["dependencies"]
    block = lines[lines.index("dependencies = [") + 1 :]
    explained = False
    for line in block[: len(wanted) * 3]:
        if line.startswith("]"):
            break
        explained = explained or line.strip().startswith("#")
        assert explained, f"{line.strip()} stands before any comment"


def test_the_lock_file_has_hashes_and_no_addresses():
    lock = (REPO / "requirements.lock").read_text(encoding="utf-8")

    assert "--hash=sha256:" in lock
    assert not re.search(r"https?://|file:|--index|--find-links", lock)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_links_and_pictures_of_a_page_exist(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} points at {target}"


@pytest.mark.parametrize("page", sorted((REPO / "docs/decisions").glob("*.md")), ids=lambda page: page.name)
def test_a_decision_says_context_decision_and_consequences(page):
    text = page.read_text(encoding="utf-8")

    assert re.match(r"\d{4}-[a-z0-9-]+\.md$", page.name)
    for heading in ("## Context", "## Decision", "## Consequences"):
        assert heading in text, f"{page.name} lacks {heading}"


def test_every_command_is_explained_and_nothing_else_is():
    offered = {f"xilin {name}" for name in (*cli.COMMANDS, *cli.DEVELOPERS)}
    for group, module in cli.GROUPS.items():
        command = typer.main.get_command(importlib.import_module(module).app)
        offered |= {f"xilin {group} {name}" for name in command.commands}
    page = (REPO / "docs/reference/commands.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `(xilin [a-z ]+)` \|", page, re.MULTILINE)) == offered


def events_recorded() -> set[str]:
    """The kinds of events that code hands to the audit log.

    Literals given to `record(...)`, `New(...)` and a part's own `_log(...)`, and those a variable called `kind` is set to.
    """
    found = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "kind")]
                said = given if name in ("record", "New", "_log", "entered") else []
            else:
                names = [getattr(target, "id", "") for target in getattr(node, "targets", ())]
                said = [node.value] if isinstance(node, ast.Assign) and "kind" in names else []
            found |= {part for one in said for part in constants(one) if EVENT.fullmatch(part)}
    return found


def constants(node: ast.expr) -> list[str]:
    """The texts an expression may be: itself, or both arms of a choice."""
    if isinstance(node, ast.IfExp):
        return [*constants(node.body), *constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_every_audit_event_is_explained_and_nothing_else_is():
    page = (REPO / "docs/reference/events.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z_.]+\.[a-z_.]+)` \|", page, re.MULTILINE))

    assert told == events_recorded()


def test_mongolian_words_of_the_glossary_are_attested(testdata):
    with (testdata / "mn/glossary.tsv").open(encoding="utf-8") as rows:
        known = {row["mongolian_proposed"]: row["status"] for row in csv.DictReader(rows, delimiter="\t")}
    page = (REPO / "docs/glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"\| ([\u1800-\u18af][^|]*?) \|$", page, re.MULTILINE)

    assert len(words) >= 10
    for word in words:
        assert known.get(word, "U")[0] in "ABC", f"{word} is not attested"


def test_the_glossary_says_every_word_once_in_both_languages():
    page = (REPO / "docs/glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)`[^|]*\| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)

    assert len({code for code, _zh, _en in rows}) == len(rows) > 60
    for code, zh, en in rows:
        assert re.search(r"[\u4e00-\u9fff]", zh), code
        assert en.strip(), code


def test_every_kind_of_declaration_stands_in_the_architecture():
    page = (REPO / "docs/architecture.md").read_text(encoding="utf-8")
    files = set(re.findall(r"`([a-z_/*]+\.(?:toml|csv|geojson))`", page))

    assert {kind.files for kind in KINDS} - files - {"report/reported.toml", "report/text.toml"} == set()


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_a_reader_of_the_readme_finds_every_guide_and_reference(readme):
    text = (REPO / readme).read_text(encoding="utf-8")
    pages = [*(REPO / "docs/guide").glob("*.md"), *(REPO / "docs/reference").glob("*.md")]

    assert [page.name for page in pages if f"({page.relative_to(REPO)})" not in text] == []


def test_both_readmes_lead_to_the_same_pages():
    english, chinese = (
        set(re.findall(r"\]\(((?:docs|[A-Z])[^)]*)\)", (REPO / name).read_text(encoding="utf-8")))
        for name in ("README.md", "README.zh.md")
    )

    assert english - {"README.zh.md"} == chinese - {"README.md"}
