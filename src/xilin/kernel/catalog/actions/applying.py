"""Carry declared resources, and the elements they speak of, into the catalogue's tables."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection

from xilin.kernel.accounts.models import Department
from xilin.kernel.catalog import errors, words
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.catalog.entries import content_of, merged
from xilin.kernel.catalog.models import Compilation, Item, Resource, Version
from xilin.kernel.standards.actions import Change
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.queries import current_version, declared


def apply_resources(changes: Iterable[Change]) -> None:
    """Carry resource declarations into the tables and the search; one that left the folder is retired.

    What was published on the desk stands: the folder's word counts for the rows, the desk's for the rest
    (decision 140). What was withdrawn there comes back from there only.
    """
    at, elements = _now(), declared("element")
    touched = []
    for change in changes:
        if change.after is None:
            _left(change.code, at)
        elif (written := _declared(change.after, elements, at)) is not None:
            touched.append(written.pk)
    index(touched)


def _now() -> datetime:
    """The moment of the apply that is under way."""
    version = current_version()
    return version.applied_at if version else datetime.now(UTC)


def _left(code: str, at: datetime) -> None:
    resource = Resource.objects.filter(code=code).first()
    if resource is None:
        return
    resource.declared = False
    if not resource.compiled:
        resource.retired = True
        resource.versions.filter(until=None).update(until=at)
    resource.save(update_fields=["declared", "retired"])


def _declared(value: Entry, elements: Mapping[str, Element], at: datetime) -> Resource | None:
    """Write a declared entry; None where nothing of it is to be seen in the catalogue."""
    theirs = Resource.objects.filter(catalogue_code=value.catalogue_code, declared=False, retired=False)
    if taken := theirs.exclude(code=value.code).first():
        raise errors.CodeTaken(code=value.catalogue_code, name=taken.name)
    resource = Resource.objects.filter(code=value.code).first()
    if resource is not None and resource.withdrawn:
        Resource.objects.filter(pk=resource.pk).update(declared=True)
        return None
    desks = resource.versions.filter(until=None).first() if resource and resource.compiled else None
    whole = merged(value, desks.value) if desks else value
    return write(whole, elements, at=at, in_folder=True, compiled=desks is not None)


def write(
    value: Entry,
    elements: Mapping[str, Element],
    *,
    at: datetime,
    in_folder: bool,
    compiled: bool,
    compilation: Compilation | None = None,
) -> Resource:
    """Bring an entry into force as its next version, with its items; the caller indexes it.

    Args:
        value: the entry as a whole.
        elements: the declared data elements.
        at: the moment from which the version is in force.
        in_folder: whether the league folder declares it.
        compiled: whether it was published from the desk.
        compilation: the paper it was reviewed on.
    """
    provider = Department.objects.only("pk").get(code=value.provider)
    resource = _write(value, provider.pk, in_folder=in_folder, compiled=compiled)
    _write_items(resource, value, elements)
    resource.versions.filter(until=None).update(until=at)
    Version.objects.create(
        resource=resource,
        number=resource.version,
        content=content_of(value),
        catalogue_code=value.catalogue_code,
        at=at,
        compilation=compilation,
    )
    return resource


def apply_elements(changes: Iterable[Change]) -> None:
    """Carry what data elements say into the items bound to them, and into the search."""
    kept = {change.code: change.after for change in changes if change.after is not None}
    items = list(Item.objects.filter(element__in=kept))
    for item in items:
        for field, value in _from_element(kept[item.element], named=item.own_name).items():
            setattr(item, field, value)
    Item.objects.bulk_update(items, ["name", "name_en", "name_mn", *_GRADES], batch_size=500)
    index({item.resource_id for item in items})


_GRADES = ("type", "length", "code_list", "personal", "level")


def _write(value: Entry, provider: int, *, in_folder: bool, compiled: bool) -> Resource:
    """One entry; its version rises with each change."""
    fields: dict[str, Any] = {
        "declared": in_folder,
        "compiled": compiled,
        "withdrawn": False,
        "catalogue_code": value.catalogue_code,
        "name": value.name.zh,
        "name_en": value.name.en,
        "name_mn": value.name.mn,
        "provider_id": provider,
        "contact": msgspec.to_builtins(value.contact) if value.contact else {},
        "classification": list(value.classification),
        "theme": value.classification[0] if value.classification else "",
        "width": len(value.name.zh),
        "related": list(value.related),
        "key": list(value.key),
        "lookup": list(value.lookup),
        "retired": False,
    }
    for name in ("summary", "share_condition", "share_basis", "open_condition"):
        text = getattr(value, name)
        fields |= {name: text.zh, f"{name}_en": text.en}
    for name in ("format", "share_type", "share_mode", "open", "update_cycle", "published"):
        fields[name] = getattr(value, name)
    for name in ("registry", "base", "area_column", "time_column"):
        fields[name] = getattr(value, name)
    resource, created = Resource.objects.select_for_update().get_or_create(code=value.code, defaults=fields)
    if not created:
        for name, content in (fields | {"version": resource.version + 1}).items():
            setattr(resource, name, content)
        resource.save()
    return resource


def _write_items(resource: Resource, value: Entry, elements: Mapping[str, Element]) -> None:
    """The items of an entry in their order; those it no longer has go."""
    resource.items.exclude(column__in=[item.key for item in value.item]).delete()
    rows = [
        Item(
            resource=resource,
            position=position,
            column=item.key,
            element=item.element,
            own_name=item.name is not None,
            share_type=item.share_type or value.share_type,
            mask=item.mask,
            open=item.open,
            required=item.required,
            one_source=item.one_source,
            share_basis=item.share_basis.zh,
            share_basis_en=item.share_basis.en,
            **({"name": item.name.zh, "name_en": item.name.en, "name_mn": item.name.mn} if item.name else {}),
            **_from_element(elements[item.element], named=item.name is not None),
        )
        for position, item in enumerate(value.item, 1)
    ]
    written = [field.name for field in Item._meta.fields if field.name not in ("id", "resource", "column")]
    Item.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["resource", "column"], update_fields=written
    )


def _from_element(element: Element, *, named: bool) -> dict[str, Any]:
    """What an item takes from its element: its grade, and its name where it has none of its own."""
    grades: dict[str, Any] = {
        "type": element.type,
        "length": element.max_length,
        "code_list": element.code_list,
        "personal": element.personal,
        "level": element.level,
    }
    if named:
        return grades
    return grades | {"name": element.name.zh, "name_en": element.name.en, "name_mn": element.name.mn}


def index(resources: Iterable[int]) -> None:
    """Write the search words of resources, by primary key, in the caller's transaction."""
    rows = Resource.objects.filter(pk__in=resources).select_related("provider").prefetch_related("items")
    vectors = []
    for resource in rows:
        texts = texts_of(resource)
        vectors.append((words.vector(texts), words.vector({"A": texts["A"]}), resource.pk))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE catalog_resource SET search = %s::tsvector, named = %s::tsvector WHERE id = %s", vectors
        )


def texts_of(resource: Resource) -> dict[str, list[str]]:
    """What a resource is found by: its name, its items, whose and of what class it is, its summary."""
    items = [f"{item.name} {item.name_en} {item.name_mn} {item.column}" for item in resource.items.all()]
    provider = resource.provider
    return {
        "A": [resource.name, resource.name_en, resource.name_mn, resource.code, resource.catalogue_code],
        "B": items,
        "C": [*resource.classification, provider.name, provider.short, provider.short_en],
        "D": [resource.summary, resource.summary_en],
    }
