"""The design tokens as the style sheet has them, and how well they stand out; no Django.

The sheet is the one place where a colour is written; the gallery and the tests read it from there.
"""

import re
from functools import cache
from pathlib import Path

SHEET = Path(__file__).parent / "static/web/tokens.css"
# Text on its ground: 4.5 : 1 (WCAG 2.2, 1.4.3).
TEXT = (
    ("ink", "paper"), ("ink", "surface"), ("ink", "sunken"), ("ink", "raised"),
    ("ink-soft", "paper"), ("ink-soft", "surface"), ("ink-soft", "sunken"), ("ink-soft", "raised"),
    ("ink-faint", "paper"), ("ink-faint", "surface"), ("ink-faint", "sunken"), ("ink-faint", "raised"),
    ("brand-ink", "paper"), ("brand-ink", "surface"), ("brand-ink", "sunken"), ("brand-ink", "brand-soft"),
    ("on-brand", "brand"), ("on-brand", "brand-deep"),
    ("on-deep", "brand-deep"), ("on-deep-soft", "brand-deep"), ("gold", "brand-deep"), ("brand-deep", "gold"),
    ("good", "surface"), ("good", "good-soft"), ("warn", "surface"), ("warn", "warn-soft"),
    ("bad", "surface"), ("bad", "bad-soft"), ("idle", "idle-soft"),
    ("ink", "good-soft"), ("ink", "warn-soft"), ("ink", "bad-soft"), ("ink", "brand-soft"),
)  # fmt: skip
# What is no text and yet must be seen, such as the edge of a field or a line of a chart: 3 : 1 (1.4.11).
SIGNS = (
    ("edge", "surface"), ("edge", "paper"), ("focus", "surface"), ("focus", "paper"), ("focus", "sunken"),
    *((f"series-{n}", "surface") for n in range(1, 9)),
)  # fmt: skip


@cache
def sheet() -> str:
    """The style sheet of tokens without its comments."""
    return re.sub(r"/\*.*?\*/", "", SHEET.read_text(encoding="utf-8"), flags=re.DOTALL)


def declared(block: str) -> dict[str, str]:
    """The custom properties a block of rules declares, by name without the hyphens."""
    return {name: " ".join(value.split()) for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", block)}


def _block(selector: str) -> str:
    start = sheet().index(selector)
    return sheet()[start : sheet().index("}", start)]


def sizes() -> dict[str, str]:
    """Type, space, shape and motion: what is the same in both themes."""
    return declared(_block(":root {"))


def roles(theme: str) -> dict[str, str]:
    """The colour roles of `light` or `dark`."""
    return declared(_block(f'[data-theme="{theme}"] {{'))


def roles_of_the_system() -> dict[str, str]:
    """The dark roles where the system wishes for them; the same as `roles("dark")`."""
    return declared(_block(":root:not([data-theme]) {"))


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.2), from 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How well two colours `#rrggbb` stand out from each other, from 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return round((light + 0.05) / (dark + 0.05), 2)
