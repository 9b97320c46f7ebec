"""来源 How a golden record says where its values come from: kept briefly, read attribute by attribute."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

# One part of what is kept: source, batch, the record's own time or null, and the attributes that come from there.
Part = tuple[str, int, str | None, str]


def told(parts: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """`[source, batch, recorded]` of each attribute, from the parts that are kept.

    >>> told([["police", 7, None, "name born"], ["health", 2, None, "phone"]])["born"]
    ['police', 7, None]
    """
    return {code: list(origin) for *origin, codes in parts for code in codes.split()}


def kept(origins: Mapping[str, Sequence[Any]]) -> list[Part]:
    """The parts to keep: attributes of one origin stand together, as most of a golden record's do.

    >>> kept({"name": ["police", 7, None], "born": ["police", 7, None]})
    [('police', 7, None, 'name born')]
    """
    together: dict[tuple[str, int, str | None], list[str]] = {}
    for code, (source, batch, recorded) in origins.items():
        together.setdefault((source, batch, recorded), []).append(code)
    return [(*origin, " ".join(codes)) for origin, codes in together.items()]


class ProvenanceField(models.JSONField):
    """Attribute -> `[source, batch, recorded]`, kept as `[[source, batch, recorded, "attribute attribute …"], …]`."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> dict[str, list[Any]] | None:
        """What is kept, told by attribute."""
        found = super().from_db_value(value, expression, connection)
        return None if found is None else told(found)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """What is told by attribute, as it is kept."""
        brief = kept(value) if isinstance(value, Mapping) else value
        return super().get_db_prep_value(brief, connection, prepared)
