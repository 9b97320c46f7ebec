"""What can be done with problems: report one, take it, pass it on, answer it, look at who sent it, forget."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from xilin.apps.problems import receiving
from xilin.apps.problems.errors import NotTheirs
from xilin.apps.problems.models import Photo, Problem
from xilin.apps.problems.queries import ALPHABET, digest, may_act, words
from xilin.apps.problems.receiving import Told
from xilin.kernel.accounts.queries import department as department_of
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.exchange.sealing import seal, seal_bytes

KIND, RECEIVE, ANSWER = "problem", "receive", "answer"
# After so many days from the answer, words, contact and photo are deleted.
KEPT_DAYS = 180


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was taken in, and the key it is followed with, which is told once and kept nowhere."""

    problem: Problem
    key: str


@transaction.atomic
def report(
    told: Told,
    *,
    words: str,
    place: str = "",
    contact: str = "",
    photo: tuple[bytes, int, int] | None = None,
    language: str = "",
    at: datetime,
) -> Made:
    """Take a report in; a case of the department that receives it. Raises NoDeadlineRule, NotFound."""
    receiver = department_of(receiving.department_for(told))
    case = casework.open(
        kind=KIND, subject=f"{told.kind} {told.area}", department=receiver, step=RECEIVE, at=at, by=None
    )
    key = "".join(secrets.choice(ALPHABET) for _ in range(16))
    made = Problem.objects.create(
        case=case,
        number=case.number,
        digest=digest(key),
        kind=told.kind,
        area=told.area,
        place=place[:200],
        longitude=told.longitude,
        latitude=told.latitude,
        sealed=seal({"words": words[:2000], "contact": contact[:200]}),
        reachable=bool(contact),
        language=language[:10],
        reported_at=at,
    )
    if photo is not None:
        Photo.objects.create(problem=made, sealed=seal_bytes(photo[0]), width=photo[1], height=photo[2])
    record(
        "problem.reported",
        at=at,
        department=receiver.code,
        subject=made.number,
        detail={"kind": told.kind, "area": told.area, "photo": photo is not None},
    )
    return Made(made, "-".join(key[part : part + 4] for part in range(0, 16, 4)))


@transaction.atomic
def take(problem: Problem, *, by: Any, at: datetime) -> Problem:
    """受理 Take a report on: from now on an answer is owed. Raises NotTheirs."""
    problem = _locked(problem, by)
    if problem.state != Problem.State.OPEN:
        raise NotTheirs
    casework.step(problem.case, to=ANSWER, at=at, by=by, outcome="taken")
    problem.state = Problem.State.TAKEN
    problem.save(update_fields=["state"])
    record(
        "problem.taken",
        by=by,
        department=by.department,
        subject=problem.number,
        detail={},
        at=at,
    )
    return problem


@transaction.atomic
def pass_on(problem: Problem, *, to: str, why: str, by: Any, at: datetime) -> Problem:
    """转办 Pass a report on to another department, whose clock begins anew. Raises NotTheirs, NotFound."""
    problem = _locked(problem, by)
    other = department_of(to)
    if other.pk == by.department_id:
        raise NotTheirs
    casework.step(
        problem.case, to=RECEIVE, at=at, by=by, outcome="passed_on", remark=why[:500], department=other
    )
    problem.state = Problem.State.OPEN
    problem.save(update_fields=["state"])
    record(
        "problem.passed_on",
        by=by,
        department=by.department,
        subject=problem.number,
        detail={"to": to},
        at=at,
    )
    return problem


@transaction.atomic
def answer(problem: Problem, *, state: str, text: str, by: Any, at: datetime) -> Problem:
    """办结 Answer a report and close its case: `settled`, `planned` or `refused`. Raises NotTheirs."""
    problem = _locked(problem, by)
    casework.close(problem.case, at=at, by=by, outcome=state)
    problem.state, problem.answer, problem.answered_at, problem.answered_by = state, text[:2000], at, by
    problem.save(update_fields=["state", "answer", "answered_at", "answered_by"])
    record(
        "problem.answered",
        by=by,
        department=by.department,
        subject=problem.number,
        detail={"state": state},
        at=at,
    )
    return problem


@transaction.atomic
def look(problem: Problem, *, by: Any, at: datetime) -> dict[str, str]:
    """The reporter's words and contact, for the department that has the report; that it was looked at is on record."""
    if by.department_id != problem.case.department_id:
        return {}
    found = words(problem)
    if found:
        record(
            "problem.seen",
            by=by,
            department=by.department,
            subject=problem.number,
            detail={"contact": bool(found.get("contact"))},
            at=at,
        )
    return found


def forget(*, at: datetime) -> int:
    """Delete words, contact and photo of reports answered long enough ago; how many."""
    done = 0
    old = Problem.objects.filter(forgotten_at=None, answered_at__lt=at - timedelta(days=KEPT_DAYS))
    for pk in list(old.values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            one = Problem.objects.select_for_update(skip_locked=True).filter(pk=pk, forgotten_at=None).first()
            if one is None:
                continue
            Photo.objects.filter(problem=one).delete()
            one.sealed, one.place, one.longitude, one.latitude, one.forgotten_at = "", "", None, None, at
            one.save(update_fields=["sealed", "place", "longitude", "latitude", "forgotten_at"])
            record("problem.forgotten", at=at, department=one.case.department.code, subject=one.number)
            done += 1
    return done


def _locked(problem: Problem, by: Any) -> Problem:
    """The report as it stands now, under a lock; NotTheirs where somebody may not act on it."""
    found = (
        Problem.objects.select_for_update(of=("self",)).select_related("case__department").get(pk=problem.pk)
    )
    if not may_act(by, found):
        raise NotTheirs
    return found
