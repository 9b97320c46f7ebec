"""Published versions of an entry, and what differs between two of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import QuerySet

from xilin.kernel.catalog.declarations import Item
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.catalog.models import Resource, Version
from xilin.lib.errors import NotFound

# What is said of an item, as far as the catalogue tells it.
ITEM_FACTS = ("element", "name", "share_type", "share_basis", "mask", "open", "required", "one_source")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two versions say differently; `item` is the column where it is about an item.

    `before` or `after` is None where the item is new or gone.
    """

    field: str
    before: Any
    after: Any
    item: str = ""

    @property
    def verb(self) -> str:
        """What happened to it: `add`, `remove`, `change`."""
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"


def versions_of(resource: Resource) -> QuerySet[Version]:
    """The published versions of an entry, newest first."""
    return resource.versions.select_related("compilation__compiled_by__department")


def versions_by_resource(resources: Iterable[Resource]) -> dict[int, list[Version]]:
    """The published versions of many entries by primary key, newest first."""
    found: dict[int, list[Version]] = {}
    for one in Version.objects.filter(resource__in=[one.pk for one in resources]).order_by(
        "resource", "-number"
    ):
        found.setdefault(one.resource_id, []).append(one)
    return found


def newest_versions(among: QuerySet[Resource], most: int) -> list[Version]:
    """The versions published last of some entries, newest first."""
    found = Version.objects.filter(resource__in=among.order_by().values("pk")).select_related(
        "resource__provider"
    )
    return list(found.order_by("-at", "-pk")[:most])


def version_of(resource: Resource, number: int) -> Version:
    """One published version, or NotFound."""
    found = versions_of(resource).filter(number=number).first()
    if found is None:
        raise NotFound(kind=Version._meta.verbose_name, name=f"{resource.code} {number}")
    return found


def differences(before: Entry | None, after: Entry) -> list[Difference]:
    """What the catalogue says differently in two versions; everything is new where there was none before."""
    if before is None:
        return []
    found = [
        Difference(name, getattr(before, name), getattr(after, name))
        for name in Entry.__struct_fields__
        if name not in ("item", "code", "published") and getattr(before, name) != getattr(after, name)
    ]
    return found + list(_items(before, after))


def _items(before: Entry, after: Entry) -> Iterator[Difference]:
    old, new = {item.key: item for item in before.item}, {item.key: item for item in after.item}
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            yield Difference("item", _said(old[key]), None, key)
        elif key not in old:
            yield Difference("item", None, _said(new[key]), key)
        else:
            for fact in ITEM_FACTS:
                if getattr(old[key], fact) != getattr(new[key], fact):
                    yield Difference(fact, getattr(old[key], fact), getattr(new[key], fact), key)


def _said(item: Item) -> str:
    return item.name.zh if item.name else str(msgspec.to_builtins(item.element))
