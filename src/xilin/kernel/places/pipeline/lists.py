"""Official lists of areas linked by rules: which row of one list is which of another, and where they differ."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from xilin.kernel.places.declarations import ListedArea, Meaning, NameRules
from xilin.kernel.places.pipeline.names import bare, plain, sound

How = Literal["code_and_name", "name_and_parent", "code_and_sound", "name_within", "alone"]
What = Literal["code", "name", "parent", "missing"]
DIFFERING: tuple[What, ...] = ("code", "name", "parent")


@dataclass
class Together:
    """One area as the lists have it: at most one row of each; `how` is the weakest rule that was needed."""

    rows: dict[str, ListedArea] = field(default_factory=dict)
    how: How = "alone"

    @property
    def first(self) -> ListedArea:
        """The row of the first list that has it."""
        return next(iter(self.rows.values()))


@dataclass(frozen=True, slots=True)
class Difference:
    """Where lists differ about one area: in its code, its name or its parent; or that only some have it."""

    what: What
    said: dict[str, str]


def link(rows: Iterable[ListedArea], lists: Sequence[str], rules: NameRules) -> list[Together]:
    """Link the rows of every list to those of the lists before it, strongest rule first.

    1. same code and same name; 2. same name in the same parent; 3. same code and a name that sounds the same;
    4. same name, one's parent lying within the other's. A code alone links nothing: two lists swapped two codes.
    The rules are tried over all rows before the next one, so that a weak link never takes a row from a strong one.
    """
    by_list: dict[str, list[ListedArea]] = {code: [] for code in lists}
    for row in rows:
        if row.list in by_list:
            by_list[row.list].append(row)
    found: list[Together] = []
    for ours in by_list.values():
        left = sorted(ours, key=lambda row: row.code)
        for how, key in _keys(rules):
            left = _join(left, found, how, key)
        found += [Together({row.list: row}) for row in left]
    return found


def _keys(rules: NameRules) -> list[tuple[How, Callable[[ListedArea], tuple[str, ...]]]]:
    def parent(row: ListedArea) -> str:
        return rules.within.get(row.parent, row.parent)

    return [
        ("code_and_name", lambda row: (row.code, bare(row.name, rules))),
        ("name_and_parent", lambda row: (bare(row.name, rules), row.kind, row.parent)),
        ("code_and_sound", lambda row: (row.code, sound(bare(row.name, rules)))),
        ("name_within", lambda row: (plain(row.name, rules), row.kind, parent(row))),
    ]


def _join(
    left: list[ListedArea], found: list[Together], how: How, key: Callable[[ListedArea], tuple[str, ...]]
) -> list[ListedArea]:
    """Join rows to what was found where the key is that of exactly one on each side; the rows still left."""
    known: dict[tuple[str, ...], list[Together]] = defaultdict(list)
    ours: dict[tuple[str, ...], list[ListedArea]] = defaultdict(list)
    for row in left:
        ours[key(row)].append(row)
    for one in found:
        for wanted in {key(row) for row in one.rows.values()}:
            known[wanted].append(one)
    still = []
    for wanted, rows in ours.items():
        free = [one for one in known[wanted] if rows[0].list not in one.rows]
        if len(rows) == 1 and len(free) == 1:
            free[0].rows[rows[0].list] = rows[0]
            free[0].how = how
        else:
            still += rows
    return sorted(still, key=lambda row: row.code)


def differences(one: Together, lists: Sequence[str]) -> list[Difference]:
    """Where the lists differ about an area; a list that hasn't it is told as missing."""
    found = [
        Difference(what, said)
        for what in DIFFERING
        if len(set((said := {code: getattr(row, what) for code, row in one.rows.items()}).values())) > 1
    ]
    missing = [code for code in lists if code not in one.rows]
    if missing:
        found.append(Difference("missing", dict.fromkeys(missing, "")))
    return found


def meanings(code: str, on: date | None, book: Iterable[Meaning]) -> list[Meaning]:
    """What a code meant on a day, one for each book that had it; every meaning it ever had without a day."""
    ours = [one for one in book if one.code == code]
    if on is not None:
        ours = [
            one
            for one in ours
            if (one.valid_from is None or one.valid_from <= on)
            and (one.valid_to is None or on <= one.valid_to)
        ]
    return sorted(ours, key=lambda one: (one.valid_from or date.min, one.book))


def padded(code: str) -> str:
    """A code of 2, 4, 6, 9 or 12 digits, or more letters, as 12 characters.

    >>> padded("990102"), padded("990102100")
    ('990102000000', '990102100000')
    """
    return code.strip()[:12].ljust(12, "0")
