"""What a league folder says about base registries: which records are the same thing, and which value wins."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class Attribute(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A field of golden records, and how its value is chosen among the records' values.

    `column` is the resources' column it is taken from (its own code where empty).
    `authority`: the highest `authority` of the sources that have a value, of equal ones the
    record that was true last; `latest`: the record that was true last (`recorded`), ties by
    authority; `frequent`: the value most records agree on, ties by authority. `prefer` names
    sources that come before all others, in order.

    Values are compared in a form of their own, which no golden record shows: lower case,
    full-width letters and brackets made half-width, `replace` carried out in its order
    (`"有限责任公司" = "有限公司"`, a region's name to nothing), and with `plain` only letters,
    digits and Han characters left. `form_of` names the attribute whose form this one is
    compared in, as a former name is in that of the name.
    """

    code: Code
    element: str
    column: str = ""
    choose: Literal["authority", "latest", "frequent"] = "authority"
    prefer: tuple[str, ...] = ()
    name: Name | None = None
    replace: dict[str, str] = {}
    plain: bool = False
    form_of: str = ""

    @property
    def key(self) -> str:
        """The resources' column."""
        return self.column or self.code


class Level(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One level of a comparison: how alike, and what that is worth (m and u probabilities).

    All of them count characters, never bytes.

    - `exact`; `exact_named`: the same, with one of `words` in it and none of `without` (a company's name, which no
      other may bear there, unlike a shop's); `distance`: at most `threshold` edits, a transposition being one;
      `similar`: Jaro-Winkler similarity at least `threshold`;
    - `sounds_same`, `sounds_within`: the pinyin without tones is the same, or at most
      `threshold` edits away;
    - `days`, `years`: dates at most `threshold` apart; `swapped_date`: day and month swapped;
      `same_day`: day and month the same, whatever the year;
    - `shares_token`: a word in common; `jaccard`: words in common of all words, at least
      `threshold` (pairs of neighbouring characters where there are no spaces);
      `rare_words`: the same, each word weighing the more the fewer records have it;
    - `contains`: one stands whole in the other, of at least `threshold` characters;
    - `one_has`: one of the two has one of `words` and the other has none (a branch and its head office);
    - `other_number`: both have ordinals or numbers and not the same ones (第一分店, 第二分店);
      a pair at either of these two levels differs where guards and repairs ask;
    - `crossed`: equal to `other` and the other way round (given name and surname swapped);
    - `former`: one's is the other's `other`, or both have the same there (a former name);
    - `else`: none of these.
    """

    kind: Literal[
        "exact",
        "exact_named",
        "similar",
        "sounds_same",
        "sounds_within",
        "distance",
        "days",
        "years",
        "swapped_date",
        "same_day",
        "shares_token",
        "jaccard",
        "rare_words",
        "contains",
        "one_has",
        "other_number",
        "crossed",
        "former",
        "else",
    ]
    threshold: float = 0
    m: float | None = None
    u: float | None = None
    other: str = ""
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class Comparison(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one attribute of two records is compared; levels are tried in order."""

    attribute: str
    level: tuple[Level, ...]
    term_frequency: bool = False


class Identifier(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An attribute that decides alone where it is valid, unless the guards disagree.

    Records with one identifier whose `guard` attributes all differ (by their comparison: at
    its `else`) are not one thing: two people sharing an ID number. A value that was not
    valid is mended where it is one edit from a known one and none of the `repair`
    attributes differs or is missing.
    """

    attribute: str
    guard: tuple[str, ...] = ()
    repair: tuple[str, ...] = ()


class Search(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which attributes a registry's things are looked up by where no identifier is known; "" where it has none.

    `name` is compared by characters and pinyin, `born` (a date) also in part, `area` by the
    digits its codes begin with; a name that is given may be the `former` one (曾用名).
    """

    name: str
    born: str = ""
    area: str = ""
    phone: str = ""
    former: str = ""

    def facts(self) -> dict[str, str]:
        """The attribute of each fact that can be given."""
        found = {"name": self.name, "born": self.born, "area": self.area, "phone": self.phone}
        return {fact: attribute for fact, attribute in found.items() if attribute}

    def attributes(self) -> dict[str, str]:
        """The attribute of each fact that is compared: those that can be given, and the former name."""
        return self.facts() | ({"former": self.former} if self.former else {})


class Relation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """关系 Whom records of this registry name in another one or the same, `to`: a legal representative, a branch's company.

    `named` and `identifier` are the resources' columns with that one's name and identifier,
    `identifies` the other registry's attribute that it is. Where a record gives no identifier,
    that one is found by the name and the telephone in column `phone`, else by the name and
    the first `area_digits` digits of the area in column `area`, each only where nobody else
    fits; the other registry's `search` says which of its attributes those are. `back` is what
    the relation is called as seen from the other (`name` where empty).
    """

    code: Code
    name: Name
    to: str
    named: str
    identifier: str = ""
    identifies: str = ""
    phone: str = ""
    area: str = ""
    area_digits: int = 6
    back: Name | None = None


class TruthPairs(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where `xilin score` finds the truth as pairs of records that are one thing: a file of text columns.

    `left` and `right` are the columns with the two records' keys, `left_source` and `right_source` the sources
    they stand in. Whoever is in no pair is alone. `${NAME}` in `path` is a variable of the environment.
    Without `header` the columns are named `column0` and `column1`.
    """

    path: str
    left: str
    right: str
    left_source: str
    right_source: str
    delimiter: str = ","
    header: bool = True


class Registry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """基础库 A base registry.

    `identifier` decides first; what it leaves is compared within `blocks` (lists of
    attributes, or derived keys such as `pinyin(name)`, `prefix(name,3)`, `year(birth_date)`,
    `token(title)`: one key for each word), and records are one thing at or above
    `threshold` (a probability). A record that could join several groups joins the best only
    where it is `margin` bits of match weight better than the next.
    `density` guards against chains of links: two groups of records are joined only where at
    least this share of the pairs between them match by themselves; 0 asks for one pair.
    A block of more than `block_limit` pairs is left out, and counted.
    `one_to_one`: two records of one source are never the same thing.
    `train`: learn m and u from the data instead of reading them here.
    `recorded` is the resources' column that says when a record was true.
    `search` says which attributes look-ups without an identifier go by; without it there are none.
    `truth_column` and `truth_pattern` (one group) say how `xilin score` reads the truth where
    records carry it in a column, `truth_pairs` where a file lists pairs of records.
    """

    code: Code
    name: Name
    attribute: tuple[Attribute, ...]
    identifier: tuple[Identifier, ...] = ()
    comparison: tuple[Comparison, ...] = ()
    blocks: tuple[tuple[str, ...], ...] = ()
    threshold: float = 0.95
    prior_matches_per_record: float = 1.0
    margin: float = 0.0
    density: float = 0.0
    block_limit: int = 1_000_000
    recorded: str = ""
    one_to_one: bool = False
    train: bool = False
    truth_column: str = ""
    truth_pattern: str = ""
    truth_pairs: TruthPairs | None = None
    relation: tuple[Relation, ...] = ()
    search: Search | None = None
    summary: Text = Text(zh="")

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its attributes, in their order."""
        return tuple(attribute.code for attribute in self.attribute)

    def compared(self, attribute: str) -> Comparison | None:
        """How an attribute is compared, or None where it isn't."""
        return next((c for c in self.comparison if c.attribute == attribute), None)


# Levels that look at another attribute too.
NAMING = ("crossed", "former")
PART = re.compile(r"(?:(pinyin|prefix|year|token)\()?([a-z][a-z0-9_]*)(?:,\s*(\d+))?(?(1)\))")


def _references(declared: Declared[Registry], league: League) -> Iterable[Fault]:
    value: Registry = declared.value
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
    yield from _fed(declared, league)
    yield from _related(declared, league)
    searched = value.search.attributes().items() if value.search else ()
    formed = ((("attribute", n, "form_of"), a.form_of) for n, a in enumerate(value.attribute) if a.form_of)
    for keys, name in [*_used(value), *formed, *((("search", fact), name) for fact, name in searched)]:
        if name not in value.codes:
            yield declared.fault(
                *keys,
                zh=f"“{name}”不是本库的字段。",
                en=f"{name} is not an attribute of this registry.",
                allowed=", ".join(value.codes),
            )
    yield from _born(declared, league)
    yield from _comparisons(declared)
    for index, block in enumerate(value.blocks):
        for part in block:
            if not PART.fullmatch(part):
                yield declared.fault(
                    "blocks",
                    index,
                    zh=f"看不懂分块键“{part}”。",
                    en=f"Block key {part} can't be read.",
                    allowed="name, pinyin(name), prefix(name,3), year(date), token(name)",
                )


def _related(declared: Declared[Registry], league: League) -> Iterable[Fault]:
    """Relations to a registry that isn't there, or by an attribute that is no identifier of it."""
    for index, one in enumerate(declared.value.relation):
        other = league.all("registry").get(one.to)
        if other is None:
            yield declared.fault(
                "relation",
                index,
                "to",
                zh=f"基础库“{one.to}”不存在。",
                en=f"There is no registry {one.to}.",
                allowed=league.codes("registry"),
            )
            continue
        known = [identifier.attribute for identifier in other.value.identifier]
        if bool(one.identifier) != bool(one.identifies) or (one.identifies and one.identifies not in known):
            yield declared.fault(
                "relation",
                index,
                "identifies",
                zh=f"“{one.identifies}”不是基础库“{one.to}”的标识。",
                en=f"{one.identifies} is no identifier of registry {one.to}.",
                allowed=", ".join(known),
            )


def _fed(declared: Declared[Registry], league: League) -> Iterable[Fault]:
    """Columns that none of the resources feeding the registry has, and sources that are not there."""
    value: Registry = declared.value
    feeding = [
        one.value
        for one in league.all("resource").values()
        if one.value.registry == value.code and not one.value.base
    ]
    if not feeding:
        return
    columns = {item.key for resource in feeding for item in resource.item}
    wanted: list[tuple[tuple[str | int, ...], str]] = [
        (("attribute", index), attribute.key) for index, attribute in enumerate(value.attribute)
    ]
    wanted += [
        (("relation", index, what), getattr(one, what))
        for index, one in enumerate(value.relation)
        for what in ("named", "identifier", "phone", "area")
        if getattr(one, what)
    ]
    wanted += [
        ((name,), getattr(value, name)) for name in ("recorded", "truth_column") if getattr(value, name)
    ]
    for keys, column in wanted:
        if column not in columns:
            yield declared.fault(
                *keys,
                zh=f"归入本库的信息资源都没有信息项“{column}”。",
                en=f"No resource that feeds this registry has an item {column}.",
                allowed=", ".join(sorted(columns)),
            )
    for index, attribute in enumerate(value.attribute):
        for source in attribute.prefer:
            if source not in league.all("source"):
                yield declared.fault(
                    "attribute",
                    index,
                    "prefer",
                    zh=f"数据源“{source}”不存在。",
                    en=f"There is no source {source}.",
                    allowed=league.codes("source"),
                )


def _born(declared: Declared[Registry], league: League) -> Iterable[Fault]:
    """The attribute that says when someone was born, where it is no date."""
    value: Registry = declared.value
    wanted = value.search.born if value.search else ""
    element = next((a.element for a in value.attribute if a.code == wanted), "")
    known = league.all("element").get(element)
    if known is not None and known.value.type != "date":
        yield declared.fault("search", "born", zh=f"“{wanted}”不是日期。", en=f"{wanted} is not a date.")


def _used(value: Registry) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every attribute the registry refers to, and where."""
    for index, identifier in enumerate(value.identifier):
        yield ("identifier", index, "attribute"), identifier.attribute
        for name in identifier.guard:
            yield ("identifier", index, "guard"), name
        for name in identifier.repair:
            yield ("identifier", index, "repair"), name
    for index, comparison in enumerate(value.comparison):
        yield ("comparison", index, "attribute"), comparison.attribute
        for level in comparison.level:
            if level.kind in NAMING:
                yield ("comparison", index, "level"), level.other
    for index, block in enumerate(value.blocks):
        for part in block:
            if found := PART.fullmatch(part):
                yield ("blocks", index), found[2]


def _comparisons(declared: Declared[Registry]) -> Iterable[Fault]:
    value: Registry = declared.value
    for index, comparison in enumerate(value.comparison):
        if not comparison.level or comparison.level[-1].kind != "else":
            yield declared.fault(
                "comparison",
                index,
                zh="比较的最后一级必须是 else。",
                en="The last level of a comparison must be else.",
            )
        missing = any(level.m is None or level.u is None for level in comparison.level)
        if missing and not value.train:
            yield declared.fault(
                "comparison",
                index,
                zh="每一级都要写 m 和 u，或写 train = true。",
                en="Give every level m and u, or say train = true.",
            )
        for level in comparison.level:
            if any(p is not None and not 0 < p < 1 for p in (level.m, level.u)):
                yield declared.fault(
                    "comparison",
                    index,
                    zh="m 和 u 是概率，须大于 0 且小于 1。",
                    en="m and u are probabilities: above 0 and below 1.",
                )
    try:
        groups = re.compile(value.truth_pattern).groups
    except re.error:
        groups = 0
    if value.truth_pattern and groups != 1:
        yield declared.fault(
            "truth_pattern",
            zh="truth_pattern 须是含一个括号组的正则表达式。",
            en="truth_pattern must be a regular expression with one group.",
        )
    if not 0 < value.threshold < 1:
        yield declared.fault(
            "threshold", zh="阈值须大于 0 且小于 1。", en="The threshold must be above 0 and below 1."
        )


REGISTRY = Kind(
    "registry", Text(zh="基础库", en="Base registry"), Registry, "registries/*.toml", check=_references
)
