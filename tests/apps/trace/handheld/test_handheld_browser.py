"""The handheld in a real browser: it records without a network, keeps all over a restart, and everything arrives once."""

import json
import re
import threading
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from handheld_people import ear_tag, hand
from handheld_window import Handheld, complaints

from xilin.apps.trace.gs1 import epc
from xilin.apps.trace.handheld import views
from xilin.apps.trace.models import CaptureJob, DroppedEvent, Event
from xilin.web.browser import browser, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}"),
    pytest.mark.django_db(transaction=True),
]
SSCC = "395211410000000015"


@pytest.fixture(scope="module")
def window(live_server):
    with browser(live_server.url) as seen:
        seen.resize(390, 844)
        yield seen


@pytest.fixture
def handheld(window, live_server, transactional_db):
    hand()
    found = Handheld(window)
    found.begin()
    yield found
    found.online(True)


def things():
    """What the repository holds: for each event its step and its things."""
    return sorted(
        (body["bizStep"], sorted(body.get("epcList", []) + body.get("inputEPCList", [])))
        for body in Event.objects.values_list("body", flat=True)
    )


def test_three_scans_without_a_network_and_a_restart_arrive_exactly_once(handheld):
    handheld.online(False)
    handheld.open("#/do/commission")
    for number in (1, 2):
        handheld.scan(ear_tag(number))
    handheld.restart()
    handheld.says("#link", "离线")
    handheld.press("a.big.alarm")  # go on with what was scanned before
    handheld.wait(lambda: handheld.scanned("things") == 2)
    handheld.scan(ear_tag(3))
    handheld.record()
    handheld.wait(lambda: handheld.number("waiting") == 1)
    handheld.restart()
    assert handheld.number("waiting") == 1
    assert Event.objects.count() == 0

    handheld.online(True)
    handheld.wait(lambda: handheld.number("waiting") == 0)

    tags = [f"urn:xilin:eartag:{ear_tag(number)}" for number in (1, 2, 3)]
    assert things() == [("commissioning", tags)]
    handheld.restart()
    handheld.says("#link", "已连接")  # what waited is sent before this is said
    assert Event.objects.count() == 1
    assert complaints(handheld.window) == []


class Lost:
    """The first answer to a message that was kept never arrives whole."""

    def __init__(self, monkeypatch, way):
        self.usual, self.kept, self.seen = views._json, threading.Event(), threading.Event()
        monkeypatch.setattr(views, "_json", getattr(self, way))

    def page_closed(self, told, *more, **facts):
        """The page is gone before it comes."""
        if "results" in told and not self.kept.is_set():
            self.kept.set()
            self.seen.wait(30)
        return self.usual(told, *more, **facts)

    def cut_off(self, told, *more, **facts):
        """The connection breaks off in its midst."""
        response = self.usual(told, *more, **facts)
        if "results" in told and not self.kept.is_set():
            self.kept.set()
            response.content = response.content[:-30]
        return response


@pytest.mark.parametrize("way", ["page_closed", "cut_off"])
def test_events_whose_answer_was_lost_are_sent_again_and_kept_once(handheld, monkeypatch, way):
    handheld.online(False)
    for number in (1, 2, 3):
        handheld.open("#/do/commission")
        handheld.scan(ear_tag(number))
        handheld.press("#record")
        handheld.wait(lambda number=number: handheld.number("waiting") == number)
    lost = Lost(monkeypatch, way)

    handheld.online(True)
    handheld.wait(lost.kept.is_set)
    assert Event.objects.count() == 3
    if way == "page_closed":
        handheld.online(False)
        handheld.restart()
        lost.seen.set()
    else:
        handheld.says("#link", "离线")
        handheld.online(False)
    assert handheld.number("waiting") == 3, "the device doesn't know that they are kept"
    handheld.online(True)
    handheld.wait(lambda: handheld.number("waiting") == 0)

    assert things() == [("commissioning", [f"urn:xilin:eartag:{ear_tag(n)}"]) for n in (1, 2, 3)]
    assert CaptureJob.objects.filter(duplicates=3).exists(), "they came twice"


def test_a_refused_event_is_mended_or_dropped_with_a_reason(handheld):
    handheld.open("#/do/ship")
    handheld.scan(SSCC)
    handheld.online(False)
    handheld.press("#record")
    handheld.wait(lambda: handheld.number("waiting") == 1)
    handheld.open("#/do/commission")
    handheld.scan(ear_tag(1))
    handheld.press("#record")
    handheld.wait(lambda: handheld.number("waiting") == 2)
    views.queries.hands().update(tasks=["receive"])
    handheld.online(True)
    handheld.wait(lambda: handheld.number("refused") == 2)
    views.queries.hands().update(tasks=["ship", "receive"])
    handheld.open("#/queue")
    handheld.says("[data-state=refused] .why", "没有这项作业的权限")

    # One is dropped; without a reason it stays.
    handheld.press("[data-state=refused] li:first-child .acts button:nth-of-type(2)")
    handheld.press("dialog button[value=yes]")
    assert handheld.there("dialog[open]")
    handheld.window.keys("#reason", "扫错了羊")
    handheld.press("dialog button[value=yes]")
    handheld.wait(lambda: DroppedEvent.objects.exists())
    assert DroppedEvent.objects.get().reason == "扫错了羊"

    # The other is mended: one box more.
    handheld.press("[data-state=refused] .acts button")
    handheld.wait(lambda: handheld.scanned("things") == 1)
    handheld.scan("(00)395211410000000022")
    handheld.press("#record")
    handheld.wait(lambda: Event.objects.exists())
    handheld.wait(lambda: handheld.number("waiting") == handheld.number("refused") == 0)

    boxes = ["https://id.gs1.org/00/395211410000000015", "https://id.gs1.org/00/395211410000000022"]
    assert things() == [("shipping", boxes)]


def test_every_task_makes_an_event_the_repository_keeps(handheld):
    link = "https://shop.example/01/09521141000014/21/"
    scans = {
        "commission": [ear_tag(1)],
        "slaughter": [ear_tag(1), "https://id.gs1.org/01/09521141000014/10/L7"],
        "pack": [SSCC, link + "A1", "urn:epc:id:sgtin:9521141.000001.A2"],
        "unpack": [SSCC, link + "A1"],
        "ship": [SSCC, "urn:epc:id:sgln:9520000.00001.0"],
        "receive": [SSCC],
        "inspect": [link + "A1"],
    }
    for task, codes in scans.items():
        handheld.open(f"#/do/{task}")
        for code in codes:
            handheld.scan(code)
        if task == "inspect":
            handheld.press("input[value=non_conformant]")
        if task == "ship":
            handheld.window.keys("#f-waybill", "YD-26/001")
        handheld.record()
    handheld.wait(lambda: handheld.number("waiting") == 0 and Event.objects.count() == len(scans))

    bodies = {
        (body["type"], body.get("action"), body["bizStep"]): body
        for body in Event.objects.values_list("body", flat=True)
    }
    assert bodies["TransformationEvent", None, "killing"]["outputQuantityList"] == [
        {"epcClass": "https://id.gs1.org/01/09521141000014/10/L7", "quantity": 1}
    ]
    packed = bodies["AggregationEvent", "ADD", "packing"]
    assert packed["parentID"] == f"https://id.gs1.org/00/{SSCC}"
    assert packed["childEPCs"] == [f"https://id.gs1.org/01/09521141000014/21/{one}" for one in ("A1", "A2")]
    shipped = bodies["ObjectEvent", "OBSERVE", "shipping"]
    assert shipped["bizTransactionList"] == [
        {"type": "bol", "bizTransaction": "urn:epcglobal:cbv:bt:9520000000004:YD-26%2F001"}
    ]
    assert shipped["destinationList"][0]["destination"].startswith("https://id.gs1.org/414/9520000000011")
    assert bodies["ObjectEvent", "OBSERVE", "inspecting"]["disposition"] == "non_conformant"
    assert complaints(handheld.window) == []


def test_another_user_of_the_device_neither_sends_nor_sees_what_is_not_theirs(handheld):
    handheld.online(False)
    handheld.open("#/do/commission")
    handheld.scan(ear_tag(1))
    handheld.press("#record")
    handheld.wait(lambda: handheld.number("waiting") == 1)
    handheld.scan(ear_tag(2))  # begun and left
    hand("driver", party="carrier")
    handheld.sign_in("driver")
    handheld.online(True)
    handheld.says("#link", "已连接")  # what waited is sent before this is said
    assert Event.objects.count() == 0
    assert handheld.number("waiting") == 0
    assert not handheld.there("a.big.alarm"), "what another began is not gone on with"

    handheld.open("#/queue")
    handheld.says("#others", "其他用户的 1 条记录")
    assert ear_tag(1)[7:] not in handheld.text("body")
    handheld.open("#/do/commission")
    assert handheld.scanned("things") == 0
    handheld.sign_in("herder")
    handheld.restart()
    handheld.wait(lambda: handheld.number("waiting") == 0)
    handheld.wait(lambda: Event.objects.count() == 1)
    handheld.press("a.big.alarm")
    handheld.wait(lambda: handheld.scanned("things") == 1)


def test_pages_fit_a_phone_in_both_languages_and_targets_are_large(handheld):
    small = """
    return [...document.querySelectorAll("a, button, input, select, summary")].filter((at) => at.checkVisibility()).map((at) => {
      const box = (at.closest("label") || at).getBoundingClientRect();
      return [at.textContent.trim() || at.name, Math.round(box.width), Math.round(box.height)];
    }).filter(([, wide, high]) => wide < 44 || high < 44);
    """
    handheld.open("#/do/slaughter")
    handheld.scan(ear_tag(1))
    for language in ("zh-Hans", "en"):
        if language == "en":
            handheld.press("#tongue")
        handheld.wait(
            lambda language=language: (
                handheld.driver.execute_script("return document.documentElement.lang") == language
            )
        )
        for place in ("#/", "#/do/slaughter", "#/do/inspect", "#/queue"):
            handheld.open(place)
            assert handheld.window.width() <= 390, place
            assert handheld.driver.execute_script(small) == [], place
            assert handheld.there("h1") == 1
            shown = handheld.text("body")
            assert "{" not in shown
            assert not re.search(r"\b(next|slot|wrong|kind|state|link|group)_", shown), shown
    assert complaints(handheld.window) == []


def test_codes_are_recognised_and_checked_as_the_platform_does(handheld):
    cases = {
        ear_tag(7): f"urn:xilin:eartag:{ear_tag(7)}",
        "3 152502 00000007": f"urn:xilin:eartag:{ear_tag(7)}",
        "952502000000071": "ear_tag",
        "399250200000007": "urn:xilin:eartag:399250200000007",
        "https://register.example/giai/9521141399250200000007": "urn:xilin:eartag:399250200000007",
        "urn:epc:id:giai:9521141.399250200000007": "urn:xilin:eartag:399250200000007",
        "https://id.gs1.org/8004/9521142399250200000007": "https://id.gs1.org/8004/9521142399250200000007",
        "316502000000071": "ear_tag",
        SSCC: f"https://id.gs1.org/00/{SSCC}",
        "00" + SSCC: f"https://id.gs1.org/00/{SSCC}",
        "395211410000000016": "check_digit",
        "https://example.com/x/01/09521141000014/21/a%2Fb?17=261231": "https://id.gs1.org/01/09521141000014/21/a%2Fb",
        "https://example.com/gtin/9521141000014/lot/L1/ser/9": "https://id.gs1.org/01/09521141000014/21/9",
        "https://example.com/01/09521141000013/21/9": "check_digit",
        "urn:epc:id:sgtin:9521141.000001.32a%2Fb": "https://id.gs1.org/01/09521141000014/21/32a%2Fb",
        "urn:epc:class:lgtin:9521141.000001.L1": "https://id.gs1.org/01/09521141000014/10/L1",
        "urn:epc:id:sscc:952114.30000000001": epc.to_digital_link("urn:epc:id:sscc:952114.30000000001"),
        "urn:epc:id:sgln:9520000.00000.7": "https://id.gs1.org/414/9520000000004/254/7",
        "(01)09521141000014(10)L1(21)S-9": "https://id.gs1.org/01/09521141000014/21/S-9",
        "]d2010952114100001417261231" + "21S9\u001d10L1": "https://id.gs1.org/01/09521141000014/21/S9",
        "0109521141000014" + "10L1\u001d21S9": "https://id.gs1.org/01/09521141000014/21/S9",
        "9521141000014": "https://id.gs1.org/01/09521141000014",
        "9521141000013": "check_digit",
        "12345": "unknown",
        "https://example.com/about": "unknown",
        "hello": "unknown",
        "  ": "empty",
    }  # fmt: skip
    found = handheld.driver.execute_async_script(
        """
        const [texts, done] = arguments;
        import("/static/handheld/codes.js").then(({ recognise }) =>
          done(texts.map((text) => { const said = recognise(text, "urn:xilin:eartag:{} https://id.gs1.org/8004/9521141{}"); return said.ok ? said.id : said.why; })));
        """,
        list(cases),
    )

    assert dict(zip(cases, found, strict=True)) == cases


def test_words_are_there_in_both_languages():
    words = json.loads(Path(finders.find("handheld/words.json")).read_text(encoding="utf-8"))

    assert words["zh"].keys() == words["en"].keys()
    for key, said in words["zh"].items():
        gaps = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (said, words["en"][key])]
        assert gaps[0] == gaps[1], key
