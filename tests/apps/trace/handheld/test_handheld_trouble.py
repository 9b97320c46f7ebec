"""What goes wrong on a device out of doors, in a real browser: nothing is lost, nothing is recorded twice, nobody speaks for another."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from handheld_people import ear_tag, hand
from handheld_window import Handheld, complaints

from xilin.apps.trace.handheld import assets
from xilin.apps.trace.models import Event
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


def recorded(handheld, number, *, waiting):
    """One lamb tagged."""
    handheld.open("#/do/commission")
    handheld.scan(ear_tag(number))
    handheld.record()
    handheld.wait(lambda: handheld.number("waiting") == waiting)


def test_two_windows_never_go_on_with_the_same_draft(handheld):
    handheld.online(False)
    handheld.open("#/do/commission")
    handheld.scan(ear_tag(1))
    first = handheld.driver.current_window_handle
    handheld.driver.switch_to.new_window("tab")
    second = handheld.driver.current_window_handle
    try:
        handheld.window.open("/handheld/")
        handheld.says("h1", "另一个窗口")
        handheld.press("#here")
        handheld.says("a.big.alarm", "")
        handheld.driver.switch_to.window(first)
        handheld.says("h1", "另一个窗口")
        assert not handheld.there("#record")
        handheld.driver.switch_to.window(second)
        handheld.press("a.big.alarm")
        handheld.record()
        handheld.wait(lambda: handheld.number("waiting") == 1)
    finally:
        handheld.driver.switch_to.window(second)
        handheld.driver.close()
        handheld.driver.switch_to.window(first)
    handheld.press("#here")
    handheld.online(True)
    handheld.wait(lambda: Event.objects.count() == 1)
    handheld.wait(lambda: handheld.number("waiting") == 0)


def test_a_draft_becomes_an_event_once_even_where_windows_have_no_locks(handheld):
    twice = """
    const done = arguments[0];
    (async () => {
      const queue = await import("/static/handheld/queue.js");
      const { empty, eventOf } = await import("/static/handheld/tasks.js");
      const draft = empty("commission");
      draft.slots.things.push({ id: "urn:xilin:eartag:315250200000077", kind: "ear_tag", shown: "77", isClass: false });
      await queue.keepDraft("herder", draft);
      const who = { place: "", paper: "{}" };
      const once = () => queue.add(eventOf(draft, who, new Date()), draft, "herder", "commission").then(() => "kept", (why) => why.constructor.name);
      const said = await Promise.all([once(), once(), once()]);
      done([said.sort(), (await queue.entries()).length]);
    })();
    """

    assert handheld.driver.execute_async_script(twice) == [["Gone", "Gone", "kept"], 1]


def test_a_session_that_ended_out_of_doors_loses_nothing(handheld):
    handheld.online(False)
    recorded(handheld, 1, waiting=1)
    Session.objects.all().delete()
    handheld.online(True)
    handheld.says("#link", "未登录")
    assert handheld.number("waiting") == 1
    recorded(handheld, 2, waiting=2)  # one can go on without being signed in
    assert Event.objects.count() == 0
    assert "/login/?next=/handheld/" in handheld.window.given("#alarm a", "href")

    handheld.sign_in()
    handheld.restart()
    handheld.wait(lambda: handheld.number("waiting") == 0)
    assert Event.objects.count() == 2


def test_who_signs_out_leaves_what_waits_and_records_no_more(handheld):
    handheld.online(False)
    recorded(handheld, 1, waiting=1)
    handheld.open("#/")
    handheld.press("#leave")
    handheld.says("dialog[open]", "1 条记录留在本机")
    handheld.press("dialog button[value=yes]")
    handheld.wait(lambda: not handheld.there(".tasks a"))
    handheld.restart()
    assert not handheld.there(".tasks a")

    # The session ends as soon as there is a network, and is not taken up again.
    handheld.online(True)
    handheld.wait(lambda: not Session.objects.exists())
    handheld.restart()
    handheld.says("#link", "未登录")
    assert Event.objects.count() == 0

    handheld.sign_in()
    handheld.restart()
    handheld.wait(lambda: Event.objects.count() == 1)
    handheld.wait(lambda: handheld.number("waiting") == 0)


FAST = """
const ahead = 20 * 60000, True = Date;
window.Date = class extends True {
  constructor(...given) { if (given.length) super(...given); else super(True.now() + ahead); }
  static now() { return True.now() + ahead; }
};
"""


def test_a_clock_that_is_fast_is_told_and_what_it_stamped_is_mended_with_the_right_time(handheld):
    added = handheld.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": FAST})
    try:
        handheld.online(False)
        handheld.restart()
        recorded(handheld, 1, waiting=1)
        began = timezone.now()
        handheld.online(True)
        handheld.wait(lambda: handheld.number("refused") == 1)
        handheld.says("#alarm", "约 20 分钟")
        handheld.open("#/queue")
        handheld.says("[data-state=refused] .why", "时钟快了")
        handheld.press("[data-state=refused] .acts button")
        handheld.says("#f-at", "")
        handheld.press("#record")
        handheld.wait(lambda: Event.objects.count() == 1)

        # Since the platform was asked the right time is known.
        recorded(handheld, 2, waiting=0)
        handheld.wait(lambda: Event.objects.count() == 2)
    finally:
        handheld.driver.execute_cdp_cmd(
            "Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]}
        )

    for moment in Event.objects.values_list("event_time", flat=True):
        assert abs(moment - began) < timedelta(minutes=2)
    handheld.restart()


def test_what_is_mended_keeps_the_time_when_it_happened(handheld):
    from xilin.apps.trace.handheld import queries

    queries.hands().update(tasks=["receive"])
    handheld.open("#/do/commission")  # as the device knows it still
    handheld.online(False)
    recorded(handheld, 1, waiting=1)
    handheld.online(True)
    handheld.wait(lambda: handheld.number("refused") == 1)
    handheld.driver.execute_async_script(
        """
        const done = arguments[0];
        import("/static/handheld/queue.js").then(async ({ entries, remember }) => {
          const [one] = await entries();
          const asked = indexedDB.open("xilin-handheld");
          asked.onsuccess = () => {
            const transaction = asked.result.transaction("entries", "readwrite");
            transaction.objectStore("entries").put({ ...one, event: { ...one.event, eventTime: "2026-03-05T02:00:00.000Z" } });
            transaction.oncomplete = () => { asked.result.close(); done(); };
          };
        });
        """
    )
    queries.hands().update(tasks=["commission", "receive"])
    handheld.open("#/queue")
    handheld.press("[data-state=refused] .acts button")
    handheld.says("#f-at", "")
    handheld.press("#record")
    handheld.wait(lambda: Event.objects.count() == 1)

    assert Event.objects.get().event_time == datetime.fromisoformat("2026-03-05T02:00:00+00:00")


def test_a_device_without_room_says_so_and_keeps_what_is_on_the_screen(handheld):
    handheld.open("#/do/commission")
    handheld.scan(ear_tag(1))
    full = """
    const put = IDBObjectStore.prototype.put;
    window.restore = () => { IDBObjectStore.prototype.put = put; };
    IDBObjectStore.prototype.put = function (...given) {
      setTimeout(() => this.transaction.abort());
      throw new DOMException("no room", "QuotaExceededError");
    };
    """
    handheld.driver.execute_script(full)
    handheld.press("#record")
    handheld.says("#said", "存储满了")
    assert handheld.scanned("things") == 1
    assert handheld.number("waiting") == 0

    handheld.driver.execute_script("restore()")
    handheld.press("#record")
    handheld.wait(lambda: Event.objects.count() == 1)


def test_a_new_version_takes_over_where_no_work_is_open_and_loses_none(handheld, monkeypatch):
    handheld.open("#/do/ship")
    handheld.scan(SSCC)
    handheld.driver.execute_script("window.older = true")
    monkeypatch.setattr(assets, "version", lambda: "handheld-of-tomorrow")
    handheld.driver.execute_script(
        "navigator.serviceWorker.getRegistration('/handheld/').then((one) => one.update())"
    )
    kept = "return caches.keys().then((names) => names.join())"
    handheld.wait(lambda: handheld.driver.execute_script(kept) == "handheld-of-tomorrow")
    assert handheld.driver.execute_script("return window.older") is True, (
        "work is open: nothing changes beneath it"
    )
    assert handheld.scanned("things") == 1

    handheld.driver.execute_script("location.hash = '#/'")
    handheld.wait(lambda: not handheld.driver.execute_script("return window.older || false"))
    handheld.press("a.big.alarm")
    handheld.press("#record")
    handheld.wait(lambda: Event.objects.count() == 1)
    assert complaints(handheld.window) == []
