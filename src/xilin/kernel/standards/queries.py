"""Reading what is declared and in force."""

from typing import Any

import msgspec

from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.models import Declaration, LeagueVersion


def struct_of(kind: str) -> type[Any]:
    """The type of a kind of declaration."""
    return next(known.struct for known in KINDS if known.name == kind)


def declared(kind: str) -> dict[str, Any]:
    """The declarations of a kind that are in force, typed, by code."""
    struct = struct_of(kind)
    rows = Declaration.objects.filter(kind=kind, until=None).order_by("code")
    return {
        code: msgspec.convert(content, struct, strict=False)
        for code, content in rows.values_list("code", "content")
    }


def declaration(kind: str, code: str) -> Any:
    """One declaration in force, or None."""
    row = Declaration.objects.filter(kind=kind, code=code, until=None).first()
    return msgspec.convert(row.content, struct_of(kind), strict=False) if row else None


def current_version() -> LeagueVersion | None:
    """The version in force, or None before the first apply."""
    return LeagueVersion.objects.order_by("-number").first()
