"""Reading what is declared and in force."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection

from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.models import Declaration, LeagueVersion
from xilin.lib.text import MONGOLIAN
from xilin.web.languages import Said


def struct_of(kind: str) -> type[Any]:
    """The type of a kind of declaration."""
    return next(known.struct for known in KINDS if known.name == kind)


State = tuple[int, int, int]
_KEPT: dict[str, tuple[State, dict[str, Any]]] = {}


def declared(kind: str) -> dict[str, Any]:
    """The declarations of a kind that are in force, typed, by code.

    They are read once for each state they are in; `settings.KEPT_SECONDS` of 0 reads them every time.
    """
    if not settings.KEPT_SECONDS:
        return _read(kind)
    state, kept = _state(kind), _KEPT.get(kind)
    if kept is None or kept[0] != state:
        kept = _KEPT[kind] = state, _read(kind)
    return dict(kept[1])


def forget() -> None:
    """Let go of what is kept: its database is to be another one."""
    _KEPT.clear()
    _mongolian.cache_clear()


def _state(kind: str) -> State:
    """What tells one set of declarations in force from any other: what a row declares never changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(max(id), 0), coalesce(sum(id), 0)::bigint FROM standards_declaration "
            "WHERE kind = %s AND until_id IS NULL",
            [kind],
        )
        count, newest, total = cursor.fetchone()
    return count, newest, total


def _read(kind: str) -> dict[str, Any]:
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


def mongolian(language: str) -> dict[str, Said]:
    """Declared words in one of both Mongolian scripts, by their Chinese: kept for a version.

    The league's list holds before what declarations say beside their texts, so that names which reach a page from the
    columns of a table are known too.
    """
    version = current_version()
    return _mongolian(language, version.digest) if version else {}


@lru_cache(maxsize=8)
def _mongolian(language: str, _version: str) -> dict[str, Said]:
    vertical = language == MONGOLIAN
    told = {
        one.zh: Said(one.mn, one.status in "AB") if vertical else Said(one.mn_cyrl, one.status_cyrl in "AB")
        for one in declared("word").values()
    }
    told = {zh: said for zh, said in told.items() if said.words}
    rest = Declaration.objects.filter(until=None).exclude(kind__in=["word", "boundary"])
    for content in rest.values_list("content", flat=True).iterator():
        for zh, words in _beside(content, "mn" if vertical else "mn_cyrl"):
            told.setdefault(zh, Said(words, False))
    return told


def _beside(content: object, script: str) -> Iterator[tuple[str, str]]:
    """The Chinese words of a declaration that have their Mongolian beside them."""
    if isinstance(content, dict):
        zh, words = content.get("zh"), content.get(script)
        if isinstance(zh, str) and isinstance(words, str) and words:
            yield zh, words
        for one in content.values():
            yield from _beside(one, script)
    elif isinstance(content, list):
        for one in content:
            yield from _beside(one, script)
