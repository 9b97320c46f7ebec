"""The cockpit renews itself: what happens is on every screen within two seconds, whoever looks sees what is theirs."""

import json
import re
import time

import pytest
from cockpit_served import Listener, served
from django.utils import timezone

import small_league
from xilin.apps.portal.board import COCKPIT
from xilin.apps.portal.queries.operations.pulses import PULSES
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import actions as audit
from xilin.kernel.collect.models import Batch
from xilin.kernel.exchange.anomaly_models import Alarm
from xilin.kernel.exchange.models import Pace

WITHIN = 2.0


@pytest.fixture(autouse=True)
def nothing_drawn_before():
    COCKPIT.forget()
    yield
    COCKPIT.forget()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_ends_is_on_every_screen_within_two_seconds(hub, client):
    """The real server on the real database; one who is signed in, one who isn't, and one who was cut off meanwhile."""
    client.force_login(hub.ann)
    session = client.cookies["sessionid"].value
    begun = Batch.objects.create(
        source="hukou", resource="households", mode="full", started_at=timezone.now()
    )
    with served() as address:
        visitor, member = Listener(address), Listener(address, cookie=f"sessionid={session}")
        for one in (visitor, member):
            one.start()
            assert one.wait(lambda it: it.panels()), one.problem
        first = visitor.events[0][1]["id"]
        told = len(visitor.events), len(member.events)

        begun.state, begun.finished_at = Batch.State.DONE, timezone.now()
        begun.rows_read, begun.rows_accepted = 4321, 4321
        begun.save()
        ended = time.monotonic()

        for one, after in zip((visitor, member), told, strict=True):
            at = one.wait(lambda it, n=after: [at for at, code, html in it.panels(n) if "4,321" in html])
            assert at, one.events[after:]
            assert at[0] - ended < WITHIN

        told = len(visitor.events)
        audit.record("exchange.access", by="means_check", department="civil", at=timezone.now())
        Pace.objects.create(
            minute=timezone.now().replace(second=0, microsecond=0), outcome="answered", bucket=9, calls=77
        )
        entered = time.monotonic()
        for code in ("log", "gateway"):
            at = visitor.wait(lambda it, c=code, n=told: [at for at, one, _ in it.panels(n) if one == c])
            assert at, visitor.events[told:]
            assert at[0] - entered < WITHIN

        inside = {code for _, code, _ in member.panels()}
        outside = {code for _, code, _ in visitor.panels()}
        assert outside <= inside
        assert any("文件损坏。" in html for _, _, html in member.panels())
        assert not any("文件损坏。" in html for _, _, html in visitor.panels())

        newest = visitor.events[-1][1]["id"]
        up_to_date, behind = (
            Listener(address, **{"Last-Event-ID": newest}),
            Listener(address, **{"Last-Event-ID": first}),
        )
        for one in (up_to_date, behind):
            one.start()
            assert one.wait(lambda it: it.events), one.problem
        assert up_to_date.events[0][1]["event"] == "beat"
        assert any("4,321" in html for _, _, html in behind.panels())

        for one in (visitor, member, up_to_date, behind):
            one.stop()


def panels(client, path="/cockpit/"):
    """What a page shows, by panel."""
    text = client.get(path).content.decode()
    return dict(
        re.findall(r'data-panel="(\w+)" class="[^"]*">(.*?)(?=<div data-panel|</main>|$)', text, re.DOTALL)
    )


OPEN = {"flow", "quality", "registries", "gateway", "requests", "log", "trace", "batches", "day", "sources"}


@pytest.mark.parametrize("path", ["/cockpit/", "/cockpit/wall/"])
def test_each_sees_the_panels_that_are_theirs(client, hub, path):
    """Machines and alarms are for those who operate: an alarm may be about anyone else who is signed in."""
    on_page = OPEN - ({"sources"} if "wall" in path else set())

    assert set(panels(client, path)) == on_page
    for who in (hub.ann, hub.bob, hub.rita):
        client.force_login(who)
        assert set(panels(client, path)) == on_page
    for who in (hub.engineer, hub.auditor):
        client.force_login(who)
        assert set(panels(client, path)) == on_page | {"alarms", "machines"}


def test_nobody_listens_to_a_screen_that_is_not_theirs(client, hub):
    client.force_login(hub.ann)

    for screen in ("operators", "public", "nonsense"):
        answer = client.get(f"/cockpit/events?screen={screen}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/cockpit/events?screen=inside").headers["Xilin-Hold"] == "cockpit inside zh-hans"


def test_hands_and_producers_are_visitors_here(client, hub):
    hand = small_league.person("hand", None, User.Role.HAND)
    client.force_login(hand)

    assert client.get("/cockpit/events").headers["Xilin-Hold"].startswith("cockpit public ")


def test_the_public_reads_totals_and_no_reason_name_or_number(client, hub):
    request = hub.ask()
    Alarm.objects.create(rule="night", key="2026", figures={}, at=hub.now)

    text = client.get("/cockpit/").content.decode()

    assert "异常用数" not in text
    for inside in ("文件损坏", request.number, "低保申请核对", "means_check", "ann", "其其格", f"99{7:016d}"):
        assert inside not in text
    client.force_login(hub.engineer)
    assert re.search(r'异常用数 <b data-n="alarm.unusual">1<', client.get("/cockpit/").content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/cockpit/", "/cockpit/wall/"])
def test_with_nothing_in_the_database_each_panel_says_so(client, path):
    shown = panels(client, path)

    for code, said in (
        ("flow", "尚未采集数据。"), ("registries", "未声明基础库。"), ("quality", "尚未评分。"), ("day", "一天内没有事件。"),
        ("gateway", "近 3 小时没有调用。"), ("log", "未声明见证方。"), ("batches", "尚无批次。"),
    ):  # fmt: skip
        assert said in shown[code], code


def test_every_number_leads_somewhere(client, hub):
    """What is told in a figure is a link, but for machines, which have no page."""
    client.force_login(hub.auditor)
    shown = panels(client)

    for code, html in shown.items():
        if code not in ("machines", "sources", "batches"):
            for href in set(re.findall(r'<a [^>]*href="([^"#]+)', html)):
                assert client.get(href).status_code in (200, 302), (code, href)
            assert not re.findall(r'<span class="fig', html), code


def test_a_look_asks_little(hub, django_assert_max_num_queries):
    """Once a second, whoever watches: narrow questions only."""
    with django_assert_max_num_queries(30):
        for pulse in PULSES.values():
            pulse()


def test_without_a_server_that_holds_the_answer_is_whole(client, hub):
    """Behind a plain server whoever listens asks again: the answer ends, and says what came since."""
    everything = client.get("/cockpit/events").content.decode()
    mark = re.search(r"id: (\S+)", everything)[1]
    nothing = client.get("/cockpit/events", headers={"Last-Event-ID": mark}).content.decode()
    Pace.objects.create(
        minute=timezone.now().replace(second=0, microsecond=0), outcome="answered", bucket=9, calls=77
    )
    news = client.get(f"/cockpit/events?since={mark}").content.decode()

    assert "event:" not in nothing
    said = json.loads(re.search(r"data: (.*)", news)[1])["panels"]
    assert "gateway" in said
    assert "77" in said["gateway"]
    assert "quality" not in said
    for strange in ("x", "-1", "a-b", f"{mark}9" * 40):
        assert "event: panels" in client.get("/cockpit/events", {"since": strange}).content.decode()


def test_other_tools_read_the_numbers_with_a_token_and_nobody_without(client, hub, settings):
    for token, given in (
        ("", ""),
        ("", "Bearer "),
        ("secret", ""),
        ("secret", "Bearer other"),
        ("secret", "Basic secret"),
    ):
        settings.METRICS_TOKEN = token
        headers = {"Authorization": given} if given else {}
        assert client.get("/cockpit/metrics", headers=headers).status_code == 404
    answer = client.get("/cockpit/metrics", headers={"Authorization": "Bearer secret"})
    text = answer.content.decode()

    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith("\n# EOF\n")
    declared = set()
    for line in text.splitlines()[:-1]:
        if found := re.fullmatch(r"# TYPE (xilin_[a-z_]+) gauge", line):
            assert found[1] not in declared
            declared.add(found[1])
        elif not line.startswith("# HELP "):
            found = re.fullmatch(r'(xilin_[a-z_]+)(\{[a-z]+="[^"]+"\})? (-?[\d.]+(e[+-]?\d+)?)', line)
            assert found, line
            assert found[1] in declared
    for said in (
        'xilin_rows{state="read"} 1500', 'xilin_registry_entities{registry="people"} 990', "xilin_sources_refused 0",
        'xilin_gateway_calls{outcome="answered"} 0',
    ):  # fmt: skip
        assert said in text
