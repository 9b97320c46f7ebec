"""A real browser, for pictures of the pages and for the tests that look at them: the distribution's Chromium."""

import base64
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")
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
# Maps are drawn in WebGL, which a machine without a graphics card computes.
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
LONGEST = 6000  # of a picture, along the page
PATIENCE = 30.0  # seconds: nothing here takes as long, but a machine may be busy
# What is on its way out, or not yet there, is looked for again.
PASSING = (
    "StaleElementReferenceException",
    "NoSuchElementException",
    "ElementNotInteractableException",
    "ElementClickInterceptedException",
    "JavascriptException",
)


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
        self.open("/login/")
        self.fill("[name=username]", user)
        self.fill("[name=password]", password)
        self.follow("main form button")
        self.wait(lambda: "/login/" not in self.driver.current_url)

    def sign_out(self) -> None:
        """Forget the session."""
        self.driver.delete_cookie("sessionid")

    # A page changes while one looks: what is said here is looked for anew each time, and nothing is held.

    def wait(self, met: Callable[[], Found], seconds: float = PATIENCE) -> Found:
        """Ask until the answer is true, and give it back.

        What is on its way out or not yet there is no answer yet.

        Raises:
            TimeoutError: it never was; the cause is what was last in the way.
        """
        from selenium.common.exceptions import WebDriverException

        until, why = time.monotonic() + seconds, None
        while True:
            try:
                if found := met():
                    return found
                why = None
            except WebDriverException as error:
                if type(error).__name__ not in PASSING and "aborted by navigation" not in str(error):
                    raise
                why = error
            if time.monotonic() > until:
                raise TimeoutError(f"not so within {seconds:g} s at {self.driver.current_url}") from why
            time.sleep(0.05)

    def one(self, css: str) -> Any:
        """The first element of a selector, as it is now: for what is done with it at once."""
        return self.driver.find_element("css selector", css)

    def count(self, css: str) -> int:
        """How many elements a selector finds now."""
        return len(self.driver.find_elements("css selector", css))

    def text(self, css: str) -> str:
        """What can be read in an element; waits for one."""
        return self.wait(lambda: (str(self.one(css).text),))[0]

    def given(self, css: str, attribute: str) -> str | None:
        """What an attribute or a property of an element is; waits for the element."""
        found: tuple[str | None] = self.wait(lambda: (self.one(css).get_attribute(attribute),))
        return found[0]

    def wait_for(self, css: str, text: str = "", seconds: float = PATIENCE) -> None:
        """Wait until an element is there that can be seen and says `text`."""
        wanted = f"{css} with {text!r}" if text else css

        def there() -> bool:
            seen = self.driver.find_elements("css selector", css)
            return any(one.is_displayed() and text in one.text for one in seen)

        try:
            self.wait(there, seconds)
        except TimeoutError as error:
            says = [one.text[:300] for one in self.driver.find_elements("css selector", css)[:3]]
            raise TimeoutError(f"{wanted} did not come; there is {says}: {error}") from error

    def keys(self, css: str, *keys: str) -> None:
        """Press keys in an element."""
        self.wait(lambda: self.one(css).send_keys(*keys) is None)

    def fill(self, css: str, value: str) -> None:
        """Write a value into a field in place of what was there."""
        self.wait(lambda: self.one(css).clear() is None)
        self.keys(css, value)

    def click(self, css: str) -> None:
        """Click an element, brought into sight before."""

        def clicked() -> bool:
            self.driver.execute_script(
                "document.querySelector(arguments[0]).scrollIntoView({block: 'center', inline: 'center'})",
                css,
            )
            self.one(css).click()
            return True

        self.wait(clicked)

    def press(self, css: str) -> None:
        """Press a button or a link as the keyboard does: with the focus on it, by Enter."""
        from selenium.webdriver.common.keys import Keys

        def pressed() -> bool:
            self.driver.execute_script("document.querySelector(arguments[0]).focus()", css)
            self.one(css).send_keys(Keys.ENTER)
            return True

        self.wait(pressed)

    @contextmanager
    def next_page(self) -> Iterator[None]:
        """What is done within leads to another page: back when that is there whole."""
        self.driver.execute_script("window.xilinLeft = true")
        yield
        self.wait(
            lambda: self.driver.execute_script(
                "return !window.xilinLeft && document.readyState === 'complete'"
            )
        )

    def follow(self, css: str) -> None:
        """Press a button or a link as the keyboard does, and wait for the page it leads to."""
        with self.next_page():
            self.press(css)

    def width(self) -> int:
        """How wide the page is laid out, in CSS pixels."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth"))

    def complaints(self) -> list[str]:
        """What the console said since the last time: errors, warnings, violations of the content policy."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def picture(self, path: Path, *, quality: int = 82) -> int:
        """The whole page as WebP, as far as a picture goes; the number of bytes written."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        along = {side: min(size[side], LONGEST) for side in ("width", "height")}
        clip = {"x": 0, "y": 0, **along, "scale": 1}
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
