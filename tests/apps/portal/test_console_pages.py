"""The console's pages without a browser: who may open it, the form of each call, and what the desk itself refuses."""

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone
from reading import faults

import small_league
import tried_households
from xilin.apps.portal.queries import trying as forms
from xilin.apps.portal.views.desk import console
from xilin.kernel.accounts.models import User
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Grant
from xilin.kernel.exchange.signing_models import SigningKey

PUBLIC = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()


@pytest.fixture
def grant(hub, settings):
    """A masked grant of households to the department of ann, with lists, in force now."""
    settings.GATEWAY_REACHED = "http://127.0.0.1:9"
    console._rate.forget()
    return tried_households.granted(hub)


def place(grant, more=""):
    return f"/desk/systems/means_check/try/{grant.number}/{more}"


def test_a_system_page_leads_to_its_grants_and_each_to_its_console(client, hub, grant):
    client.force_login(hub.ann)

    assert "/desk/systems/means_check/try/" in client.get("/desk/systems/").content.decode()
    chosen = client.get("/desk/systems/means_check/try/").content.decode()
    assert place(grant) in chosen
    text = client.get(place(grant)).content.decode()

    assert "试调用" in text
    assert not faults(text)
    assert "<noscript>" in text
    assert "/v1/resources/households/lookup" in text


def test_the_form_has_what_the_grants_document_describes_and_nothing_else(client, hub, grant):
    client.force_login(hub.ann)

    look_up = client.get(place(grant)).content.decode()
    rows = client.get(place(grant, "?call=list")).content.decode()

    granted = {item.column for item in grant.items.all()}
    asked = set(re.findall(r'data-place="items" data-kind="many" value="(\w+)"', look_up))
    assert asked == granted
    assert 'data-place="by.id_number"' in look_up
    assert 'value="assistance"' in look_up
    assert 'data-part="column"' in rows
    assert 'data-place="size"' in rows
    assert 'data-place="by.' not in rows
    assert '<option value="full"' not in look_up, "no stronger shape than the granted one"


def test_the_page_holds_nothing_secret_and_tells_what_the_script_has_to_know(client, hub, grant):
    key = actions.issue_key(hub.client, by=hub.ann, at=timezone.now())
    made = actions.register_signing_key(
        hub.client, algorithm="ed25519", public=PUBLIC, by=hub.ann, at=timezone.now()
    )
    client.force_login(hub.ann)

    answer = client.get(place(grant))
    text = answer.content.decode()

    said = json.loads(re.search(r'id="console-data" type="application/json">(.*?)</script>', text)[1])
    assert said["keys"] == [{"keyid": made.keyid, "algorithm": "ed25519", "public": PUBLIC}]
    assert said["path"] == "/v1/resources/households/lookup"
    assert key not in text
    assert "no-store" in answer["Cache-Control"]


def test_the_example_in_python_signs_so_that_the_gateway_accepts_it(hub, grant, tmp_path, monkeypatch):
    """The text shown to engineers is run as it stands, against a server that keeps what came."""
    import http.server
    import threading

    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from xilin.kernel.exchange.gateway import signatures

    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    monkeypatch.chdir(tmp_path)
    came = []

    class Keeps(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            came.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Keeps)
    threading.Thread(target=server.handle_request, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1/resources/households/lookup"
    body = json.dumps({"purpose": "assistance", "case_number": "低保-1"}, ensure_ascii=False)
    exec(compile(forms.PYTHON % {"url": url, "keyid": "k", "body": body}, "example", "exec"), {})
    server.server_close()

    (headers, sent) = came[0]
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    message = signatures.Message("POST", "http", headers["Host"], "/v1/resources/households/lookup", "", raw)
    (one,) = signatures.signatures(message)
    public = signatures.PublicKey("ed25519", private.public_key().public_bytes_raw())
    signatures.judge(one, message, public, timezone.now())
    signatures.check_digest(message, sent)
    assert sent.decode() == body


def test_a_trial_key_is_entered_from_the_page_and_a_wrong_one_told_as_a_problem(client, hub, grant):
    client.force_login(hub.ann)

    made = client.post(place(grant, "key/"), {"public": PUBLIC})
    wrong = client.post(place(grant, "key/"), {"public": "x"})

    assert made.status_code == 200
    key = SigningKey.objects.get()
    assert made.json()["keyid"] == key.keyid
    assert (made.json()["left"], key.trial_of) == (20, grant)
    assert wrong.status_code == 409
    assert wrong["Content-Type"] == "application/problem+json"
    assert wrong.json()["title"]


def test_others_find_no_console_and_enter_no_key(client, hub, grant):
    clerk = small_league.person("clara", "civil", User.Role.ENGINEER)
    for other, status in ((hub.bob, 404), (hub.dora, 404), (hub.auditor, 404), (clerk, 403)):
        client.force_login(other)
        assert client.get("/desk/systems/means_check/try/").status_code == status
        assert client.get(place(grant)).status_code == status
        assert client.post(place(grant, "key/"), {"public": PUBLIC}).status_code == status
        assert client.post(place(grant, "send/"), "{}", "application/json").status_code == status
    client.logout()
    assert client.get(place(grant)).status_code == 302
    assert not SigningKey.objects.exists()


def test_a_grant_that_has_ended_has_no_console(client, hub, grant):
    actions.revoke(grant, by=hub.bob, at=timezone.now(), reason="试")
    client.force_login(hub.ann)

    assert client.get(place(grant)).status_code == 404
    assert "没有可以试调用的授权" in client.get("/desk/systems/means_check/try/").content.decode()
    assert not Grant.objects.get(pk=grant.pk).in_force(timezone.now())


def test_sending_wants_the_token_of_the_form(hub, grant):
    from django.test import Client

    careful = Client(enforce_csrf_checks=True)
    careful.force_login(hub.ann)

    assert careful.post(place(grant, "send/"), "{}", "application/json").status_code == 403
    assert careful.post(place(grant, "key/"), {"public": PUBLIC}).status_code == 403


def test_what_is_no_signed_trial_is_not_sent_on_and_many_in_a_minute_are_refused(client, hub, grant):
    client.force_login(hub.ann)
    call = dict.fromkeys(("path", "body", "content_digest", "signature_input", "signature"), "x")

    first = client.post(place(grant, "send/"), json.dumps(call), "application/json")
    broken = client.post(place(grant, "send/"), "{", "application/json")
    for _ in range(console.A_MINUTE - 2):
        client.post(place(grant, "send/"), "{", "application/json")
    last = client.post(place(grant, "send/"), "{", "application/json")

    assert (first.status_code, broken.status_code, last.status_code) == (400, 400, 429)
    assert first.json()["type"] == "exchange.TrialMalformed"
    assert last.json()["type"] == "exchange.TrialTooFast"
