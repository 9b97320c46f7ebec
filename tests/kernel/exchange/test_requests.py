"""Asking for data: what is refused and why, what the law answers at once, what waits for the owner."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from xilin.kernel.accounts.models import User
from xilin.kernel.casework.models import Case
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, errors, queries
from xilin.kernel.exchange.models import Grant, Request, Shape
from xilin.lib.errors import NotFound

pytestmark = pytest.mark.django_db


def test_a_conditional_request_waits_for_the_owner_with_the_clock_running(hub):
    request = hub.ask()

    assert request.state == "pending"
    assert request.provider.code == "police"
    assert request.case.department.code == "police"
    assert request.case.kind == "sharing_conditional"
    assert request.case.due_at.date() == date(2026, 10, 15)
    assert request.number == request.case.number
    assert request.basis == "《社会救助暂行办法》", "the purpose's own basis"
    assert not Grant.objects.exists()


def test_an_unconditional_request_is_granted_by_law_at_once(hub):
    request = hub.ask(resource=catalog.resource("entities"), items=["uscc", "organisation_name"])

    grant = request.grant
    assert request.state == "approved"
    assert grant.in_force(hub.now)
    assert grant.approved_by is None
    assert [(item.column, item.mask) for item in grant.items.all()] == [
        ("uscc", ""),
        ("organisation_name", ""),
    ]
    assert request.reviews.get().decision == "lawful"
    request.case.refresh_from_db()
    assert (request.case.kind, request.case.state) == ("sharing_unconditional", "closed")


def test_unconditional_items_that_are_masked_need_the_owner_when_asked_for_in_full(hub, tmp_path):
    import small_league

    masked = small_league.ENTITIES.replace('element = "uscc"', 'element = "uscc"\nmask = "id_front"')
    small_league.apply(tmp_path, entities=masked)

    assert hub.ask(resource=catalog.resource("entities"), items=["uscc"], shape="masked").state == "approved"
    assert hub.ask(resource=catalog.resource("entities"), items=["uscc"], shape="full").state == "pending"


def test_one_conditional_item_makes_the_whole_request_conditional(hub, tmp_path):
    import small_league

    mixed = small_league.ENTITIES.replace(
        'element = "organisation_name"', 'element = "organisation_name"\nshare_type = "conditional"'
    )
    small_league.apply(tmp_path, entities=mixed)
    entities = catalog.resource("entities")

    assert hub.ask(resource=entities, items=["uscc"]).state == "approved"
    assert hub.ask(resource=entities, items=["uscc", "organisation_name"]).state == "pending"


def test_items_keep_the_resources_order_and_stand_once(hub):
    assert hub.ask(items=["address", "id_number", "address"]).items == ["id_number", "address"]


def test_the_weakest_shape_that_serves_is_proposed_and_taken(hub):
    items = list(catalog.resource("households").items.all())
    purposes = queries.purposes()

    assert queries.propose_shape(purposes["identity"], items).shape == Shape.VERIFY
    assert queries.propose_shape(purposes["assistance"], items).shape == Shape.MASKED
    assert queries.propose_shape(purposes["assistance"], items[1:2]).shape == Shape.FULL
    assert hub.ask(purpose="identity").shape == "verify"


def test_a_stronger_shape_than_proposed_may_be_asked_for_and_is_seen_by_the_owner(hub):
    request = hub.ask(shape="full")

    assert (request.shape, request.proposed_shape) == ("full", "masked")


@pytest.mark.parametrize(
    ("changed", "refusal", "named"),
    [
        ({"items": []}, errors.NothingAsked, "id_number"),
        ({"items": ["id_number", "salary"]}, errors.UnknownItems, "salary"),
        ({"purpose": "curiosity"}, errors.UnknownPurpose, "assistance"),
        ({"shape": "bulk"}, errors.UnknownShape, "masked"),
        ({"scenario": "  "}, errors.GroundsMissing, "scenario"),
        ({"valid_until": date(2026, 9, 23)}, errors.TermWrong, "2026-09-24"),
        ({"valid_until": date(2027, 9, 26)}, errors.TermWrong, "2027-09-25"),
        ({"quota_per_day": 0}, errors.QuotaWrong, "1000000"),
        ({"quota_per_day": 1_000_001}, errors.QuotaWrong, "1000000"),
    ],
)
def test_a_request_that_cannot_be_is_refused_with_what_is_allowed(hub, changed, refusal, named):
    with translation.override("en"), pytest.raises(refusal) as refused:
        hub.ask(**changed)

    with translation.override("en"):
        assert named in f"{refused.value} {refused.value.advice}"
    assert not Request.objects.exists()
    assert not Case.objects.exists()


def test_what_the_law_does_not_share_is_refused_with_its_basis(hub):
    with pytest.raises(errors.NotShareable) as refused:
        hub.ask(resource=catalog.resource("corrections"), items=["verdict"])

    assert "《社区矫正法》第五十四条" in str(refused.value)


def test_one_denied_item_stops_the_request_even_in_a_shared_resource(hub, tmp_path):
    import small_league

    denied = 'share_type = "denied"\nshare_basis = { zh = "《户口登记条例》第九条" }'
    mixed = small_league.HOUSEHOLDS.replace('mask = "hidden"', denied)
    small_league.apply(tmp_path, households=mixed)

    with pytest.raises(errors.NotShareable) as refused:
        hub.ask()
    assert "《户口登记条例》第九条" in str(refused.value), "the item's own basis"
    assert hub.ask(items=["id_number"]).state == "pending"


def test_own_data_needs_no_request(hub):
    with pytest.raises(errors.OwnData):
        hub.ask(resource=catalog.resource("benefits"), items=["benefit"])


def test_a_retired_resource_can_no_longer_be_asked_for(hub, tmp_path):
    import small_league

    households = catalog.resource("households")
    small_league.apply(tmp_path, households=None)
    households.refresh_from_db()

    with pytest.raises(NotFound):
        hub.ask(resource=households)


def test_only_stewards_and_approvers_of_a_department_ask(hub):
    engineer = User.objects.create(username="eng", department=hub.ann.department, role=User.Role.ENGINEER)

    with pytest.raises(errors.RoleMissing):
        hub.ask(by=engineer)
    with pytest.raises(errors.NoDepartment):
        hub.ask(by=hub.auditor)
    hub.ann.is_active = False
    with pytest.raises(errors.NoDepartment):
        hub.ask(by=hub.ann)


def test_a_client_of_another_department_cannot_be_named(hub):
    theirs = actions.register_client(code="shops", name="市监系统", by=hub.dora, at=hub.now)

    with pytest.raises(errors.ClientNotYours):
        hub.ask(client=theirs)


def test_a_request_can_be_withdrawn_by_its_department_only_and_only_once(hub):
    request = hub.ask()

    with pytest.raises(errors.NotTheApplicant):
        actions.withdraw(request, by=hub.bob, at=hub.now)
    actions.withdraw(request, by=hub.eve, at=hub.now, reason="不再需要")

    request.refresh_from_db()
    request.case.refresh_from_db()
    assert (request.state, request.case.state) == ("withdrawn", "withdrawn")
    with pytest.raises(errors.NotPending):
        actions.withdraw(request, by=hub.ann, at=hub.now)


def test_a_request_is_seen_by_its_two_parties_and_the_audit_administrator_alone(hub):
    request = hub.ask()

    for user in (hub.ann, hub.eve, hub.bob, hub.carl, hub.auditor):
        assert queries.request_for(user, request.number) == request
    with pytest.raises(NotFound):
        queries.request_for(hub.dora, request.number)
    engineer = User.objects.create(username="eng", role=User.Role.ENGINEER)
    assert list(queries.requests_for(engineer)) == []


def test_the_inbox_holds_what_waits_for_the_users_department(hub):
    request = hub.ask()

    assert list(queries.inbox(hub.bob)) == list(queries.inbox(hub.carl)) == [request]
    assert list(queries.inbox(hub.ann)) == list(queries.inbox(hub.auditor)) == []
    assert queries.may_decide(hub.bob, request)
    assert not queries.may_decide(hub.carl, request)


def test_the_database_itself_refuses_a_request_for_own_data(hub):
    request = hub.ask()

    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(pk=request.pk).update(department=request.provider)
