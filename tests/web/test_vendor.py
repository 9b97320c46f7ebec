"""What others wrote is what the manifest says, and nothing is loaded from elsewhere."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "src/xilin/web"
VENDOR = WEB / "static/vendor"
OF_TESTS = Path(__file__).parents[1] / "vendor"
PACKAGES = [
    (place, package)
    for place in (VENDOR, OF_TESTS)
    for package in tomllib.loads((place / "vendor.toml").read_text(encoding="utf-8"))["package"]
]
FILES = [(place / file["path"], file["sha256"]) for place, package in PACKAGES for file in package["file"]]


@pytest.mark.parametrize(("path", "digest"), FILES, ids=lambda value: getattr(value, "name", ""))
def test_a_vendored_file_is_the_one_of_the_manifest(path, digest):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_every_vendored_file_is_in_the_manifest():
    there = {
        path
        for place in (VENDOR, OF_TESTS)
        for path in place.rglob("*")
        if path.is_file() and path.name != "vendor.toml"
    }

    assert there == {path for path, _ in FILES}


def test_every_vendored_package_has_its_licence():
    for _, package in PACKAGES:
        assert package["licence"]
        assert any("LICENSE" in file["path"].upper() for file in package["file"]), package["name"]


def own_files(*kinds):
    return [
        path
        for kind in kinds
        for path in WEB.parent.rglob(f"*.{kind}")
        if VENDOR not in path.parents and ".venv" not in path.parts
    ]


# The handheld's pages run across only, and ask the device for its notch, which has no logical word.
PHYSICAL = {"handheld.css": {"safe-area-inset-left", "safe-area-inset-bottom", "translateY("}}
BOXES = r"(?:(?:scroll-)?(?:margin|padding)|border-width|border-style|border-color|inset)"


@pytest.mark.parametrize(
    "path",
    # What turns pages says how the screen lies.
    [path for path in own_files("css") if path.name != "vertical.css"],
    ids=lambda path: path.name,
)
def test_styles_speak_of_start_and_end_so_that_columns_can_run_downwards(path):
    # A question about the screen is one about the screen; components ask their container (`@container page`).
    text = re.sub(r"/\*.*?\*/|@media[^{]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    sides = r"(?:left|right|top|bottom)"
    physical = [
        *re.findall(
            rf"(?<![\w-])(?:\w+-)*{sides}(?:-(?:width|style|color|left-radius|right-radius))?\s*:", text
        ),
        *re.findall(r"(?<![\w-])(?:min-|max-)?(?:width|height)\s*[:<>]", text),
        *re.findall(r"overflow-[xy]\s*:", text),
        *re.findall(rf"(?:text-align|float|clear|caption-side):\s*{sides}", text),
        *re.findall(rf"\bto {sides}|safe-area-inset-{sides}|translate[XY]\(", text),
        *re.findall(r"[\d.](?:vw|vh|dvh|svh|lvh|dvw)\b", text),
        # Two values and more are those of the upper and the left side, whatever way lines run.
        *re.findall(rf"(?<![\w-]){BOXES}:\s*(?:[^\s;}}()]|\([^)]*\))+\s+[^;}}!]+", text),
    ]
    allowed = PHYSICAL.get(path.name, set())

    assert [found for found in physical if found not in allowed] == []


@pytest.mark.parametrize("path", own_files("css", "js"), ids=lambda path: path.name)
def test_styles_and_scripts_load_nothing_from_elsewhere(path):
    # Namespaces and GS1's identifiers are names that nobody opens.
    elsewhere = r"https?://(?!www\.w3\.org|id\.gs1\.org|ref\.gs1\.org/standards/epcis)|@import|url\((?!\"\.\./vendor/)"
    assert not re.search(elsewhere, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path",
    [path for part in ("web", "apps") for path in (WEB.parent / part).rglob("*.html")],
    ids=lambda path: path.name,
)
def test_a_template_has_no_inline_script_style_or_foreign_address(path):
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", re.sub(r"{%.*?%}", "", text))
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)
