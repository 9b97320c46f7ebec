"""What a league folder says about masks and purposes."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Kind
from xilin.lib.text import Text


class Mask(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """脱敏规则 How a value is shown: `keep_first` and `keep_last` characters stay, the rest becomes stars.

    `stars` is how many stars are written whatever was hidden (0: one for each character), so that a
    length tells nothing. A value with no more characters than are kept is starred whole. `pseudonym` gives a keyed hash per grant instead, `year` only the year of a date,
    `area` only the first `keep_first` digits of an area code with zeros after them, `hide`
    nothing at all. `candidates` is the number of people who still fit the masked value, with
    `basis` saying how it was counted.
    """

    code: Code
    name: Name
    kind: Literal["stars", "pseudonym", "year", "area", "hide"]
    source: str
    keep_first: Annotated[int, Meta(ge=0)] = 0
    keep_last: Annotated[int, Meta(ge=0)] = 0
    stars: Annotated[int, Meta(ge=0, le=20)] = 0
    candidates: int | None = None
    basis: Text = Text(zh="")


class Purpose(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """用途 What data may be asked for: a matter with its legal basis.

    `shape` is the weakest shape of answer that serves the matter, `max_days` the longest
    term of a grant for it.
    """

    code: Code
    name: Name
    basis: Text
    scenario: Text = Text(zh="")
    shape: Literal["verify", "status", "masked", "full"] = "masked"
    max_days: Annotated[int, Meta(ge=1, le=1096)] = 366


MASK = Kind("mask", Text(zh="脱敏规则", en="Mask"), Mask, "masks.toml", "mask")
PURPOSE = Kind("purpose", Text(zh="用途", en="Purpose"), Purpose, "purposes.toml", "purpose")
