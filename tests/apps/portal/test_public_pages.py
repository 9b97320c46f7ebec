"""The home page's figures and news, the Atom feed, and the totals of requests."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from reading import faults

from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import totals

ATOM = "{http://www.w3.org/2005/Atom}"


def read(client, path, language="zh-hans"):
    client.cookies["django_language"] = language
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_home_page_leads_from_each_figure_to_its_page(client, hub):
    text = read(client, "/")

    assert faults(text) == []
    assert 'href="/cockpit/"><b>' in text
    assert "部门数据源" in text
    assert "公开日志条目" in text


def test_the_news_tell_entries_of_the_catalogue_and_runs_of_the_indicators(client, hub):
    text = read(client, "/news/")

    assert "项指标重新计算" in text
    assert "/catalogue/" in text
    only = read(client, "/news/?kind=catalogue")
    assert "项指标重新计算" not in only


def test_the_feed_is_atom_with_an_entry_for_each_event(client, hub):
    response = client.get("/news.atom")
    feed = ElementTree.fromstring(response.content)
    entries = feed.findall(f"{ATOM}entry")
    ids = [one.findtext(f"{ATOM}id") for one in entries]

    assert response["Content-Type"].startswith("application/atom+xml")
    assert len(entries) >= 2
    assert len(set(ids)) == len(ids)
    assert all(one.find(f"{ATOM}link").get("href").startswith("http://testserver/") for one in entries)
    assert feed.findtext(f"{ATOM}updated") == max(one.findtext(f"{ATOM}updated") for one in entries)


def test_requests_are_counted_without_a_name_or_a_subject(client, hub):
    request = hub.ask()
    text = read(client, "/approvals/")

    assert faults(text) == []
    assert "有条件共享数据申请" in text or "无条件共享数据申请" in text
    assert request.number not in text
    assert request.case.subject not in text


def test_inquiries_are_not_among_the_public_counts(client, hub):
    from xilin.apps.portal.queries.approvals import KINDS

    assert {"unusual_use", "trace_alarm", "recall"} & set(KINDS) == set()


@pytest.fixture
def three(hub):
    """Of the police: one case done in time, one done late, one overdue; one of another kind."""
    police = hub.ann.department

    def opened(kind="sharing_conditional", step="reply", days=0):
        at = hub.now + timedelta(days=days)
        return casework.open(kind=kind, subject="x", department=police, step=step, at=at, by=None)

    casework.close(opened(), at=hub.now + timedelta(days=1), by=None, outcome="approved")
    casework.close(opened(), at=hub.now + timedelta(days=60), by=None, outcome="approved")
    opened(days=1)
    return police


def test_totals_tell_what_was_done_in_time_late_and_not_at_all(hub, three):
    until = hub.now + timedelta(days=90)
    (found,) = [
        one
        for one in totals.kinds(hub.now - timedelta(days=1), until, ["sharing_conditional"])
        if one.kind == "sharing_conditional"
    ]

    assert (found.received, found.done, found.open) == (3, 2, 1)
    assert (found.steps.in_time, found.steps.late, found.steps.open, found.steps.overdue) == (1, 1, 1, 1)
    assert found.steps.due == 3
    assert totals.departments(hub.now - timedelta(days=1), until, ["sharing_conditional"]) == [
        (three, found.steps)
    ]
    assert totals.kinds(hub.now - timedelta(days=1), until, ["catalogue"]) == []
    assert sum(n for _, n in totals.months(hub.now - timedelta(days=1), until, ["sharing_conditional"])) == 3
