"""Pages of disputes and the citizen's own page: who may see what, and what becomes of it."""

import random
from datetime import timedelta

import ibis
import pyarrow as pa
import pytest
from reading import Page
from shown_league import MORE

import small_league
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.actions import record
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.exchange import actions, publishing
from xilin.kernel.exchange.actions import disputes as acts
from xilin.kernel.exchange.dispute_models import Citizen, Dispute, Notice
from xilin.kernel.registry.models import EntityIdentifier
from xilin.kernel.standards.queries import declaration, declared

EXPLANATION = """
[[deadline]]
code = "explanation_answer"
regime = "national"
case_kind = "explanation"
step = "answer"
days = 15
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false
"""
PASSWORD = "show-me-who-looked"


@pytest.fixture
def site(hub, tmp_path, settings):
    """The hub with a grant, a published row, a look at it, and a citizen whose row it is."""
    files = MORE | {"deadlines.toml": MORE["deadlines.toml"] + EXPLANATION}
    feeds = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'registry = "people"\nkey = ["id_number"]')
    small_league.apply(tmp_path, files, households=feeds, at=hub.now + timedelta(seconds=1))
    hub.id = f"990101{random.randrange(10**12):012d}"
    hub.grant = actions.approve(hub.ask(), by=hub.bob, at=hub.now)
    rows = [
        {
            "id_number": hub.id,
            "person_name": "其其格",
            "address": "某某苏木一队",
            "_source": "hukou",
            "_batch": 1,
        }
    ]
    publishing.publish_table(
        declaration("resource", "households"), declared("element"), ibis.memtable(pa.Table.from_pylist(rows)), at=hub.now
    )  # fmt: skip
    hub.known.attributes["id_number"] = hub.id
    hub.known.save()
    EntityIdentifier.objects.create(registry="people", attribute="id_number", value=hub.id, entity=hub.known)
    hub.me = acts.enter_citizen(
        subject="citizen", registry="people", entity=hub.known.pk, password=PASSWORD, at=hub.now
    )
    hub.look = look(hub)
    return hub


def look(hub, kind="exchange.access", **more):
    """An entry as the gateway makes it."""
    detail = {
        "client": "means_check", "grant": hub.grant.number, "purpose": "assistance", "case_number": "低保-2026-7",
        "shape": "masked", "items": ["person_name", "address"], "by": {"id_number": keyed_hash(f"id_number={hub.id}", hub.now)},
        "operator": "", "decision": "answered", "found": True, "rows": 1, "digest": "0" * 64,
    }  # fmt: skip
    entry = record(
        kind, by="means_check", department="civil", provider="police", subject="households", detail=detail | more, at=hub.now
    )  # fmt: skip
    return entry.seq


def fill(hub, **changed):
    usual = {"by_id_number": hub.id, "item": "person_name", "claimed": "琪琪格", "grounds": "户口簿如此"}
    return usual | changed


def test_a_value_is_disputed_answered_and_taken_over_on_the_desks(client, site):
    client.force_login(site.ann)
    assert "户籍人口基本信息" in client.get("/desk/disputes/").content.decode()
    sent = client.post("/desk/disputes/new/households/", fill(site))
    made = Dispute.objects.get()
    assert sent.headers["Location"] == f"/desk/disputes/{made.number}/"
    assert site.id in client.get(f"/desk/disputes/{made.number}/").content.decode()

    client.force_login(site.bob)
    text = client.get(f"/desk/disputes/{made.number}/").content.decode()
    assert all(word in text for word in ("其其格", "琪琪格", "户口簿如此", 'name="outcome"'))
    assert (
        client.get(f"/desk/corrections/{made.number}/").headers["Location"]
        == f"/desk/disputes/{made.number}/"
    )
    answered = client.post(
        f"/desk/disputes/{made.number}/", {"outcome": "corrected", "value": "", "reason": "已核对"}
    )
    assert answered.status_code == 302
    text = client.get(f"/desk/disputes/{made.number}/").content.decode()
    assert "已更正" in text
    assert "已覆盖，直至源头一致" in text

    client.force_login(site.ann)
    text = client.get("/desk/disputes/").content.decode()
    assert "您获得过的数据已更正" in text
    assert str(site.look) in text
    client.post(f"/desk/disputes/notices/{Notice.objects.get().pk}/acknowledge/")
    assert Notice.objects.get().acknowledged_by == site.ann
    assert "您获得过的数据已更正" not in client.get("/desk/disputes/").content.decode()


def test_what_was_not_given_is_refused_beside_the_form(client, site):
    client.force_login(site.ann)
    refused = client.post("/desk/disputes/new/households/", fill(site, by_id_number="990101199001011234"))

    assert refused.status_code == 409
    assert "网关未曾向本部门提供过这项数据。" in refused.content.decode()
    assert client.post("/desk/disputes/new/households/", fill(site, by_id_number="")).status_code == 409
    assert client.get("/desk/disputes/new/benefits/").status_code == 404


def test_others_see_nothing_of_a_dispute(client, site):
    client.force_login(site.ann)
    client.post("/desk/disputes/new/households/", fill(site))
    number = Dispute.objects.get().number
    assert client.post(f"/desk/disputes/{number}/", {"outcome": "rejected", "reason": "x"}).status_code == 409
    for user in (site.dora, site.engineer):
        client.force_login(user)
        assert client.get(f"/desk/disputes/{number}/").status_code == 404
    client.force_login(site.auditor)
    text = client.get(f"/desk/disputes/{number}/").content.decode()
    assert site.id not in text
    assert "琪琪格" not in text


def sign_in(client, **changed):
    return client.post("/citizen/", {"subject": "citizen", "password": PASSWORD} | changed)


def test_a_citizen_sees_looks_at_themselves_alone(client, site):
    denied = look(site, "exchange.denied", decision="gateway.quota_used_up")
    other = look(site, by={"id_number": keyed_hash("id_number=99", site.now)})
    batch = look(
        site,
        by={"id_number": ["2026-09:" + "0" * 64, keyed_hash(f"id_number={site.id}", site.now)]},
        case_number="批-1",
    )
    assert sign_in(client).headers["Location"] == "/citizen/"
    size = audit.size()
    text = client.get("/citizen/").content.decode()

    assert all(
        word in text
        for word in ("民政局", "低保-2026-7", "批-1", "姓名、住址", f">{site.look}<", f">{batch}<")
    )
    assert f">{denied}<" in text
    assert "已拒绝：未提供任何数据" in text
    assert f">{other}<" not in text
    assert "其**" in text
    assert site.id not in text
    (read,) = audit.entries(kind="exchange.citizen.read").filter(seq__gte=size)
    assert read.detail["entries"] == 3
    assert Page(text).unclosed == []


def test_a_citizen_asks_why_and_reads_the_answer(client, site):
    sign_in(client)
    client.post(f"/citizen/looks/{site.look}/ask/", {"grounds": "我没有申请过低保"})
    asked = Dispute.objects.get()
    client.force_login(site.ann)
    text = client.get(f"/desk/disputes/{asked.number}/").content.decode()
    assert "我没有申请过低保" in text
    assert site.id not in text
    client.post(f"/desk/disputes/{asked.number}/", {"outcome": "explained", "reason": "您于九月提出过申请"})
    client.logout()
    sign_in(client)
    text = client.get("/citizen/").content.decode()
    assert "您于九月提出过申请" in text
    assert f"/citizen/looks/{site.look}/ask/" not in text


def test_strangers_and_staff_are_no_citizens_and_citizens_no_staff(client, site):
    for way in ({"password": "x"}, {"subject": "nobody"}):
        assert sign_in(client, **way).status_code == 422
    client.force_login(site.ann)
    assert "低保-2026-7" not in client.get("/citizen/").content.decode()
    client.logout()
    sign_in(client)
    for path in ("/desk/", "/desk/disputes/", "/desk/usage/", "/audit/log/0/tile/entries/000.p/1"):
        assert client.get(path).status_code in (302, 404)
    assert client.post("/citizen/looks/0/ask/", {"grounds": "x"}).status_code == 302
    assert Dispute.objects.count() == 0
    client.post("/citizen/sign-out/")
    assert "低保-2026-7" not in client.get("/citizen/").content.decode()


def test_a_citizens_account_that_ended_or_lay_idle_shows_nothing(client, site):
    sign_in(client)
    session = client.session
    session["xilin_citizen_seen"] -= 24 * 3600
    session.save()
    assert "低保-2026-7" not in client.get("/citizen/").content.decode()
    sign_in(client)
    Citizen.objects.update(active=False)
    assert "低保-2026-7" not in client.get("/citizen/").content.decode()
    assert sign_in(client).status_code == 422


def test_a_name_waits_after_too_many_attempts(client, site):
    statuses = [sign_in(client, password="x").status_code for _ in range(6)]

    assert statuses[-1] == 429
    assert sign_in(client).status_code == 429


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_whole_in_both_languages(client, site, language):
    client.cookies["django_language"] = language
    sign_in(client)
    client.force_login(site.ann)
    client.post("/desk/disputes/new/households/", fill(site))
    number = Dispute.objects.get().number
    for path in ("/desk/disputes/", "/desk/disputes/new/households/", f"/desk/disputes/{number}/"):
        page = Page(client.get(path).content.decode())
        assert page.unclosed == [], path
        assert page.open == [], path


def test_a_citizen_reads_who_holds_what_kind_of_data_and_no_value(site, client):
    client.post("/citizen/", {"subject": "citizen", "password": PASSWORD})

    text = client.get("/citizen/").content.decode()

    held = text.split('id="held"')[1].split("</section>")[0]
    assert "公安局" in held
    assert "其其格" not in held
    assert site.id not in text
    assert 'href="#correct"' in text
