"""Who may compile and review: departments, roles, and never the same person twice."""

from typing import Any

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import errors
from xilin.kernel.catalog.declarations import Authority
from xilin.kernel.catalog.models import Compilation, CompilationStep
from xilin.kernel.standards.queries import declared

COMPILERS = (User.Role.STEWARD, User.Role.APPROVER)
_HANDS = CompilationStep.Did


def authority() -> Department | None:
    """主管部门 The department that reviews the catalogue; None where none is declared, or it is gone."""
    known: dict[str, Authority] = declared("catalogue_authority")
    for one in known.values():
        return Department.objects.filter(code=one.department, retired=False).first()
    return None


def needed_authority() -> Department:
    """The department that reviews the catalogue, or NoAuthority."""
    found = authority()
    if found is None:
        raise errors.NoAuthority
    return found


def may_compile(user: Any) -> bool:
    """Whether someone compiles entries of their department."""
    department = getattr(user, "department", None)
    return bool(department and not department.retired and user.is_active and user.role in COMPILERS)


def need_compiler(user: User, provider: Department, name: str) -> None:
    """NotYourEntry unless the user compiles entries of the department."""
    if not may_compile(user) or user.department_id != provider.pk:
        raise errors.NotYourEntry(name=name, department=provider.short)


def reviews_for(user: Any, department: Department | None) -> bool:
    """Whether someone is an approver of a department."""
    mine = getattr(user, "department_id", None)
    return bool(department and mine == department.pk and user.is_active and user.role == User.Role.APPROVER)


def need_reviewer(user: User, department: Department, compilation: Compilation) -> None:
    """NotYourReview unless an approver of the department; OwnWork where they had a hand in it before."""
    if not reviews_for(user, department):
        raise errors.NotYourReview(department=department.short)
    if had_a_hand(user, compilation):
        raise errors.OwnWork(number=compilation.number)


def had_a_hand(user: User, compilation: Compilation) -> bool:
    """Whether someone compiled or submitted this entry, or passed what the authority is to review."""
    hands = [_HANDS.COMPILED, _HANDS.SUBMITTED]
    if compilation.state == Compilation.State.AUTHORITY:
        hands.append(_HANDS.PASSED)
    return compilation.steps.filter(by=user, did__in=hands).exists()
