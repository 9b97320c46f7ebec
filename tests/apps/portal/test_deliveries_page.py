"""The desk's page of deliveries: seen by the two parties, addresses by two people, dead letters resumed."""

import csv
import io

import pytest

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.actions import feeds
from xilin.kernel.exchange.delivery_models import Export, Message, Subscription, Target
from xilin.kernel.exchange.models import Grant

pytestmark = pytest.mark.django_db
NOW = small_league.NOW
PATH = "/desk/deliveries/"


@pytest.fixture
def delivered(hub):
    """A file and a halted subscription of civil affairs under a grant of the police."""
    held = actions.approve(hub.ask(), by=hub.bob, at=NOW)
    Grant.objects.filter(pk=held.pk).update(delivery="feed")
    hub.target = feeds.register_target(held.client, url="https://example.com/in", by=hub.ann, at=NOW)
    hub.made = Subscription.objects.create(
        number="S20260924-0000000001", grant=held, target=hub.target, purpose="assistance",
        case_number="1号", made_at=NOW, epoch=1, seq=7, state="halted",
    )  # fmt: skip
    Message.objects.create(
        ident="00000000-0000-0000-0000-000000000001", subscription=hub.made, epoch=1, first=8, last=9,
        changes=2, made_at=NOW, state="dead", tries=12, outcome="503",
    )  # fmt: skip
    hub.file = Export.objects.create(
        number="E20260924-0000000001", grant=held, asked_at=NOW, purpose="assistance",
        case_number="低保-77", format="parquet", columns=["id_number"],
    )  # fmt: skip
    return hub


def test_both_parties_and_the_auditor_see_what_was_delivered_and_nobody_else(client, delivered):
    for person, sees in (
        (delivered.ann, True),
        (delivered.bob, True),
        (delivered.auditor, True),
        (delivered.dora, False),
    ):
        client.force_login(person)
        text = client.get(PATH).content.decode()
        assert (delivered.file.number in text) == sees, person
        assert (delivered.made.number in text) == sees, person


def test_the_address_is_the_holders_business_alone(client, delivered):
    client.force_login(delivered.bob)
    assert "example.com" not in client.get(PATH).content.decode()
    assert client.post(f"{PATH}addresses/{delivered.target.pk}/approve/").status_code == 404
    assert client.post(f"{PATH}addresses/{delivered.target.pk}/end/").status_code == 404


def test_an_address_is_entered_and_approved_by_two_people(client, delivered):
    client.force_login(delivered.ann)
    form = {"client": delivered.target.client.code, "url": "https://example.org/in"}
    assert client.post(PATH, form).status_code == 302
    made = Target.objects.get(url="https://example.org/in")
    assert client.post(f"{PATH}addresses/{made.pk}/approve/").status_code == 403
    assert "http" in client.post(PATH, form | {"url": "ftp://example.org"}).content.decode()
    department = delivered.ann.department
    client.force_login(User.objects.create(username="eve", department=department, role="approver"))
    assert client.post(f"{PATH}addresses/{made.pk}/approve/").status_code == 302
    made.refresh_from_db()
    assert made.approved_by.username == "eve"


def test_a_halted_subscription_is_resumed_by_its_holder(client, delivered):
    client.force_login(delivered.bob)
    assert client.post(f"{PATH}{delivered.made.number}/resume/").status_code == 404
    client.force_login(delivered.ann)
    assert "503" in client.get(PATH).content.decode()
    assert client.post(f"{PATH}{delivered.made.number}/resume/").status_code == 302
    delivered.made.refresh_from_db()
    assert delivered.made.state == "active"


def test_what_was_delivered_is_narrowed_and_taken_along_by_both_parties_alone(client, delivered):
    def rows(query):
        answer = client.get(f"{PATH}?{query}")
        assert answer.headers["Content-Type"].startswith("text/csv"), query
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]

    client.force_login(delivered.ann)
    assert [row[0] for row in rows("subscriptions-export=csv&subscriptions-state=halted")] == [
        delivered.made.number
    ]
    assert rows("subscriptions-export=csv&subscriptions-state=active") == []
    assert [row[0] for row in rows("export=csv&sort=-number")] == [delivered.file.number]
    assert [row[0] for row in rows("addresses-export=csv")] == ["https://example.com/in"]
    client.force_login(delivered.bob)
    assert rows("addresses-export=csv") == []
    assert [row[0] for row in rows("export=csv&q=77")] == [delivered.file.number]
    client.force_login(delivered.dora)
    assert rows("export=csv") == rows("subscriptions-export=csv") == []
