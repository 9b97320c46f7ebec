"""The console in a real browser, by keyboard, against the gateway as it is served: signed here, from a file, and by OpenSSL with SM2."""

import subprocess

import pytest
from every_page import look, told
from selenium.webdriver.common.keys import Keys
from test_exchange_story import gateway  # noqa: F401

import seen_pages
import tried_households
from keyboard import Keyboard
from xilin.apps.portal.pictures import Page
from xilin.apps.portal.views.desk import console
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.signing_models import SigningKey
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
PASSWORD = "look-at-the-pages"
CASE = "低保-2026-7"


@pytest.fixture
def keys(window, transactional_db, hub, gateway, settings):  # noqa: F811
    """Ann at the desk with a keyboard; her system holds a grant, the gateway is a process of its own."""
    settings.GATEWAY_REACHED = gateway
    console._rate.forget()
    window.open("/nothing-here/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.resize(1440)
    window.grant = tried_households.granted(hub)
    window.hub = hub
    hub.ann.set_password(PASSWORD)
    hub.ann.save()
    window.complaints()
    return Keyboard(window)


def entries():
    return list(Entry.objects.filter(kind__in=["exchange.access", "exchange.denied"]).order_by("seq"))


def at_console(keys, more=""):
    keys.window.open(f"/desk/systems/means_check/try/{keys.window.grant.number}/{more}")
    keys.window.wait_for("#call[data-ready]")


def answered(window, text):
    window.wait_for("#answer-state .badge", text)
    return window.text("#answer")


def made(file, algorithm):
    """A private key of openssl's in a file; its public half as PEM."""
    subprocess.run(["openssl", "genpkey", "-algorithm", algorithm, "-out", str(file)], check=True)
    command = ["openssl", "pkey", "-in", str(file), "-pubout"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def registered(window, public, algorithm):
    """The key of the hub's system, entered by its steward."""
    hub = window.hub
    return actions.register_signing_key(
        hub.client, algorithm=algorithm, public=public, by=hub.ann, at=window.grant.valid_from
    )


def test_a_call_is_tried_by_keyboard_refused_in_words_and_answered_with_a_proof(keys):
    window = keys.window
    keys.sign_in("ann", PASSWORD)
    window.open("/desk/systems/")
    keys.enter("a[href='/desk/systems/means_check/try/']")
    keys.enter(f"a[href$='/try/{window.grant.number}/']")
    window.wait_for("#call[data-ready]")

    keys.write("[data-place=case_number]", "低保")
    keys.write("[data-place='by.id_number']", tried_households.ID)
    keys.press(Keys.ENTER)
    window.wait(lambda: window.one("#send").is_enabled())
    request = window.text("#request")
    assert "POST /v1/resources/households/lookup HTTP/1.1" in request
    assert 'tag="xilin-trial"' in request
    assert "content-digest" in window.given("#base", "textContent")
    keys.press(Keys.ENTER)

    said = answered(window, "422")
    assert "gateway.CaseNumberWrong" in said
    assert "办件" in said or "案件" in said or "编号" in said, "the problem is told in the reader's language"

    keys.write("[data-place=case_number]", Keys.HOME + CASE + Keys.DELETE * 2)
    keys.press(Keys.ENTER)
    window.wait(lambda: window.one("#send").is_enabled())
    keys.press(Keys.ENTER)

    said = answered(window, "200")
    assert "回执的证明成立" in said
    assert "日志条目记有本次应答的 SHA-256" in said
    assert tried_households.ID not in said, "masked as the grant says"
    assert "还可调用 19 次" in window.text("#trial-state")
    refused, given = entries()
    assert (refused.kind, given.kind) == ("exchange.denied", "exchange.access")
    assert [one.detail["trial"] for one in (refused, given)] == [True, True]
    assert given.detail["case_number"] == CASE
    assert given.detail["signed"] == SigningKey.objects.get().keyid
    assert not window.complaints()


def test_the_systems_own_key_signs_from_a_file_and_another_one_is_not_taken(keys, tmp_path):
    window = keys.window
    mine, other = tmp_path / "mine.pem", tmp_path / "other.pem"
    made(other, "ed25519")
    key = registered(window, made(mine, "ed25519"), "ed25519")
    window.sign_in("ann", PASSWORD)
    at_console(keys, "?call=list")
    window.fill("[data-place=case_number]", CASE)
    window.press("[name=mode][value=own]")
    window.click("[name=mode][value=own]")

    window.keys("#key-file", str(other))
    window.wait_for("#own-state", "没有发送任何内容")
    window.keys("#key-file", str(mine))
    window.wait_for("#own-state", key.keyid)
    window.press("#sign")
    window.wait(lambda: window.one("#send").is_enabled())
    window.press("#send")

    said = answered(window, "403")
    assert "gateway.TooFewRows" in said
    (entry,) = entries()
    assert (entry.detail["signed"], entry.detail["trial"]) == (key.keyid, True)


def test_a_signature_of_sm2_comes_from_openssl(keys, tmp_path):
    window = keys.window
    file = tmp_path / "key.pem"
    key = registered(window, made(file, "SM2"), "sm2")
    window.sign_in("ann", PASSWORD)
    at_console(keys, "?call=batch")
    window.fill("[data-place=case_number]", CASE)
    window.fill("[data-place='by.id_number']", f"{tried_households.ID}\n990101198502291235")
    window.click("[name=mode][value=elsewhere]")
    window.press("#sign")
    window.wait_for("#outside-base", "@signature-params")
    (tmp_path / "base.txt").write_text(window.given("#outside-base", "textContent"))

    command = window.given("#outside-command", "textContent")
    signature = subprocess.run(
        command, shell=True, cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    window.fill("#outside-signature", "none")
    window.press("#outside-use")
    window.wait_for("#wrong", "这不是签名")
    window.fill("#outside-signature", signature)
    window.press("#outside-use")
    window.wait(lambda: window.one("#send").is_enabled())
    window.press("#send")

    said = answered(window, "200")
    assert "没有符合的记录" in said, "of the second"
    (entry,) = entries()
    assert (entry.detail["signed"], entry.detail["looked_up"]) == (key.keyid, 2)


def test_a_gateway_that_is_away_is_said_and_the_call_can_be_signed_again(keys, settings):
    window = keys.window
    settings.GATEWAY_REACHED = "http://127.0.0.1:9"
    window.sign_in("ann", PASSWORD)
    at_console(keys)
    window.fill("[data-place=case_number]", CASE)
    window.press("#sign")
    window.wait_for("#wrong", "请至少填写一项查询条件")
    window.fill("[data-place='by.id_number']", tried_households.ID)
    window.press("#sign")
    window.wait(lambda: window.one("#send").is_enabled())
    window.press("#send")

    window.wait_for("#wrong", "连不上网关")
    assert not window.one("#send").is_enabled()
    assert not entries()


def test_nothing_is_wrong_with_the_consoles_pages(keys):
    window = keys.window
    window.sign_in("ann", PASSWORD)
    window.complaints()
    place = f"/desk/systems/means_check/try/{window.grant.number}/"
    pages = [
        Page("desk-try", "/desk/systems/means_check/try/", desk=True),
        *(
            Page(f"desk-console-{kind}", f"{place}?call={kind}", desk=True)
            for kind in ("lookup", "batch", "list")
        ),
    ]

    wrong = look(window, pages, "zh-hans")
    wrong |= look(window, pages[:2], "en", seen_pages.OF_WORDS)

    assert not wrong, told(wrong)
