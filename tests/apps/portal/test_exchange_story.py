"""One story from end to end, in a real browser and with the gateway as it is served:
request, approval, call, receipt verified by the single file alone, dispute, correction delivered, the citizen who was
looked at, revocation, and the next call refused within a second. A picture of each step is taken.
"""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import ibis
import pyarrow as pa
import pytest
from django.db import connection
from django.utils import timezone
from selenium.webdriver.support.ui import Select
from shown_league import MORE
from test_dispute_pages import EXPLANATION, PASSWORD

import small_league
from xilin.config.serve import command_for, until_answers
from xilin.kernel.audit import verifier
from xilin.kernel.exchange import publishing
from xilin.kernel.exchange.actions import disputes as acts
from xilin.kernel.exchange.dispute_models import Notice
from xilin.kernel.exchange.models import Grant, Request
from xilin.kernel.registry.models import EntityIdentifier
from xilin.kernel.standards.queries import declaration, declared
from xilin.web.browser import browser, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
WRONG, RIGHT = "其其格", "琪琪格"
DESK = "look-at-the-pages"


def database_url():
    """The tests' database as a URL for another process."""
    known = connection.get_connection_params()
    user, host = quote(known.get("user") or "postgres"), quote(str(known.get("host", "")))
    port = f"&port={known['port']}" if known.get("port") else ""
    return f"postgresql://{user}@/{known['dbname']}?host={host}{port}"


@pytest.fixture
def gateway(transactional_db):
    """A gateway in a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        command_for("gateway", port), env=environment | {"XILIN_DATABASE_URL": database_url()}
    )
    try:
        assert until_answers(f"http://127.0.0.1:{port}/v1/health", 120), "the gateway did not come up"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture
def people(transactional_db, hub, tmp_path):
    """Two departments with passwords, a published row with a mistake in it, and whose row it is."""
    files = MORE | {"deadlines.toml": MORE["deadlines.toml"] + EXPLANATION}
    feeds = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'registry = "people"\nkey = ["id_number"]')
    small_league.apply(tmp_path, files, households=feeds, at=hub.now + timedelta(seconds=1))
    hub.id = f"990101{random.randrange(10**12):012d}"
    row = {
        "id_number": hub.id,
        "person_name": WRONG,
        "address": "某某苏木一队",
        "_source": "hukou",
        "_batch": 1,
    }
    publishing.publish_table(
        declaration("resource", "households"), declared("element"), ibis.memtable(pa.Table.from_pylist([row])), at=hub.now
    )  # fmt: skip
    hub.known.attributes["id_number"] = hub.id
    hub.known.save()
    EntityIdentifier.objects.create(registry="people", attribute="id_number", value=hub.id, entity=hub.known)
    acts.enter_citizen(
        subject="citizen", registry="people", entity=hub.known.pk, password=PASSWORD, at=timezone.now()
    )
    for person in (hub.ann, hub.bob):
        person.set_password(DESK)
        person.save()
    return hub


class Screen:
    """What people do in the browser, step by step, with a picture of each."""

    def __init__(self, seen, folder):
        self.seen, self.driver, self.folder, self.steps = seen, seen.driver, folder, 0

    def at(self, who, path):
        """Somebody at a page of the desk."""
        self.seen.sign_out()
        self.seen.sign_in(who, DESK)
        self.seen.open(path)

    def fill(self, **given):
        for name, value in given.items():
            field = self.driver.find_element("name", name)
            if field.tag_name == "select":
                Select(field).select_by_value(value)
            elif field.get_attribute("type") == "date":
                self.driver.execute_script("arguments[0].value = arguments[1]", field, value)
            else:
                field.clear()
                field.send_keys(value)

    def tick(self, name, values):
        for box in self.driver.find_elements("name", name):
            if box.get_attribute("value") in values and not box.is_selected():
                self.driver.execute_script("arguments[0].click()", box)

    def press(self, selector):
        """Press a button, and wait until the page it leads to is there."""
        unfolded = """
        const button = document.querySelector(arguments[0]);
        for (let at = button.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
        button.click();
        """
        with self.seen.next_page():
            self.driver.execute_script(unfolded, selector)

    @property
    def text(self):
        return self.seen.text("#content")

    def on_a_phone(self, paths):
        """What is wrong with pages on a phone, in either language: too wide, or the console complains."""
        found = []
        self.seen.complaints()
        self.seen.resize(390, 844)
        for language in ("en", "zh-hans"):
            self.seen.speak(language)
            for path in paths:
                self.seen.open(path)
                if self.seen.width() > 390:
                    found.append(f"{path} is {self.seen.width()} wide in {language}")
                found += [f"{path}: {said}" for said in self.seen.complaints()]
                self.seen.picture(self.folder / f"phone-{language}-{path.strip('/').replace('/', '-')}.webp")
        self.seen.resize(1440)
        return found

    def picture(self, name):
        self.steps += 1
        self.seen.picture(self.folder / f"story-{self.steps}-{name}.webp")


@pytest.fixture
def screen(people, live_server, tmp_path):
    """A browser on the portal; pictures go to XILIN_STORY_PICTURES where that is set."""
    folder = Path(os.environ.get("XILIN_STORY_PICTURES") or tmp_path)
    with browser(live_server.url) as seen:
        seen.open("/about/")
        seen.speak("zh-hans")
        seen.resize(1440)
        yield Screen(seen, folder)


def test_request_approve_call_receipt_dispute_correction_revoke_refused(screen, people, gateway, tmp_path):
    # Civil affairs asks for data, and gets a key for its system.
    screen.at("ann", "/desk/ask/households/")
    screen.tick("items", {"id_number", "person_name", "address"})
    screen.fill(
        client=str(people.client.pk), purpose="assistance", scenario="受理低保申请时核对户籍，免交复印件。",
        valid_until=(timezone.localdate() + timedelta(days=60)).isoformat(),
    )  # fmt: skip
    screen.picture("request")
    screen.press("#ask button[type=submit]")
    asked = Request.objects.latest("pk")
    assert asked.state == "pending"
    screen.seen.open("/desk/systems/")
    screen.press("form[action$='/key/'] button")
    key = screen.seen.text(".key").strip()

    with httpx.Client(base_url=gateway, headers={"Authorization": f"Bearer {key}"}, timeout=30) as system:

        def look_up():
            call = {"purpose": "assistance", "case_number": "低保-2026-001", "by": {"id_number": people.id}}
            return system.post("/v1/resources/households/lookup", json=call)

        def until(status, seconds=5.0):
            deadline = time.monotonic() + seconds
            while (answered := look_up()).status_code != status and time.monotonic() < deadline:
                time.sleep(0.02)
            return answered

        assert look_up().status_code == 403

        # The police approve; the grant is in force at the gateway within a second.
        screen.at("bob", f"/desk/requests/{asked.number}/")
        screen.picture("approval")
        screen.press(f"form[action$='/{asked.number}/approve/'] button[type=submit]")
        grant = Grant.objects.get(request=asked)
        answered = until(200, 1.0)
        assert answered.status_code == 200, answered.text
        row = answered.json()["answer"]["rows"][0]
        assert row["person_name"] == WRONG
        assert row["id_number"] != people.id

        # The receipt is verified by the single file alone, and on the portal.
        receipt = tmp_path / "receipt.json"
        receipt.write_text(json.dumps(answered.json()["receipt"], ensure_ascii=False), "utf-8")
        log_key = system.get("/v1/key").json()["key"]
        program = [sys.executable, "-I", "-S", verifier.__file__, str(receipt), "--key", log_key]
        alone = subprocess.run(program, capture_output=True, text=True, check=False)
        assert alone.returncode == 0, alone.stdout + alone.stderr
        screen.seen.open("/audit/")
        screen.driver.execute_script(
            "document.querySelector('[name=receipt]').value = arguments[0]", receipt.read_text("utf-8")
        )
        screen.press("#check button[type=submit]")
        assert "回执成立" in screen.text
        screen.picture("receipt")

        # Civil affairs disputes the name; the police correct it.
        screen.at("ann", "/desk/disputes/new/households/")
        entry = answered.json()["receipt"]["index"]
        screen.fill(by_id_number=people.id, item="person_name", claimed=RIGHT, grounds="户口簿上写的是“琪”。")
        screen.picture("dispute")
        screen.press("main form button[type=submit]")
        number = re.search(r"/desk/disputes/([\w-]+)/$", screen.driver.current_url)[1]
        screen.at("bob", f"/desk/disputes/{number}/")
        screen.fill(reason="与户籍档案核对，登记有误。")
        screen.picture("answer")
        screen.press("main form button[type=submit]")
        assert "已更正" in screen.text

        # The system pulls the correction, finds its own look-up in it, looks up again and acknowledges.
        (told,) = system.get("/v1/corrections?after=0").json()["corrections"]
        assert (told["number"], told["item"]) == (number, "person_name")
        assert entry in told["entries"]
        assert look_up().json()["answer"]["rows"][0]["person_name"] == RIGHT
        assert system.post(f"/v1/corrections/{told['id']}/acknowledge").status_code == 200
        assert Notice.objects.get().acknowledged_at is not None
        screen.seen.open(f"/desk/disputes/{number}/")
        assert "尚未" not in screen.text
        screen.picture("delivered")

        # Whose record it is sees both looks, and the refused one; the civil affairs' steward is signed in to the desk.
        screen.at("ann", "/desk/")
        screen.seen.open("/citizen/")
        screen.fill(subject="citizen", password=PASSWORD)
        screen.press("main form button[type=submit]")
        assert screen.text.count("低保-2026-001") == 3
        assert screen.text.count("已拒绝：未提供任何数据") == 1  # the call before there was a grant
        assert str(entry) in screen.text
        screen.picture("citizen")
        pages = (
            "/citizen/",
            "/desk/disputes/",
            "/desk/disputes/new/households/",
            f"/desk/disputes/{number}/",
        )
        assert screen.on_a_phone(pages) == []

        # The police end the grant: the next call is refused within a second.
        screen.at("bob", f"/desk/requests/{asked.number}/")
        screen.driver.execute_script("document.querySelector('#revoke_reason').value = arguments[0]", "办结")
        screen.press(f"form[action$='/{grant.number}/revoke/'] button[type=submit]")
        ended = time.monotonic()
        refused = look_up()
        assert (refused.status_code, refused.json()["type"]) == (403, "gateway.GrantNotInForce")
        assert time.monotonic() - ended < 1
        screen.picture("revoked")

    taken = sorted(path.name for path in screen.folder.glob("story-*.webp"))
    assert len(taken) == screen.steps == 8
