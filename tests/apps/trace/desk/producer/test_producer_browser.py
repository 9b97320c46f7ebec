"""The producers' desk in a real browser, by keys: codes ordered and made while one watches, a workbook sent and kept, weeks of looks."""

from datetime import timedelta

import pytest
from django.utils import timezone
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

import producer_sheets as made
import trace_league
from xilin.apps.trace.desk.producer import actions
from xilin.apps.trace.models import CodeBatch, Event
from xilin.apps.trace.verdicts.actions import check
from xilin.apps.trace.verdicts.facts import Scan
from xilin.web.browser import browser, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


@pytest.fixture(scope="module")
def window(live_server):
    with browser(live_server.url) as seen:
        yield seen


@pytest.fixture
def company(window, live_server, transactional_db, tmp_path):
    trace_league.apply(tmp_path)
    window.open("/about/")
    window.driver.delete_all_cookies()
    window.resize(1440)
    person, party = made.company()
    window.sign_in(person.username, "look-at-the-goods")
    window.speak("zh-hans")
    return person, party


def one(window, selector):
    return window.driver.find_element(By.CSS_SELECTOR, selector)


def until(window, met, seconds=20):
    WebDriverWait(window.driver, seconds, ignored_exceptions=(Exception,)).until(lambda _: met())


def press(window, selector):
    """Press a button as the keyboard does."""
    button = one(window, selector)
    window.driver.execute_script("arguments[0].focus()", button)
    button.send_keys(Keys.ENTER)


def complaints(window):
    return [one for one in window.driver.get_log("browser") if one["level"] == "SEVERE"]


def test_codes_are_made_while_one_watches_and_a_workbook_is_kept(window, company, tmp_path):
    assert window.driver.current_url.endswith("/desk/goods/producer/"), (
        "who works for a producer begins there"
    )
    press(window, "a.button[href$='/order/']")
    until(window, lambda: one(window, "#id_lot"))
    Select(one(window, "#id_gtin")).select_by_value(made.MEAT)
    one(window, "#id_lot").send_keys("W1")
    one(window, "#id_count").send_keys("120")
    press(window, "main form.form button")
    until(window, lambda: "等待中" in one(window, "#work").text)
    batch = CodeBatch.objects.get(lot="W1")

    actions.carry_out(batch.works.get().pk, at=timezone.now())
    until(window, lambda: "120 / 120" in one(window, "#work").text and "完成" in one(window, "#work").text)

    window.open("/desk/goods/producer/sheets/")
    file = tmp_path / "season.xlsx"
    file.write_bytes(made.workbook(made.season()))
    one(window, "input[type=file]").send_keys(str(file))
    press(window, "main form.form button")
    until(window, lambda: "确认入库 6 行" in one(window, "main").text)
    assert not Event.objects.exists()
    press(window, ".acts form button")
    until(window, lambda: "已入库" in one(window, ".lead").text)
    assert Event.objects.count() == 3
    assert complaints(window) == []


def test_the_slider_shows_one_week_of_looks_and_nothing_is_wider_than_a_telephone(window, company):
    now = timezone.now()
    for days, place, client in ((3, "31", 1), (10, "44", 2), (10, "44", 3)):
        at = now - timedelta(days=days)
        check(Scan(gtin=made.MEAT, serial="NOSUCH", at=at, client=client, place=place, precise=True), at=at)
    window.open("/desk/goods/producer/looks/?days=30")
    looks = "#looks .figure dd"
    assert one(window, looks).text == "3"

    slider = one(window, "#week")
    slider.send_keys(Keys.END)
    until(window, lambda: one(window, looks).text == "1")
    slider.send_keys(Keys.ARROW_LEFT)
    until(window, lambda: one(window, looks).text == "2")
    assert "week=4" in window.driver.current_url
    assert "广东" in one(window, "#looks").text
    Select(one(window, "#days")).select_by_value("365")
    until(
        window, lambda: one(window, looks).text == "3" and one(window, "#week").get_attribute("max") == "53"
    )
    slider = one(window, "#week")
    slider.send_keys(Keys.END)
    until(window, lambda: one(window, looks).text == "1" and "week=53" in window.driver.current_url)
    for path in ("", "batches/", "events/", "looks/?days=30", "sheets/", "batches/order/"):
        window.resize(390, 844)
        window.open(f"/desk/goods/producer/{path}")
        assert window.width() <= 390, path
    assert complaints(window) == []
