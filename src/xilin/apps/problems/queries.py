"""Reading problems: the kinds there are, the reports somebody may see, one that is followed."""

import hashlib
import hmac
from typing import Any

from django.db.models import Q, QuerySet

from xilin.apps.problems.declarations import ProblemKind
from xilin.apps.problems.errors import NoSuchReport
from xilin.apps.problems.models import Problem
from xilin.kernel.casework import queries as casework
from xilin.kernel.exchange.sealing import unseal, unseal_bytes
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound

ACTORS = ("steward", "approver")
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def kinds() -> list[ProblemKind]:
    """The kinds of problem people may report, in their order."""
    found: list[ProblemKind] = list(declared("problem_kind").values())
    return sorted(found, key=lambda one: (one.order, one.code))


def digest(key: str) -> str:
    """What is kept of a key; spaces, hyphens and small letters make no difference."""
    written = "".join(letter for letter in key.upper() if letter in ALPHABET)
    return hashlib.sha256(written.encode()).hexdigest()


def followed(number: str, key: str) -> Problem:
    """The report with a number and a key. Raises NoSuchReport, which doesn't tell which of both is wrong."""
    found = Problem.objects.select_related("case__department").filter(number=number.strip()).first()
    kept = found.digest if found else "0" * 64
    if not hmac.compare_digest(kept, digest(key)) or found is None:
        raise NoSuchReport
    return found


def problems_for(user: Any) -> QuerySet[Problem]:
    """The reports someone may see: those their department owes or owed an answer to; none for others."""
    rows = Problem.objects.select_related("case__department", "answered_by")
    if user is None or not user.is_authenticated or not user.is_active or user.department_id is None:
        return rows.none()
    if user.role not in ACTORS:
        return rows.none()
    return rows.filter(Q(case__in=casework.cases_for(user).filter(kind="problem").values("pk")))


def problem_for(user: Any, number: str) -> Problem:
    """One report that someone may see, or NotFound."""
    found = problems_for(user).filter(number=number).first()
    if found is None:
        raise NotFound(kind=Problem._meta.verbose_name, name=number)
    return found


def may_act(user: Any, problem: Problem) -> bool:
    """Whether somebody may act on a report: of the department that has it now, with a role that works for it."""
    return bool(
        user.is_active
        and user.role in ACTORS
        and user.department_id == problem.case.department_id
        and problem.open
    )


def waiting(user: Any) -> int:
    """How many reports wait for the person's department."""
    if not getattr(user, "department_id", None):
        return 0
    return (
        problems_for(user)
        .filter(case__department=user.department_id, state__in=[Problem.State.OPEN, Problem.State.TAKEN])
        .count()
    )


def receives(user: Any) -> bool:
    """Whether reports come to the person's department at all: one of the kinds, or one that was passed on."""
    department = getattr(user, "department", None)
    if department is None or user.role not in ACTORS:
        return False
    return any(one.department == department.code for one in kinds()) or problems_for(user).exists()


def words(problem: Problem) -> dict[str, str]:
    """What was reported, in the reporter's words (`words`), and how to reach them (`contact`); nothing once it is forgotten."""
    return unseal(problem.sealed) if problem.sealed else {}


def picture(problem: Problem) -> bytes | None:
    """The photo as WebP, or None."""
    found = getattr(problem, "photo", None)
    return unseal_bytes(bytes(found.sealed)) if found is not None else None


def steps(problem: Problem) -> list[Any]:
    """The steps of a report's case with their departments, oldest first."""
    return list(problem.case.steps.select_related("department").order_by("began_at", "pk"))
