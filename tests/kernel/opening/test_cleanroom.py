"""The clean room: two departments get a statistic over people that both know, and nobody gets rows."""

import json
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
import two_departments
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from xilin.kernel.audit import queries as audit
from xilin.kernel.exchange import errors as exchange
from xilin.kernel.opening import cleanroom, cohorts, questions, tasks
from xilin.kernel.opening.errors import NotYourQuestion, QuestionClosed, QuestionWrong, SignedAlready
from xilin.kernel.opening.models import Cohort, Question, Spending
from xilin.kernel.opening.pipeline.attack import width
from xilin.kernel.opening.pipeline.tables import with_totals

HOME = {"side": "first", "column": "home", "kind": "area", "level": 6}
SEX = {"side": "first", "column": "sex"}
AGE = {"side": "first", "column": "born", "kind": "age", "level": 20}


def ask(hub, *, by=(HOME, SEX), who=None, **more):
    said = {"first": "residents", "second": "payments", "by": list(by), "least": 10} | more
    return cleanroom.ask(
        title="救助覆盖", purpose="评估政策，依据……", said=said, by=who or hub.carl, at=hub.now
    )


def both(hub, question):
    cleanroom.sign(question, by=hub.bob, at=hub.now)
    waits = cleanroom.sign(question, by=hub.eve, at=hub.now)
    assert (waits.state, waits.answer) == ("waiting", None)
    return cleanroom.answer(question.number, con=hub.con, at=hub.now)


def answered(hub, **more):
    found = both(hub, ask(hub, **more))
    assert found.state == "answered", found.said
    return {tuple(row["by"]): row["count"] for row in found.answer["rows"]}, found


def paid(hub):
    return [row for row in hub.rows if row[4] is not None]


def test_the_answer_is_the_count_over_linked_people_with_small_groups_hidden(linked):
    """Every published figure is right, every small one is hidden, and the totals give none of them away."""
    table, question = answered(linked)
    truth = with_totals(Counter((f"{home[:6]}000000", sex) for _, _, sex, home, _ in paid(linked)))
    hidden = {cell for cell, n in table.items() if n is None}

    assert {cell: n for cell, n in table.items() if n is not None} == {
        c: n for c, n in truth.items() if c not in hidden
    }
    small = {cell for cell, n in truth.items() if 0 < n < 10}
    assert small
    assert small <= hidden
    assert all(width(truth, hidden, cell) >= 10 for cell in small)
    text = json.dumps(question.answer)
    assert not any(row[0] in text for row in linked.rows)

    # Attack: ask for everybody and for everybody but a few, and take the difference.
    few = [row[0] for row in paid(linked)][:4]
    rest = [row[0] for row in linked.rows if row[0] not in few][:150]
    assert rest
    born = sorted(row[1] for row in paid(linked))
    close = both(linked, ask(linked, by=[], second_where=[]))
    assert close.state == "answered"
    later = both(
        linked, ask(linked, by=[], first_where=[{"column": "born", "op": "ge", "value": born[4].isoformat()}])
    )
    assert (later.state, later.answer) == ("refused", None)
    assert close.number in later.said or question.number in later.said
    # The same by splitting: a group of the one and a group of the other that differ by a few.
    split = both(
        linked,
        ask(linked, by=[HOME], first_where=[{"column": "born", "op": "ge", "value": born[4].isoformat()}]),
    )
    assert split.state == "refused"
    # Clearly other people are answered, and so are the same people again.
    half = born[len(born) // 2].isoformat()
    assert (
        both(linked, ask(linked, by=[], first_where=[{"column": "born", "op": "ge", "value": half}])).state
        == "answered"
    )
    again, _ = answered(linked)
    assert again == table

    # What sums are of: the sum of everybody's payments, small groups hidden with the same care.
    sums = both(linked, ask(linked, by=[HOME], measure="sum", column="amount"))
    assert sums.state == "answered", sums.said
    of = defaultdict(int)
    for _, _, _, home, amount in paid(linked):
        of[f"{home[:6]}000000"] += amount
    shown = {row["by"][0]: row["sum"] for row in sums.answer["rows"] if row["sum"] is not None}
    assert shown.pop("*") == sum(of.values())
    assert shown
    assert all(of[home] == n for home, n in shown.items())

    # What is kept of the people: keyed hashes in a file of the installation's own, and nothing of them in the database.
    file = Path(linked.home) / "cleanroom" / Cohort.objects.get(question=question).file
    assert file.stat().st_mode & 0o077 == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::text FROM registry_entity")
        entities = [entity for (entity,) in cursor.fetchall()]
    kept, _, _ = cohorts.read(Cohort.objects.get(question=question))
    assert len(kept) == len(paid(linked)) < len(entities)
    assert set(kept.tolist()) <= set(cohorts.hashes(entities).tolist())
    assert not any(entity.encode() in file.read_bytes() for entity in entities[:50])

    # Noise instead of hiding is paid for by both resources, once.
    noisy = both(linked, ask(linked, by=[SEX], epsilon=0.4))
    assert noisy.state == "answered", noisy.said
    assert [row["by"] for row in noisy.answer["rows"]] == [["1"], ["2"], [""]]
    assert sorted(Spending.objects.values_list("resource", "epsilon")) == [
        ("payments", 0.4),
        ("residents", 0.4),
    ]
    for _ in range(2):
        last = both(linked, ask(linked, by=[SEX], epsilon=0.4))
    assert last.state == "refused"
    assert Spending.objects.filter(resource="payments").count() == 2

    events = Counter(entry.kind for entry in audit.entries() if entry.kind.startswith("opening.question"))
    assert events["opening.question.signed"] == 2 * events["opening.question.asked"]
    assert (
        events["opening.question.answered"] + events["opening.question.refused"]
        == events["opening.question.asked"]
    )


def test_too_few_people_are_no_question(linked):
    found = both(
        linked, ask(linked, by=[], first_where=[{"column": "born", "op": "le", "value": "1941-06-01"}])
    )
    assert (found.state, found.answer) == ("refused", None)
    assert not Cohort.objects.exists()


def test_both_departments_approvers_sign_and_nobody_else(hub):
    question = ask(hub)
    for stranger in (hub.dora, hub.carl, hub.ann):
        with pytest.raises((NotYourQuestion, exchange.RoleMissing)):
            cleanroom.sign(question, by=stranger, at=hub.now)
    cleanroom.sign(question, by=hub.bob, at=hub.now)
    with pytest.raises(SignedAlready):
        cleanroom.sign(question, by=hub.bob, at=hub.now)
    other = two_departments.person("gina", "police", "approver")
    with pytest.raises(SignedAlready):
        cleanroom.sign(question, by=other, at=hub.now)
    assert Question.objects.get().state == "proposed"

    refused = cleanroom.refuse(question, by=hub.eve, at=hub.now, reason="目的不明")
    assert (refused.state, refused.said) == ("refused", "目的不明")
    with pytest.raises(QuestionClosed):
        cleanroom.sign(question, by=hub.eve, at=hub.now + timedelta(hours=1))


def test_a_question_that_both_signed_waits_for_a_worker_whatever_becomes_of_its_job(linked, settings):
    question = ask(linked)
    cleanroom.sign(question, by=linked.bob, at=linked.now)
    assert (cleanroom.waiting(), jobs()) == ([], [])
    cleanroom.sign(question, by=linked.eve, at=linked.now)
    assert (cleanroom.waiting(), jobs()) == ([question.number], [question.number])
    with pytest.raises(QuestionClosed):
        cleanroom.refuse(question, by=linked.eve, at=linked.now, reason="太晚")
    ProcrastinateJob.objects.all().delete()
    assert tasks.questions.func(0) == 1
    assert tasks.questions.func(0) == 1
    assert jobs() == [question.number]

    assert tasks.answer.func(question.number) == "answered"
    assert (cleanroom.waiting(), tasks.answer.func(question.number)) == ([], "")


def jobs():
    """The numbers of the questions that are queued."""
    rows = ProcrastinateJob.objects.filter(task_name="xilin.kernel.opening.tasks.answer")
    return [row.args["number"] for row in rows]


def test_who_asks_does_not_sign(hub):
    question = ask(hub, who=hub.bob)
    with pytest.raises(NotYourQuestion):
        cleanroom.sign(question, by=hub.bob, at=hub.now)
    assert cleanroom.refuse(question, by=hub.bob, at=hub.now, reason="").state == "withdrawn"


@pytest.mark.parametrize(
    "wrong",
    [
        {"second": "register"},
        {"second": "entities"},
        {"by": [HOME, SEX, AGE]},
        {"by": [SEX, SEX]},
        {"by": [{"side": "first", "column": "nothing"}]},
        {"by": [{"side": "third", "column": "sex"}]},
        {"by": [{"side": "first", "column": "born", "kind": "age"}]},
        {"measure": "sum", "column": "home"},
        {"measure": "rows"},
        {"measure": "sum", "column": "amount", "epsilon": 0.5},
        {"least": 2},
        {"sql": "SELECT 1"},
        {"first_where": [{"column": "id_number", "op": "like", "value": "%"}]},
        {"first_where": [{"column": "x; DROP TABLE", "op": "eq", "value": "1"}]},
    ],
)
def test_what_is_no_question_is_refused(hub, wrong):
    with pytest.raises((QuestionWrong, exchange.FilterWrong, exchange.UnknownItems)):
        ask(hub, **({"by": []} | wrong))
    assert not Question.objects.exists()


def test_a_third_department_asks_nothing_about_others_people(hub):
    with pytest.raises(NotYourQuestion):
        ask(hub, who=hub.dora)


def test_what_both_sign_is_the_question_to_the_letter(hub):
    question = ask(hub)
    assert question.digest == questions.digest(questions.form(question.form))
    Question.objects.filter(pk=question.pk).update(form=question.form | {"least": 11})
    found = both(hub, question)
    assert (found.state, found.answer) == ("refused", None)


def test_sets_that_differ_by_a_few_are_found_whatever_they_are_made_of(hub):
    """Cohorts compared directly: equal sets and far ones pass, near ones do not, totals among them."""
    question = ask(hub)
    first = {f"e{n}": (("a" if n < 50 else "b"),) for n in range(100)}
    cohorts.keep(question, "people", first, [("a",), ("b",), ("*",)])

    def close(people, published):
        found = cohorts.too_alike("people", people, published, least=10)
        return found and found[1]

    assert close(first, [("a",), ("*",)]) is None
    # Eight people from b to a: each group differs by eight, all together by none.
    moved = first | {f"e{n}": ("a",) for n in range(50, 58)}
    assert close(moved, [("a",)]) == 8
    assert close(moved, [("*",)]) is None
    # Three more people in all.
    more = first | {f"x{n}": ("b",) for n in range(3)}
    assert close(more, [("*",)]) == 3
    assert close(more, [("a",)]) is None
    # Another way of grouping, one group of which is nearly the old one.
    regrouped = {entity: (("q" if int(entity[1:]) < 52 else "r"),) for entity in first}
    assert close(regrouped, [("q",), ("r",)]) == 2
    far = {entity: (("q" if int(entity[1:]) % 2 else "r"),) for entity in first}
    assert close(far, [("q",), ("r",)]) is None
    assert cohorts.too_alike("other", more, [("*",)], least=10) is None
