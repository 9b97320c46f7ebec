"""The cockpit in a real browser, from the real server: numbers change under one's eyes, walls show everything at once."""

import pytest
from cockpit_served import served
from django.utils import timezone

import small_league
from xilin.apps.portal.board import COCKPIT
from xilin.kernel.accounts.models import User
from xilin.kernel.exchange.models import Pace
from xilin.web.browser import browser, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}"),
    pytest.mark.django_db(transaction=True),
]
# Panels whose words are cut off, and whatever else is wider or higher than the screen.
OUTSIDE = """
const screen = document.documentElement;
const cut = [...document.querySelectorAll(".panel")].filter((one) => one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 2);
const small = [...document.querySelectorAll(".panel *")].filter((one) => one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) && !one.closest("svg") && parseFloat(getComputedStyle(one).fontSize) < 14);
return [
  ...cut.map((one) => `${one.getAttribute("aria-labelledby")} is cut off`),
  ...small.map((one) => `small: ${one.textContent.trim().slice(0, 20)}`),
  ...(screen.scrollHeight > innerHeight || screen.scrollWidth > innerWidth ? ["the screen scrolls"] : []),
];
"""
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
ANEW = "document.dispatchEvent(new Event('visibilitychange'))"
NUMBER = "return document.querySelector(`[data-n='${arguments[0]}']`).textContent.trim()"


def test_walls_show_everything_and_a_number_changes_while_one_looks(hub):
    """And a screen that hears nothing says since when; one that was somebody's becomes the public's when they may look no more."""
    engineer = small_league.person("ingrid", None, User.Role.ENGINEER)
    engineer.set_password("look-at-the-pages")
    engineer.save()
    COCKPIT.forget()
    with served() as address, browser(address) as seen:
        seen.open("/about/")
        seen.speak("zh-hans")
        for screen in ("public", "operators"):
            for width in (1920, 3840):
                seen.resize(width, 1080)
                seen.open("/cockpit/wall/")
                seen.wait(lambda s=screen: seen.count(f"main.cockpit.{s}"))
                assert seen.driver.execute_script(OUTSIDE) == [], (screen, width)
            if screen == "public":
                seen.sign_in("ingrid", "look-at-the-pages")

        seen.wait(lambda: seen.count("[data-live]:not([hidden]).live"))
        seen.driver.execute_script("window.sameDocument = true")
        before = seen.driver.execute_script(NUMBER, "gateway.calls")
        Pace.objects.create(
            minute=timezone.now().replace(second=0, microsecond=0), outcome="refused", bucket=30, calls=23
        )
        seen.wait(lambda: seen.driver.execute_script(NUMBER, "gateway.calls") == "23", 5)
        assert before == "0"
        assert seen.count(".fresh[data-n='gateway.calls']") == 1
        assert seen.driver.execute_script("return window.sameDocument")

        seen.driver.execute_cdp_cmd("Network.enable", {})
        seen.driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
        # A connection that is there stays there. It is asked for anew, and time passes.
        seen.driver.execute_script(ANEW)
        seen.driver.execute_script("const real = Date.now; Date.now = () => real() + 20000")
        seen.wait(lambda: seen.count("html.stale [data-live].warn"))
        assert "未更新" in seen.text("[data-live-off]")
        seen.driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE | {"offline": False})
        seen.wait(lambda: seen.count("html:not(.stale) [data-live].live"))

        engineer.is_active = False
        engineer.save()
        seen.driver.execute_script(ANEW)
        seen.wait(lambda: seen.count("main.cockpit.public"))
        assert seen.count("[data-panel=machines]") == 0
        assert [said for said in seen.complaints() if "ERR_INTERNET_DISCONNECTED" not in str(said)] == []
