"""The pages of the economy: dataflows, one series, its revisions, downloads that answer, who sees what."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth import get_user_model
from reading import faults, foreign

import economy_league
from economy_league import FIRST, SECOND, collected
from xilin.kernel.accounts.models import Department
from xilin.kernel.economy.actions import release
from xilin.kernel.lake import engine
from xilin.kernel.standards.models import Declaration

LANGUAGES = ("zh-hans", "en")


class Links(HTMLParser):
    """The addresses a page points at."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        href = dict(attributes).get("href", "")
        if tag == "a" and href.startswith("/sdmx/"):
            self.found.append(href)


@pytest.fixture
def league(tmp_path, db, settings):
    economy_league.apply(tmp_path / "league")
    settings.HOME = tmp_path
    settings.LAKE = str(tmp_path / "lake")


@pytest.fixture
def figures(league):
    from datetime import UTC, date, datetime

    rows = [
        ("2023年", FIRST, "生产总值", None, 90, "万元", "A", date(2024, 12, 20)),
        ("2024年", FIRST, "生产总值", None, 100.25, "万元", "P", date(2025, 1, 20)),
        ("2024年", FIRST, "生产总值", None, 12345, "万元", "R", date(2025, 9, 30)),
        ("2024年", SECOND, "增速", None, 7.5, "%", "A", date(2025, 1, 20)),
        ("2024年", SECOND, "生产总值", None, 999, "万元", "A", date(2025, 1, 20)),
        ("2024年1季度", SECOND, "生产总值", "A", 3, "万元", "A", date(2025, 1, 20)),
    ]
    collected(1, rows)
    release(engine.connect(512), at=datetime(2026, 11, 20, tzinfo=UTC))


def read(client, path, language="en"):
    client.cookies["django_language"] = language
    response = client.get(path)
    assert response.status_code == 200, path
    text = response.content.decode()
    assert faults(text) == []
    return text


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_are_good_empty_and_full(client, league, language):
    text = read(client, "/economy/", language)
    assert "/economy/gdp/" in text
    assert language == "en" or foreign(text) == set()
    empty = {"en": "There are no values of this series.", "zh-hans": "该序列没有观测值。"}[language]
    assert empty in read(client, "/economy/gdp/", language)


def test_a_series_shows_its_values_definition_unit_and_former_releases(client, figures):
    text = read(client, f"/economy/gdp/?REF_AREA={FIRST}&INDICATOR=GDP")

    assert "12,345" in text
    assert "10,000 yuan" in text
    assert "What was produced." in text
    assert "Revised" in text
    assert "Provisional" in text
    assert "Gross product · First Banner · Total" in text
    assert f"A.{FIRST}.GDP._T" in text


def test_areas_stand_side_by_side_and_lead_to_one_another(client, figures):
    text = read(client, f"/economy/gdp/?REF_AREA={FIRST}&INDICATOR=GDP")

    assert "Areas in 2024" in text
    assert "999" in text
    assert f'href="/economy/gdp/?REF_AREA={SECOND}&amp;INDICATOR=GDP"' in text


def test_the_period_is_chosen_and_a_wrong_choice_falls_back_to_what_there_is(client, figures):
    only = read(client, f"/economy/gdp/?REF_AREA={FIRST}&since=2024")
    wrong = read(client, f"/economy/gdp/?FREQ=Q&REF_AREA={FIRST}&INDICATOR=GROWTH&since=1066")

    assert "<title>2023" not in only
    assert "<title>2024" in only
    # By quarter there is one series alone, whatever else was asked for.
    assert f"Q.{SECOND}.GDP.A" in wrong


def test_every_download_answers_with_the_series_shown(client, figures):
    links = Links(read(client, f"/economy/gdp/?REF_AREA={FIRST}")).found

    assert len(links) == 4
    for link in links:
        answer = client.get(link)
        body = b"".join(answer).decode()
        assert answer.status_code == 200, link
        assert "12345" in body or "DSD_GDP" in body


def test_what_is_not_public_is_seen_by_its_publishers_department_alone(client, figures):
    assert "/economy/hub/" not in read(client, "/economy/")
    assert client.get("/economy/hub/").status_code == 404
    for department, status in (("police", 404), ("market", 200)):
        user = get_user_model().objects.create_user(
            department, password="x", department=Department.objects.get(code=department)
        )
        client.force_login(user)
        assert client.get("/economy/hub/").status_code == status
    assert "for your department" in read(client, "/economy/")


def test_a_section_for_herders_shows_the_newest_values_of_every_area(client, figures):
    known = Declaration.objects.filter(kind="dataflow").first()
    content = {
        "code": "made",
        "page": "herders",
        "title": {"zh": "产值", "en": "What was made"},
        "by_area": ["gdp/GDP", "gdp/GROWTH"],
    }
    Declaration.objects.create(
        kind="page_section", code="made", content=content, since=known.since, file="pages.toml", line=1
    )

    text = read(client, "/herders/")

    table = text.partition("What was made")[2].partition("</table>")[0]
    assert "2024 ·" in table
    rows = [re.findall(r">([^<>]+)<", row) for row in table.split("<tr>")[2:]]
    assert [[cell for cell in row if cell.strip()] for row in rows] == [
        ["First Banner", "12,345", "—"],
        ["乙旗", "999", "7.5"],
    ]
