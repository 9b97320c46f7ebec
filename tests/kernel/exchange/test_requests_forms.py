"""The forms: what they clean is what the actions take; what they refuse is said in the reader's language."""

from datetime import date

import pytest
from django.utils import translation

from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.forms import ApproveForm, ClientForm, MaskForm, RefuseForm, RequestForm

pytestmark = pytest.mark.django_db


def request_form(hub, resource="households", **changed):
    usual = {
        "client": hub.client.pk,
        "items": ["id_number", "person_name"],
        "purpose": "assistance",
        "scenario": "低保申请核对",
        "quota_per_day": 500,
        "valid_until": "2027-03-31",
    }
    return RequestForm(
        usual | changed, user=hub.ann, resource=catalog.resource(resource), today=hub.now.date()
    )


def test_a_cleaned_request_form_is_the_arguments_of_ask(hub):
    form = request_form(hub)

    assert form.is_valid(), form.errors
    request = actions.ask(
        resource=catalog.resource("households"), by=hub.ann, at=hub.now, **form.cleaned_data
    )
    assert (request.shape, request.quota_per_day, request.valid_until) == ("masked", 500, date(2027, 3, 31))


def test_the_form_offers_own_systems_and_shareable_items_only(hub):
    theirs = actions.register_client(code="shops", name="市监系统", by=hub.dora, at=hub.now)

    assert "client" in request_form(hub, client=theirs.pk).errors
    assert request_form(hub, resource="corrections").fields["items"].choices == []
    assert "items" in request_form(hub, items=["salary"]).errors


def test_a_form_speaks_chinese_and_english(hub):
    with translation.override("zh-hans"):
        assert request_form(hub).fields["scenario"].label == "使用场景"
        assert ("assistance", "救助核对") in request_form(hub).fields["purpose"].choices
    with translation.override("en"):
        assert ("assistance", "Assistance check") in request_form(hub).fields["purpose"].choices


def test_a_cleaned_approval_is_the_arguments_of_approve(hub):
    request = hub.ask()
    data = {
        "items": ["person_name"],
        "shape": "status",
        "quota_per_day": 20,
        "hour_from": 8,
        "hour_to": 18,
        "valid_until": "2026-12-31",
    }

    form, masks = ApproveForm(data, request=request), MaskForm({"person_name": "hidden"}, request=request)
    assert form.is_valid(), form.errors
    assert masks.is_valid(), masks.errors
    grant = actions.approve(request, by=hub.bob, at=hub.now, masks=masks.masks, **form.cleaned_data)

    assert (grant.shape, grant.quota_per_day, grant.hour_from, grant.hour_to) == ("status", 20, 8, 18)
    assert grant.items.get().mask == "hidden"


def test_an_approval_form_offers_no_stronger_shape_and_no_more_items(hub):
    form = ApproveForm(request=hub.ask(items=["id_number"]))

    assert [value for value, _ in form.fields["shape"].choices] == ["verify", "status", "masked"]
    assert [value for value, _ in form.fields["items"].choices] == ["id_number"]
    assert form.initial["items"] == ["id_number"]


def test_a_refusal_form_wants_basis_and_reason():
    assert set(RefuseForm({}).errors) == {"legal_basis", "reason"}


def test_a_client_form_wants_a_plain_code():
    assert "code" in ClientForm({"code": "Means Check", "name": "核对"}).errors
    assert ClientForm({"code": "means", "name": "核对"}).is_valid()
