"""联合统计 The clean room: two departments agree on a question, the platform answers it with a statistic alone.

1. someone of the asking department proposes it; what is asked is written in one form, whose digest both sign;
2. an approver of each department signs, two people and neither the asker;
3. with the second signature people are linked, counted and protected in one transaction; rows are seen by nobody.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils import timezone, translation
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange.actions.parties import ASKERS, department_of, need
from xilin.kernel.opening import actions, budget, cohorts, linking, questions
from xilin.kernel.opening.errors import (
    CohortTooSmall,
    NotYourQuestion,
    QuestionClosed,
    QuestionWrong,
    SignedAlready,
    TooAlike,
    TooFew,
)
from xilin.kernel.opening.models import Question, Signing
from xilin.kernel.opening.pipeline import generalise, noise
from xilin.kernel.opening.pipeline.cubes import TOTAL, Cell, Cells
from xilin.kernel.opening.pipeline.tables import Protected, Unprotectable, protect, protect_sums, with_totals
from xilin.kernel.opening.questions import Form
from xilin.kernel.standards.queries import declaration
from xilin.lib.errors import Refusal

TASK = "xilin.kernel.opening.tasks.answer"


@transaction.atomic
def ask(*, title: str, purpose: str, said: Mapping[str, Any], by: User, at: datetime) -> Question:
    """Propose a question between a resource of the asker's department and one of another's."""
    department = department_of(by)
    need(by, *ASKERS)
    form = questions.form(said)
    first, second = catalog.resource(form.first), catalog.resource(form.second)
    providers = {first.provider_id: first.provider, second.provider_id: second.provider}
    if department.pk not in providers:
        raise NotYourQuestion(number="—")
    other = next(one for pk, one in providers.items() if pk != department.pk)
    if not title.strip() or not purpose.strip():
        raise QuestionWrong(what=str(Question._meta.get_field("purpose").verbose_name))
    digest = questions.digest(form)
    made = Question.objects.create(
        number=_number(at),
        title=title.strip(),
        purpose=purpose.strip(),
        form=msgspec.to_builtins(form),
        digest=digest,
        first=form.first,
        second=form.second,
        asker=department,
        other=other,
        asked_by=by,
        asked_at=at,
    )
    detail = {"first": form.first, "second": form.second, "digest": digest}
    record(
        "opening.question.asked",
        by=by,
        department=department,
        provider=other,
        subject=made.number,
        detail=detail,
        at=at,
    )
    return made


@transaction.atomic
def sign(question: Question, *, by: User, at: datetime) -> Question:
    """Agree to a question for one's department; with the second signature it waits for a worker that answers it."""
    question = _signed(question, by, at)
    if question.signings.count() == 2:
        question.state = Question.State.WAITING
        question.save(update_fields=["state"])
        nudge(question.number)
    return question


def nudge(number: str) -> None:
    """Queue the answering of a question with the caller's transaction; the minute's look queues what is lost."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(name=TASK, queueing_lock=f"opening.question.{number}").defer(number=number)


def waiting() -> list[str]:
    """Numbers of the questions that both departments signed and no worker has answered yet, the oldest first."""
    rows = Question.objects.filter(state=Question.State.WAITING).order_by("pk")
    return list(rows.values_list("number", flat=True))


def answer(number: str, *, con: Any, at: datetime) -> Question | None:
    """Answer a question that both signed, or refuse it with the reason; None where it doesn't wait any more.

    A crash on the way leaves it waiting, and nothing of an answer: it is made in one transaction.
    """
    question = Question.objects.filter(number=number, state=Question.State.WAITING).first()
    if question is None:
        return None
    try:
        with transaction.atomic():
            return _answer(question, con, at)
    except Refusal as refusal:
        with translation.override("zh-hans"):
            return _refused(question, f"{refusal} {refusal.advice}", None, at)


@transaction.atomic
def refuse(question: Question, *, by: User, at: datetime, reason: str) -> Question:
    """An approver of either department says no, with a reason; or the asker takes it back."""
    department = department_of(by)
    question = _open(question)
    withdrawn = by.pk == question.asked_by_id
    if department.pk not in (question.asker_id, question.other_id) or not (
        withdrawn or by.role == User.Role.APPROVER
    ):
        raise NotYourQuestion(number=question.number)
    state = Question.State.WITHDRAWN if withdrawn else Question.State.REFUSED
    return _refused(question, reason.strip(), by, at, state=state)


def _number(at: datetime) -> str:
    day = timezone.localtime(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('xilin.question'))")
    count = Question.objects.filter(number__startswith=f"Q{day:%Y%m%d}").count()
    return f"Q{day:%Y%m%d}{count + 1:04d}"


def _open(question: Question, state: Question.State = Question.State.PROPOSED) -> Question:
    """The question as it stands now, under a lock; QuestionClosed where it isn't in that state any more."""
    found = (
        Question.objects.select_for_update(of=("self",))
        .select_related("asker", "other", "asked_by")
        .get(pk=question.pk)
    )
    if found.state != state:
        raise QuestionClosed(number=found.number, state=found.get_state_display())
    return found


def _signed(question: Question, by: User, at: datetime) -> Question:
    department = department_of(by)
    question = _open(question)
    if department.pk not in (question.asker_id, question.other_id):
        raise NotYourQuestion(number=question.number)
    need(by, User.Role.APPROVER)
    if by.pk == question.asked_by_id:
        raise NotYourQuestion(number=question.number)
    if question.signings.filter(department=department).exists() or question.signings.filter(by=by).exists():
        raise SignedAlready(number=question.number)
    Signing.objects.create(question=question, department=department, by=by, digest=question.digest, at=at)
    record(
        "opening.question.signed",
        by=by,
        department=department,
        provider=question.other if department.pk == question.asker_id else question.asker,
        subject=question.number,
        detail={"digest": question.digest},
        at=at,
    )
    return question


@transaction.atomic
def _refused(
    question: Question, why: str, by: User | None, at: datetime, *, state: str = Question.State.REFUSED
) -> Question:
    question.state, question.said = state, why
    question.answer = None
    question.answered_at = None
    question.save(update_fields=["state", "said", "answer", "answered_at"])
    record(
        "opening.question.refused",
        by=by,
        department=by.department if by else question.asker,
        provider=question.other,
        subject=question.number,
        detail={"digest": question.digest, "why": state if by else "protection"},
        at=at,
    )
    return question


@dataclass(frozen=True, slots=True)
class _Counted:
    """People of a question: the group of each, and what is added up of each."""

    group: dict[str, Cell]
    part: dict[str, int]


def _answer(question: Question, con: Any, at: datetime) -> Question:
    """Link, count, protect; the statistic is kept with the question, and whom it was about as keyed hashes."""
    question = _open(question, Question.State.WAITING)
    form = msgspec.convert(question.form, Form)
    if questions.digest(form) != question.digest:
        raise QuestionWrong(what=question.digest)
    # What was signed must still be allowed today: an item may be shared no more.
    questions.form(question.form)
    registry = declaration("resource", form.first).registry
    with connection.cursor() as cursor:
        # Of two answers about the same people the second is compared with the first.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('xilin.cleanroom'), hashtext(%s))", [registry])
    counted = _linked(form, con, at)
    if len(counted.group) < form.least:
        raise CohortTooSmall(least=form.least)
    answer = (
        _noisy(question, form, counted, at) if form.epsilon else _exact(question, form, registry, counted)
    )
    question.state, question.answered_at, question.answer = Question.State.ANSWERED, at, answer
    question.save(update_fields=["state", "answered_at", "answer"])
    record(
        "opening.question.answered",
        department=question.asker,
        provider=question.other,
        subject=question.number,
        detail={
            "digest": question.digest,
            "cells": len(answer["rows"]),
            "left_out": sum(row["count"] is None for row in answer["rows"]),
        },
        at=at,
    )
    return question


def _linked(form: Form, con: Any, at: datetime) -> _Counted:
    """Who stands in both resources and fits, with their group and part.

    Who has several rows counts once; of several values for a group the smallest counts, in the order of text.
    """
    on = timezone.localtime(at).date()
    sides: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
    wanted: dict[str, list[str]] = {"first": [], "second": []}
    for group in form.by:
        wanted[group.side].append(group.column)
    if form.column:
        wanted["second"].append(form.column)
    for side, code, conditions in questions.sides(form):
        columns = list(dict.fromkeys(wanted[side]))
        wanted[side] = columns
        sides[side] = linking.people(declaration("resource", code), columns, conditions, con)
    group_of: dict[str, Cell] = {}
    part: dict[str, int] = {}
    for entity in sorted(sides["first"].keys() & sides["second"].keys()):
        cell = []
        for group in form.by:
            at_column = wanted[group.side].index(group.column)
            labels = (
                generalise.coarser(group.by, 0, row[at_column], on) for row in sides[group.side][entity]
            )
            cell.append(min(labels))
        group_of[entity] = tuple(cell) or (TOTAL,)
        if form.column:
            at_column = wanted["second"].index(form.column)
            part[entity] = _sum(row[at_column] for row in sides["second"][entity])
    return _Counted(group_of, part)


def _sum(values: Any) -> int:
    total = round(sum(float(value) for value in values if value is not None))
    if total < 0:
        raise QuestionWrong(what=str(total))
    return total


def _exact(question: Question, form: Form, registry: str, counted: _Counted) -> dict[str, Any]:
    """Counts or sums with what is small, and what would give it away, left out; refused where an earlier answer is too close."""
    cells = _cells(counted)
    try:
        found = _protected(form, counted, cells)
    except Unprotectable as error:
        raise TooFew(opening=question.number) from error
    published = [cell for cell, n in found.published.items() if n]
    close = cohorts.too_alike(registry, counted.group, published, least=form.least)
    if close is not None:
        raise TooAlike(earlier=close[0].question.number, fewer=form.least - 1, least=form.least)
    cohorts.keep(question, registry, counted.group, published)
    sums = _sums(counted, cells) if form.column else {}
    rows = [
        {"by": list(cell), "count": n, **({"sum": None if n is None else sums[cell]} if form.column else {})}
        for cell, n in sorted(found.published.items(), key=lambda one: [(c == TOTAL, c) for c in one[0]])
    ]
    return {
        "rows": rows,
        "least": form.least,
        "primary": len(found.primary),
        "secondary": len(found.secondary),
    }


def _cells(counted: _Counted) -> Cells:
    counts = Counter(counted.group.values())
    return dict(counts) if set(counts) == {(TOTAL,)} else with_totals(counts)


def _protected(form: Form, counted: _Counted, cells: Cells) -> Protected:
    if not form.column:
        return protect(cells, least=form.least)
    largest: dict[Cell, int] = defaultdict(int)
    for entity, cell in counted.group.items():
        for one in _above(cell, cells):
            largest[one] = max(largest[one], counted.part[entity])
    return protect_sums(cells, _sums(counted, cells), largest, least=form.least)


def _sums(counted: _Counted, cells: Cells) -> Cells:
    sums: Cells = dict.fromkeys(cells, 0)
    for entity, cell in counted.group.items():
        for one in _above(cell, cells):
            sums[one] += counted.part[entity]
    return sums


def _above(cell: Cell, cells: Cells) -> list[Cell]:
    """A cell with every total it is part of."""
    return [one for one in dict.fromkeys(product(*((c, TOTAL) for c in cell))) if one in cells]


def _noisy(question: Question, form: Form, counted: _Counted, at: datetime) -> dict[str, Any]:
    """Counts with noise, paid for by both resources; groups that could be, not those that are."""
    cells = _possible(form)
    for code in (form.first, form.second):
        budget.spend(code, question.number, epsilon=form.epsilon, contribution=1, at=at)
    counts: Counter[Cell] = Counter()
    known = [set(column) for column in zip(*cells, strict=True)]
    for cell in counted.group.values():
        counts[
            tuple(c if c in some else generalise.UNKNOWN for c, some in zip(cell, known, strict=True))
        ] += 1
    drawn = noise.noisy([counts[cell] for cell in cells], epsilon=form.epsilon, contribution=1)
    rows = [{"by": list(cell), "count": n} for cell, n in zip(cells, drawn, strict=True)]
    return {
        "rows": rows,
        "epsilon": form.epsilon,
        "scale": noise.scale(form.epsilon, 1),
        "within": noise.within(form.epsilon, 1),
    }


def _possible(form: Form) -> list[Cell]:
    if not form.by:
        return [(TOTAL,)]
    resources = {side: declaration("resource", code) for side, code, _where in questions.sides(form)}
    return list(product(*(actions.categories(group.by, resources[group.side]) for group in form.by)))
