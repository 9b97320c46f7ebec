"""The regulator's pages with a keyboard and nothing else, and as they are read out: a household over its quota, an alarm taken and decided."""

from urllib.parse import urlsplit

import pytest
import regulated_goods
from selenium.webdriver.common.keys import Keys

import lineage_events
import trace_league
from heard_pages import heard
from keyboard import Keyboard
from seen_pages import settle
from xilin.apps.trace.models import LineageAlert
from xilin.kernel.accounts.models import Department, User
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
PASSWORD, DESK = "look-at-the-goods", "/desk/goods/regulator/"


@pytest.fixture
def keys(window, transactional_db, tmp_path, settings):
    settings.OWN_DATA = tmp_path / "own"
    trace_league.apply(tmp_path)
    regulated_goods.lay(lineage_events.at(300))
    User.objects.create_user(
        "nora", password=PASSWORD, department=Department.objects.get(code="nmj"), role="steward"
    )
    window.open("/about/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.resize(1440)
    return Keyboard(window)


def test_an_alarm_is_found_taken_and_decided_by_keys_alone(keys):
    keys.sign_in("nora", PASSWORD)
    keys.window.open(DESK)
    keys.enter(f".tabs a[href='{DESK}quotas/']")
    keys.enter(f"main a[href='{DESK}quotas/?state=over']")
    keys.write("main [name=q]", "14")
    keys.enter("main form.narrow button")
    keys.enter("main tbody th a")
    assert "牧户甲" in keys.window.text("h1")
    keys.enter(f".tabs a[href='{DESK}alarms/']")
    alert = LineageAlert.objects.get(kind="quota")
    path = f"{DESK}alarms/lineage/{alert.pk}/"
    keys.enter(f"main a[href='{path}']")
    keys.enter(f"form[action='{path}take/'] button")
    alert.refresh_from_db()
    assert alert.taken_by == "nora"

    keys.to("main [name=outcome]")
    keys.press(Keys.SPACE)
    keys.write("main [name=remark]", "现场核对过")
    keys.enter("main form.form button[type=submit]")

    alert.refresh_from_db()
    assert (alert.outcome != "", alert.remark) == (True, "现场核对过")
    assert keys.window.complaints() == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_is_read_out_has_names_headings_and_landmarks(keys, language):
    keys.window.sign_in("nora", PASSWORD)
    keys.window.speak(language)
    alert = LineageAlert.objects.get(kind="mass")
    pages = ["", "open/", "quotas/", "balances/", "alarms/", f"alarms/lineage/{alert.pk}/"]
    for path in pages:
        keys.window.open(f"{DESK}{path}")
        settle(keys.window)
        if path in ("quotas/", "balances/"):
            follow = keys.window.given("main tbody th a", "href")
            pages.append(urlsplit(follow).path.removeprefix(DESK))
        assert heard(keys.window, {"zh-hans": "zh-Hans", "en": "en"}[language]) == [], path
    assert keys.window.complaints() == []
