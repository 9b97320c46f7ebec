"""Reports to the upper level, against a real HTTP server: sent once it hears, in order, with receipts kept."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from django.db import transaction

import small_catalogue
from small_catalogue import NOW, entry, published
from xilin.kernel.audit import queries as audit
from xilin.kernel.catalog import actions, queries, upward
from xilin.kernel.catalog.models import Report

pytestmark = pytest.mark.django_db


class Upper:
    """The upper level: what it was told, and what it answers next."""

    def __init__(self):
        self.told, self.answers = [], []
        upper = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                upper.told.append((dict(self.headers), body))
                status, answer, more = upper.answers.pop(0) if upper.answers else (201, {"receipt": "R1"}, {})
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | more).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/report"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def upper(settings):
    made = Upper()
    settings.UPWARD_URL, settings.UPWARD_TOKEN = made.url, "token-of-this-node"
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def who(tmp_path):
    small_catalogue.apply(tmp_path)
    return small_catalogue.people()


def send(at):
    return actions.send_due(now=lambda: at)


def test_what_is_published_is_told_with_the_guides_fields_and_its_receipt_is_kept(who, upper):
    resource = published(who).resource

    done = send(NOW + timedelta(hours=4))

    ((headers, body),) = upper.told
    report = Report.objects.get()
    assert (done.received, report.state, report.receipt) == (1, "received", {"receipt": "R1"})
    assert headers["Authorization"] == "Bearer token-of-this-node"
    assert headers["Idempotency-Key"] == str(report.key)
    assert (body["kind"], body["catalogue_code"], body["version"]) == ("published", "201001/000001", 1)
    assert body["fields"]["信息资源提供方代码"] == "11992500PDY000028L"
    assert body["fields"]["共享类型"] == "有条件共享"
    assert [item["信息项名称"] for item in body["items"]] == ["公民身份号码", "姓名", "救助金额"]
    assert [one.kind for one in audit.entries(subject=resource.code)] == ["catalog.report.received"]
    assert send(NOW + timedelta(days=1)).received == 0, "once is enough"


def test_without_an_upper_level_nothing_is_queued(who, settings):
    settings.UPWARD_URL = ""
    published(who)

    assert not Report.objects.exists()
    assert send(NOW).received == 0


def test_a_publication_that_fails_leaves_no_report(who, upper):
    class Stop(Exception):
        pass

    def publish_and_stop():
        with transaction.atomic():
            published(who)
            assert Report.objects.count() == 1
            raise Stop

    with pytest.raises(Stop):
        publish_and_stop()

    assert not Report.objects.exists()


def test_an_upper_level_that_is_down_is_asked_again_less_and_less_often_with_the_same_key(who, upper):
    published(who)
    upper.answers = [(503, {}, {}), (500, b"broken", {}), (200, {"receipt": "R2"}, {})]
    at = NOW + timedelta(hours=4)

    waits = []
    for _attempt in range(2):
        assert send(at).again == 1
        report = Report.objects.get()
        waits.append(report.next_at - at)
        assert send(at).again == 0, "not due yet"
        at = report.next_at

    assert waits == [timedelta(minutes=1), timedelta(minutes=2)]
    assert report.error == "HTTP 500 broken"
    assert send(at).received == 1
    assert {headers["Idempotency-Key"] for headers, _body in upper.told} == {str(report.key)}
    assert Report.objects.get().attempts == 3


def test_nobody_at_the_address_is_no_defect(who, upper, settings):
    upper.server.shutdown()
    upper.server.server_close()
    published(who)

    assert send(NOW + timedelta(hours=4)).again == 1
    assert "refused" in Report.objects.get().error.lower()


def test_the_upper_levels_own_wait_is_kept(who, upper):
    published(who)
    upper.answers = [(429, {}, {"Retry-After": "600"})]
    at = NOW + timedelta(hours=4)

    send(at)

    assert Report.objects.get().next_at == at + timedelta(minutes=10)


def test_a_refusal_says_why_and_goes_again_when_someone_says_so(who, upper):
    published(who)
    upper.answers = [(422, b"catalogue_code: unknown class", {})]

    done = send(NOW + timedelta(hours=4))

    report = Report.objects.get()
    assert (done.refused, report.state) == (1, "refused")
    assert "unknown class" in report.error
    assert send(NOW + timedelta(days=9)).received == 0
    assert actions.try_again(at=NOW + timedelta(days=9)) == 1
    assert send(NOW + timedelta(days=9)).received == 1


def test_versions_of_one_entry_arrive_in_their_order_and_others_dont_wait(who, upper):
    first = published(who)
    value = queries.versions_of(first.resource).get().value
    published(who, msgspec.structs.replace(value, update_cycle="weekly"), resource=first.resource)
    published(who, entry(summary=value.summary))
    upper.answers = [(503, {}, {})]
    at = NOW + timedelta(hours=9)

    send(at)

    assert [(body["code"][-1], body["version"]) for _headers, body in upper.told] == [("1", 1), ("2", 1)]
    send(at + timedelta(hours=1))
    assert [(body["code"][-1], body["version"]) for _headers, body in upper.told[2:]] == [("1", 1), ("1", 2)]


def test_a_withdrawal_is_told_too(who, upper):
    resource = published(who).resource
    gone = actions.withdraw(resource, reason="业务取消", by=who["ann"], at=NOW)
    gone = actions.pass_on(gone, by=who["bob"], at=NOW)
    actions.publish(gone, by=who["cyd"], at=NOW)

    send(NOW + timedelta(hours=9))

    assert [body["kind"] for _headers, body in upper.told] == ["published", "withdrawn"]


def test_what_was_there_before_the_connection_is_queued_once(who, upper):
    assert actions.queue_all(at=NOW) == 4
    assert actions.queue_all(at=NOW) == 0
    assert send(NOW).received == 4


def test_a_redirect_carries_the_token_nowhere(who, upper):
    published(who)
    upper.answers = [(307, {}, {"Location": upper.url + "/elsewhere"})]

    assert send(NOW + timedelta(hours=4)).again == 1
    assert len(upper.told) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x", "nonsense"])
def test_only_http_addresses_are_called(url):
    assert upward.post(url, "", "k", {}).outcome == "again"
