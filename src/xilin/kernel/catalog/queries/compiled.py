"""Entries on their way: whose, where they stand, who may do what; the classes of the catalogue."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from xilin.kernel.accounts.models import Department
from xilin.kernel.catalog import codes, parties
from xilin.kernel.catalog.declarations import Class
from xilin.kernel.catalog.models import Compilation, Report
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound

may_compile = parties.may_compile
REPORT_STATES = Report.State.choices


def authority() -> Department | None:
    """主管部门 The department that reviews the catalogue; None where none is declared."""
    return parties.authority()


def compilations_for(user: Any) -> QuerySet[Compilation]:
    """The compilations someone may see: their department's; for the authority all that came to it; all for auditors."""
    rows = Compilation.objects.select_related("provider", "resource", "case", "compiled_by")
    if user is None or not user.is_authenticated:
        return rows.none()
    if user.role == "audit":
        return rows
    if user.department_id is None:
        return rows.none()
    seen = Q(provider=user.department_id)
    reviewing = authority()
    if reviewing is not None and reviewing.pk == user.department_id:
        seen |= Q(state=Compilation.State.AUTHORITY) | Q(steps__did="passed")
    return rows.filter(pk__in=Compilation.objects.filter(seen).values("pk"))


def compilation_for(user: Any, number: str) -> Compilation:
    """One compilation that someone may see, or NotFound."""
    found = compilations_for(user).filter(number=number).first()
    if found is None:
        raise NotFound(kind=Compilation._meta.verbose_name, name=number)
    return found


def waiting_for(user: Any) -> QuerySet[Compilation]:
    """The compilations that wait for someone: to be reviewed by them, or returned to their department."""
    rows = compilations_for(user)
    mine = getattr(user, "department_id", None)
    if mine is None:
        return rows.none()
    wanted = Q(pk=None)
    if parties.may_compile(user):
        wanted |= Q(provider=mine, state=Compilation.State.RETURNED)
    if parties.reviews_for(user, user.department):
        wanted |= Q(provider=mine, state=Compilation.State.DEPARTMENT)
        reviewing = authority()
        if reviewing is not None and reviewing.pk == mine:
            wanted |= Q(state=Compilation.State.AUTHORITY)
    return rows.filter(wanted)


def may_review(user: Any, compilation: Compilation) -> bool:
    """Whether the review a compilation waits for is someone's to make."""
    if compilation.state == Compilation.State.DEPARTMENT:
        department = compilation.provider
    elif compilation.state == Compilation.State.AUTHORITY:
        department = authority()  # type: ignore[assignment]
    else:
        return False
    return parties.reviews_for(user, department) and not parties.had_a_hand(user, compilation)


def classes() -> dict[str, Class]:
    """类项目细目 The declared classes by their digits, in order."""
    found: dict[str, Class] = declared("catalogue_class")
    return dict(sorted(found.items()))


def class_path(digits: str, known: dict[str, Class] | None = None) -> tuple[str, ...]:
    """What a class and those above it are called, from the top, in Chinese as entries keep them."""
    known = classes() if known is None else known
    return tuple(known[code].name.zh for code in codes.path(digits) if code in known)


def class_choices() -> list[tuple[str, str]]:
    """The classes to choose from, each with the names above it, in the reader's language."""
    known, language = classes(), get_language() or ""
    return [
        (
            digits,
            f"{digits} "
            + " / ".join(known[code].name.of(language) for code in codes.path(digits) if code in known),
        )
        for digits in known
        if codes.level(digits) > 1
    ]


def reports_for(user: Any) -> QuerySet[Report]:
    """Reports to the upper level: for the authority's people, system administrators and auditors; none for others."""
    rows = Report.objects.select_related("resource__provider")
    if user is None or not user.is_authenticated:
        return rows.none()
    return rows if sees_reports(user) else rows.none()


def sees_reports(user: Any) -> bool:
    """Whether someone sees the reports to the upper level."""
    reviewing = authority()
    ours = reviewing is not None and user.department_id == reviewing.pk
    return bool(ours or user.role in ("audit", "system"))
