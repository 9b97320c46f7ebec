"""A printed code, read off its picture by another hand's reader, and the page it leads to in a real browser."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
import segno
import zxingcpp
from django.utils import timezone
from PIL import Image
from selenium.webdriver.common.keys import Keys

import trace_league
from reading_goods import chain_of, place_data
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes import queries as codes
from xilin.apps.trace.codes.actions import activate, allot
from xilin.apps.trace.models import Code, Suspicion
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
MEAT = "09520001000010"
BOX = "const box = document.querySelectorAll('section, header')[arguments[0]].getBoundingClientRect(); return {x: box.x, width: box.width}"


@pytest.fixture
def site(window, live_server, transactional_db, tmp_path):
    trace_league.apply(tmp_path)
    window.open("/about/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.complaints()
    return window


@pytest.fixture
def code(site, live_server):
    at = timezone.now() - timedelta(days=20)
    batch = issuing.order(
        MEAT, 2, request=uuid4(), kind="link", site=live_server.url, at=at, lot="L1", produced_on=at.date()
    )
    issuing.issue(batch, at=at)
    activate(batch, at=at, by="test")
    allot([(batch.first_id, batch.last_id)], gtin=MEAT, lot="L1", region="league", at=at, by="test")
    found = Code.objects.filter(batch=batch).order_by("pk").first()
    chain_of(found)
    place_data()
    return found


def read_off(link):
    """What a reader reads off the picture of a code."""
    picture = io.BytesIO()
    segno.make(link, error="m").save(picture, kind="png", scale=4, border=4)
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    return found.text


def test_a_code_is_read_off_its_picture_and_leads_to_its_verdict(site, code, live_server):
    link = read_off(codes.link(code))
    assert link.startswith(live_server.url)
    path = link.removeprefix(live_server.url)

    for width in (390, 1440):
        site.resize(width, 844)
        site.open(path)
        assert site.text("h1") == "正规发码，未发现异常"
        assert site.width() <= width
    assert "牧户 0001" in site.text("#chain")
    assert site.complaints() == []


def test_a_buyer_reports_by_keys_alone(site, code):
    site.resize(390, 844)
    site.open(f"/01/{MEAT}/21/{code.serial}")
    choice = 'input[name="why"][value="opened"]'
    site.keys(choice, " ")
    with site.next_page():
        site.keys(choice, Keys.ENTER)

    assert "谢谢" in site.text("h1")
    assert Suspicion.objects.get().why == "opened"


def test_the_mongolian_page_stands_in_columns_and_the_wheel_turns_it(site, code):
    site.resize(390, 844)
    site.open(f"/01/{MEAT}/21/{code.serial}?lang=mn")

    mode = "return getComputedStyle(document.documentElement).writingMode"
    site.wait(lambda: site.driver.execute_script(mode) == "vertical-lr")
    first, second = (site.driver.execute_script(BOX, number) for number in (0, 1))

    assert second["x"] > first["x"] + first["width"] / 2
    drawn = "return document.fonts.check('20px \"Noto Sans Mongolian\"', '\u182e\u1820\u182f')"
    site.wait(lambda: site.driver.execute_script(drawn))
    site.driver.execute_script("dispatchEvent(new WheelEvent('wheel', {deltaY: 200, cancelable: true}))")
    site.wait(lambda: site.driver.execute_script("return scrollX") > 0)
    assert site.complaints() == []


def test_the_page_works_without_scripts(code, live_server):
    from django.test import Client

    answer = Client().get(f"/01/{MEAT}/21/{code.serial}").content.decode()

    assert 'class="map ground way"' in answer
    assert answer.count("<script") == 2  # htmx and the site's own, both deferred; neither draws anything here
