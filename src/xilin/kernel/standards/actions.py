"""Bring the store of declarations to what a league folder says, in one transaction."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from xilin.kernel.standards.declarations import APPLIERS, KINDS
from xilin.kernel.standards.models import Area, Declaration, LeagueVersion
from xilin.lib.declared import Kind, League

APPLY_LOCK = 0x58494C01


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the folder and the store; values are typed structs or None."""

    kind: str
    code: str
    before: Any
    after: Any
    file: str = ""
    line: int = 1
    content: Any = None
    digest: str = ""

    @property
    def verb(self) -> Literal["add", "change", "remove"]:
        """What carrying it out does."""
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"


def digest_of(value: Any) -> str:
    """SHA-256 over the canonical JSON of a declaration."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def plan(league: League) -> list[Change]:
    """The differences between a league folder and the store, in the order they would be applied."""
    stored: dict[tuple[str, str], Declaration] = {
        (row.kind, row.code): row for row in Declaration.objects.filter(until=None)
    }
    changes: list[Change] = []
    for kind in KINDS:
        wanted = league.all(kind.name)
        for code, declared in wanted.items():
            digest = digest_of(declared.value)
            row = stored.get((kind.name, code))
            if row is None or row.digest != digest:
                place = declared.at()
                changes.append(
                    Change(
                        kind.name,
                        code,
                        _before(row, kind) if row else None,
                        declared.value,
                        place.file,
                        place.line,
                        msgspec.to_builtins(declared.value),
                        digest,
                    )
                )
    for kind in reversed(KINDS):
        wanted = league.all(kind.name)
        changes += [
            Change(
                kind.name,
                code,
                _before(row, kind),
                None,
                row.file,
                row.line,
            )
            for (name, code), row in stored.items()
            if name == kind.name and code not in wanted
        ]
    return changes


def _before(row: Declaration, kind: Kind) -> Any:
    """What the store says, typed; as plain values where an older release wrote what no longer fits."""
    try:
        return msgspec.convert(row.content, kind.struct, strict=False)
    except msgspec.ValidationError:
        return row.content


@transaction.atomic
def apply(league: League, *, at: datetime, by: Any = None) -> tuple[LeagueVersion | None, list[Change]]:
    """Carry a plan out: the store, then each part's own tables, all or nothing.

    Two applies at once wait for each other. Returns the new version, or None when the
    store already says what the folder says.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPLY_LOCK])
    changes = plan(league)
    _move(league)
    if not changes:
        return None, []
    last = LeagueVersion.objects.order_by("-number").first()
    verbs = [change.verb for change in changes]
    everything = sorted((k.name, c, digest_of(d.value)) for k in KINDS for c, d in league.all(k.name).items())
    info = next(iter(league.all("league").values()), None)
    version = LeagueVersion.objects.create(
        league=info.value.code if info else "",
        number=last.number + 1 if last else 1,
        digest=digest_of(everything),
        applied_at=at,
        applied_by=by,
        added=verbs.count("add"),
        changed=verbs.count("change"),
        removed=verbs.count("remove"),
    )
    _record(changes, version)
    for kind in KINDS:
        carry = APPLIERS.get(kind.name)
        ours = [change for change in changes if change.kind == kind.name]
        if carry and ours:
            carry(ours)
    return version, changes


def _record(changes: list[Change], version: LeagueVersion) -> None:
    for change in changes:
        if change.before is not None:
            Declaration.objects.filter(kind=change.kind, code=change.code, until=None).update(until=version)
    Declaration.objects.bulk_create(
        [
            Declaration(
                kind=change.kind,
                code=change.code,
                content=change.content,
                digest=change.digest,
                file=change.file,
                line=change.line,
                since=version,
            )
            for change in changes
            if change.after is not None
        ],
        batch_size=1000,
    )


def _move(league: League) -> None:
    """Keep file and line of what is in force true; where a declaration stands is no change of what it says."""
    moved = []
    for row in Declaration.objects.filter(until=None).only("kind", "code", "file", "line"):
        declared = league.all(row.kind).get(row.code)
        place = declared.at() if declared else None
        if place and (row.file, row.line) != (place.file, place.line):
            row.file, row.line = place.file, place.line
            moved.append(row)
    Declaration.objects.bulk_update(moved, ["file", "line"], batch_size=1000)


def apply_areas(changes: Iterable[Change]) -> None:
    """Carry area declarations into `Area`; an area that left the folder ends, it is not deleted."""
    changes = list(changes)
    kept = [change for change in changes if change.after is not None]
    Area.objects.bulk_create(
        [
            Area(
                code=change.code,
                name=change.after.name,
                name_en=change.after.name_en,
                name_mn=change.after.name_mn,
                level=change.after.level,
                kind=change.after.kind,
                source=change.after.source,
                valid_from=change.after.valid_from,
                valid_to=change.after.valid_to,
            )
            for change in kept
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "name_en", "name_mn", "level", "kind", "source", "valid_from", "valid_to"],
        batch_size=1000,
    )
    ids = dict(Area.objects.values_list("code", "pk"))
    Area.objects.bulk_update(
        [Area(pk=ids[c.code], parent_id=ids.get(c.after.parent) if c.after.parent else None) for c in kept],
        ["parent"],
        batch_size=1000,
    )
    gone = [change.code for change in changes if change.after is None]
    last = LeagueVersion.objects.order_by("-number").first()
    if gone and last:
        Area.objects.filter(code__in=gone, valid_to=None).update(valid_to=timezone.localdate(last.applied_at))


def apply_boundaries(changes: Iterable[Change]) -> None:
    """Carry outlines into `Area.geometry`."""
    for change in changes:
        geometry = change.after.geometry if change.after is not None else None
        Area.objects.filter(code=change.code).update(geometry=geometry)
