"""A handheld in a real browser, and what a person does with it."""

from django.conf import settings
from django.test import Client
from handheld_people import PASSWORD
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys


class Handheld:
    """What a person does with it."""

    def __init__(self, window):
        self.window, self.driver = window, window.driver

    def wait(self, until, seconds=30):
        return self.window.wait(until, seconds)

    def open(self, place="#/"):
        self.window.open(f"/handheld/{place}")
        drawn = f"return document.body.dataset.ready === 'yes' && document.body.dataset.page === '{place}'"
        self.wait(lambda: self.driver.execute_script(drawn))

    def sign_in(self, name="herder"):
        session = self.client_session(name)
        self.driver.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": session})

    def client_session(self, name):
        client = Client()
        assert client.login(username=name, password=PASSWORD)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def online(self, there):
        """Whether there is a network: for the page and for its service worker."""
        self.driver.set_network_conditions(
            offline=not there, latency=0, download_throughput=-1 if there else 0, upload_throughput=-1 if there else 0
        )  # fmt: skip

    def text(self, selector):
        return self.window.text(selector)

    def says(self, selector, text):
        """Wait until it does: the page draws itself anew whenever the platform answers."""
        self.window.wait_for(selector, text)

    def there(self, selector):
        return self.window.count(selector)

    def scan(self, code):
        """As a scanner does: keys in quick succession to whatever has the focus, then Enter."""
        before = self.text("#said")
        ActionChains(self.driver).send_keys(code + Keys.ENTER).perform()
        self.wait(lambda: self.text("#said") not in ("", before))

    def press(self, selector):
        self.window.click(selector)

    def record(self):
        """What is on the screen is kept on the device when this is back."""
        self.driver.execute_script("document.getElementById('said').textContent = ''")
        self.press("#record")
        self.says("#said", "已记录")

    def number(self, what):
        return int(self.driver.execute_script(f"return document.getElementById('count').dataset.{what} || 0"))

    def scanned(self, slot):
        return self.there(f"[data-slot={slot}] li")

    def kept_on_device(self):
        """The service worker has the page and is in charge of it."""
        self.wait(lambda: self.driver.execute_script("return Boolean(navigator.serviceWorker.controller)"))

    def restart(self):
        """The page goes, and comes again from what the device keeps; in the same tab, whose network stays as it is."""
        self.open()
        self.driver.refresh()
        self.open()

    def begin(self, name="herder"):
        """A device on which nobody worked before, and somebody who signs in on it."""
        self.window.open("/handheld/manifest.webmanifest")
        self.driver.delete_all_cookies()
        self.driver.execute_cdp_cmd(
            "Storage.clearDataForOrigin",
            {"origin": self.window.site, "storageTypes": "indexeddb,cache_storage,service_workers"},
        )
        self.sign_in(name)
        self.open()
        self.kept_on_device()
        self.window.complaints()


def complaints(window):
    """What the console said: not that the network was away, nor that the app can be installed."""
    return [one for one in window.complaints() if "net::" not in one and not one.startswith("INFO")]
