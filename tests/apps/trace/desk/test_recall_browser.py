"""A recall in a real browser, by keys and clicks: proposed from a trace, opened by a second person, read by a buyer, answered by a shop."""

import pytest
from selenium.webdriver.common.keys import Keys

import recalled_goods as goods
from recalled_goods import PASSWORD, Goods, person
from xilin.apps.trace.models import Recall
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


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

    def text(self, selector="main"):
        return self.window.text(selector)

    def there(self, selector):
        return self.window.count(selector)


def test_a_recall_goes_from_a_trace_to_the_answer_of_a_shop(window, chain, live_server):
    seen = Visitor(window)
    pack = f"/01/{goods.GTIN}/21/{chain.codes[0].serial}"
    window.open(pack)
    assert seen.text("h1") == "正规发码，未发现异常"

    # A steward traces the pack that somebody complained of, back to the lamb, and proposes to recall what the lamb is in.
    seen.is_("anna")
    window.open("/desk/goods/trace/")
    window.keys("#id_id", f"{goods.GTIN}/{chain.codes[0].serial}", Keys.ENTER)
    window.wait_for("svg.lineage")
    assert seen.there("svg.lineage g.process") == 1
    assert "399250200000017" in seen.text()
    assert window.complaints() == []
    window.open("/desk/goods/trace/?id=399250200000017&way=forward")
    window.follow('a[href*="recalls/new"]')
    assert "399250200000017" in window.given("#id_roots", "value")
    assert seen.text("#reach + *, .figures .figure dd")
    window.keys("#id_reason", "兽药残留超标")
    window.keys("#id_risk", "过敏")
    window.keys('input[name="level"][value="1"]', " ")
    window.follow('button[name="send"]')
    recall = Recall.objects.get()
    assert recall.state == "proposed"
    assert not seen.there('form[action$="/open/"]')
    assert "您是提出人" in seen.text()
    window.open(pack)
    assert seen.text("h1") == "正规发码，未发现异常"

    # A second person of the bureau opens it.
    seen.is_("bert")
    window.open("/desk/goods/trace/recalls/")
    window.follow(".results h3 a")
    window.follow('form[action$="/open/"] button')
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
        assert "bad" in window.given(".verdict", "class")
        assert said in seen.text(".verdict")
    assert window.width() <= 390

    # The shop answers on a telephone.
    seen.is_("sina")
    window.open("/desk/goods/trace/notices/")
    assert seen.text(".tabs .tally") == "1"
    window.follow(".results h3 a")
    assert window.width() <= 390
    assert seen.there("#items ~ *, aside li") >= 2
    for name, number in (("kept", "1"), ("returned", "1")):
        window.fill(f"#id_{name}", number)
    window.follow("main form.form button")
    assert "主管部门可以看到您的答复" in seen.text("body")

    # The bureau sees how far it is.
    window.resize(1440)
    seen.is_("anna")
    window.open(f"/desk/goods/trace/recalls/{recall.case.number}/")
    assert "2 个持有方中 1 个已答复，涉及 2 件" in seen.text()
    assert "已封存 1 · 已退回 1" in seen.text()
    assert window.complaints() == []
