"""Releases at the desk: one person of the department asks, another decides, nobody else sees them."""

from typing import Any

import pytest
from django.test import Client

import trace_league
from xilin.apps.trace.models import CodeRelease
from xilin.kernel.accounts.models import Department, User

pytestmark = pytest.mark.django_db
DESK, ROLL = "/desk/goods/releases/", "09520001000010"
ASKED = {"gtin": ROLL, "lot": "L1", "count": "50", "why": "迟报"}


@pytest.fixture(autouse=True)
def league(tmp_path: Any) -> None:
    trace_league.apply(tmp_path)


def signed_in(name: str, *, code: str = "nmj", role: str = "steward") -> Client:
    user, _ = User.objects.get_or_create(
        username=name, defaults={"department": Department.objects.get(code=code), "role": role}
    )
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def asked_for() -> str:
    answer = signed_in("one").post(DESK, ASKED)
    assert (answer.status_code, answer["Location"]) == (302, DESK)
    return CodeRelease.objects.get().case


def test_one_asks_and_another_decides() -> None:
    case = asked_for()
    own = signed_in("one").get(f"{DESK}{case}/").content.decode()
    assert "somebody else decides" in own
    assert signed_in("one").post(f"{DESK}{case}/", {"granted": "yes", "remark": "x"}).status_code == 200
    assert CodeRelease.objects.get().granted is None
    other = signed_in("other")
    assert "to be decided" in other.get(DESK).content.decode()
    assert other.post(f"{DESK}{case}/", {"granted": "perhaps"}).status_code == 422
    answer = other.post(f"{DESK}{case}/", {"granted": "yes", "remark": "核实"})
    assert answer.status_code == 302
    made = CodeRelease.objects.get()
    assert (made.granted, made.decided_by, made.count) == (True, "other", 50)
    User.objects.filter(username="other").update(full_name="审批人甲")
    decided = other.get(f"{DESK}{case}/").content.decode()
    assert "let pass" in decided
    assert "核实" in decided
    assert "审批人甲" in decided


def test_a_release_may_be_refused_and_an_empty_form_is_told() -> None:
    case = asked_for()
    signed_in("other").post(f"{DESK}{case}/", {"granted": "no", "remark": "不属实"})
    assert CodeRelease.objects.get().granted is False
    for wrong in ({"count": "0"}, {"why": ""}, {"gtin": "09520002000019"}):
        assert signed_in("one").post(DESK, ASKED | wrong).status_code == 422
    assert CodeRelease.objects.count() == 1


def test_nobody_else_sees_or_decides_them() -> None:
    case = asked_for()
    stranger = signed_in("stranger", code="scjgj")
    assert case not in stranger.get(DESK).content.decode()
    assert stranger.get(f"{DESK}{case}/").status_code == 404
    assert signed_in("viewer", role="viewer").post(DESK, ASKED).status_code == 200
    assert signed_in("health", code="wjw").get(DESK).status_code == 404
    assert Client().get(DESK).status_code == 302
    auditor = signed_in("auditor", role="audit")
    assert case in auditor.get(DESK).content.decode()
    assert auditor.post(f"{DESK}{case}/", {"granted": "yes", "remark": "x"}).status_code == 200
    assert CodeRelease.objects.get().granted is None
