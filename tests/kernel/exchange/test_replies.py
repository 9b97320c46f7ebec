"""On the way to a reply: review of form, completion, more time, disputes; who may do each, and once."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.casework.errors import NoExtension
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, errors, queries
from xilin.kernel.exchange.models import Extension, Objection, Review

pytestmark = pytest.mark.django_db
AUTHORITY = 'code = "catalogue"\ndepartment = "justice"\n'
DISPUTE = """
[[deadline]]
code = "dispute"
regime = "national"
case_kind = "sharing_dispute"
step = "decide"
days = 10
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false
"""
LOCAL = """
[[deadline]]
code = "local_review"
regime = "local"
case_kind = "sharing_conditional"
step = "review"
days = 2
unit = "working_day"
since = 2024-03-06
source = "test"
confirmed = true

[[deadline]]
code = "local_unpublished"
regime = "local"
case_kind = "sharing_conditional"
step = "reply_unpublished"
days = 10
unit = "working_day"
since = 2024-03-06
source = "test"
confirmed = true
"""
DEADLINES = small_league.DEADLINES.replace("days = 10\n", "days = 10\nextend = 10\n") + DISPUTE
REGIME = '[[regime]]\ncode = "local"\nname = { zh = "地方", en = "Local" }\nsource = "test"\ndefault = true\n'


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def above(hub, tmp_path):
    """The hub with an authority: justice, with an approver judy and a steward jim."""
    small_league.apply(tmp_path, {"catalogue/authority.toml": AUTHORITY}, deadlines=DEADLINES)
    hub.judy = small_league.person("judy", "justice", User.Role.APPROVER)
    hub.jack = small_league.person("jack", "justice", User.Role.APPROVER)
    hub.jim = small_league.person("jim", "justice", User.Role.STEWARD)
    hub.local = lambda: small_league.apply(
        tmp_path,
        {"catalogue/authority.toml": AUTHORITY, "regimes.toml": REGIME},
        deadlines=DEADLINES + LOCAL,
    )
    return hub


def last(kind):
    return audit.entries(kind=kind)[0]


def test_what_is_missing_is_told_once_and_the_clock_stands_still_until_it_has_come(above):
    request = above.ask()  # Thursday 24 September; due on 15 October
    moment = shanghai("2026-09-28T10:00:00")
    actions.tell_missing(request, by=above.bob, at=moment, missing="缺核对授权书和责任人")

    assert queries.acts_for(above.ann, queries.request_for(above.ann, request.number)) == {
        "withdraw",
        "complete",
    }
    assert "refuse" not in queries.acts_for(above.bob, queries.request_for(above.bob, request.number))
    with pytest.raises(errors.Incomplete):
        actions.refuse(request, by=above.bob, at=moment, reason="不全", legal_basis="无")
    with pytest.raises(errors.NotTheApplicant):
        actions.complete(request, by=above.carl, at=moment, said="已补")
    actions.complete(
        request,
        by=above.eve,
        at=shanghai("2026-10-09T10:00:00"),
        said="授权书已附",
        scenario="低保申请核对，责任人见附件",
    )

    request.refresh_from_db()
    assert request.scenario == "低保申请核对，责任人见附件"
    assert "低保申请核对" in request.reviews.get(decision="completed").reason
    # Still on 29 and 30 September, 8 and 9 October: four working days more.
    assert request.case.due_at == shanghai("2026-10-21T23:59:59")
    with pytest.raises(errors.ToldAlready):
        actions.tell_missing(request, by=above.bob, at=shanghai("2026-10-10T10:00:00"), missing="还缺")
    with pytest.raises(errors.NothingMissing):
        actions.complete(request, by=above.ann, at=shanghai("2026-10-10T10:00:00"), said="再补")
    assert last("exchange.request.completed").detail["changed"] == ["scenario"]
    assert "授权书" not in last("exchange.request.incomplete").text


def test_a_second_notice_is_impossible_in_the_database_too(above):
    request = above.ask()
    actions.tell_missing(request, by=above.bob, at=above.now, missing="缺授权书")

    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(request=request, decision="incomplete", by=above.bob, at=above.now)


def test_an_incomplete_request_can_be_approved_or_withdrawn(above):
    approved, withdrawn = above.ask(), above.ask()
    for request in (approved, withdrawn):
        actions.tell_missing(request, by=above.bob, at=above.now, missing="缺授权书")

    actions.approve(approved, by=above.bob, at=above.now + timedelta(hours=1))
    actions.withdraw(withdrawn, by=above.ann, at=above.now + timedelta(hours=1))

    for request, state in ((approved, "approved"), (withdrawn, "withdrawn")):
        request.refresh_from_db()
        request.case.refresh_from_db()
        assert (request.state, request.case.stopped_at) == (state, None)


def test_more_time_is_the_authoritys_to_give_once_and_by_the_rule(above):
    request = above.ask()
    with pytest.raises(NoExtension) as refused:
        actions.ask_more_time(request, by=above.bob, at=above.now, days=11, reason="数据量大")
    assert "10" in refused.value.advice
    with pytest.raises(errors.ReasonMissing):
        actions.ask_more_time(request, by=above.bob, at=above.now, days=5, reason=" ")
    actions.ask_more_time(request, by=above.bob, at=above.now, days=5, reason="需专项核实")
    with pytest.raises(errors.AskedForTime):
        actions.ask_more_time(request, by=above.bob, at=above.now, days=5, reason="再延")
    request.case.refresh_from_db()
    assert request.case.due_at == shanghai("2026-10-15T23:59:59"), (
        "nothing changes before the authority consents"
    )

    assert [one.number for one in queries.for_authority(above.judy)] == [request.number]
    for stranger in (above.bob, above.eve, above.jim, above.dora):
        with pytest.raises(errors.NotTheAuthority):
            actions.consent(request, by=stranger, at=above.now, given=True)
    actions.consent(request, by=above.judy, at=above.now, given=True, reason="同意")

    request.case.refresh_from_db()
    assert request.case.due_at == shanghai("2026-10-22T23:59:59")
    assert last("exchange.request.extended").detail["due"].startswith("2026-10-22")
    assert [review.decision for review in request.reviews.all()] == ["more_time", "extended"]
    with pytest.raises(errors.NoTimeAsked):
        actions.consent(request, by=above.jack, at=above.now, given=False, reason="不同意")


def test_no_more_time_needs_a_reason_and_changes_nothing(above):
    request = above.ask()
    due = request.case.due_at
    actions.ask_more_time(request, by=above.bob, at=above.now, days=5, reason="需专项核实")
    with pytest.raises(errors.ReasonMissing):
        actions.consent(request, by=above.judy, at=above.now, given=False)
    actions.consent(request, by=above.judy, at=above.now, given=False, reason="理由不充分")

    request.case.refresh_from_db()
    assert request.case.due_at == due
    assert last("exchange.request.not_extended").subject == request.number


def test_time_that_has_run_out_is_not_lengthened(above):
    request = above.ask()
    actions.ask_more_time(request, by=above.bob, at=above.now, days=5, reason="需专项核实")

    with pytest.raises(NoExtension):
        actions.consent(request, by=above.judy, at=shanghai("2026-10-16T08:00:00"), given=True)
    assert Extension.objects.get().given is None


def refused(hub):
    return actions.refuse(hub.ask(), by=hub.bob, at=hub.now, reason="不符", legal_basis="《户口登记条例》")


def test_a_refusal_is_disputed_to_the_authority_with_a_clock_of_its_own(above):
    request = refused(above)
    objection = actions.dispute(
        request, by=above.ann, at=shanghai("2026-10-09T10:00:00"), grounds="依据不适用"
    )

    assert objection.case.department.code == "justice"
    assert objection.case.due_at == shanghai("2026-10-22T23:59:59")
    assert queries.acts_for(above.judy, queries.request_for(above.judy, request.number)) == {"settle"}
    with pytest.raises(errors.NotRefused):
        actions.dispute(request, by=above.eve, at=above.now, grounds="再议")
    for stranger in (above.bob, above.eve, above.jim):
        with pytest.raises(errors.NotTheAuthority):
            actions.settle(request, by=stranger, at=above.now, ordered=True, reason="应予提供")


def test_provision_that_is_ordered_has_its_clock_and_cannot_be_refused_again(above):
    request = refused(above)
    actions.dispute(request, by=above.ann, at=above.now, grounds="依据不适用")
    actions.settle(
        request, by=above.judy, at=shanghai("2026-10-09T10:00:00"), ordered=True, reason="应予提供"
    )

    request.refresh_from_db()
    assert (request.state, request.case.state) == ("pending", "open")
    assert request.case.due_at == shanghai("2026-11-05T23:59:59"), "twenty working days to provide"
    assert "refuse" not in queries.acts_for(above.bob, request)
    with pytest.raises(errors.Ordered):
        actions.refuse(request, by=above.bob, at=above.now, reason="不符", legal_basis="《户口登记条例》")
    grant = actions.approve(request, by=above.bob, at=shanghai("2026-10-12T10:00:00"))
    assert grant.in_force(shanghai("2026-10-12T10:00:00"))
    assert [step.step for step in request.case.steps.all()] == ["reply", "provide"]


def test_a_refusal_that_is_upheld_stays_and_names_its_basis_again(above):
    request = refused(above)
    actions.dispute(request, by=above.ann, at=above.now, grounds="依据不适用")
    with pytest.raises(errors.RefusalNeedsBasis):
        actions.settle(request, by=above.judy, at=above.now, ordered=False, reason="应予维持")
    actions.settle(
        request,
        by=above.judy,
        at=above.now,
        ordered=False,
        reason="应予维持",
        legal_basis="《户口登记条例》第八条",
    )

    request.refresh_from_db()
    assert request.state == "refused"
    assert Objection.objects.get().case.state == "closed"
    assert last("exchange.request.dispute_settled").detail["ordered"] is False
    with pytest.raises(errors.NotDisputed):
        actions.settle(request, by=above.jack, at=above.now, ordered=True, reason="改判")


def test_who_decided_or_asked_before_never_decides_the_dispute(above):
    request = refused(above)
    actions.dispute(request, by=above.ann, at=above.now, grounds="依据不适用")
    above.bob.department = above.judy.department  # he has moved to the authority since
    above.bob.save()

    with pytest.raises(errors.DecidedBefore):
        actions.settle(request, by=above.bob, at=above.now, ordered=False, reason="维持", legal_basis="法")
    objection = Objection.objects.get()
    objection.ordered, objection.decided_by, objection.decided_at = True, objection.made_by, above.now
    with pytest.raises(IntegrityError), transaction.atomic():
        objection.save()


def test_without_an_authority_over_both_there_is_no_dispute_and_no_extension(hub):
    request = hub.ask()
    with pytest.raises(errors.AuthorityIsParty):
        actions.ask_more_time(request, by=hub.bob, at=hub.now, days=1, reason="需核实")
    actions.refuse(request, by=hub.bob, at=hub.now, reason="不符", legal_basis="《户口登记条例》")
    with pytest.raises(errors.AuthorityIsParty):
        actions.dispute(request, by=hub.ann, at=hub.now, grounds="依据不适用")


def test_a_local_regime_has_the_authority_review_the_form_first(above):
    above.local()
    request = above.ask()

    assert request.case.department.code == "justice"
    assert request.case.due_at == shanghai("2026-09-29T23:59:59")
    assert queries.acts_for(above.bob, request) == frozenset()
    assert queries.acts_for(above.judy, queries.request_for(above.judy, request.number)) == {
        "pass_on",
        "tell_missing",
    }
    with pytest.raises(errors.NotPassedOn):
        actions.approve(request, by=above.bob, at=above.now)
    with pytest.raises(errors.NotTheAuthority):
        actions.pass_on(request, by=above.bob, at=above.now)
    actions.pass_on(request, by=above.judy, at=shanghai("2026-09-28T10:00:00"), reason="形式合规")

    request.refresh_from_db()
    step = request.case.steps.get(ended_at=None)
    assert (step.step, step.department.code) == ("reply_unpublished", "police")
    assert step.due_at == shanghai("2026-10-16T23:59:59")
    with pytest.raises(errors.NotInReview):
        actions.pass_on(request, by=above.judy, at=above.now)
    assert actions.approve(request, by=above.bob, at=shanghai("2026-09-29T10:00:00")).shape == "masked"


def test_the_review_of_form_may_tell_what_is_missing_too(above):
    above.local()
    request = above.ask()

    actions.tell_missing(request, by=above.judy, at=above.now, missing="缺场景说明")

    request.case.refresh_from_db()
    assert request.case.stopped_at == above.now
    actions.complete(request, by=above.ann, at=above.now + timedelta(days=4), said="已补")
    request.refresh_from_db()
    with pytest.raises(errors.NotTheProvider):
        actions.tell_missing(
            actions.pass_on(request, by=above.judy, at=above.now + timedelta(days=4)),
            by=above.judy, at=above.now + timedelta(days=4), missing="又缺",
        )  # fmt: skip


def test_the_law_answers_at_once_under_every_regime(above):
    above.local()

    assert above.ask(resource=catalog.resource("entities"), items=["uscc"]).state == "approved"


def test_the_authority_sees_only_what_it_has_a_part_in(above):
    request = above.ask()
    assert not queries.requests_for(above.judy).exists()
    actions.ask_more_time(request, by=above.bob, at=above.now, days=5, reason="需专项核实")

    assert queries.requests_for(above.judy).get() == request
    assert not queries.requests_for(above.dora).exists()
    assert not queries.grants_for(above.judy).exists()


def test_every_act_on_the_way_has_one_event_with_the_scope_and_no_words_of_anyone(above):
    request = above.ask()
    before = audit.size()
    actions.tell_missing(request, by=above.bob, at=above.now, missing="缺授权书")
    actions.complete(request, by=above.ann, at=above.now, said="已补授权书")
    actions.ask_more_time(request, by=above.bob, at=above.now, days=5, reason="需专项核实")
    actions.consent(request, by=above.judy, at=above.now, given=True)
    actions.refuse(request, by=above.bob, at=above.now, reason="不符", legal_basis="《户口登记条例》")
    actions.dispute(request, by=above.ann, at=above.now, grounds="依据不适用")
    actions.settle(request, by=above.jack, at=above.now, ordered=True, reason="应予提供")

    assert audit.size() == before + 7
    for entry in audit.entries(subject=request.number)[:7]:
        assert entry.detail["resource"] == "households"
        assert not any(word in entry.text for word in ("授权书", "核实", "不适用", "应予"))


def test_a_renewal_carries_on_from_the_end_of_the_old_grant(above):
    until = date(2026, 10, 20)
    old = actions.approve(above.ask(valid_until=until), by=above.bob, at=above.now)
    assert list(queries.ending(above.ann, above.now)) == [old]
    with pytest.raises(errors.NotRenewable):
        above.ask(renews=old, purpose="identity")

    request = above.ask(renews=old, valid_until=date(2027, 10, 21))
    assert not queries.ending(above.ann, above.now).exists()
    new = actions.approve(request, by=above.bob, at=above.now)

    assert new.valid_from == old.valid_until == shanghai("2026-10-21T00:00:00")
    assert not new.in_force(above.now)
    assert new.in_force(old.valid_until)
    with pytest.raises(errors.TermWrong):
        above.ask(renews=old, valid_until=date(2027, 10, 23))


def test_a_grant_far_from_its_end_or_ended_is_not_renewed(above):
    far = actions.approve(above.ask(), by=above.bob, at=above.now)
    ended = actions.approve(above.ask(valid_until=date(2026, 10, 20)), by=above.bob, at=above.now)
    actions.revoke(ended, by=above.bob, at=above.now, reason="不再需要")
    ended.refresh_from_db()

    for grant in (far, ended):
        with pytest.raises(errors.NotRenewable) as refusal:
            above.ask(renews=grant)
        assert "60" in refusal.value.advice


def test_a_grant_that_ends_early_takes_along_what_would_carry_it_on(above):
    old = actions.approve(above.ask(valid_until=date(2026, 10, 20)), by=above.bob, at=above.now)
    new = actions.approve(above.ask(renews=old), by=above.bob, at=above.now)

    actions.revoke(old, by=above.bob, at=above.now, reason="超范围使用")

    new.refresh_from_db()
    assert (new.revoked_at, new.revoked_by) == (above.now, above.bob)
    assert {entry.subject for entry in audit.entries(kind="exchange.grant.revoked")[:2]} == {
        old.number,
        new.number,
    }
