"""What parts offer to public pages: each is shown, an empty one says so, a failing one takes nothing with it."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import RequestFactory

from xilin.web import public
from xilin.web.public import Door, Figure, News, Section

AT = datetime(2026, 3, 4, 8, tzinfo=UTC)


@pytest.fixture
def nothing_offered(monkeypatch):
    for name in ("SECTIONS", "FIGURES", "DOORS", "NEWS"):
        monkeypatch.setattr(public, name, [])


@pytest.fixture
def request_():
    return RequestFactory().get("/")


def section(code, answer, **more):
    return Section(
        page="visitors",
        code=code,
        title=code,
        template="web/parts/empty.html",
        answer=answer,
        empty="Nothing yet",
        **more,
    )


def broken(_request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


@pytest.mark.django_db
def test_a_part_that_fails_leaves_the_page_and_the_transaction_standing(nothing_offered, request_, caplog):
    public.offer(
        section("late", lambda _: {"said": "Here"}, order=30),
        section("broken", broken, order=10),
        section("nothing", lambda _: None, order=20),
    )

    shown = public.sections(request_, "visitors")

    assert [(one.section.code, one.state) for one in shown] == [
        ("broken", "failed"),
        ("nothing", "empty"),
        ("late", "full"),
    ]
    assert "Here" in shown[2].html
    assert "broken" in caplog.text
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.django_db
def test_a_template_that_is_not_there_fails_its_section_alone(nothing_offered, request_, caplog):
    public.offer(
        Section("home", "one", "One", "nowhere.html", lambda _: {"a": 1}, "Nothing yet"),
        Section("home", "two", "Two", "web/parts/empty.html", lambda _: {"said": "Two"}, "Nothing yet"),
    )

    assert [one.state for one in public.sections(request_, "home")] == ["failed", "full"]


def test_a_section_offered_twice_stands_once(nothing_offered):
    public.offer(section("one", dict), section("two", dict))
    public.offer(section("one", dict))

    assert [one.code for one in public.SECTIONS] == ["one", "two"]


@pytest.mark.django_db
def test_figures_doors_and_news_of_all_parts_are_put_in_order(nothing_offered, request_, caplog):
    public.offer_figures(lambda _: [Figure("b", "/b/", 2, order=2), Figure("none", "/", None)])
    public.offer_figures(lambda _: [Figure("a", "/a/", shown="50 %", order=1)])
    public.offer_figures(broken)
    public.offer_doors(lambda _: [Door("visitors", "b", "/b/", 2), Door("citizens", "c", "/c/")])
    public.offer_doors(lambda _: [Door("visitors", "a", "/a/", 1)])
    public.offer_news(lambda most: [News(f"n{i}", AT.replace(hour=i), "open", "", "/") for i in range(most)])
    public.offer_news(lambda _: [News("last", AT.replace(hour=23), "open", "", "/")])

    assert [one.what for one in public.figures(request_)] == ["a", "b"]
    assert [one.name for one in public.doors(request_, "visitors")] == ["a", "b"]
    assert [one.id for one in public.news(3)] == ["last", "n2", "n1"]
