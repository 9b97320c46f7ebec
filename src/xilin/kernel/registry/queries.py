"""Reading base registries: how many, from where, who, and where each value comes from."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, LinkRun
from xilin.kernel.registry.pipeline.model import Model
from xilin.lib.errors import NotFound
from xilin.lib.text import Text


def latest_run(registry: str) -> LinkRun | None:
    """The newest linking of a registry."""
    return LinkRun.objects.filter(registry=registry).first()


def pulse() -> int:
    """What changes with every linking, cheaply asked."""
    return LinkRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def runs(since: datetime) -> list[LinkRun]:
    """The linkings that ended since a moment, the newest first; without their parameters."""
    return list(LinkRun.objects.filter(finished_at__gte=since).defer("parameters", "batches"))


def model(registry: str) -> Model | None:
    """The model of a registry's newest linking: what each comparison's levels are worth, given or learnt."""
    run = latest_run(registry)
    told = run.parameters.get("model") if run else None
    return msgspec.convert(told, type=Model) if told else None


def living(registry: str) -> QuerySet[Entity]:
    """The entities that records belong to."""
    return Entity.objects.filter(registry=registry, ended_run=None)


def _counted(registry: str, name: str) -> Any:
    run = latest_run(registry)
    return run.counts.get(name) if run else None


def count(registry: str) -> int:
    """How many entities a registry has, as its newest linking left them."""
    return int(_counted(registry, "entities") or 0)


def count_by(registry: str, attribute: str) -> dict[str, int]:
    """How many entities have each value of an attribute of the golden record; "" where they have none."""
    rows = living(registry).annotate(value=KeyTextTransform(attribute, "attributes"))
    found = rows.order_by("value").values_list("value").annotate(number=Count("pk"))
    return {value or "": number for value, number in found}


def records_by_source(registry: str) -> dict[str, int]:
    """How many linked records each source has, as the newest linking left them."""
    return dict(_counted(registry, "sources") or {})


def how(registry: str) -> dict[str, int]:
    """How many records came to their entity in which way (`EntityRecord.How`)."""
    return dict(_counted(registry, "how") or {})


def way(how: str) -> Any:
    """In words, how a record came to its entity."""
    return EntityRecord.How(how).label


def entity_by_identifier(registry: str, attribute: str, value: str) -> Entity | None:
    """The living entity that carries an identifier, or None."""
    held = EntityIdentifier.objects.filter(registry=registry, attribute=attribute, value=value)
    return living(registry).filter(pk__in=held.values("entity")).first()


def entity(registry: str, id: uuid.UUID | str) -> Entity:
    """An entity by its id, one that has ended too; NotFound where there is none."""
    number = _number(str(id))
    found = Entity.objects.filter(registry=registry, pk=number).first() if number else None
    if found is None:
        raise NotFound(kind=_("entity"), name=id)
    return found


def attributes_of(registry: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is known of entities, by the ids as given; an id that is none, or of nobody, is left out."""
    known = {one: number for one in ids if (number := _number(one)) is not None}
    found = dict(
        Entity.objects.filter(registry=registry, pk__in=known.values()).values_list("pk", "attributes")
    )
    return {one: found[number] for one, number in known.items() if number in found}


def _number(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def record(registry: str, pk: int) -> EntityRecord:
    """A record of an entity by its number in this table; NotFound where there is none."""
    found = EntityRecord.objects.filter(registry=registry, pk=pk).first()
    if found is None:
        raise NotFound(kind=_("record"), name=pk)
    return found


def members(entity: Entity) -> QuerySet[EntityRecord]:
    """The records that belong to an entity, by source and key."""
    return EntityRecord.objects.filter(entity=entity)


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a golden record: where it comes from, and when it was true.

    `recorded` is the source's own time of the record, ISO 8601, or None where it has none.
    """

    code: str
    name: Text
    value: Any
    source: str
    batch: int
    recorded: str | None


def provenance(entity: Entity) -> list[Field]:
    """The golden record field by field, in the order the registry declares."""
    from xilin.kernel.standards.queries import declaration, declared

    registry, elements = declaration("registry", entity.registry), declared("element")
    fields = []
    for attribute in registry.attribute if registry else ():
        if attribute.code in entity.provenance:
            source, batch, recorded = entity.provenance[attribute.code]
            name = attribute.name or elements[attribute.element].name
            fields.append(
                Field(attribute.code, name, entity.attributes[attribute.code], source, batch, recorded)
            )
    return fields
