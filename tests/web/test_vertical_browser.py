"""Pages in columns in a real browser: they scroll by wheel and keys, and a suffix is shaped as one."""

import base64
import io

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")

WORDS = "ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ"
FACE = "/static/vendor/noto-sans-mongolian/noto-sans-mongolian-mongolian-400-normal.woff2"
# The page's own face, the same file without a range, and with a range that lacks U+202F.
FACES = """
const done = arguments[arguments.length - 1], [words, file] = arguments;
const whole = new FontFace("Whole", `url(${file})`);
const lacking = new FontFace("Lacking", `url(${file})`, { unicodeRange: "U+1800-18AF" });
Promise.all([whole.load(), lacking.load(), document.fonts.load("40px 'Noto Sans Mongolian'", words)]).then(() => {
  document.fonts.add(whole); document.fonts.add(lacking);
  const one = document.createElement("div");
  one.id = "shape"; one.textContent = words;
  Object.assign(one.style, { position: "fixed", inset: "0 auto auto 0", zIndex: 99, fontSize: "40px", background: "#fff",
    color: "#000", writingMode: "vertical-lr", padding: "10px" });
  document.body.append(one);
  done(true);
});
"""
LENGTH = """
const one = document.getElementById("shape");
one.style.fontFamily = arguments[0];
return document.fonts.ready.then(() => { const box = one.getBoundingClientRect(); return [box.width, box.height]; });
"""


@pytest.fixture
def page(window, transactional_db):
    """A public page in Traditional Mongolian, in a window that shows a part of it."""
    window.open("/about/")
    window.driver.delete_all_cookies()
    window.speak("mn-mong")
    window.resize(620, 700)
    window.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    )
    window.open("/about/")
    assert asked(window, "return getComputedStyle(document.documentElement).writingMode") == "vertical-lr"
    return window


def asked(seen, script, *given):
    return seen.driver.execute_script(script, *given)


def at(seen):
    return asked(seen, "return Math.round(scrollX)")


def comes_to(seen, wanted):
    WebDriverWait(seen.driver, 10).until(
        lambda _: at(seen) == wanted, f"{wanted} was not reached: {at(seen)}"
    )


def wheel(seen, down=0, aside=0, *, x=400, y=300):
    seen.driver.execute_cdp_cmd(
        "Input.dispatchMouseEvent",
        {"type": "mouseWheel", "x": x, "y": y, "deltaX": aside, "deltaY": down},
    )


def press(seen, *keys):
    ActionChains(seen.driver).send_keys(*keys).perform()


def test_a_page_in_columns_is_as_tall_as_the_window_and_goes_on_to_the_right(page):
    size = asked(
        page,
        "const r = document.documentElement; return [r.scrollWidth > innerWidth, r.scrollHeight <= innerHeight]",
    )

    assert size == [True, True]


def test_the_wheel_and_a_trackpad_go_on_to_the_next_columns(page):
    wheel(page, down=120)
    comes_to(page, 120)
    wheel(page, aside=30)
    comes_to(page, 150)
    wheel(page, down=9, aside=-3)
    comes_to(page, 156)
    wheel(page, down=-400)
    comes_to(page, 0)


def test_page_keys_home_and_end_scroll_the_page(page):
    end = asked(page, "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    by = asked(
        page, "return Math.min(Math.round(document.documentElement.clientWidth * 0.9), arguments[0])", end
    )

    press(page, Keys.PAGE_DOWN)
    comes_to(page, by)
    press(page, Keys.PAGE_UP)
    comes_to(page, 0)
    press(page, Keys.SPACE)
    comes_to(page, by)
    press(page, Keys.END)
    comes_to(page, end)
    press(page, Keys.ARROW_UP)
    comes_to(page, end - 60)
    press(page, Keys.HOME)
    comes_to(page, 0)


def test_keys_stay_with_who_is_typing(page):
    asked(
        page,
        "const field = document.createElement('input'); field.id = 'typed'; field.value = 'a b';"
        "document.querySelector('main').prepend(field); field.focus({ preventScroll: true })",
    )
    before = at(page)
    press(page, Keys.END, Keys.SPACE, Keys.PAGE_DOWN, Keys.HOME, "x")

    assert asked(page, "return document.getElementById('typed').value") == "xa b "
    assert at(page) == before


def test_a_box_within_the_page_scrolls_first_and_then_the_page(page):
    asked(
        page,
        "const box = document.createElement('div'), long = document.createElement('div'); box.id = 'box';"
        "Object.assign(box.style, { position: 'fixed', inset: '0 auto auto 0', inlineSize: '300px', blockSize: '300px',"
        " overflow: 'auto', zIndex: 99, background: '#fff' }); long.style.blockSize = '420px'; box.append(long);"
        "document.body.append(box)",
    )
    wheel(page, down=100, x=150, y=150)
    WebDriverWait(page.driver, 10).until(
        lambda _: asked(page, "return document.getElementById('box').scrollLeft") == 100
    )
    assert at(page) == 0
    wheel(page, down=100, x=150, y=150)
    WebDriverWait(page.driver, 10).until(
        lambda _: asked(page, "return document.getElementById('box').scrollLeft") == 120
    )
    wheel(page, down=100, x=150, y=150)
    comes_to(page, 100)


def ink(png):
    """What is drawn, without the paper around it."""
    drawn = ImageOps.invert(Image.open(io.BytesIO(png)).convert("L"))
    return drawn.crop(drawn.getbbox())


def difference(one, other):
    """How much two drawings of one size differ, as a share of black."""
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0] / 255


def test_a_suffix_after_the_narrow_space_is_shaped_as_a_suffix(page):
    assert page.driver.execute_async_script(FACES, WORDS, FACE)
    pictures, lengths = {}, {}
    for family in ('"Noto Sans Mongolian"', "Whole", "Lacking"):
        width, lengths[family] = asked(page, LENGTH, family)
        clip = {"x": 0, "y": 0, "width": int(width), "height": int(lengths[family]), "scale": 1}
        shot = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
        pictures[family] = ink(base64.b64decode(shot["data"]))

    ours, whole, lacking = pictures.values()
    assert ours.size == whole.size
    assert difference(ours, whole) < 0.05 < difference(lacking.resize(whole.size), whole)
    assert lengths["Lacking"] > lengths["Whole"] == lengths['"Noto Sans Mongolian"']


def test_the_language_is_chosen_by_keys_alone(page):
    asked(page, "document.querySelector('.languages > summary').focus()")
    press(page, Keys.ENTER)
    press(page, Keys.TAB)
    assert asked(page, "return document.activeElement.value") == "zh-hans"
    press(page, Keys.ENTER)
    WebDriverWait(page.driver, 10).until(
        lambda driver: (
            driver.execute_script(
                "return document.readyState === 'complete' && document.documentElement.lang"
            )
            == "zh-Hans"
        )
    )
