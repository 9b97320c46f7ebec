"""Mending from end to end with a keyboard alone: the row is found, mended, refused, mended again, and good after the next batch."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from selenium.webdriver.common.keys import Keys
from shown_league import MORE
from test_mending_pages import checked

import small_league
from keyboard import Keyboard
from xilin.kernel.accounts.models import User
from xilin.kernel.collect import actions, tasks
from xilin.kernel.collect.models import Batch
from xilin.kernel.quality.models import Mend, Quarantined
from xilin.web.browser import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
PASSWORD = "look-at-the-pages"
GOOD, RIGHT = checked("99010119900101001"), checked("99010119900101002")


@pytest.fixture
def row(window, transactional_db, hub, settings, tmp_path):
    """A row of a register of two that its batch held back as it has no number."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    settings.HOME.mkdir()
    Quarantined.objects.all().delete()
    file = tmp_path / "hukou.csv"
    lines = ["GMSFHM,XM,SHENG,XIANG", f"{GOOD},其其格,某盟,某镇", ",王芳,某盟,某镇"]
    file.write_bytes("\r\n".join([*lines, ""]).encode("gb18030"))
    sources = {"sources/hukou.toml": MORE["sources/hukou.toml"].replace('"hukou.csv"', f'"{file}"')}
    small_league.apply(tmp_path / "league", MORE | sources, at=hub.now + timedelta(seconds=1))
    batch = actions.collect("hukou", at=timezone.now())
    assert (batch.state, batch.rows_read, batch.rows_accepted, batch.rows_quarantined) == ("done", 2, 1, 1)
    sven = small_league.person("sven", "police", User.Role.STEWARD, "管理员")
    sven.set_password(PASSWORD)
    sven.save()
    window.open("/nothing-here/")
    window.driver.delete_all_cookies()
    window.speak("zh-hans")
    window.resize(1440)
    return Quarantined.objects.get()


def test_a_held_row_is_found_mended_submitted_again_and_good(window, row):
    keys = Keyboard(window)
    keys.sign_in("sven", PASSWORD)
    keys.enter("a[href='/desk/quarantine/']")
    keys.enter(f"a[href='/desk/quarantine/{row.pk}/']")
    number = "[name='column:GMSFHM']"
    assert window.given(number, "aria-invalid") == "true"

    keys.write("[name='column:XM']", Keys.END + "芳")
    keys.enter("form.mending button[type=submit]")
    assert window.given("[name='column:XM']", "value") == "王芳芳", "what was tried is still there"
    assert window.given(number, "aria-describedby")
    assert not Mend.objects.exists()

    keys.write(number, RIGHT)
    keys.write("[name='column:XM']", Keys.END + Keys.BACKSPACE)
    keys.enter("form.mending button[type=submit]")
    assert "/desk/quarantine/mends/" in window.driver.current_url
    assert "GMSFHM" in window.text("#content")
    kept = Mend.objects.get()
    assert (kept.changed, kept.state) == ({"GMSFHM": RIGHT}, "waiting")
    job = ProcrastinateJob.objects.get(queueing_lock="collect.hukou")
    tasks.collect(**job.args)

    newest = Batch.objects.filter(source="hukou").latest("pk")
    assert (newest.rows_read, newest.rows_accepted, newest.rows_quarantined) == (2, 2, 0)
    window.driver.refresh()
    keys.enter(f"a[href='/cockpit/batches/{newest.pk}/']")
    window.open("/desk/quarantine/")
    assert not Quarantined.objects.exists()
    assert not window.count(f"a[href='/desk/quarantine/{row.pk}/']")
    kept.refresh_from_db()
    assert (kept.state, kept.batch_id) == ("in_force", newest.pk)
