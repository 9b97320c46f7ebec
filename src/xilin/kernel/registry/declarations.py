"""What a league folder says about base registries: which records are the same thing, and which value wins."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class Attribute(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A field of golden records, and how its value is chosen among the records' values.

    `column` is the resources' column it is taken from (its own code where empty).
    `authority`: the highest `authority` of the sources that have a value (`prefer` names
    sources that come first, in order); `latest`: the newest batch; `frequent`: the value
    most records agree on, ties by authority.
    """

    code: Code
    element: str
    column: str = ""
    choose: Literal["authority", "latest", "frequent"] = "authority"
    prefer: tuple[str, ...] = ()
    name: Name | None = None

    @property
    def key(self) -> str:
        """The resources' column."""
        return self.column or self.code


class Level(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One level of a comparison: how alike, and what that is worth (m and u probabilities)."""

    kind: Literal[
        "exact",
        "similar",
        "sounds_same",
        "distance",
        "days",
        "years",
        "swapped_date",
        "shares_token",
        "jaccard",
        "else",
    ]
    threshold: float = 0
    m: float | None = None
    u: float | None = None
    other: str = ""


class Comparison(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one attribute of two records is compared; levels are tried in order."""

    attribute: str
    level: tuple[Level, ...]
    term_frequency: bool = False


class Identifier(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An attribute that decides alone where it is valid, unless the guards disagree.

    Records with one identifier whose `guard` attributes all differ are not one thing:
    two people sharing an ID number.
    """

    attribute: str
    guard: tuple[str, ...] = ()


class Registry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """基础库 A base registry.

    `identifier` decides first; what it leaves is compared within `blocks` (lists of
    attributes, or derived keys such as `pinyin(name)`, `prefix(name,3)`, `year(birth_date)`),
    and records are one thing at or above `threshold` (a probability).
    `one_to_one`: two records of one source are never the same thing.
    `truth` says how `xilin score` reads the truth where a source carries it in a column.
    """

    code: Code
    name: Name
    attribute: tuple[Attribute, ...]
    identifier: tuple[Identifier, ...] = ()
    comparison: tuple[Comparison, ...] = ()
    blocks: tuple[tuple[str, ...], ...] = ()
    threshold: float = 0.95
    prior_matches_per_record: float = 1.0
    one_to_one: bool = False
    train: bool = False
    truth_column: str = ""
    truth_pattern: str = ""
    summary: Text = Text(zh="")


def _references(declared: Declared[Registry], league: League) -> Iterable[Fault]:
    value: Registry = declared.value
    attributes = [attribute.code for attribute in value.attribute]
    for index, attribute in enumerate(value.attribute):
        if attribute.element not in league.all("element"):
            yield declared.fault(
                "attribute",
                index,
                "element",
                zh=f"数据元“{attribute.element}”不存在。",
                en=f"There is no data element {attribute.element}.",
                allowed=league.codes("element"),
            )
    for name in ("identifier", "comparison"):
        for index, used in enumerate(getattr(value, name)):
            if used.attribute not in attributes:
                yield declared.fault(
                    name,
                    index,
                    "attribute",
                    zh=f"“{used.attribute}”不是本库的字段。",
                    en=f"{used.attribute} is not an attribute of this registry.",
                    allowed=", ".join(attributes),
                )


REGISTRY = Kind(
    "registry", Text(zh="基础库", en="Base registry"), Registry, "registries/*.toml", check=_references
)
