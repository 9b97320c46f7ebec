"""Someone at a page with a keyboard and nothing else."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

AT = """
const at = document.activeElement, style = getComputedStyle(at), inside = at.querySelector(":focus-visible") || at;
return { is: at === document.body, hit: at.matches(arguments[0]), name: `${at.tagName} ${at.name || at.getAttribute("href") || at.textContent.trim().slice(0, 20)}`,
  shown: at === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none" };
"""


class Keyboard:
    """Presses keys; never touches an element."""

    def __init__(self, window) -> None:
        self.window, self.driver = window, window.driver

    def press(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def to(self, css: str, most: int = 150) -> None:
        """Go on by Tab until an element has the focus; wherever it stops on the way one sees that it does."""
        stops = []
        for _ in range(most):
            self.press(Keys.TAB)
            at = self.driver.execute_script(AT, css)
            assert at["shown"], f"{at['name']} does not show the focus"
            if at["hit"]:
                return
            stops.append(at["name"])
        raise AssertionError(f"{css} was not reached by {most} times Tab: {stops}")

    def enter(self, css: str) -> None:
        """Go to an element and press Enter on it; back when the page it leads to is there."""
        self.to(css)
        with self.window.next_page():
            self.press(Keys.ENTER)

    def write(self, css: str, text: str) -> None:
        """Go to a field and type."""
        self.to(css)
        self.press(text)

    def choose(self, css: str, text: str) -> None:
        """Go to a list of choices and type how the wanted one begins."""
        self.to(css)
        self.press(text)

    def sign_in(self, name: str, password: str) -> None:
        """From the home page through the form to one's desk."""
        self.window.open("/")
        self.enter("a[href^='/login/'], a[href^='/desk/']")
        self.write("[name=username]", name)
        self.write("[name=password]", password)
        with self.window.next_page():
            self.press(Keys.ENTER)
        self.window.wait(lambda: "/login/" not in self.driver.current_url)
