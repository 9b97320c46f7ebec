"""A recall in a real browser, by keys and clicks: proposed from a trace, opened by a second person, read by a buyer, answered by a shop."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import recalled_goods as goods
from recalled_goods import PASSWORD, Goods, person
from xilin.apps.trace.models import Recall
from xilin.web.browser import browser, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


@pytest.fixture(scope="module")
def window(live_server):
    with browser(live_server.url) as seen:
        yield seen


@pytest.fixture
def chain(window, live_server, transactional_db, tmp_path):
    window.open("/about/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.resize(1440)
    chain = Goods(tmp_path, live_server.url)
    person("anna", department=goods.BUREAU)
    person("bert", department=goods.BUREAU, role="approver")
    person("sina", party="shop")
    return chain


class Visitor:
    """Somebody at the window."""

    def __init__(self, window):
        self.window, self.driver = window, window.driver

    def is_(self, name):
        self.driver.delete_all_cookies()
        self.window.sign_in(name, PASSWORD)
        self.window.speak("zh-hans")

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self):
        return self.one("main").text

    def press(self, selector):
        """Press a button as the keyboard does, and wait for the page after it."""
        before = self.one("html")
        button = self.one(selector)
        self.driver.execute_script("arguments[0].focus()", button)
        button.send_keys(Keys.ENTER)
        WebDriverWait(self.driver, 20).until(lambda _: _gone(before))


def _gone(element):
    try:
        return not element.is_enabled()
    except Exception as error:
        return "stale" in type(error).__name__.lower() or "no such" in str(error).lower()


def test_a_recall_goes_from_a_trace_to_the_answer_of_a_shop(window, chain, live_server):
    seen = Visitor(window)
    pack = f"/01/{goods.GTIN}/21/{chain.codes[0].serial}"
    window.open(pack)
    assert seen.one("h1").text == "正规发码，未发现异常"

    # A steward traces the pack that somebody complained of, back to the lamb, and proposes to recall what the lamb is in.
    seen.is_("anna")
    window.open("/desk/goods/trace/")
    seen.one("#id_id").send_keys(f"{goods.GTIN}/{chain.codes[0].serial}", Keys.ENTER)
    WebDriverWait(window.driver, 20).until(lambda _: seen.all("svg.lineage"))
    assert len(seen.all("svg.lineage g.process")) == 1
    assert "399250200000017" in seen.text()
    assert window.complaints() == []
    window.open("/desk/goods/trace/?id=399250200000017&way=forward")
    seen.press('a[href*="recalls/new"]')
    assert "399250200000017" in seen.one("#id_roots").get_attribute("value")
    assert seen.one("#reach + *, .figures .figure dd").text
    seen.one("#id_reason").send_keys("兽药残留超标")
    seen.one("#id_risk").send_keys("过敏")
    seen.one('input[name="level"][value="1"]').send_keys(" ")
    seen.press('button[name="send"]')
    recall = Recall.objects.get()
    assert recall.state == "proposed"
    assert not seen.all('form[action$="/open/"]')
    assert "您是提出人" in seen.text()
    window.open(pack)
    assert seen.one("h1").text == "正规发码，未发现异常"

    # A second person of the bureau opens it.
    seen.is_("bert")
    window.open("/desk/goods/trace/recalls/")
    seen.press(".results h3 a")
    seen.press('form[action$="/open/"] button')
    recall.refresh_from_db()
    assert (recall.state, recall.opened_by.username) == ("public", "bert")
    assert "尚未答复" in seen.text()

    # A buyer reads of it, whatever language.
    window.driver.delete_all_cookies()
    window.resize(390, 844)
    for language, said in (("zh-hans", "正在召回"), ("en", "being recalled")):
        window.open("/about/")
        window.speak(language)
        window.open(pack)
        assert "warn" in seen.one(".verdict").get_attribute("class")
        assert said in seen.one(".verdict").text
    assert window.width() <= 390

    # The shop answers on a telephone.
    seen.is_("sina")
    window.open("/desk/goods/trace/notices/")
    assert seen.one(".tabs .tally").text == "1"
    seen.press(".results h3 a")
    assert window.width() <= 390
    assert len(seen.all("#items ~ *, aside li")) >= 2
    for name, number in (("kept", "1"), ("returned", "1")):
        field = seen.one(f"#id_{name}")
        field.clear()
        field.send_keys(number)
    seen.press("main form.form button")
    assert "主管部门可以看到您的答复" in window.driver.find_element(By.TAG_NAME, "body").text

    # The bureau sees how far it is.
    window.resize(1440)
    seen.is_("anna")
    window.open(f"/desk/goods/trace/recalls/{recall.case.number}/")
    assert "2 个持有方中 1 个已答复，涉及 2 件" in seen.text()
    assert "已封存 1 · 已退回 1" in seen.text()
    assert window.complaints() == []
