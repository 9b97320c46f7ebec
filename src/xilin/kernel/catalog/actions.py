"""Carry declared resources, and the elements they speak of, into the catalogue's tables."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from xilin.kernel.accounts.models import Department
from xilin.kernel.catalog import declarations, words
from xilin.kernel.catalog.models import Item, Resource
from xilin.kernel.standards.actions import Change
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.queries import declared


def apply_resources(changes: Iterable[Change]) -> None:
    """Carry resource declarations into the tables and the search; one that left the folder is retired."""
    providers = dict(Department.objects.values_list("code", "pk"))
    elements: dict[str, Element] = declared("element")
    touched = []
    for change in changes:
        if change.after is None:
            Resource.objects.filter(code=change.code).update(retired=True)
            continue
        resource = _write(change.after, providers)
        _write_items(resource, change.after, elements)
        touched.append(resource.pk)
    index(touched)


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


def _write(value: declarations.Resource, providers: dict[str, int]) -> Resource:
    """One entry; its version rises with each change."""
    fields: dict[str, Any] = {
        "catalogue_code": value.catalogue_code,
        "name": value.name.zh,
        "name_en": value.name.en,
        "name_mn": value.name.mn,
        "provider_id": providers[value.provider],
        "classification": list(value.classification),
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


def _write_items(resource: Resource, value: declarations.Resource, elements: dict[str, Element]) -> None:
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
    vectors = [(words.vector(_texts(resource)), resource.pk) for resource in rows]
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE catalog_resource SET search = %s::tsvector WHERE id = %s", vectors)


def _texts(resource: Resource) -> dict[str, list[str]]:
    """What a resource is found by: its name, its items, whose and of what class it is, its summary."""
    items = [f"{item.name} {item.name_en} {item.column}" for item in resource.items.all()]
    provider = resource.provider
    return {
        "A": [resource.name, resource.name_en, resource.code, resource.catalogue_code],
        "B": items,
        "C": [*resource.classification, provider.name, provider.short, provider.short_en],
        "D": [resource.summary, resource.summary_en],
    }
