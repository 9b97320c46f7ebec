"""The map in a real browser, drawn in WebGL: its address, search, measure, keys, paper; and the page where nothing can be drawn."""

import base64
import re
from urllib.parse import parse_qs, unquote, urlsplit

import mapped_league
import pytest
from django.template import Context, Template
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.places.models import Place
from xilin.web.browser import WEBGL, browser, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null;"


@pytest.fixture(scope="module")
def window(live_server):
    with browser(live_server.url, flags=WEBGL) as seen:
        # A processor draws what a graphics card would, and others may be at it.
        seen.driver.set_script_timeout(90)
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        seen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [still]})
        yield seen


@pytest.fixture
def site(window, transactional_db, tmp_path):
    mapped_league.apply(tmp_path)
    window.resize(1440)
    window.open("/about/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.complaints()
    yield window
    # WebGL that is computed says that it is slow; anything else is a fault.
    assert [said for said in window.complaints() if "GL Driver Message" not in said] == []


def wait(site, found, why=""):
    """Wait until a script gives something true; what it gave."""
    script = f"return {found}"
    return WebDriverWait(site.driver, 30).until(lambda driver: driver.execute_script(script), why or found)


def text(site, selector):
    return site.driver.execute_script(f"return document.querySelector({selector!r})?.textContent ?? ''")


def click(site, selector):
    site.driver.execute_script(f"document.querySelector({selector!r}).click()")


def show(site, path="/map/"):
    site.open(path)
    wait(site, "Boolean(document.querySelector('.atlas.ready'))")


def address(site):
    """What the address says, part by part."""
    return {name: found[0] for name, found in parse_qs(urlsplit(site.driver.current_url).query).items()}


def search(site, words):
    site.driver.execute_script("document.getElementById('q').value = ''")
    field = site.driver.find_element("id", "q")
    field.send_keys(words + Keys.ENTER)


def at_the_middle(site):
    stage = site.driver.find_element("css selector", ".atlas-stage")
    ActionChains(site.driver).move_to_element(stage).click().perform()


def drawn(site, layer):
    """How many features of a layer are drawn."""
    return site.driver.execute_script(
        "const map = document.querySelector('.atlas').map;"
        "return map.queryRenderedFeatures().filter((one) => one.layer.metadata?.layer === arguments[0]).length",
        layer,
    )


def test_what_the_address_says_is_what_is_shown_and_the_other_way_round(site):
    plot = Place.objects.get(collection="plots").pk
    show(
        site,
        f"/map/?at=8.25/44.4000/111.2000&on=counties~60,indicator:registered:2025,plots&pick=plots/{plot}&line=110,44;111,44.5",
    )
    wait(site, "!document.querySelector('.atlas-details').hidden")
    before = address(site)

    assert before["at"] == "8.25/44.4000/111.2000"
    assert before["on"] == "counties~60,plots,indicator:registered:2025"
    assert before["pick"] == f"plots/{plot}"
    assert before["line"] == "110.00000,44.00000;111.00000,44.50000"
    assert "草场1" in text(site, ".atlas-details")
    assert "97.3 公里" in text(site, ".atlas-measure")
    assert drawn(site, "plots")
    assert drawn(site, "indicator")

    there = urlsplit(site.driver.current_url)
    show(site, f"{there.path}?{there.query}")
    wait(site, "!document.querySelector('.atlas-details').hidden")
    assert address(site) == before

    click(site, '[data-layer="plots"] input[name=layer]')
    wait(site, "!location.search.includes('on=counties~60,plots')")
    assert address(site)["on"] == "counties~60,indicator:registered:2025"


def test_tab_goes_into_the_map_and_on_to_the_foot(site):
    show(site, "/map/?at=8.25/44.4000/111.2000")
    stops = []
    for _ in range(250):
        ActionChains(site.driver).send_keys(Keys.TAB).perform()
        stops.append(
            site.driver.execute_script(
                "const at = document.activeElement; return at.tagName === 'CANVAS' ? 'map' : at.closest('.foot') ? 'foot' : ''"
            )
        )
        if stops[-1] == "foot":
            break

    assert "map" in stops
    assert stops[-1] == "foot"


def test_the_map_is_moved_by_presses_alone(site):
    show(site, "/map/?at=8.25/44.4000/111.2000")
    click(site, "[data-does=move]")
    assert site.given("[data-does=move]", "aria-pressed") == "true"

    stage = site.driver.find_element("css selector", ".atlas-canvas canvas")
    ActionChains(site.driver).move_to_element_with_offset(stage, 100, 0).click().perform()

    wait(site, "!location.search.includes('111.2000')")
    zoom, latitude, longitude = (float(part) for part in address(site)["at"].split("/"))
    assert (zoom, round(latitude, 2)) == (8.25, 44.4)
    assert 111.2 < longitude < 112


def test_a_department_sees_its_layers_and_a_click_tells_what_lies_there(site):
    user = small_league.person("ann", "civil", User.Role.STEWARD)
    user.set_password("look-at-the-pages")
    user.save()
    show(site)
    assert not site.driver.find_elements("css selector", '[data-layer="parcels"]')

    site.sign_in("ann", "look-at-the-pages")
    show(site, "/map/?at=12/44.25/111.5&on=counties,parcels")
    at_the_middle(site)
    wait(site, "!document.querySelector('.atlas-details').hidden")
    assert "宗地甲" in text(site, ".atlas-details")
    link = site.driver.execute_script(
        "return document.querySelector('.atlas-details a').getAttribute('href')"
    )
    assert (
        link == f"/api/places/collections/parcels/items/{Place.objects.get(collection='parcels').pk}?f=html"
    )
    wait(site, "document.querySelector('.atlas-table tbody').textContent.includes('宗地甲')")


def test_search_understands_names_and_positions(site):
    show(site)
    search(site, "敖包")
    wait(site, "document.querySelectorAll('.atlas-results button').length")
    click(site, ".atlas-results button")
    wait(site, "document.querySelector('.atlas-details').textContent.includes('敖包')")
    assert address(site)["pick"].startswith("spots/")
    wait(site, "location.search.includes('spots,') || location.search.includes('spots&')")
    assert "敖包" not in unquote(site.driver.current_url)

    for words, mark in (
        ("115.1, 43.9", "115.10000,43.90000"),
        ("43.9N 115.1E", "115.10000,43.90000"),
        ("43°54′36″N, 115°6′E", "115.10000,43.91000"),
        ("北纬43.5 东经116", "116.00000,43.50000"),
    ):
        search(site, words)
        wait(site, f"location.search.includes('mark={mark}')", words)
    assert "X 4818" in text(site, ".atlas-details")

    search(site, "没有这个地方")
    wait(site, "document.querySelector('.atlas-results').textContent.includes('没有')")


def test_lengths_and_areas_are_those_of_the_ellipsoid(site):
    from pyproj import Geod, Transformer

    earth, points = Geod(a=6378137, rf=298.257222101), [(111.1, 43.2), (119.8, 46.7), (115.4, 41.6)]
    site.open("/about/")
    told = site.driver.execute_async_script(
        """const [points, done] = arguments;
        import("/static/web/map/geodesy.js").then((of) => done({
          length: of.length(points), area: of.area(points), plane: points.map((point) => of.gaussKrueger(point)),
        }));""",
        points,
    )
    area, _around = earth.polygon_area_perimeter(*zip(*points, strict=True))

    assert told["length"] == pytest.approx(earth.line_length(*zip(*points, strict=True)), abs=0.01)
    assert told["area"] == pytest.approx(abs(area), rel=3e-4)
    for (lon, lat), plane in zip(points, told["plane"], strict=True):
        zone = plane["zone"]
        # EPSG:4534 is the meridian of 75 degrees, the next one three degrees further east.
        change = Transformer.from_crs(4490, 4534 + zone - 25, always_xy=True)
        east, north = change.transform(lon, lat)
        assert abs(zone * 3 - lon) <= 1.5
        assert (plane["east"] - zone * 1e6, plane["north"]) == pytest.approx((east, north), abs=0.001)


def test_a_length_is_measured_by_keys_alone(site):
    show(site, "/map/?at=9/44.5/111.0")
    click(site, "[data-does=line]")
    canvas = wait(site, "document.activeElement.matches('.maplibregl-canvas')")
    keys = ActionChains(site.driver)
    keys.send_keys(Keys.ENTER).perform()
    wait(site, "location.search.includes('line=')")
    ActionChains(site.driver).send_keys(Keys.ARROW_RIGHT).perform()
    wait(site, "!location.search.includes('/111.0000')")
    wait(site, "!document.querySelector('.atlas').map.isMoving()")
    ActionChains(site.driver).send_keys(Keys.ENTER, Keys.ESCAPE).perform()
    wait(site, "location.search.includes(';')")

    assert canvas
    assert re.search(r"\d 公里", text(site, ".atlas-measure output"))
    assert "measuring" not in site.driver.execute_script("return document.querySelector('.atlas').className")


def test_a_map_is_printed_on_one_sheet_with_what_makes_it_one(site):
    show(site)
    said, wide = site.driver.execute_async_script(
        """const [done] = arguments;
        const at = [...document.scripts].find((one) => one.src.endsWith("/map/map.js")).src;
        Promise.all([import(new URL("print.js", at)), import(at)]).then(async ([print, map]) => {
          const sheet = await print.lay(map.shown(), "登记法人分布图", "a4");
          document.documentElement.classList.add("printing");
          done([sheet.textContent, sheet.querySelector("img").naturalWidth]);
        });"""
    )
    for words in (
        "登记法人分布图",
        "登记法人",
        "家 · ",
        "12",
        "北",
        "1 : ",
        "打印日期",
        "不得用于出版",
        "/map/?at=",
    ):
        assert words in said
    assert wide > 1000

    for paper, box in (("a4", (841.9, 595.0)), ("a3", (1190.5, 841.9))):
        site.driver.execute_script(
            "document.querySelector('.sheet').className = `sheet ${arguments[0]}`", paper
        )
        pdf = site.driver.execute_cdp_cmd(
            "Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True}
        )
        pages = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", base64.b64decode(pdf["data"]))
        assert [tuple(map(float, page)) for page in pages] == [pytest.approx(box, abs=1)]


def test_a_small_map_on_another_page_takes_a_point(site):
    page = Template(
        '{% load maps %}{% map on="counties" picks="longitude latitude" label="位置" %}<p>旧图</p>{% endmap %}'
    )
    site.open("/about/")
    site.driver.execute_script(
        """document.querySelector("main").innerHTML = arguments[0] + '<input name="longitude"><input name="latitude">';
        import("/static/web/map/small.js");""",
        page.render(Context()),
    )
    wait(site, "Boolean(document.querySelector('.small-map.ready'))")
    assert (
        site.driver.execute_script(
            "return getComputedStyle(document.querySelector('.small-drawn')).visibility"
        )
        == "hidden"
    )
    ActionChains(site.driver).move_to_element(
        site.driver.find_element("css selector", ".small-map")
    ).click().perform()
    lon, lat = (
        float(wait(site, f"document.getElementsByName('{name}')[0].value"))
        for name in ("longitude", "latitude")
    )

    assert (lon, lat) == (pytest.approx(111, abs=0.05), pytest.approx(44.5, abs=0.05))


def test_where_nothing_can_be_drawn_the_page_stays_a_drawing_with_its_table(site):
    seen = site.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_WEBGL})
    try:
        site.open("/map/?on=indicator:registered:2025")
        assert "7" in text(site, ".atlas-table tbody")
        assert (
            site.driver.execute_script("return document.querySelectorAll('.atlas-drawing path').length") == 1
        )
        site.driver.find_element("css selector", '[data-layer="indicator"] select:last-of-type')
        click(site, '[data-layer="counties"] input[name=layer]')
        click(site, ".atlas-submit")
        wait(site, "location.search.includes('layer=counties')")
        assert (
            site.driver.execute_script("return document.querySelectorAll('.maplibregl-canvas').length") == 0
        )
    finally:
        site.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", seen)
