"""Scanners in keyboard mode with their separators, and tags read by Web NFC, in a real browser.

There is no NFC reader here: the page finds an `NDEFReader` of the specified shape (W3C Web NFC) that the test holds tags to.
"""

import pytest
from handheld_people import ear_tag, hand
from handheld_window import Handheld, complaints
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from xilin.apps.trace.gs1 import elements
from xilin.web.browser import browser, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}"),
    pytest.mark.django_db(transaction=True),
]
GTIN, GS = "09521141000014", "\u001d"
SUN = f"https://id.example.org/01/{GTIN}/21/C9?p=4E8D0223F8C17CDCCE5BC24076CFAA0D&m=B56FED7FF7B23791"
READER = """
window.readers = [];
window.NDEFReader = class extends EventTarget {
  async scan({ signal } = {}) {
    if (window.noNfc) throw new DOMException("not allowed", "NotAllowedError");
    this.signal = signal;
    window.readers.push(this);
  }
};
const record = (type, text, more = {}) => ({ recordType: type, data: new DataView(new TextEncoder().encode(text).buffer), ...more });
window.hold = (...records) => {
  const found = window.readers.filter((one) => !one.signal?.aborted);
  const event = { message: { records: records.map(([type, text, more]) => record(type, text, more)) }, serialNumber: "04:de:5f:1e:ac:c0:40" };
  for (const one of found) one.onreading?.(event);
  return found.length;
};
"""


@pytest.fixture(scope="module")
def window(live_server):
    with browser(live_server.url) as seen:
        seen.resize(390, 844)
        seen.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": READER})
        yield seen


@pytest.fixture
def handheld(window, live_server, transactional_db):
    hand()
    found = Handheld(window)
    found.begin()
    return found


def shown(handheld):
    every = "return [...document.querySelectorAll('.things b')].map((one) => one.innerText)"
    return handheld.driver.execute_script(every)


def test_separators_arrive_however_a_scanner_types_them(handheld):
    handheld.open("#/do/inspect")
    keys = ActionChains(handheld.driver)
    control = lambda chain: chain.key_down(Keys.CONTROL).send_keys("]").key_up(Keys.CONTROL)  # noqa: E731
    control(keys.send_keys(f"]C101{GTIN}10L1")).send_keys("21S1" + Keys.ENTER).perform()
    handheld.wait(lambda: len(shown(handheld)) == 1)
    ActionChains(handheld.driver).send_keys(f"01{GTIN}10L1" + Keys.F8 + "21S2" + Keys.TAB).perform()
    handheld.wait(lambda: len(shown(handheld)) == 2)
    handheld.scan(f"01{GTIN}10L1{{GS}}21S3")
    # Focus lies elsewhere: the first key brings it back, a separator too.
    handheld.driver.execute_script("document.activeElement.blur()")
    ActionChains(handheld.driver).send_keys(f"01{GTIN}21S4" + Keys.ENTER).perform()
    handheld.wait(lambda: len(shown(handheld)) == 4)

    assert shown(handheld) == [f"9521141000014 · S{n}" for n in (4, 3, 2, 1)]
    assert complaints(handheld.window) == []


def test_tags_that_are_held_to_the_telephone_are_read(handheld):
    handheld.open("#/do/inspect")
    handheld.press("#nfc")
    handheld.says("#said", "标签")
    hold = "return window.hold(...arguments)"
    handheld.driver.execute_script(hold, ["url", SUN])
    handheld.driver.execute_script(hold, ["text", ear_tag(5), {"encoding": "utf-8", "lang": "zh"}])
    # A tag with an advertisement first and its number after; one in a spelling of its own.
    handheld.driver.execute_script(
        hold, ["url", "https://shop.example/"], ["text", "urn:epc:id:sgtin:9521141.000001.Q7"]
    )
    handheld.wait(lambda: len(shown(handheld)) == 3)
    assert shown(handheld) == ["9521141000014 · Q7", f"3 152502 {ear_tag(5)[7:]}", "9521141000014 · C9"]

    handheld.driver.execute_script(hold, ["empty", ""])
    handheld.says("#said", "没有读到编号")
    handheld.driver.execute_script(hold, ["text", "hello"])
    handheld.says("#said", "hello")
    assert len(shown(handheld)) == 3
    handheld.open("#/")
    assert handheld.driver.execute_script(hold, ["url", SUN]) == 0, "nobody reads on after the page is left"


def test_a_reader_that_is_not_allowed_is_said(handheld):
    handheld.open("#/do/inspect")
    handheld.driver.execute_script("window.noNfc = true")
    handheld.press("#nfc")
    handheld.says("#said", "NFC 打不开")


def test_elements_are_read_as_the_platform_reads_them(handheld):
    """Every element string is read to the same thing here as by `apps.trace.gs1`."""
    texts = [
        f"01{GTIN}3103000500{GS}21S9",
        f"01{GTIN}310300050021S9",
        f"01{GTIN}7030156abc{GS}423156{GS}251999250200000007{GS}21S9",
        f"01{GTIN}11261231172712312110S1{GS}10L2",
        f"10L1{GS}01{GTIN}",
        f"02{GTIN}3712{GS}00395211410000000015",
        "4149520000000004254A7",
        "800309521141000014X1",
        f"01{GTIN}91own{GS}92more{GS}21S9",
        f"{GS}01{GTIN}21S9{GS}",
    ]  # fmt: skip
    found = handheld.driver.execute_async_script(
        """
        const [texts, done] = arguments;
        import("/static/handheld/codes.js").then(({ recognise }) =>
          done(texts.map((text) => { const said = recognise(text, "urn:xilin:eartag:{}"); return said.ok ? said.id : said.why; })));
        """,
        texts,
    )

    expected = [elements_link(text) for text in texts]
    assert found == expected


def elements_link(text):
    """What the platform makes of an element string: the finest thing its key names."""
    parsed = dict(elements.read(text.strip(GS), judge=False))
    key = next(ai for ai in ("00", "01", "8003", "8004", "414") if ai in parsed)
    finer = next((ai for ai in {"01": ("21", "10"), "414": ("254",)}.get(key, ()) if ai in parsed), None)
    return f"https://id.gs1.org/{key}/{parsed[key]}" + (f"/{finer}/{parsed[finer]}" if finer else "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("（０１）０９５２１１４１００００１４（２１）Ｓ９", "https://id.gs1.org/01/09521141000014/21/S9"),
        ("３１５２５０２０００００００７", "urn:xilin:eartag:315250200000007"),
        (f"]e001{GTIN}\u241d21S9", "https://id.gs1.org/01/09521141000014/21/S9"),
        (f"]Q301{GTIN}21S9", "https://id.gs1.org/01/09521141000014/21/S9"),
        (f"01{GTIN}10L1^]21S9", "https://id.gs1.org/01/09521141000014/21/S9"),
    ],
)
def test_letters_of_full_width_and_marks_of_scanners_are_understood(handheld, typed, meant):
    found = handheld.driver.execute_async_script(
        """
        const [text, done] = arguments;
        import("/static/handheld/codes.js").then(({ recognise }) => {
          const said = recognise(text, "urn:xilin:eartag:{}");
          done(said.ok ? said.id : said.why);
        });
        """,
        typed,
    )

    assert found == meant
