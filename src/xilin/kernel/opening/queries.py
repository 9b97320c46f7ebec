"""Reading what is open: openings with their releases, files, what privacy was spent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.db.models import Q, QuerySet, Sum
from pyarrow import parquet

from xilin.kernel.accounts.models import User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.catalog.models import Resource, ShareType
from xilin.kernel.opening import budget, store
from xilin.kernel.opening.declarations import Opening
from xilin.kernel.opening.errors import NotAnOpening
from xilin.kernel.opening.models import Question, Release, Spending
from xilin.kernel.opening.questions import Form
from xilin.kernel.opening.store import FORMATS
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound

__all__ = ["FORMATS", "Budget", "Distribution", "Open"]


@dataclass(frozen=True, slots=True)
class Open:
    """An opening with its newest release, None where nothing was released yet."""

    opening: Opening
    release: Release | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a release as a catalogue lists it; `path` is below the portal's address."""

    opening: str
    title: Any
    form: str
    path: str
    media_type: str
    bytes: int
    sha256: str
    licence: Any
    licence_url: str
    issued: datetime
    version: int
    protection: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Budget:
    """What a resource's privacy cost so far in a year, of how much, and for what."""

    resource: str
    year: int
    allowed: float
    spent: float
    spendings: list[Spending]

    @property
    def left(self) -> float:
        """What is left, never below nothing."""
        return max(self.allowed - self.spent, 0.0)


def openings() -> list[Open]:
    """Every declared opening, by code."""
    newest: dict[str, Release] = {}
    for release in Release.objects.filter(withdrawn_at=None).order_by("opening", "version"):
        newest[release.opening] = release
    return [Open(opening, newest.get(code)) for code, opening in declared("opening").items()]


def opening(code: str) -> Opening:
    """One declared opening, or NotAnOpening."""
    found: Opening | None = declaration("opening", code)
    if found is None:
        raise NotAnOpening(opening=code, known=", ".join(declared("opening")))
    return found


def releases(code: str) -> list[Release]:
    """The releases of an opening, newest first."""
    return list(Release.objects.filter(opening=code, withdrawn_at=None).order_by("-version"))


def newest_releases(most: int) -> list[Release]:
    """The releases given out last, newest first."""
    return list(Release.objects.filter(withdrawn_at=None).order_by("-released_at", "-pk")[:most])


def release(code: str, version: int) -> Release:
    """One release, or NotFound."""
    found = Release.objects.filter(opening=code, version=version, withdrawn_at=None).first()
    if found is None:
        raise NotFound(kind=Release._meta.verbose_name, name=f"{code} {version}")
    return found


def downloads() -> dict[str, int]:
    """How often files of each opening were fetched so far, all versions and formats together."""
    counted = Release.objects.filter(downloads__times__gt=0).values_list("opening")
    return dict(counted.annotate(times=Sum("downloads__times")).order_by("opening"))


def file(found: Release, form: str) -> Path:
    """A release's file of a format, or NotFound."""
    path = store.path(found.opening, found.version, form) if form in FORMATS else None
    if path is None or not path.is_file():
        raise NotFound(kind=Release._meta.verbose_name, name=f"{found.opening}.{form}"[:100])
    return path


def distributions(resource: str) -> list[Distribution]:
    """The files of the newest releases of a resource, for a catalogue's distributions."""
    return list(_distributions(resource))


def _distributions(resource: str) -> Iterator[Distribution]:
    for one in openings():
        found = one.release
        if one.opening.resource != resource or found is None:
            continue
        for form, media_type in FORMATS.items():
            path = store.path(found.opening, found.version, form)
            if path.is_file():
                yield Distribution(
                    opening=one.opening.code,
                    title=one.opening.name,
                    form=form,
                    path=f"/open/{found.opening}/{found.version}/data.{form}",
                    media_type=media_type,
                    bytes=path.stat().st_size,
                    sha256=found.digests[form],
                    licence=one.opening.licence,
                    licence_url=one.opening.licence_url,
                    issued=found.released_at,
                    version=found.version,
                    protection=found.protection,
                )


def budget_of(resource: str, year: int) -> Budget | None:
    """What a resource's privacy may cost in a year and has cost; None where no budget is declared."""
    allowed = budget.allowed(resource)
    if not allowed:
        return None
    rows = list(Spending.objects.filter(resource=resource, year=year))
    return Budget(resource, year, allowed, sum(row.epsilon for row in rows), rows)


def key() -> str:
    """The key that releases are checked with."""
    return store.public()


def this_year(on: date) -> list[Budget]:
    """The budgets of every resource that has one."""
    found = (budget_of(resource, on.year) for resource in declared("privacy_budget"))
    return [one for one in found if one is not None]


def part(found: Release, offset: int, limit: int) -> list[dict[str, Any]]:
    """Rows of a release after `offset`, at most `limit`."""
    table = parquet.read_table(file(found, "parquet"), memory_map=True)
    return list(table.slice(offset, limit).to_pylist())


def questions_for(user: Any) -> QuerySet[Question]:
    """The joint questions someone may see: those between their department and another; all for the audit administrator."""
    rows = Question.objects.select_related("asker", "other", "asked_by").prefetch_related(
        "signings__department", "signings__by"
    )
    if user is None or not user.is_authenticated or not user.is_active:
        return rows.none()
    if user.role == User.Role.AUDIT:
        return rows
    if user.department_id is None:
        return rows.none()
    return rows.filter(Q(asker=user.department_id) | Q(other=user.department_id))


def question_for(user: Any, number: str) -> Question:
    """One joint question that someone may see, or NotFound."""
    found = questions_for(user).filter(number=number).first()
    if found is None:
        raise NotFound(kind=Question._meta.verbose_name, name=number)
    return found


def may_sign(user: Any, question: Question) -> bool:
    """Whether this person's signature is wanted: an approver of a department that hasn't signed, not the asker."""
    signed = {signing.department_id for signing in question.signings.all()}
    return bool(
        question.state == Question.State.PROPOSED
        and user.role == User.Role.APPROVER
        and user.department_id in {question.asker_id, question.other_id} - signed
        and user.pk != question.asked_by_id
    )


def waiting_for(user: Any) -> int:
    """How many joint questions wait for this person's signature."""
    open_ = questions_for(user).filter(state=Question.State.PROPOSED)
    return sum(may_sign(user, question) for question in open_)


def form_of(question: Question) -> Form:
    """What is asked, typed."""
    return msgspec.convert(question.form, Form)


def partners(user: Any) -> tuple[list[Resource], list[Resource]]:
    """Resources of the user's department that people can be linked by, and those of others in the same registries."""
    rows = catalog.resources_for(user).exclude(registry="").exclude(share_type=ShareType.DENIED)
    own = list(rows.filter(provider=user.department_id))
    others = rows.exclude(provider=user.department_id).filter(registry__in={one.registry for one in own})
    return own, list(others)
