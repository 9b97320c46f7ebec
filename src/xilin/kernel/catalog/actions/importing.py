"""Taking in catalogue sheets: each entry they say anew is begun, all of them or none; and writing sheets out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import entries, errors, parties, sheets
from xilin.kernel.catalog.actions.compiling import begin, same
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.catalog.models import Compilation, Resource, Version
from xilin.kernel.standards.queries import declared

_ENDED = (Compilation.State.PUBLISHED, Compilation.State.WITHDRAWN, Compilation.State.ABANDONED)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a workbook brought: compilations that were begun, entries it says as they are published."""

    begun: list[Compilation]
    unchanged: int


@transaction.atomic
def take_in(content: bytes, *, by: User, at: datetime) -> Imported:
    """Begin a compilation for each entry of a workbook that is new or says something else than its published version.

    Raises SheetHasFaults with every fault of the workbook, each with sheet, row and column; then nothing is begun.
    """
    if by.department is None or not parties.may_compile(by):
        raise errors.NobodysEntry
    provider = by.department
    resources, known = _known(provider, at)
    found, faults = sheets.read(content, known)
    begun, unchanged = list[tuple[Entry, Resource | None]](), 0
    if found and not faults:
        league, told = entries.store(), declared("resource")
        for one in found:
            resource = resources.get(one.entry.code)
            if resource is not None and same(known.entries[resource.code], one.entry):
                unchanged += 1
                continue
            faults += _problems(one, resource, league, told)
            begun.append((one.entry, resource))
    if not found and not faults:
        faults = [sheets.empty()]
    if faults:
        language = get_language() or ""
        raise errors.SheetHasFaults(
            count=len(faults),
            first=" ".join(fault.of(language) for fault in sorted(faults)[:3]),
            faults=sorted(faults),
        )
    return Imported([begin(value, by=by, at=at, resource=resource) for value, resource in begun], unchanged)


def _known(provider: Department, at: datetime) -> tuple[dict[str, Resource], sheets.Known]:
    """What a department's sheets may refer to, and the entries it has."""
    in_force = Version.objects.filter(until=None, resource__provider=provider, resource__retired=False)
    versions = {one.resource.code: one for one in in_force.select_related("resource")}
    known = sheets.Known(
        elements=declared("element"),
        masks=declared("mask"),
        classes=declared("catalogue_class"),
        provider=provider.code,
        provider_names=frozenset({provider.name, provider.short, provider.uscc}),
        entries={code: one.value for code, one in versions.items()},
        blank=entries.blank(provider, on=timezone.localtime(at).date()),
    )
    return {code: one.resource for code, one in versions.items()}, known


def _problems(
    one: sheets.Read, resource: Resource | None, league: Any, told: Mapping[str, Entry]
) -> list[sheets.Fault]:
    """What is wrong with an entry, at the cells it is about."""
    found = entries.problems(one.entry, league)
    if resource is not None:
        if resource.declared and (folders := told.get(resource.code)):
            found += list(entries.fixed(folders, one.entry))
        if other := resource.compilations.exclude(state__in=_ENDED).first():
            return [
                one.line.fault(
                    "name",
                    f"“{resource.name}”正在编制中，编制单号 {other.number}。",
                    f"{resource.name} is being compiled already, on {other.number}.",
                )
            ]
    faults = []
    for problem in found:
        line, field = one.line_of(problem.keys)
        allowed = problem.allowed.zh if problem.allowed else ""
        faults.append(line.fault(field, problem.what.zh, problem.what.en, allowed))
    return faults


def sheet_of(resources: Any) -> bytes:
    """A workbook of entries in force; with none of them an empty form."""
    kept = Version.objects.filter(until=None, resource__in=resources).order_by("resource__code")
    departments = {one.code: (one.name, one.uscc) for one in Department.objects.all()}
    return sheets.write(
        (one.value for one in kept.iterator(chunk_size=500)),
        declared("element"),
        declared("mask"),
        departments,
    )
