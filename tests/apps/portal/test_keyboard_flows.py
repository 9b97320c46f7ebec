"""The three main flows with a keyboard and nothing else: who looked at me; data asked for and approved; two records judged."""

from datetime import timedelta

import pytest
from django.utils import timezone
from selenium.webdriver.common.keys import Keys
from test_dispute_pages import PASSWORD as MINE
from test_dispute_pages import site as looked_at  # noqa: F401

from keyboard import Keyboard
from xilin.kernel.exchange.dispute_models import Dispute
from xilin.kernel.exchange.models import Grant, Request
from xilin.kernel.registry.models import Decision
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
PASSWORD = "look-at-the-pages"


@pytest.fixture
def keys(window, transactional_db):
    window.open("/nothing-here/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.resize(1440)
    return Keyboard(window)


def may_sign_in(*people):
    for person in people:
        person.set_password(PASSWORD)
        person.save()


def test_a_citizen_sees_who_looked_and_asks_why(keys, looked_at):  # noqa: F811
    keys.window.open("/")
    keys.enter("a[href='/citizen/']")
    keys.write("[name=subject]", "citizen")
    keys.write("[name=password]", MINE)
    with keys.window.next_page():
        keys.press(Keys.ENTER)
    assert "低保-2026-7" in keys.window.text("#looks")

    keys.to("#looks details summary")
    keys.press(Keys.ENTER)
    keys.write("#looks textarea", "我没有申请过低保。")
    keys.enter("#looks form button")

    asked = Dispute.objects.get()
    assert asked.kind == Dispute.Kind.LOOK
    assert asked.number in keys.window.text("#looks")


def test_data_is_asked_for_by_one_department_and_approved_by_another(keys, hub):
    may_sign_in(hub.ann, hub.bob)
    last = timezone.localdate() + timedelta(days=60)
    keys.sign_in("ann", PASSWORD)
    keys.window.open("/catalogue/households/")
    keys.enter("a[href='/desk/ask/households/']")
    keys.choose("#ask [name=client]", "核对")
    for item in ("id_number", "person_name", "address"):
        keys.to(f"#ask [name=items][value={item}]")
        keys.press(Keys.SPACE)
    purpose = (
        "return document.querySelector('#ask [name=purpose] option[value=assistance]').textContent.trim()"
    )
    keys.choose("#ask [name=purpose]", keys.driver.execute_script(purpose))
    keys.write("#ask [name=scenario]", "受理低保申请时核对户籍。")
    keys.write("#ask [name=valid_until]", f"{last:%m%d%Y}")
    keys.enter("#ask button[type=submit]")
    asked = Request.objects.get()
    assert (asked.state, asked.valid_until) == ("pending", last)

    keys.driver.delete_all_cookies()
    keys.window.speak("zh-hans")
    keys.sign_in("bob", PASSWORD)
    keys.enter(f"a[href='/desk/requests/{asked.number}/']")
    keys.enter(f"form[action$='/{asked.number}/approve/'] button[type=submit]")

    assert Grant.objects.get(request=asked).number in keys.window.text("#content")


def test_two_records_are_judged_to_be_of_one_person(keys, hub):
    may_sign_in(hub.rolf)
    keys.sign_in("rolf", PASSWORD)
    if "/desk/review/" not in keys.driver.current_url:
        keys.enter("a[href^='/desk/review/']")
    keys.enter("button[name=verdict][value=same]")

    made = Decision.objects.get(kind="review", state="in_force")
    assert (made.made_by.username, made.pairs.get().verdict) == ("rolf", "same")
