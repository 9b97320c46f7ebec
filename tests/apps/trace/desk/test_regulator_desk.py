"""The regulator's desk: chains in figures, quotas and balances as they are, alarms taken and decided by whoever they are for."""

import csv
import io
from datetime import timedelta

import pytest
import regulated_goods
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from regulated_goods import GTIN, PACKS, RANCH, WORKS

import lineage_events
import trace_league
from lineage_events import made, wrong
from xilin.apps.trace.desk.regulator import statistics
from xilin.apps.trace.genealogy import quotas
from xilin.apps.trace.models import Figure, HouseholdYear, LineageAlert, Notice, ProcessMass, Suspicion
from xilin.apps.trace.repository.capture import capture
from xilin.apps.trace.verdicts import overseeing
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.queries import entries
from xilin.kernel.casework import queries as cases

pytestmark = pytest.mark.django_db

DESK = "/desk/goods/regulator/"


@pytest.fixture
def at():
    return lineage_events.at(300)


@pytest.fixture
def chain(tmp_path, at, settings):
    """Two households, one of which sold an animal nobody tagged there, and a works that put out too many packs."""
    settings.OWN_DATA = tmp_path / "own"
    trace_league.apply(tmp_path)
    return regulated_goods.lay(at)


def person(name, department="", role="steward"):
    found = Department.objects.get(code=department) if department else None
    return User.objects.create_user(name, password="look-at-the-goods", department=found, role=role)


def page(client, path=""):
    answer = client.get(f"{DESK}{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def alert(kind):
    return LineageAlert.objects.get(kind=kind)


def decide(client, one, outcome, remark="looked into it"):
    return client.post(f"{DESK}alarms/lineage/{one.pk}/", {"outcome": outcome, "remark": remark})


@pytest.mark.parametrize("path", ["", "open/", "quotas/", "balances/", "alarms/"])
def test_only_who_oversees_goods_sees_the_regulators_pages(chain, client, path):
    assert client.get(f"{DESK}{path}").status_code == 302
    client.force_login(person("gus", "gaj"))
    assert client.get(f"{DESK}{path}").status_code == 404
    client.force_login(person("nora", "nmj"))
    assert client.get(f"{DESK}{path}").status_code == 200
    client.force_login(person("arno", role="audit"))
    assert client.get(f"{DESK}{path}").status_code == 200


def test_the_goods_desk_stands_in_the_navigation_of_those_it_is_for(chain, client):
    client.force_login(person("nora", "nmj"))
    assert "/desk/goods/" in client.get("/desk/").content.decode()
    client.force_login(person("gus", "gaj"))
    assert "/desk/goods/" not in client.get("/desk/").content.decode()


def test_chains_are_shown_as_they_were_counted(chain, client):
    figures = {
        one.measure: one.value
        for one in Figure.objects.filter(measure__in=("lambs_tagged", "packs", "packs_traced"))
    }
    assert figures == {"lambs_tagged": 2, "packs": 60, "packs_traced": 60}
    client.force_login(person("nora", "nmj"))
    text = page(client)
    assert "锡林浩特市" in text
    assert "60 / 60" in text


def test_households_over_their_quota_come_first_with_the_animals_that_show_it(chain, client):
    client.force_login(person("nora", "nmj"))
    text = page(client, "quotas/")
    assert text.index("牧户甲") < text.index("牧户乙")
    over = page(client, "quotas/?state=over&year=2026&area=152502&q=0014")
    assert "牧户甲" in over
    assert "牧户乙" not in over
    ranch = HouseholdYear.objects.get(place=RANCH)
    told = page(client, f"quotas/{ranch.pk}/")
    assert "399250200000002" in told
    assert "399250200000003" not in told
    assert ">urn:xilin:eartag" not in told, "an ear tag is read out by its digits"
    assert [one.detail for one in entries(kind="trace.households_read").order_by("seq")]
    assert client.get(f"{DESK}quotas/999999/").status_code == 404


def test_a_balance_says_what_went_in_what_came_out_and_by_what_rule(chain, client):
    client.force_login(person("mia", "scjgj"))
    text = page(client, "balances/?state=broken")
    assert "明源肉业" in text
    assert "20.0 kg" in text
    assert "30.0 kg" in text
    one = ProcessMass.objects.get()
    told = page(client, f"balances/{one.pk}/")
    assert "本盟自定" in told
    assert GTIN in told
    assert "没有符合条件" in page(client, "balances/?state=even")


def test_an_alarm_is_taken_once_and_decided_by_who_took_it(chain, client, at):
    nora, nils = person("nora", "nmj"), person("nils", "nmj", "approver")
    one = alert("mass")
    path = f"{DESK}alarms/lineage/{one.pk}/"
    client.force_login(nora)
    assert "30.0 千克" in page(client, "alarms/")
    assert client.post(f"{path}take/").status_code == 302
    client.force_login(nils)
    client.post(f"{path}take/")
    assert client.post(path, {"outcome": "explained", "remark": "mine"}).status_code == 404
    one.refresh_from_db()
    assert (one.taken_by, one.outcome) == ("nora", "")
    client.force_login(nora)
    assert client.post(path, {"outcome": "explained", "remark": ""}).status_code == 422
    assert client.post(path, {"outcome": "nonsense", "remark": "x"}).status_code == 422
    assert decide(client, one, "explained", "scales were broken").status_code == 302
    one.refresh_from_db()
    assert (one.outcome, one.decided_by, one.remark) == ("explained", "nora", "scales were broken")
    assert cases.numbered([one.case])[one.case].state == "closed"
    assert decide(client, one, "confirmed").status_code == 404
    assert [entry.kind for entry in entries(subject=one.case).order_by("seq")][-2:] == [
        "trace.alarm_taken",
        "trace.alarm_decided",
    ]


@pytest.mark.parametrize(
    ("steps", "told", "stopped"),
    [(["confirmed"], True, True), (["confirmed", "settled"], True, False), (["explained"], False, False)],
)
def test_what_is_decided_tells_buyers_and_stops_issuing_or_not(chain, client, steps, told, stopped):
    client.force_login(person("nora", "nmj"))
    one = alert("mass")
    assert Notice.objects.filter(lot="L1", until=None).exists()
    for outcome in steps:
        assert decide(client, one, outcome).status_code == 302

    assert Notice.objects.filter(lot="L1", until=None).exists() is told
    assert (quotas.exceeded("somebody", GTIN, timezone.now(), lot="L1") is not None) is stopped
    case = cases.numbered([alert("mass").case]).popitem()[1]
    assert (case.state == "open") is (steps[-1] == "confirmed")


def test_another_department_and_auditors_look_but_decide_nothing(chain, client):
    one = alert("quota")
    for user in (person("mia", "scjgj"), person("arno", role="audit"), person("egon", "nmj", "engineer")):
        client.force_login(user)
        assert client.post(f"{DESK}alarms/lineage/{one.pk}/take/").status_code == 404
        assert decide(client, one, "explained").status_code == 404
    one.refresh_from_db()
    assert (one.taken_by, one.outcome) == ("", "")
    client.force_login(User.objects.get(username="mia"))
    assert client.get(f"{DESK}alarms/lineage/{one.pk}/").status_code == 404
    client.force_login(User.objects.get(username="arno"))
    assert client.get(f"{DESK}alarms/lineage/{one.pk}/").status_code == 200


def test_reports_of_consumers_ring_at_the_department_of_the_product(chain, client, at):
    one = Suspicion.objects.create(gtin=GTIN, serial="P1", why="taste", text="sour", client=5, at=at)
    strange = Suspicion.objects.create(gtin="00000000000000", serial="?", why="price", client=5, at=at)
    client.force_login(person("mia", "scjgj"))
    path = f"{DESK}alarms/report/{strange.pk}/"
    assert client.get(f"{DESK}alarms/report/{one.pk}/").status_code == 404
    assert client.post(f"{path}take/").status_code == 302
    assert client.post(path, {"remark": "not ours"}).status_code == 302
    strange.refresh_from_db()
    assert (strange.closed_by, strange.outcome) == ("mia", "not ours")
    client.force_login(person("nora", "nmj"))
    assert "sour" in page(client, "alarms/?kind=report")


def test_what_events_explain_is_said_to_be_over(chain, client, at):
    bad = alert("mass")
    fewer = made(9, ["A"], PACKS[:38], step="disassembling", where=WORKS, ilmd={"cbvmda:lotNumber": "L1"})
    capture([wrong(chain, 20), fewer], party="plant", at=at)
    overseeing.assess(at=at + timedelta(hours=1))
    client.force_login(person("nora", "nmj"))
    text = page(client, f"alarms/lineage/{bad.pk}/")
    assert "已由后续记录说明" in text
    assert 'name="outcome"' not in text
    assert not Notice.objects.filter(until=None, lot="L1").exists()
    assert cases.numbered([bad.case])[bad.case].state == "closed"
    assert "明源肉业" not in page(client, "alarms/")
    assert "明源肉业" in page(client, "alarms/?state=over")


def test_lists_cost_the_same_queries_however_long_they_are(chain, client, at):
    def cost(path):
        with CaptureQueriesContext(connection) as asked:
            page(client, path)
        return len(asked)

    Suspicion.objects.create(gtin=GTIN, serial="P", why="taste", client=1, at=at)
    client.force_login(person("nora", "nmj"))
    page(client)
    before = cost("quotas/"), cost("alarms/")
    HouseholdYear.objects.bulk_create(
        HouseholdYear(
            place=f"https://id.gs1.org/414/{n}", year=2026, tagged=10, sold=n % 12, untagged=0, counted_at=at
        )
        for n in range(300)
    )
    Suspicion.objects.bulk_create(
        Suspicion(gtin=GTIN, serial=f"P{n}", why="taste", client=n, at=at) for n in range(100)
    )

    assert (cost("quotas/"), cost("alarms/")) == before


def taken(client, path):
    answer = client.get(f"{DESK}{path}")
    assert answer.headers["Content-Type"].startswith("text/csv"), answer.content[:300]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_lists_are_sorted_and_taken_along_and_reading_of_households_is_on_record(chain, client):
    client.force_login(person("nora", "nmj"))
    sold = [int(row[3]) for row in taken(client, "quotas/?export=csv&sort=-sold")[1:]]
    assert sold == sorted(sold, reverse=True)
    head, *rows = taken(client, "quotas/?export=csv&state=over")
    assert (head[0], head[-1]) == ("牧户", "状态")
    assert [row[0] for row in rows] == ["牧户甲"]
    read = entries(kind="trace.households_read").order_by("-seq").first()
    assert read.detail == {"what": "quotas", "households": 1}
    assert float(taken(client, "balances/?export=csv")[1][2]) == 20.0
    kinds = [row[0] for row in taken(client, "alarms/?export=csv&state=all&sort=alarm")[1:]]
    assert kinds == [row[0] for row in taken(client, "alarms/?export=csv&state=all&sort=-alarm")[1:]][::-1]
    assert len(kinds) == 2
    assert taken(client, "?banners-export=csv")[1][0] == "锡林浩特市"


def test_figures_are_written_as_a_source_reads_them_and_change_only_where_they_do(chain, at):
    rows = statistics.file().read_text(encoding="utf-8").splitlines()
    assert rows[0] == "key,month,area_code,measure,value,counted_at"
    keys = [row.split(",")[0] for row in rows[1:]]
    assert len(keys) == len(set(keys))
    said = {row.split(",")[0]: row.split(",")[4] for row in rows[1:]}
    assert said["lambs_tagged|2026-09|152502000000"] == said["lambs_tagged|2026-09|152500000000"] == "2"
    assert said["lambs_tagged_part|2026-09|152502000000"] == "2"
    assert said["packs_traced_share|2026-09|152500000000"] == "100"
    assert said["alarms|2026-09|152500000000"] == "2"
    assert "packs_with|2026-09|152500000000" not in said
    before = dict(Figure.objects.exclude(measure="counted_now").values_list("pk", "counted_at"))

    statistics.count(book(at), at=at + timedelta(days=1))

    assert dict(Figure.objects.filter(pk__in=before).values_list("pk", "counted_at")) == before


def test_what_a_department_owes_leads_to_its_alarm(chain, client):
    one = alert("mass")
    client.force_login(person("nora", "nmj"))
    path = f"{DESK}cases/{one.case}/"
    assert path in client.get("/desk/").content.decode()
    assert client.get(path).headers["Location"] == f"{DESK}alarms/lineage/{one.pk}/"
    client.force_login(person("mia", "scjgj"))
    assert client.get(path).status_code == 404
