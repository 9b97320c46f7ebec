"""What the code offers, the docs explain; what the docs explain, the code offers."""

import re
import tomllib
from pathlib import Path

import pytest

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
