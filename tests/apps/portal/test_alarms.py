"""Unusual use on the page of who used the data: for the provider and the audit administrator, closed with what was behind it."""

from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Alarm


def raised(hub):
    grant = actions.approve(hub.ask(), by=hub.bob, at=hub.now)
    return Alarm.objects.create(
        rule="sequence", key="2026-09-24T02", grant=grant, grants=[grant.number], figures={"asked": 40, "near": 31},
        at=hub.now, suspends=True,
    )  # fmt: skip


def test_the_provider_sees_an_alarm_and_closes_it_with_what_was_behind_it(client, hub):
    alarm = raised(hub)
    client.force_login(hub.bob)
    text = client.get("/desk/usage/").content.decode()
    assert "授权已暂停" in text
    assert alarm.grants[0] in text
    place = f"/desk/usage/alarms/{alarm.pk}/close/"
    assert "remark" in text
    client.post(place, {"remark": " "})
    alarm.refresh_from_db()
    assert alarm.closed_at is None
    shown = client.post(place, {"remark": "年度普查"}, follow=True).content.decode()
    assert "已处置" in shown
    assert "年度普查" in shown


def test_others_neither_see_nor_close_it_and_the_audit_administrator_does_both(client, hub):
    alarm = raised(hub)
    place = f"/desk/usage/alarms/{alarm.pk}/close/"
    client.force_login(hub.dora)
    assert alarm.grants[0] not in client.get("/desk/usage/").content.decode()
    assert client.post(place, {"remark": "x"}).status_code == 404
    client.force_login(hub.auditor)
    assert alarm.grants[0] in client.get("/desk/usage/").content.decode()
    assert client.post(place, {"remark": "x"}).status_code == 302
