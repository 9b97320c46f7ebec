"""What happens to those who hear a page, go by keys, or set their own colours: mistakes in forms, ways out, help in one place."""

import every_page
import pytest
from selenium.webdriver.common.keys import Keys

import heard_pages
import seen_pages
from keyboard import Keyboard
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
PASSWORD = "look-at-the-pages"
# Each field that is wrong: what it is told with, and whether the summary leads to it.
WRONG = """
const box = document.querySelector(".wrongs"), links = [...box.querySelectorAll("a")].map((one) => one.getAttribute("href"));
const wrong = [...document.querySelectorAll("main form [aria-invalid=true]")];
return {
  focus: document.activeElement === box, alert: box.getAttribute("role"), says: box.innerText,
  broken: links.filter((href) => !document.getElementById(decodeURIComponent(href.slice(1)))),
  untold: wrong.filter((one) => !(one.closest("fieldset[aria-describedby]") ?? one).getAttribute("aria-describedby")?.split(/\\s+/).some((id) => document.getElementById(id)?.matches(".wrong"))).map((one) => one.name),
  wrong: [...new Set(wrong.map((one) => one.name))],
};
"""
# Which pieces of the frame stand where: helps are looked for where they were on the page before (WCAG 3.2.3, 3.2.6).
FRAME = """
const hrefs = (css) => [...document.querySelectorAll(css)].map((one) => one.getAttribute("href"));
return [hrefs("header.top .nav.wide > a"), hrefs(".foot nav a")];
"""
BROKEN = """
document.body.innerHTML = `<main><h1>One</h1><h1>Two</h1><h4>Deep</h4><a href="#">更多</a><button></button><img src="data:,"><nav></nav><nav></nav>
<table><tr><td>1</td></tr></table><p lang="zh-Hans">ᠮᠣᠩᠭᠣᠯ</p><a href="#x" aria-label="Other">Name</a><p class="cut">Words that find no room here</p><input name="username"></main>`;
const sheet = new CSSStyleSheet();
sheet.replaceSync(":focus-visible { outline: none !important; } .over { position: fixed; inset: 0; background: white; } .cut { overflow: hidden; inline-size: 20em; white-space: nowrap; font-size: 14px; }");
document.adoptedStyleSheets = [sheet];
"""


@pytest.fixture
def site(window, transactional_db, hub):
    hub.ask()
    every_page.anew(window)
    window.speak("zh-hans")
    window.resize(1440, 900)
    window.hub = hub
    return window


def test_these_looks_find_what_is_wrong(site):
    site.open("/about/")
    seen_pages.settle(site)
    assert heard_pages.heard(site, "zh-hans") == []
    assert heard_pages.reached(site) == []

    site.driver.execute_script(BROKEN)
    found = "\n".join(heard_pages.heard(site, "zh-hans"))
    for fault in (
        "2 headings of the first level", "a heading of level 4 after one of level 1", "a link says only 更多", "a button has no name", "0 banner",
        "a picture (image) has no words", "a table has no headings", "a table has no name", "is mn-Mong, said to be zh-Hans",
        "is read as Other, seen as Name", "the first thing isn't a way to the content", "username doesn't say what a browser could fill in",
    ):  # fmt: skip
        assert fault in found
    assert any("the focus isn't seen: A" in one for one in heard_pages.reached(site))
    site.driver.execute_script(
        "document.body.append(Object.assign(document.createElement('div'), { className: 'over' }))"
    )
    assert any("with the focus it is hidden" in one for one in heard_pages.reached(site))
    assert any(
        "cut off" in one
        for one in site.driver.execute_script(
            f"document.querySelector('.cut').style.inlineSize = '4em'; {heard_pages.CUT}"
        )
    )


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/login/", {"username": "ann", "password": "wrong"}),
        ("/citizen/", {"subject": "nobody", "password": "wrong"}),
        ("/problems/follow/", {"number": "20260101-000001", "key": "AAAA"}),
    ],
)
def test_what_is_wrong_with_a_form_is_said_first_and_at_the_field(site, path, typed):
    site.open(path)
    for name, text in typed.items():
        site.fill(f"main [name={name}]", text)
    with site.next_page():
        site.keys(f"main [name={name}]", Keys.ENTER)

    told = site.driver.execute_script(WRONG)
    assert (told["focus"], told["alert"]) == (True, "alert")
    assert told["broken"] == told["untold"] == []
    assert heard_pages.heard(site, "zh-hans") == []
    assert seen_pages.axe(site) == []


def test_fields_left_empty_are_named_and_led_to(site):
    site.hub.bob.set_password(PASSWORD)
    site.hub.bob.save()
    site.sign_in("bob", PASSWORD)
    site.open("/desk/password/")
    site.driver.execute_script("for (const form of document.forms) form.noValidate = true")
    site.follow("main form button[type=submit]")

    told = site.driver.execute_script(WRONG)
    assert told["focus"]
    assert len(told["wrong"]) >= 2
    assert told["broken"] == told["untold"] == []
    keys = Keyboard(site)
    keys.press(Keys.TAB, Keys.ENTER)
    site.driver.execute_script("return document.querySelector(location.hash)?.focus()")
    assert site.driver.execute_script("return document.activeElement.name") == told["wrong"][0]


@pytest.mark.parametrize("path", ["/map/", "/indicators/registered/", "/economy/"])
def test_nothing_holds_the_focus(site, path):
    site.open(path)
    seen_pages.settle(site)
    keys, seen = Keyboard(site), []
    for _ in range(400):
        keys.press(Keys.TAB)
        at = site.driver.execute_script(
            "const at = document.activeElement; window.xilinStops ??= []; const known = window.xilinStops.indexOf(at); window.xilinStops.push(at);"
            "return [at === document.body, known, Boolean(at.closest('footer'))]"
        )
        seen.append(at)
        if at[0] or (at[1] == 0 and len(seen) > 5):
            break
    assert at[0] or at[1] == 0, f"after 400 times Tab one is still on the page {path}"
    assert any(one[2] for one in seen), "the foot was not reached"


def test_help_opens_by_a_key_holds_the_focus_and_gives_it_back(site):
    site.open("/about/")
    keys = Keyboard(site)
    keys.press(Keys.TAB, "?")
    site.wait_for("#page-keys[open]")
    for _ in range(4):
        keys.press(Keys.TAB)
        assert site.driver.execute_script(
            "const at = document.activeElement; return at === document.body || Boolean(at.closest('dialog'))"
        )
    keys.press(Keys.ESCAPE)
    assert site.driver.execute_script(
        "return !document.querySelector('dialog[open]') && document.activeElement.matches('.skip')"
    )


def test_ways_and_help_stand_in_the_same_order_on_every_page(site):
    frames, titles = {}, {}
    for page in every_page.public_pages():
        if page.name in ("cockpit-wall",):
            continue
        site.open(page.path)
        frames[page.name] = site.driver.execute_script(FRAME)
        titles.setdefault(site.driver.title, []).append(page.name)

    home = frames["home"]
    assert "/problems/" in home[1]
    assert "/accessibility/" in home[1]
    assert {name: frame for name, frame in frames.items() if frame != home} == {}
    same = [
        names
        for names in titles.values()
        if len(names) > 1 and len({name.split("-")[0] for name in names}) > 1
    ]
    assert same == []


def test_forced_colours_leave_what_only_colour_says(site):
    site.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "forced-colors", "value": "active"}]}
    )
    try:
        site.open("/design/")
        seen_pages.settle(site)
        lost = site.driver.execute_script(
            """
            const canvas = getComputedStyle(document.body).backgroundColor, found = [];
            for (const one of document.querySelectorAll(".swatch, .bar rect, [aria-current], .tally, .badge")) {
              if (!one.checkVisibility()) continue;
              const style = getComputedStyle(one), after = getComputedStyle(one, "::after");
              const kept = style.forcedColorAdjust === "none" || ["Top", "Right", "Bottom", "Left"].some((side) => parseFloat(style[`border${side}Width`]) > 0)
                || style.outlineStyle !== "none" || one.ownerSVGElement || one.querySelector("svg") || parseFloat(after.borderBottomWidth) > 0;
              if (!kept) found.push(`${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 20)}`);
            }
            return [...new Set(found)];
            """
        )
        assert lost == []
        assert heard_pages.reached(site) == []
    finally:
        site.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
