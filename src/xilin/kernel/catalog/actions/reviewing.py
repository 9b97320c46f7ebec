"""Reviewing an entry: the department's approver, then the authority's; publishing and withdrawing."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

import msgspec
from django.db import transaction
from django.utils import timezone

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework.models import Case
from xilin.kernel.catalog import entries, errors, parties
from xilin.kernel.catalog.actions.applying import index, write
from xilin.kernel.catalog.actions.compiling import locked, whole
from xilin.kernel.catalog.actions.compiling import log as _log
from xilin.kernel.catalog.actions.reporting import queue
from xilin.kernel.catalog.models import Compilation, Report, Resource
from xilin.kernel.standards.queries import declaration, declared

_State = Compilation.State


def reviewer_of(compilation: Compilation) -> Department:
    """Whose review a compilation waits for."""
    if compilation.state == _State.DEPARTMENT:
        return compilation.provider
    return parties.needed_authority()


@transaction.atomic
def send_back(compilation: Compilation, *, reason: str, by: User, at: datetime) -> Compilation:
    """Return an entry to its department for amendment, with reasons; a withdrawal ends with that."""
    compilation = locked(compilation, _State.DEPARTMENT, _State.AUTHORITY)
    parties.need_reviewer(by, reviewer_of(compilation), compilation)
    if not reason.strip():
        raise errors.ReasonMissing
    case = _case(compilation)
    if compilation.aim == Compilation.Aim.WITHDRAW:
        casework.close(case, at=at, by=by, outcome="refused", remark=reason.strip())
        compilation.state = _State.ABANDONED
    else:
        casework.step(
            case,
            to="amend",
            at=at,
            by=by,
            outcome="returned",
            remark=reason.strip(),
            department=compilation.provider,
        )
        compilation.state = _State.RETURNED
    compilation.save(update_fields=["state"])
    _log("catalog.entry.returned", compilation, by, at, reason)
    return compilation


@transaction.atomic
def pass_on(compilation: Compilation, *, by: User, at: datetime, reason: str = "") -> Compilation:
    """The department's approver passes an entry on to the authority."""
    compilation = locked(compilation, _State.DEPARTMENT)
    parties.need_reviewer(by, compilation.provider, compilation)
    whole(compilation)
    authority = parties.needed_authority()
    casework.step(
        _case(compilation),
        to=_State.AUTHORITY,
        at=at,
        by=by,
        outcome="passed",
        remark=reason.strip(),
        department=authority,
    )
    compilation.state = _State.AUTHORITY
    compilation.save(update_fields=["state"])
    _log("catalog.entry.passed", compilation, by, at, reason)
    return compilation


# What other parts do in the transaction that withdraws an entry: the exchange ends its grants.
ON_WITHDRAWAL: list[Callable[[Resource, User, datetime], None]] = []


@transaction.atomic
def publish(compilation: Compilation, *, by: User, at: datetime, reason: str = "") -> Compilation:
    """The authority's approver publishes an entry, or withdraws it where that is the compilation's aim.

    The entry, its items, its version, its search words, its report upward and the audit entry stand or fall together.
    """
    compilation = locked(compilation, _State.AUTHORITY)
    parties.need_reviewer(by, parties.needed_authority(), compilation)
    whole(compilation)
    if compilation.aim == Compilation.Aim.WITHDRAW:
        kind = "catalog.entry.withdrawn"
        _end(compilation, at)
        for act in ON_WITHDRAWAL:
            act(cast(Resource, compilation.resource), by, at)
        queue(cast(Resource, compilation.resource), Report.Kind.WITHDRAWN, at=at)
    else:
        kind = "catalog.entry.published"
        compilation.resource = _publish(compilation, at)
        queue(compilation.resource, Report.Kind.PUBLISHED, at=at)
    casework.close(_case(compilation), at=at, by=by, outcome=kind.rpartition(".")[2], remark=reason.strip())
    compilation.state = _State(kind.rpartition(".")[2])
    compilation.save(update_fields=["state", "resource", "content"])
    _log(kind, compilation, by, at, reason)
    return compilation


def _case(compilation: Compilation) -> Case:
    """Its case, which every compilation in review has."""
    return cast(Case, compilation.case)


def _publish(compilation: Compilation, at: datetime) -> Resource:
    today = timezone.localtime(at).date()
    value = msgspec.structs.replace(compilation.value, published=today)
    folders = declaration("resource", value.code)
    if folders is not None:
        value = entries.merged(folders, value)
    compilation.content = entries.content_of(value)
    resource = write(
        value,
        declared("element"),
        at=at,
        in_folder=folders is not None,
        compiled=True,
        compilation=compilation,
    )
    index([resource.pk])
    return resource


def _end(compilation: Compilation, at: datetime) -> None:
    """Take the entry out of the catalogue; its versions and requests stay."""
    resource = cast(Resource, compilation.resource)
    resource.retired = resource.withdrawn = True
    resource.save(update_fields=["retired", "withdrawn"])
    resource.versions.filter(until=None).update(until=at)
