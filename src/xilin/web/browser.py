"""A real browser, for pictures of the pages and for the tests that look at them: the distribution's Chromium."""

import base64
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM, DRIVER = "chromium", "chromedriver"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
TALLEST = 6000


def missing() -> str:
    """What is wanted and not on this machine, in words; nothing where the browser can be had."""
    lacking = [name for name in (CHROMIUM, DRIVER) if not shutil.which(name)]
    try:
        import selenium  # noqa: F401
    except ImportError:
        lacking.append("selenium")
    return ", ".join(lacking)


class Browser:
    """A browser on one site, at one width."""

    def __init__(self, driver: Any, site: str) -> None:
        self.driver = driver
        self.site = site.rstrip("/")

    def resize(self, width: int, height: int = 900) -> None:
        """Lay pages out as on a screen of this size in CSS pixels; below 600 as on a phone."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def prefer(self, scheme: str) -> None:
        """Ask for the `light` or the `dark` theme."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def speak(self, language: str) -> None:
        """Read pages in a language from now on."""
        self.driver.add_cookie({"name": "django_language", "value": language})

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        self.driver.get(f"{self.site}{path}")

    def sign_in(self, user: str, password: str) -> None:
        """Sign in through the form; back when the page after it is there."""
        from selenium.webdriver.support.ui import WebDriverWait

        self.open("/login/")
        self.driver.find_element("name", "username").send_keys(user)
        self.driver.find_element("name", "password").send_keys(password)
        self.driver.find_element("css selector", "main form button").click()
        WebDriverWait(self.driver, 20).until(lambda driver: "/login/" not in driver.current_url)

    def sign_out(self) -> None:
        """Forget the session."""
        self.driver.delete_cookie("sessionid")

    def width(self) -> int:
        """How wide the page is laid out, in CSS pixels."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth"))

    def complaints(self) -> list[str]:
        """What the console said since the last time: errors, warnings, violations of the content policy."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def picture(self, path: Path, *, quality: int = 82) -> int:
        """The whole page as WebP; the number of bytes written."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], TALLEST), "scale": 1}
        shot = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"format": "webp", "quality": quality, "captureBeyondViewport": True, "clip": clip},
        )
        return path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser(site: str, *, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A browser with a profile of its own, closed at the end; `flags` are switches of Chromium's besides ours."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which(CHROMIUM))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, *flags, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(shutil.which(DRIVER)))
        try:
            yield Browser(driver, site)
        finally:
            driver.quit()
