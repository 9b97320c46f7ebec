"""Deciding on requests, what a grant holds, and how it ends."""

from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.exchange import actions, errors, queries
from xilin.kernel.exchange.models import ClientKey, Grant, Review
from xilin.lib.errors import NotFound

pytestmark = pytest.mark.django_db


def approve(hub, request, **more):
    return actions.approve(request, **({"by": hub.bob, "at": hub.now} | more))


def test_an_approval_is_a_grant_in_force_with_the_catalogues_masks(hub):
    request = hub.ask()

    grant = approve(hub, request)

    assert grant.in_force(hub.now)
    assert grant.client == hub.client
    assert (grant.shape, grant.purpose, grant.quota_per_day) == ("masked", "assistance", 1000)
    assert [(item.column, item.mask) for item in grant.items.all()] == [
        ("id_number", "id_front"),
        ("person_name", ""),
        ("address", "hidden"),
    ]
    assert (grant.asked_by, grant.approved_by) == (hub.ann, hub.bob)
    request.case.refresh_from_db()
    assert [step.outcome for step in request.case.steps.all()] == ["approved", "provided"]


def test_a_grant_lasts_through_its_last_day_in_local_time(hub):
    grant = approve(hub, hub.ask(valid_until=date(2026, 12, 31)))
    end = datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert grant.in_force(end - timedelta(seconds=1))
    assert not grant.in_force(end)
    assert not grant.in_force(hub.now - timedelta(seconds=1))


def test_full_fields_carry_no_mask_unless_the_approver_puts_one(hub):
    grant = approve(hub, hub.ask(shape="full"), masks={"address": "hidden"})

    assert {item.column: item.mask for item in grant.items.all()} == {
        "id_number": "",
        "person_name": "",
        "address": "hidden",
    }


def test_masks_that_leave_nothing_to_look_up_by_are_refused_with_the_reason(hub, tmp_path):
    by_name = small_league.HOUSEHOLDS.replace(
        'lookup = ["id_number"]', 'lookup = ["id_number", "person_name"]'
    )
    small_league.apply(tmp_path, households=by_name)
    masks = {"person_name": "hidden"}

    with pytest.raises(errors.MaskedLookUp) as refused:
        approve(hub, hub.ask(items=["person_name", "address"]), masks=masks)
    grant = approve(hub, hub.ask(items=["id_number", "person_name"]), masks=masks)

    assert "person_name" in str(refused.value)
    assert {item.column: item.mask for item in grant.items.all()} == {
        "id_number": "id_front",
        "person_name": "hidden",
    }


def test_an_approver_may_give_less_than_was_asked_for(hub):
    grant = approve(
        hub,
        hub.ask(shape="full"),
        items=["person_name"],
        shape="status",
        quota_per_day=10,
        hours=(8, 18),
        valid_until=date(2026, 10, 1),
    )

    assert [item.column for item in grant.items.all()] == ["person_name"]
    assert (grant.shape, grant.quota_per_day, grant.hour_from, grant.hour_to) == ("status", 10, 8, 18)
    assert grant.valid_until == datetime(2026, 10, 2, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"items": ["id_number", "address"]}, errors.MoreThanAsked),
        ({"shape": "full"}, errors.MoreThanAsked),
        ({"valid_until": date(2027, 4, 1)}, errors.MoreThanAsked),
        ({"quota_per_day": 1001}, errors.QuotaWrong),
        ({"valid_until": date(2026, 9, 1)}, errors.TermWrong),
        ({"hours": (18, 8)}, errors.HoursWrong),
        ({"hours": (0, 25)}, errors.HoursWrong),
        ({"items": []}, errors.NothingAsked),
        ({"masks": {"id_number": ""}}, errors.UnknownMask),
        ({"masks": {"id_number": "rot13"}}, errors.UnknownMask),
        ({"masks": {"address": "hidden"}}, errors.UnknownMask),
    ],
)
def test_an_approval_beyond_the_request_is_refused_and_nothing_is_written(hub, more, refusal):
    request = hub.ask(items=["id_number", "person_name"])

    with pytest.raises(refusal):
        approve(hub, request, **more)

    request.refresh_from_db()
    assert request.state == "pending"
    assert not Grant.objects.exists()
    assert not Review.objects.exists()


def test_only_an_approver_of_the_provider_decides(hub):
    request = hub.ask()

    with pytest.raises(errors.NotTheProvider):
        approve(hub, request, by=hub.dora)
    with pytest.raises(errors.NotTheProvider):
        approve(hub, request, by=hub.eve)
    with pytest.raises(errors.RoleMissing):
        approve(hub, request, by=hub.carl)
    with pytest.raises(errors.RoleMissing):
        actions.refuse(request, by=hub.carl, at=hub.now, reason="不同意", legal_basis="某法")
    with pytest.raises(errors.NoDepartment):
        approve(hub, request, by=hub.auditor)


def test_nobody_approves_what_they_asked_for_even_after_changing_departments(hub):
    request = hub.ask()
    hub.ann.department, hub.ann.role = hub.bob.department, User.Role.APPROVER
    hub.ann.save()

    with pytest.raises(errors.OwnRequest):
        approve(hub, request, by=hub.ann)

    grant = approve(hub, request)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(approved_by=hub.ann)


def test_a_request_is_decided_once(hub):
    request = hub.ask()
    approve(hub, request)

    with pytest.raises(errors.NotPending):
        approve(hub, request)
    with pytest.raises(errors.NotPending):
        actions.refuse(request, by=hub.bob, at=hub.now, reason="不同意", legal_basis="某法")
    assert Grant.objects.count() == 1


@pytest.mark.parametrize(("reason", "basis"), [("", "某法第一条"), ("范围过大", "  "), ("", "")])
def test_a_refusal_needs_its_legal_basis_and_a_reason(hub, reason, basis):
    request = hub.ask()

    with pytest.raises(errors.RefusalNeedsBasis):
        actions.refuse(request, by=hub.bob, at=hub.now, reason=reason, legal_basis=basis)

    request.refresh_from_db()
    assert request.state == "pending"


def test_a_refusal_keeps_reason_and_basis_and_ends_the_case(hub):
    request = hub.ask()

    actions.refuse(request, by=hub.bob, at=hub.now, reason="超出履职范围", legal_basis="某法第一条")

    review = request.reviews.get()
    assert (review.decision, review.reason, review.legal_basis) == ("refused", "超出履职范围", "某法第一条")
    request.case.refresh_from_db()
    assert request.case.state == "closed"
    assert not Grant.objects.exists()


def test_the_database_itself_refuses_a_refusal_without_basis(hub):
    request = hub.ask()

    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(request=request, decision="refused", by=hub.bob, at=hub.now, reason="不同意")


def test_the_provider_revokes_and_the_holder_may_give_up_a_grant(hub):
    first, second = approve(hub, hub.ask()), approve(hub, hub.ask())

    actions.revoke(first, by=hub.bob, at=hub.now, reason="超范围使用")
    actions.revoke(second, by=hub.ann, at=hub.now, reason="业务结束")

    first.refresh_from_db()
    assert not first.in_force(hub.now)
    assert first.revoked_by == hub.bob
    assert first.request.reviews.last().reason == "超范围使用"


def test_a_grant_is_not_revoked_by_strangers_stewards_of_the_provider_without_reason_or_twice(hub):
    grant = approve(hub, hub.ask())

    with pytest.raises(errors.NotAParty):
        actions.revoke(grant, by=hub.dora, at=hub.now, reason="x")
    with pytest.raises(errors.RoleMissing):
        actions.revoke(grant, by=hub.carl, at=hub.now, reason="x")
    with pytest.raises(errors.ReasonMissing):
        actions.revoke(grant, by=hub.bob, at=hub.now, reason=" ")
    actions.revoke(grant, by=hub.bob, at=hub.now, reason="x")
    with pytest.raises(errors.GrantEnded):
        actions.revoke(grant, by=hub.bob, at=hub.now, reason="x")


def test_grants_are_seen_by_their_two_parties(hub):
    grant = approve(hub, hub.ask())

    assert queries.grant_for(hub.ann, grant.number) == queries.grant_for(hub.carl, grant.number) == grant
    with pytest.raises(NotFound):
        queries.grant_for(hub.dora, grant.number)


def test_a_key_is_shown_once_and_kept_as_its_hash(hub):
    key = actions.issue_key(hub.client, by=hub.ann, at=hub.now)

    row = ClientKey.objects.get()
    assert row.digest == sha256(key.encode()).hexdigest()
    assert key.startswith(row.prefix)
    assert len(key) > 40
    assert key not in str(ClientKey.objects.values())
    assert actions.issue_key(hub.client, by=hub.ann, at=hub.now) != key


def test_keys_are_issued_and_revoked_by_the_clients_department_alone(hub):
    actions.issue_key(hub.client, by=hub.ann, at=hub.now)
    row = ClientKey.objects.get()

    with pytest.raises(errors.ClientNotYours):
        actions.issue_key(hub.client, by=hub.bob, at=hub.now)
    with pytest.raises(errors.ClientNotYours):
        actions.revoke_key(row, by=hub.bob, at=hub.now)
    actions.revoke_key(row, by=hub.eve, at=hub.now)
    with pytest.raises(errors.KeyNotInUse):
        actions.revoke_key(row, by=hub.eve, at=hub.now)


def test_a_retired_client_loses_its_keys_and_can_neither_ask_nor_be_granted(hub):
    request = hub.ask()
    actions.issue_key(hub.client, by=hub.ann, at=hub.now)

    actions.retire_client(hub.client, by=hub.ann, at=hub.now)

    hub.client.refresh_from_db()
    assert ClientKey.objects.get().revoked_at == hub.now
    with pytest.raises(errors.ClientNotYours):
        approve(hub, request)
    with pytest.raises(errors.ClientNotYours):
        hub.ask()
    with pytest.raises(errors.ClientNotYours):
        actions.issue_key(hub.client, by=hub.ann, at=hub.now)


@pytest.mark.parametrize("code", ["", "Means", "means-check", "1st", "x" * 61])
def test_a_clients_code_is_a_plain_word(hub, code):
    with pytest.raises(errors.ClientCodeWrong):
        actions.register_client(code=code, name="系统", by=hub.ann, at=hub.now)


def test_a_clients_code_is_taken_once(hub):
    with pytest.raises(errors.ClientExists):
        actions.register_client(code="means_check", name="系统", by=hub.dora, at=hub.now)
