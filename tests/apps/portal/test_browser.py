"""The pages in a real browser: nothing complains, nothing is wider than a phone, all can be reached by keys."""

import pytest
from selenium.webdriver.common.keys import Keys
from test_pages import DESK, FULL

from xilin.kernel.collect.models import Batch
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")

# For each element with text of its own: colour against the nearest solid ground behind it (WCAG 2.2, 1.4.3).
CONTRAST = """
const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const over = (top, under) => { const a = top[3] ?? 1; return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a)); };
const ground = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.backgroundImage !== "none" && !at.classList.contains("scroll")) return null;
    const colour = parse(style.backgroundColor);
    if ((colour[3] ?? 1) > 0) { layers.push(colour); if ((colour[3] ?? 1) === 1) break; }
  }
  if (!layers.length || (layers.at(-1)[3] ?? 1) < 1) layers.push(parse(getComputedStyle(document.documentElement).backgroundColor));
  return layers.reverse().reduce((under, top) => over(top, under));
};
const poor = [];
for (const element of document.body.querySelectorAll("*:not(svg, svg *, script, option)")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || element.closest(".unseen, .skip") || !element.checkVisibility()) continue;
  const style = getComputedStyle(element), under = ground(element);
  if (!under) continue;
  const a = light(over(parse(style.color), under)), b = light(under);
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
  if (ratio < (large ? 3 : 4.5)) poor.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 30)}`);
}
return poor;
"""
WHERE = """
const at = document.activeElement;
return [at.tagName, at.getAttribute("href") || at.name || at.className || "", getComputedStyle(at).outlineStyle];
"""


@pytest.fixture
def site(window, transactional_db, hub):
    for person in (hub.ann, hub.bob, hub.rita, hub.rolf):
        person.set_password("look-at-the-pages")
        person.save()
    window.hub = hub
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    window.open("/about/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.complaints()
    return window


def paths(hub):
    return [*FULL, f"/cockpit/batches/{hub.hukou.pk}/", f"/cockpit/batches/{hub.refused.pk}/"]


def desk_paths(hub):
    request = hub.ask()
    return [*DESK, f"/desk/requests/{request.number}/", f"/desk/quarantine/{hub.row.pk}/"]


def review_paths(hub):
    entity = f"/desk/registries/people/{hub.known.pk}/"
    queue = ["/desk/review/", "/desk/review/?why=crowd", "/desk/decisions/"]
    return [*queue, entity, f"{entity}?valid=2025-06-01", "/desk/registries/people/model/"]


def look(seen, pages, width):
    found = []
    seen.resize(width, 844 if width < 600 else 900)
    for path in pages:
        seen.open(path)
        if seen.width() > width:
            found.append(f"{path} is {seen.width()} wide at {width}")
        found += [f"{path}: {said}" for said in seen.complaints()]
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_complains_or_is_wider_than_a_phone(site, language):
    site.speak(language)
    site.complaints()

    assert look(site, paths(site.hub), 390) == []

    site.sign_in("bob", "look-at-the-pages")
    assert look(site, desk_paths(site.hub), 390) == []

    site.driver.delete_cookie("sessionid")
    site.sign_in("rolf", "look-at-the-pages")
    assert look(site, review_paths(site.hub), 390) == []
    assert look(site, review_paths(site.hub), 1440) == []


def test_no_page_complains_on_a_desk_or_at_double_zoom(site):
    site.complaints()

    assert look(site, paths(site.hub), 1440) == []
    assert look(site, paths(site.hub), 720) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(site, scheme):
    site.prefer(scheme)
    site.sign_in("bob", "look-at-the-pages")
    poor = {}
    for path in (*paths(site.hub), *desk_paths(site.hub)):
        site.open(path)
        if found := site.driver.execute_script(CONTRAST):
            poor[path] = found

    site.driver.delete_cookie("sessionid")
    site.sign_in("rolf", "look-at-the-pages")
    for path in review_paths(site.hub):
        site.open(path)
        if found := site.driver.execute_script(CONTRAST):
            poor[path] = found

    assert poor == {}


def press(site, *keys):
    from selenium.webdriver import ActionChains

    ActionChains(site.driver).send_keys(*keys).perform()
    return site.driver.execute_script(WHERE)


def reach(site, wanted, most=60):
    """Press Tab until an element is reached; each stop on the way must show that it has the focus."""
    stops = []
    for _ in range(most):
        tag, name, outline = press(site, Keys.TAB)
        stops.append(name)
        if tag != "BODY":
            assert outline != "none", f"{tag} {name} does not show the focus"
        if wanted in name:
            return tag
    raise AssertionError(f"{wanted} was not reached by {most} times Tab: {stops}")


def test_the_first_stop_leads_past_the_navigation(site):
    site.resize(1440)
    site.open("/quality/")

    assert press(site, Keys.TAB)[1] == "#content"
    press(site, Keys.ENTER)
    tag, name, _ = press(site, Keys.TAB)
    assert (tag, name.startswith("/catalogue/")) == ("A", True), name


def test_search_is_one_key_away_and_answers_while_one_types(site):
    site.resize(1440)
    site.open("/catalogue/")
    press(site, "/")
    press(site, "救助")

    site.wait(lambda: "q=" in site.driver.current_url and "市场主体" not in site.one("#found").text)
    assert "社会救助发放信息" in site.text("#found")


def test_a_request_is_approved_without_a_mouse(site):
    request = site.hub.ask()
    site.resize(1440)
    site.sign_in("bob", "look-at-the-pages")
    site.open(f"/desk/requests/{request.number}/")
    reach(site, "reason")
    reach(site, "button")
    with site.next_page():
        press(site, Keys.ENTER)
    request.refresh_from_db()

    assert request.state == "approved"


def shown(site, text):
    script = "return document.readyState === 'complete' ? document.getElementById('content').innerText : ''"
    site.wait(lambda: text in site.driver.execute_script(script))


def answers():
    """What reviewers answered and stands: verdicts by who gave them."""
    from xilin.kernel.registry.models import Decision

    rows = Decision.objects.filter(kind="review", state="in_force").order_by("pk")
    return [(row.made_by.username, row.pairs.get().verdict) for row in rows]


def test_the_queue_is_worked_through_by_single_keys(site):
    site.resize(1440)
    site.sign_in("rolf", "look-at-the-pages")
    site.open("/desk/review/")
    shown(site, "琪琪格")
    press(site, "s")
    shown(site, "王芳")
    press(site, "s")
    shown(site, "琪琪格")
    press(site, "y")
    shown(site, "王芳")
    assert answers() == [("rolf", "same")]
    press(site, "u")
    shown(site, "琪琪格")
    assert answers() == []
    press(site, "n")
    shown(site, "王芳")
    assert answers() == [("rolf", "different")]
    site.wait_for(".toasts", "U 撤回")


def test_raw_rows_come_below_the_pair_by_a_key_and_the_page_stays(site):
    site.resize(390, 844)
    site.sign_in("rolf", "look-at-the-pages")
    site.open("/desk/review/")
    press(site, "r")
    shown(site, "部门提供的原始记录")
    site.wait_for("#as-given")
    assert site.driver.current_url.endswith("/desk/review/")
    assert site.width() == 390
    press(site, "y")
    shown(site, "王芳")
    assert answers() == [("rolf", "same")]


def test_keys_are_told_of_and_can_be_switched_off(site):
    site.resize(1440)
    site.sign_in("rolf", "look-at-the-pages")
    site.open("/desk/review/")
    press(site, "?")
    assert site.given("#keys", "open")
    press(site, "y")
    assert answers() == []
    site.click("[data-keeps]")
    press(site, Keys.ESCAPE)
    assert not site.given("#keys", "open")
    press(site, "y")
    site.open("/desk/review/")
    assert answers() == []
    site.driver.execute_script("localStorage.clear()")


def test_a_pair_is_answered_by_tab_and_enter_and_by_mouse(site):
    site.resize(390, 844)
    site.sign_in("rolf", "look-at-the-pages")
    site.open("/desk/review/")
    reach(site, "verdict")
    press(site, Keys.ENTER)
    shown(site, "王芳")
    assert answers() == [("rolf", "same")]
    site.click("button[value=different]")
    shown(site, "没有待核对的记录")
    assert answers() == [("rolf", "same"), ("rolf", "different")]


def test_the_weakest_shape_appears_while_the_form_is_filled_in(site):
    site.resize(1440)
    site.sign_in("ann", "look-at-the-pages")
    site.open("/desk/ask/households/")
    reach(site, "items")
    press(site, Keys.SPACE)

    site.wait_for("#shape", "脱敏字段")


def test_the_menu_of_a_phone_opens_and_closes_by_keys(site):
    site.resize(390, 844)
    site.open("/about/")
    site.driver.execute_script("document.querySelector('details.menu summary').focus()")
    press(site, Keys.ENTER)
    assert site.given("details.menu", "open")

    press(site, Keys.ESCAPE)
    assert not site.given("details.menu", "open")


def test_who_wants_no_motion_gets_none(site):
    site.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    )
    site.open("/cockpit/")
    moving = site.driver.execute_script(
        "return document.getAnimations().filter((one) => one.playState === 'running').length"
    )

    assert moving == 0


def test_a_page_prints_without_its_navigation(site):
    site.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    site.open("/report/")
    shown = site.driver.execute_script(
        "return [...document.querySelectorAll('.top, .foot')].filter((one) => one.checkVisibility()).length"
    )

    assert shown == 0


def test_the_cockpit_renews_itself_and_leaves_one_where_one_is(site):
    """Behind a server that carries nothing on, too: what listens asks again."""
    site.resize(1440)
    site.sign_in("bob", "look-at-the-pages")
    site.open("/cockpit/")
    path = f"/cockpit/batches/{site.hub.hukou.pk}/"
    site.driver.execute_script(
        "document.querySelector(`[data-panel=batches] a[href='${arguments[0]}']`).focus()", path
    )
    site.driver.execute_script("window.sameDocument = true")
    begun = Batch.objects.create(source="hukou", resource="households", mode="full", started_at=site.hub.now)

    site.wait(lambda: site.count(f"[data-panel=batches] a[href='/cockpit/batches/{begun.pk}/']"))
    assert site.driver.execute_script("return document.activeElement.getAttribute('href')") == path
    assert site.driver.execute_script("return window.sameDocument")


def test_every_public_page_can_stand_in_columns(site):
    """Traditional Mongolian runs downwards: the same page, turned, must not be taller than the screen."""
    site.resize(1440, 900)
    tall = {}
    for path in paths(site.hub):
        site.open(path)
        height = site.driver.execute_script(
            "document.documentElement.style.writingMode = 'vertical-lr'; return document.documentElement.scrollHeight"
        )
        if height > 900:
            tall[path] = height

    assert tall == {}
