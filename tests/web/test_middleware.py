"""How a refusal becomes an answer, and what every answer carries."""

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from xilin.lib.errors import NotFound
from xilin.web.middleware import POLICY, ContentSecurityPolicy, Refusals

REFUSAL = NotFound(kind="thing", name="<b>x</b>")


@pytest.fixture
def refusals():
    return Refusals(lambda request: HttpResponse())


@pytest.mark.django_db
def test_a_refusal_becomes_a_page_with_advice_and_its_status(refusals, rf: RequestFactory):
    response = refusals.process_exception(rf.get("/somewhere/"), REFUSAL)
    text = response.content.decode()

    assert response.status_code == 404
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert REFUSAL.advice in text


def test_a_program_gets_the_refusal_as_problem_json(refusals, rf: RequestFactory):
    response = refusals.process_exception(rf.get("/api/somewhere"), REFUSAL)

    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == 404


def test_a_defect_stays_a_defect(refusals, rf: RequestFactory):
    assert refusals.process_exception(rf.get("/"), ValueError("x")) is None


def test_every_answer_carries_the_policy_unless_it_has_its_own(rf: RequestFactory):
    def own(request):
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    assert (
        ContentSecurityPolicy(lambda request: HttpResponse())(rf.get("/")).headers["Content-Security-Policy"]
        == POLICY
    )
    assert ContentSecurityPolicy(own)(rf.get("/")).headers["Content-Security-Policy"] == "default-src 'none'"
