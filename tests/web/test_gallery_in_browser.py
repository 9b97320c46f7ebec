"""The gallery in a real browser: what components do with a script, and that none of it offends the content policy."""

import time

import pytest

from xilin.web.browser import browser, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no browser here: {missing()}")
DOWN = "\ue015"


@pytest.fixture(scope="module")
def window():
    with browser("") as one:
        yield one


@pytest.fixture
def gallery(window, live_server, transactional_db):
    window.site = live_server.url
    window.open("/login/")
    window.driver.delete_all_cookies()
    window.speak("en")
    window.resize(1440)
    window.open("/design/")
    until(window, "document.readyState === 'complete'")
    window.complaints()
    yield window
    assert window.complaints() == []


def says(window, expression):
    return window.driver.execute_script(f"return {expression}")


def until(window, expression, seconds=20):
    """Wait until an expression is true; asked anew each time, as the page may change meanwhile."""
    end = time.monotonic() + seconds
    while not says(window, expression):
        assert time.monotonic() < end, f"never: {expression}"
        time.sleep(0.05)


def click(window, selector):
    window.driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def test_a_theme_changes_at_once_and_is_there_before_any_script_next_time(gallery):
    light = says(gallery, "getComputedStyle(document.body).color")
    click(gallery, ".themes button[value=dark]")
    until(gallery, "document.documentElement.dataset.theme === 'dark'")

    assert says(gallery, "getComputedStyle(document.body).color") != light
    assert gallery.driver.get_cookie("xilin_theme")["value"] == "dark"
    gallery.open("/design/?again")
    assert 'data-theme="dark"' in gallery.driver.page_source[:400]


def test_charts_come_alive_near_the_screen_and_tell_their_values_by_keys(gallery):
    assert says(
        gallery, "performance.getEntriesByType('resource').every((one) => !one.name.includes('echarts'))"
    )
    gallery.driver.execute_script("document.querySelector('[data-chart]').scrollIntoView()")
    until(gallery, "document.querySelector('[data-chart]').dataset.alive === 'yes'")
    gallery.driver.find_element("css selector", "[data-alive=yes] .plot-box").send_keys(DOWN)
    until(gallery, "document.querySelector('[data-alive=yes] [role=status]').textContent !== ''")

    assert "Sheep 120, Cattle 80" in says(
        gallery, "document.querySelector('[data-alive=yes] [role=status]').textContent"
    )
    until(gallery, "document.querySelector('.plot-tip')?.textContent.includes('120')")
    click(gallery, "[data-alive=yes] .plot-legend button")
    assert (
        says(gallery, "document.querySelector('.plot-legend button').getAttribute('aria-pressed')") == "false"
    )


def test_every_kind_of_chart_is_drawn_without_a_complaint_of_the_policy(gallery):
    gallery.driver.execute_script(
        "for (const one of document.querySelectorAll('[data-chart]'))"
        " import(one.dataset.script).then((charts) => charts.enliven(one))"
    )
    until(gallery, "document.querySelectorAll('[data-alive=yes]:has(canvas)').length === 10")
    click(gallery, ".themes button[value=dark]")
    until(gallery, "document.documentElement.dataset.theme === 'dark'")


def test_a_table_is_sorted_in_place_and_its_address_says_so(gallery):
    gallery.driver.execute_script("window.stays = true")
    click(gallery, "#table-batches th:nth-child(4) a")
    until(gallery, "document.querySelector('#table-batches [aria-sort]')?.textContent.includes('Rows')")

    assert says(gallery, "window.stays && location.search") == "?sort=-rows"
    click(gallery, "#table-batches th:nth-child(4) a")
    until(gallery, "document.querySelector('#table-batches [aria-sort=ascending]')")


def test_a_table_without_heads_is_sorted_by_a_choice_and_by_keys(gallery):
    assert not says(gallery, "document.querySelector('#table-batches .sorting').checkVisibility()")
    gallery.resize(390)
    gallery.driver.execute_script("document.querySelector('#table-batches .sorting summary').focus()")
    for keys in (
        "\ue007",
        "\ue004",
        "R",
        "\ue004",
        DOWN,
        "\ue004",
        "\ue007",
    ):  # enter and tab between choices
        gallery.driver.switch_to.active_element.send_keys(keys)
    until(
        gallery, "document.querySelector('#table-batches tbody tr td[data-label=Rows]').textContent > '90,'"
    )

    assert says(gallery, "location.search") == "?sort=rows&way=down"
    assert not says(gallery, "document.querySelector('#table-batches thead').checkVisibility()")
    chosen = "document.querySelector('#table-batches .sorting')"
    assert says(gallery, f"{chosen}.querySelector('select').value") == "rows"
    assert says(gallery, f"{chosen}.querySelector('[value=down]').checked")
    gallery.resize(1440)
    click(gallery, "#table-batches th:nth-child(4) a")
    until(gallery, "document.querySelector('#table-batches [aria-sort=ascending]')")
    assert says(gallery, "location.search") == "?sort=rows"


def test_a_question_mark_tells_the_keys_and_escape_closes_what_is_open(gallery):
    gallery.driver.find_element("css selector", "body").send_keys("?")
    until(gallery, "document.getElementById('page-keys').open")

    assert says(gallery, "[...document.querySelectorAll('#page-keys dt:not([hidden])')].length") == 5
    gallery.driver.switch_to.active_element.send_keys("\ue00c")
    until(gallery, "!document.getElementById('page-keys').open")
    click(gallery, "#table-batches .pick summary")
    gallery.driver.find_element("css selector", "body").send_keys("\ue00c")
    until(gallery, "!document.querySelector('details.pick[open]')")


@pytest.mark.parametrize("width", [390, 720, 1440])
def test_nothing_is_wider_than_the_screen(gallery, width):
    gallery.resize(width)

    assert gallery.width() == width


def test_components_in_columns_keep_to_their_box(gallery):
    """What stands in the box whose lines run downwards is no taller than the box."""
    tall = says(
        gallery,
        "[...document.querySelectorAll('.columns-inside > *')].filter((one) =>"
        " one.getBoundingClientRect().bottom > document.querySelector('.columns-box').getBoundingClientRect().bottom + 1)"
        ".map((one) => one.className)",
    )

    assert tall == []


def test_paper_has_the_drawing_of_the_server_and_neither_menus_nor_buttons(gallery):
    gallery.driver.execute_script("document.querySelector('[data-chart]').scrollIntoView()")
    until(gallery, "document.querySelector('[data-chart]').dataset.alive === 'yes'")
    gallery.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert says(
            gallery,
            "document.querySelector('[data-alive=yes] .plot-still').checkVisibility({visibilityProperty: true})",
        )
        assert not says(
            gallery,
            "[...document.querySelectorAll('.top, .pick, .plot-stage')].some((one) => one.checkVisibility())",
        )
    finally:
        gallery.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
