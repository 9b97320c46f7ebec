"""Compiling an entry: begin, change, submit, take back, give up. Each action is one transaction, on record."""

from datetime import datetime
from uuid import uuid4

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.catalog import entries, errors, parties
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.catalog.models import Compilation, CompilationStep, Resource
from xilin.kernel.standards.queries import declaration

CASE = "catalogue"
_State, _Did = Compilation.State, CompilationStep.Did
_OPEN = (_State.DRAFT, _State.RETURNED)


@transaction.atomic
def begin(
    value: Entry, *, by: User, at: datetime, resource: Resource | None = None, aim: str = "publish"
) -> Compilation:
    """Begin the compilation of an entry of the user's department.

    Args:
        value: what it says so far; `entries.UNNAMED` as its code where it is new.
        resource: the entry it amends or withdraws; None for a new one.
        aim: `publish` or `withdraw`.

    Raises NotYourEntry, and BeingCompiled where the entry is on its way already.
    """
    provider = Department.objects.filter(code=value.provider, retired=False).first()
    if provider is None:
        raise errors.NobodysEntry
    parties.need_compiler(by, provider, value.name.zh)
    if resource is not None:
        if resource.provider_id != provider.pk:
            raise errors.NotYourEntry(name=resource.name, department=resource.provider.short)
        Resource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
        _not_on_its_way(resource)
    compilation = Compilation.objects.create(
        number=uuid4().hex[:20],
        aim=aim,
        resource=resource,
        base=resource.version if resource else 0,
        provider=provider,
        content=entries.content_of(value),
        name=value.name.zh,
        catalogue_code=value.catalogue_code,
        compiled_by=by,
        compiled_at=at,
        changed_at=at,
    )
    compilation.number = f"C{timezone.localtime(at):%Y%m%d}-{compilation.pk:06d}"
    compilation.save(update_fields=["number"])
    _log("catalog.entry.compiled", compilation, by, at)
    return compilation


def amend(resource: Resource, *, by: User, at: datetime) -> Compilation:
    """Begin an amendment of a published entry from what it says now."""
    return begin(entry_of(resource), by=by, at=at, resource=resource)


def entry_of(resource: Resource) -> Entry:
    """What an entry's newest version says."""
    newest = resource.versions.first()
    if newest is not None:
        value: Entry = newest.value
        return value
    told: Entry = declaration("resource", resource.code)
    return told


@transaction.atomic
def withdraw(resource: Resource, *, reason: str, by: User, at: datetime) -> Compilation:
    """Ask that a published entry be withdrawn: begun and submitted at once, reviewed twice like any other."""
    if not reason.strip():
        raise errors.ReasonMissing
    begun = begin(entry_of(resource), by=by, at=at, resource=resource, aim=Compilation.Aim.WITHDRAW)
    return submit(begun, by=by, at=at, reason=reason)


@transaction.atomic
def change(compilation: Compilation, value: Entry, *, by: User, at: datetime) -> Compilation:
    """Write what an entry says, while it is being compiled or after it was returned."""
    compilation = locked(compilation, *_OPEN)
    parties.need_compiler(by, compilation.provider, compilation.name)
    kept = compilation.value
    value = msgspec.structs.replace(value, provider=kept.provider, code=kept.code)
    value = _coded(kept, value)
    compilation.content = entries.content_of(value)
    compilation.name, compilation.catalogue_code = value.name.zh, value.catalogue_code
    compilation.changed_at = at
    compilation.save(update_fields=["content", "name", "catalogue_code", "changed_at"])
    if not compilation.steps.filter(by=by, did=_Did.COMPILED).exists():
        _log("catalog.entry.compiled", compilation, by, at)
    return compilation


def problems(compilation: Compilation, league: object | None = None) -> list[entries.Problem]:
    """What keeps a compilation from going on; nothing is asked of a withdrawal."""
    if compilation.aim == Compilation.Aim.WITHDRAW:
        return []
    value = compilation.value
    found = entries.problems(value, league)  # type: ignore[arg-type]
    folders = _folders(compilation)
    return found + (list(entries.fixed(folders, value)) if folders else [])


@transaction.atomic
def submit(compilation: Compilation, *, by: User, at: datetime, reason: str = "") -> Compilation:
    """Submit an entry to the department's review; it gets its code the first time, and its case begins or goes on."""
    compilation = locked(compilation, *_OPEN)
    parties.need_compiler(by, compilation.provider, compilation.name)
    parties.needed_authority()
    whole(compilation)
    if compilation.aim == Compilation.Aim.PUBLISH:
        _not_the_same(compilation)
        value = entries.named(compilation.value)
        compilation.content, compilation.catalogue_code = entries.content_of(value), value.catalogue_code
    if compilation.case is None:
        compilation.case = casework.open(
            kind=CASE,
            subject=f"{compilation.provider.short}: {compilation.name}",
            department=compilation.provider,
            step=_State.DEPARTMENT,
            at=at,
            by=by,
        )
    else:
        casework.step(
            compilation.case,
            to=_State.DEPARTMENT,
            at=at,
            by=by,
            outcome="submitted",
            department=compilation.provider,
        )
    compilation.state = _State.DEPARTMENT
    compilation.save(update_fields=["content", "catalogue_code", "case", "state"])
    _log("catalog.entry.submitted", compilation, by, at, reason)
    return compilation


@transaction.atomic
def take_back(compilation: Compilation, *, by: User, at: datetime, reason: str = "") -> Compilation:
    """Take an entry out of its reviews, back to its compilers; a withdrawal ends with that."""
    compilation = locked(compilation, _State.DEPARTMENT, _State.AUTHORITY)
    parties.need_compiler(by, compilation.provider, compilation.name)
    if compilation.case is not None:
        casework.close(compilation.case, at=at, by=by, outcome="taken_back", remark=reason, withdrawn=True)
    ends = compilation.aim == Compilation.Aim.WITHDRAW
    compilation.state, compilation.case = (_State.ABANDONED if ends else _State.DRAFT), None
    compilation.save(update_fields=["state", "case"])
    _log("catalog.entry.taken_back", compilation, by, at, reason)
    return compilation


@transaction.atomic
def abandon(compilation: Compilation, *, by: User, at: datetime, reason: str = "") -> Compilation:
    """Give up an entry that is being compiled or was returned; the published version stays as it is."""
    compilation = locked(compilation, *_OPEN)
    parties.need_compiler(by, compilation.provider, compilation.name)
    if compilation.case is not None:
        casework.close(compilation.case, at=at, by=by, outcome="abandoned", remark=reason, withdrawn=True)
    compilation.state = _State.ABANDONED
    compilation.save(update_fields=["state"])
    _log("catalog.entry.abandoned", compilation, by, at, reason)
    return compilation


def locked(compilation: Compilation, *states: str) -> Compilation:
    """The compilation as it stands now, under a lock; NotAtThisStep where it is in none of the states."""
    found = (
        Compilation.objects.select_for_update(of=("self",))
        .select_related("provider", "resource", "case", "compiled_by")
        .get(pk=compilation.pk)
    )
    if found.state not in states:
        raise errors.NotAtThisStep(number=found.number, state=found.get_state_display())
    return found


def whole(compilation: Compilation) -> None:
    """EntryHasProblems where something is wrong with the entry."""
    if found := problems(compilation):
        language = get_language() or ""
        raise errors.EntryHasProblems(problems=" ".join(one.what.of(language) for one in found[:20]))


def log(kind: str, compilation: Compilation, by: User, at: datetime, reason: str = "") -> None:
    """One step of the course, and the same in the audit log under the name of the event."""
    did = _Did(kind.rpartition(".")[2])
    department = by.department or compilation.provider
    CompilationStep.objects.create(
        compilation=compilation, did=did, by=by, department=department, at=at, reason=reason.strip()
    )
    value: Entry = compilation.value
    record(
        kind,
        by=by,
        department=department,
        provider=compilation.provider,
        subject=compilation.number,
        detail={
            "resource": "" if value.code == entries.UNNAMED else value.code,
            "catalogue_code": value.catalogue_code,
            "aim": str(compilation.aim),
        },
        at=at,
    )


def _folders(compilation: Compilation) -> Entry | None:
    """What the league folder says of the entry, where it declares it."""
    if compilation.resource is None:
        return None
    told: Entry | None = declaration("resource", compilation.resource.code)
    return told


def _coded(kept: Entry, value: Entry) -> Entry:
    """The code the entry had, unless it is in another class now: then it gets another number when submitted."""
    if value.catalogue_code.partition("/")[0] == kept.catalogue_code.partition("/")[0]:
        return msgspec.structs.replace(value, catalogue_code=kept.catalogue_code)
    return value


def _not_on_its_way(resource: Resource) -> None:
    ended = (_State.PUBLISHED, _State.WITHDRAWN, _State.ABANDONED)
    if other := resource.compilations.exclude(state__in=ended).first():
        raise errors.BeingCompiled(name=resource.name, number=other.number)


def _not_the_same(compilation: Compilation) -> None:
    """NothingChanged where an entry in force says what the compilation says."""
    resource = compilation.resource
    if resource is None or resource.retired:
        return
    newest = resource.versions.filter(until=None).first()
    if newest is not None and same(newest.value, compilation.value):
        raise errors.NothingChanged


def same(one: Entry, other: Entry) -> bool:
    """Whether two entries say the same, whenever they were published."""
    return one == msgspec.structs.replace(other, published=one.published)


_log = log
