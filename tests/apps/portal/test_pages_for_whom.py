"""The pages for herders and visitors: of what the league folder declares, in the figures there are."""

import pytest
from reading import faults

from xilin.apps.portal.declarations import PAGE_SECTION, PageSection
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.standards.declarations import Name
from xilin.kernel.standards.models import Declaration
from xilin.lib.declared import Declared, League


@pytest.fixture
def section(hub):
    """Declare a section of the herders' page."""

    def declare(code, title="", **more):
        known = Declaration.objects.filter(kind="indicator").first()
        content = {
            "code": code,
            "page": "herders",
            "title": {"zh": title or code, "en": title or code},
        } | more
        Declaration.objects.create(
            kind="page_section", code=code, content=content, since=known.since, file="pages.toml", line=1
        )

    return declare


def read(client, path, language="zh-hans"):
    client.cookies["django_language"] = language
    response = client.get(path)
    assert response.status_code == 200
    text = response.content.decode()
    assert faults(text) == []
    return text


def test_a_section_shows_figures_with_their_date_and_departments_with_their_page(client, hub, section):
    IndicatorValue.objects.filter(run=IndicatorRun.objects.first()).update(as_of=hub.now)
    section(
        "people", "人口专栏", indicators=["registered"], departments=["police"], note={"zh": "一句说明。"}
    )

    text = read(client, "/herders/")

    assert "人口专栏" in text
    assert "一句说明。" in text
    assert 'href="/indicators/registered/"' in text
    assert "990<span" in text
    assert "2026-09-24" in text
    assert "小盟公安局" in text
    assert "人口专栏" not in read(client, "/visitors/")


def test_a_section_without_a_figure_says_so(client, hub, section):
    IndicatorValue.objects.all().delete()
    section("nothing", indicators=["registered"])

    assert "还没有数字。" in read(client, "/herders/")


def test_a_section_that_fails_leaves_the_others_standing(client, hub, section, monkeypatch, caplog):
    section("broken", order=1, series=["nowhere/X"])
    section("good", order=2, departments=["police"])
    monkeypatch.setattr("xilin.apps.portal.offered.pages.economy.of_figure", lambda *_: 1 / 0)

    text = read(client, "/herders/")

    assert "这一部分暂时无法显示。" in text
    assert "小盟公安局" in text
    assert "broken" in caplog.text


def test_both_pages_lead_to_a_check_and_to_a_report(client, hub):
    for path in ("/herders/", "/visitors/"):
        text = read(client, path)
        assert 'href="/check/"' in text
        assert 'href="/problems/"' in text


def test_a_section_may_name_only_what_is_declared(tmp_path):
    value = PageSection(
        code="x", page="herders", title=Name(zh="x"), indicators=("nothing",), series=("nowhere/X",)
    )
    said = Declared("page_section", "x", value, "pages.toml", {})

    found = [fault.of("en") for fault in PAGE_SECTION.check(said, League(tmp_path))]

    assert ["There is no nothing." in found[0], "no series nowhere/X" in found[1]] == [True, True]
