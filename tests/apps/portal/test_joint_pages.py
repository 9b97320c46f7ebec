"""The clean room on the desk: asked by one department, signed by both, answered; nobody else sees it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "kernel" / "opening"))
import two_departments

from xilin.apps.portal.pictures import found
from xilin.kernel.accounts.models import User
from xilin.kernel.opening import tasks
from xilin.kernel.opening.models import Question

ENGLISH = {"accept-language": "en"}
ASKED = {
    "title": "救助覆盖",
    "purpose": "评估政策",
    "measure": "count",
    "group_1": "first:home",
    "group_2": "first:sex",
    "least": "10",
}


@pytest.fixture
def linked(settings, tmp_path, db):
    """Both departments' rosters, collected and linked."""
    return two_departments.make(settings, tmp_path, golden=False)


def page(client, user, address):
    client.force_login(user)
    return client.get(address, headers=ENGLISH)


def test_a_question_goes_from_the_form_over_two_signatures_to_its_answer(linked, client):
    client.force_login(linked.carl)
    chosen = client.get("/desk/questions/choose/?first=residents&second=payments")
    assert chosen["Location"] == "/desk/questions/new/residents/payments/"
    assert "sum of Amount" in client.get(chosen["Location"], headers=ENGLISH).content.decode()
    wrong = client.post(
        chosen["Location"], ASKED | {"first_column": "born", "first_op": "prefix", "first_value": "x"}
    )
    assert wrong.status_code == 409
    asked = client.post(chosen["Location"], ASKED)
    number = Question.objects.get().number
    assert asked["Location"] == f"/desk/questions/{number}/"

    assert ("desk-question", asked["Location"]) in [(one.name, one.path) for one in found("bob")]
    assert "desk-question" not in [one.name for one in found("dora")]
    assert "your signature" in page(client, linked.bob, "/desk/questions/").content.decode()
    assert "Sign for my department" not in page(client, linked.carl, asked["Location"]).content.decode()
    assert "Sign for my department" in page(client, linked.bob, asked["Location"]).content.decode()
    client.post(f"{asked['Location']}sign/")
    client.force_login(linked.eve)
    client.post(f"{asked['Location']}sign/")

    waits = page(client, linked.ann, asked["Location"]).content.decode()
    assert "Is being answered" in waits
    assert f'hx-get="{asked["Location"]}state/"' in waits
    still = page(client, linked.ann, f"{asked['Location']}state/")
    assert "HX-Refresh" not in still
    assert page(client, linked.dora, f"{asked['Location']}state/").status_code == 404
    tasks.answer.func(number)
    assert page(client, linked.ann, f"{asked['Location']}state/")["HX-Refresh"] == "true"

    shown = page(client, linked.ann, asked["Location"]).content.decode()
    assert "甲旗" in shown
    assert "left out" in shown
    assert "Left out: " in shown
    assert not any(row[0] in shown for row in linked.rows)
    # A third department gets the same answer as if there were none; the audit administrator sees it.
    assert page(client, linked.dora, asked["Location"]).status_code == 404
    assert client.post(f"{asked['Location']}refuse/", {"reason": "x"}).status_code == 404
    auditor = User.objects.create(username="auditor", role=User.Role.AUDIT)
    assert page(client, auditor, asked["Location"]).status_code == 200
    client.logout()
    assert client.get(asked["Location"]).status_code == 302
