"""An entry as the desk compiles it: what is wrong with it, how it stands to the league folder, what code it gets."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection
from django.db.models import QuerySet

from xilin.kernel.accounts.models import Department
from xilin.kernel.catalog import codes, declarations
from xilin.kernel.catalog.declarations import Item
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.catalog.models import Compilation, Resource, Version
from xilin.kernel.standards.declarations import Name
from xilin.kernel.standards.queries import declared
from xilin.lib.declared import Declared, League, Place
from xilin.lib.text import Text

# The code of an entry that was never submitted; `entries.named` gives it its own.
UNNAMED = "unnamed"
_NUMBERS_LOCK = 0x58494C10
# What the league folder alone says of an entry that it declares: how rows are told apart, found and linked.
_FOLDERS = ("code", "provider", "key", "lookup", "registry", "base", "area_column", "time_column")
_FOLDERS_OF_ITEMS = ("element", "column", "required", "on_invalid", "optional", "one_source")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an entry: the field or item it is about, in words, and what would be right."""

    keys: tuple[str | int, ...]
    what: Text
    allowed: Text | None = None

    @property
    def item(self) -> int | None:
        """The index of the item it is about, from 0."""
        return self.keys[1] if len(self.keys) > 1 and isinstance(self.keys[1], int) else None


class _Paper(Declared[Entry]):
    """An entry that stands in no file: its faults remember the field, by its place among those asked for."""

    __slots__ = ("asked",)

    def __init__(self, value: Entry) -> None:
        super().__init__("resource", value.code, value, "", {})
        object.__setattr__(self, "asked", [])

    def at(self, *keys: str | int) -> Place:
        """A number for the field, so that the fault can be told by it."""
        self.asked.append(keys)  # type: ignore[attr-defined]
        return Place("", len(self.asked))  # type: ignore[attr-defined]


def blank(provider: Department | None, *, on: date) -> Entry:
    """A new entry of a department that says nothing yet."""
    return Entry(
        code=UNNAMED,
        catalogue_code="0/0",
        name=Name(zh=""),
        provider=provider.code if provider else "",
        summary=Text(zh=""),
        classification=(),
        format="database",
        share_type="conditional",
        update_cycle="daily",
        published=on,
        item=(),
    )


def store() -> League:
    """What entries refer to, as it is in force: departments, elements, masks, registries, classes."""
    league = League(Path())
    for kind in ("element", "mask", "registry", "catalogue_class"):
        try:
            known = declared(kind)
        except StopIteration:  # the kind's own part isn't installed
            known = {}
        league.all(kind).update({code: Declared(kind, code, one, "", {}) for code, one in known.items()})
    for code in Department.objects.filter(retired=False).values_list("code", flat=True):
        league.all("department")[code] = Declared("department", code, None, "", {})
    return league


def problems(value: Entry, league: League | None = None) -> list[Problem]:
    """Everything that is wrong with an entry, by the words the league folder's own check uses.

    Args:
        value: the entry.
        league: `store()`, where many are checked one after another.
    """
    paper = _Paper(value)
    faults = list(declarations.alone(paper, league or store()))
    asked: list[tuple[str | int, ...]] = paper.asked  # type: ignore[attr-defined]
    found = [Problem(asked[fault.place.line - 1], fault.what, fault.allowed) for fault in faults]
    return found + list(_plain(value)) + list(_elsewhere(value))


def _plain(value: Entry) -> Iterator[Problem]:
    """What a file couldn't leave out, and a form can."""
    if not value.name.zh.strip():
        yield Problem(("name",), Text(zh="缺少信息资源名称。", en="The entry has no name."))
    if not value.summary.zh.strip():
        yield Problem(("summary",), Text(zh="缺少信息资源摘要。", en="The entry has no summary."))
    if not value.item:
        yield Problem(("item",), Text(zh="至少要有一个信息项。", en="An entry has one item at least."))
    if value.share_type == "conditional" and not value.share_condition.zh.strip():
        yield Problem(
            ("share_condition",),
            Text(zh="有条件共享必须写明共享条件。", en="Sharing on conditions needs its conditions."),
        )
    for index, item in enumerate(value.item):
        if (
            item.share_type
            and _stricter(item.share_type, value.share_type)
            and not item.share_basis.zh.strip()
        ):
            yield Problem(
                ("item", index, "share_basis"),
                Text(
                    zh=f"信息项“{item.key}”的共享类型比信息资源更严，须写明依据。",
                    en=f"Item {item.key} is shared less freely than the resource: say on what basis.",
                ),
            )


_STRICTNESS = {"unconditional": 0, "conditional": 1, "denied": 2}


def _stricter(one: str, other: str) -> bool:
    return _STRICTNESS[one] > _STRICTNESS[other]


def _elsewhere(value: Entry) -> Iterator[Problem]:
    """What other entries make impossible."""
    parted = codes.parted(value.catalogue_code)
    taken = Resource.objects.filter(catalogue_code=value.catalogue_code).exclude(code=value.code)
    if parted and parted.number and (other := taken.first()):
        yield Problem(
            ("catalogue_code",),
            Text(
                zh=f"信息资源代码“{value.catalogue_code}”已由“{other.name}”使用。",
                en=f"Catalogue code {value.catalogue_code} is that of {other.code} already.",
            ),
        )
    for index, related in enumerate(value.related):
        if not entry_of(related).exists():
            yield Problem(
                ("related", index),
                Text(
                    zh=f"关联的信息资源“{related}”不存在。",
                    en=f"There is no resource {related} to be related to.",
                ),
            )


def entry_of(code: str) -> QuerySet[Resource]:
    """Entries in force by their own code or their catalogue code."""
    in_force = Resource.objects.filter(retired=False)
    return in_force.filter(catalogue_code=code) if "/" in code else in_force.filter(code=code)


def merged(folders: Entry, desks: Entry) -> Entry:
    """An entry that the folder declares and the desk published: the folder's word on rows, the desk's on the rest.

    Items are the folder's, in its order; names, share types, bases, masks and openness of those that the desk
    knows are the desk's.
    """
    known = {item.key: item for item in desks.item}
    items = tuple(_merged_item(item, known.get(item.key)) for item in folders.item)
    kept = {name: getattr(folders, name) for name in _FOLDERS}
    return msgspec.structs.replace(desks, **kept, item=items)


def _merged_item(folders: Item, desks: Item | None) -> Item:
    if desks is None:
        return folders
    return msgspec.structs.replace(desks, **{name: getattr(folders, name) for name in _FOLDERS_OF_ITEMS})


def fixed(folders: Entry, desks: Entry) -> Iterator[Problem]:
    """What the desk may not change in an entry that the folder declares: which items it has."""
    wanted, given = {item.key: item for item in folders.item}, {item.key for item in desks.item}
    for index, item in enumerate(desks.item):
        if item.key not in wanted or wanted[item.key].element != item.element:
            yield Problem(
                ("item", index, "element"),
                Text(
                    zh=f"该信息资源的信息项由盟市目录声明，没有“{item.key}”。",
                    en=f"The items of this resource are declared in the league folder: there is no {item.key}.",
                ),
                Text(zh="、".join(wanted), en=", ".join(wanted)),
            )
    if missing := [key for key in wanted if key not in given]:
        yield Problem(
            ("item",),
            Text(
                zh=f"缺少由盟市目录声明的信息项：{'、'.join(missing)}。",
                en=f"Items that the league folder declares are missing: {', '.join(missing)}.",
            ),
        )


def named(value: Entry) -> Entry:
    """The entry with a catalogue code of its own and, where it has none, a code; numbers are never given twice.

    In the caller's transaction; those who ask at the same time wait for each other.
    """
    parted = codes.parted(value.catalogue_code)
    if parted is None or parted.number:
        return value
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERS_LOCK])
    number = _last(parted.digits) + 1
    code = value.code
    if code == UNNAMED:
        code = f"{value.provider}_{parted.digits}_{number:06d}"[:60]
    return msgspec.structs.replace(value, code=code, catalogue_code=codes.written(parted.digits, number))


def _last(digits: str) -> int:
    """The highest number that was ever given in a class."""
    held: Iterable[QuerySet[Any]] = (Resource.objects, Version.objects, Compilation.objects)  # type: ignore[assignment]
    found = [0]
    for rows in held:
        given = rows.filter(catalogue_code__startswith=f"{digits}/").order_by()
        found += [
            parted.number
            for code in given.values_list("catalogue_code", flat=True).distinct()
            if (parted := codes.parted(code))
        ]
    return max(found)


def content_of(value: Entry) -> dict[str, Any]:
    """An entry as plain JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain


def typed(content: Mapping[str, Any]) -> Entry:
    """An entry from plain JSON; `msgspec.ValidationError` where it is none."""
    return msgspec.convert(content, Entry, strict=False)
