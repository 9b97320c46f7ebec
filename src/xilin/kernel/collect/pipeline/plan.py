"""What one source's standardisation is made of: declarations, nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xilin.kernel.catalog.declarations import Item, Resource
from xilin.kernel.collect.declarations import Column, Source
from xilin.kernel.quality.declarations import Rule
from xilin.kernel.standards.declarations import CodeList, Element

SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}


@dataclass(frozen=True)
class Plan:
    """A source, the resource it feeds, and the elements, code lists and rules these refer to."""

    source: Source
    resource: Resource
    elements: Mapping[str, Element]
    code_lists: Mapping[str, CodeList] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def items(self) -> Iterator[tuple[Item, Element, Column]]:
        """Each item with its element and its mapping; an item that the source lacks is mapped to nothing."""
        for item in self.resource.item:
            yield item, self.elements[item.element], self.source.columns.get(item.key, Column())

    @property
    def flagged(self) -> list[str]:
        """The items with a `__found` column: a bad value is emptied and kept beside, the row stays."""
        return [
            item.key
            for item in self.resource.item
            if item.on_invalid == "flag" and item.key not in self.resource.key
        ]


def sources_of(column: Column) -> tuple[str, ...]:
    """The columns as found that a mapping reads."""
    if column.value is not None:
        return ()
    return column.join or ((column.source,) if column.source else ())


def columns(plan: Plan) -> list[str]:
    """The source's columns that a plan needs, each once, in the order of the mappings."""
    names = [name for column in plan.source.columns.values() for name in sources_of(column)]
    if plan.source.cursor:
        names.append(plan.source.cursor)
    return list(dict.fromkeys(names))
