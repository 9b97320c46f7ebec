"""The producers' desk in a real browser, by keys: codes ordered and made while one watches, a workbook sent and kept, weeks of looks."""

from datetime import timedelta

import pytest
from django.utils import timezone
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import producer_sheets as made
import trace_league
from xilin.apps.trace.desk.producer import actions
from xilin.apps.trace.models import CodeBatch, Event
from xilin.apps.trace.verdicts.actions import check
from xilin.apps.trace.verdicts.facts import Scan
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


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


def complaints(window):
    return [one for one in window.driver.get_log("browser") if one["level"] == "SEVERE"]


def test_codes_are_made_while_one_watches_and_a_workbook_is_kept(window, company, tmp_path):
    assert window.driver.current_url.endswith("/desk/goods/producer/"), (
        "who works for a producer begins there"
    )
    window.follow("a.button[href$='/order/']")
    Select(window.one("#id_gtin")).select_by_value(made.MEAT)
    window.keys("#id_lot", "W1")
    window.keys("#id_count", "120")
    window.follow("main form.form button")
    window.wait_for("#work", "等待中")
    batch = CodeBatch.objects.get(lot="W1")

    actions.carry_out(batch.works.get().pk, at=timezone.now())
    window.wait_for("#work", "120 / 120")
    window.wait_for("#work", "完成")

    window.open("/desk/goods/producer/sheets/")
    file = tmp_path / "season.xlsx"
    file.write_bytes(made.workbook(made.season()))
    window.keys("input[type=file]", str(file))
    window.follow("main form.form button")
    window.wait_for("main", "确认入库 6 行")
    assert not Event.objects.exists()
    window.follow(".acts form button")
    window.wait_for(".lead", "已入库")
    assert Event.objects.count() == 3
    assert complaints(window) == []


def test_the_slider_shows_one_week_of_looks_and_nothing_is_wider_than_a_telephone(window, company):
    now = timezone.now()
    for days, place, client in ((3, "31", 1), (10, "44", 2), (10, "44", 3)):
        at = now - timedelta(days=days)
        check(Scan(gtin=made.MEAT, serial="NOSUCH", at=at, client=client, place=place, precise=True), at=at)
    window.open("/desk/goods/producer/looks/?days=30")
    looks = "#looks .figure dd"
    assert window.text(looks) == "3"

    window.keys("#week", Keys.END)
    window.wait(lambda: window.text(looks) == "1")
    window.keys("#week", Keys.ARROW_LEFT)
    window.wait(lambda: window.text(looks) == "2" and "week=4" in window.driver.current_url)
    window.wait_for("#looks", "广东")
    Select(window.one("#days")).select_by_value("365")
    window.wait(lambda: window.text(looks) == "3" and window.given("#week", "max") == "53")
    window.keys("#week", Keys.END)
    window.wait(lambda: window.text(looks) == "1" and "week=53" in window.driver.current_url)
    for path in ("", "batches/", "events/", "looks/?days=30", "sheets/", "batches/order/"):
        window.resize(390, 844)
        window.open(f"/desk/goods/producer/{path}")
        assert window.width() <= 390, path
    assert complaints(window) == []
