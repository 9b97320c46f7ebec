"""The gallery shows every component there is, and works without a script."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template import engines
from django.utils import translation

from xilin.web import diffs, gallery

PARTS = Path(gallery.__file__).parent / "templates/web/parts"
NOW = datetime(2026, 6, 15, tzinfo=UTC)
# Parts of the frame of every page, and those other parts are made of.
FRAME = {"mark", "tongues", "themes", "keys", "unread", "spark", "split", "pages", "figure", "copy"}


def rendered(source, **context):
    with translation.override("en"):
        return engines["django"].from_string("{% load parts %}" + source).render(context)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_gallery_is_there_in_both_languages_of_desks(client, language):
    client.cookies["django_language"] = language
    page = client.get("/design/").content.decode()

    assert page.count('class="section gallery-part"') == len(gallery.SECTIONS)
    assert len(re.findall(r'data-chart="', page)) == 10
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.django_db
def test_the_table_of_the_gallery_answers_plain_links(client):
    sorted_page = client.get("/design/?sort=-rows&state=refused").content.decode()
    file = client.get("/design/?export=csv")

    assert 'aria-sort="descending"' in sorted_page
    assert 'class="chip"' in sorted_page
    assert file.headers["Content-Type"].startswith("text/csv")


def test_every_component_stands_in_the_gallery():
    shown = "".join(path.read_text(encoding="utf-8") for path in (PARTS.parent / "gallery").glob("*.html"))
    missing = [
        path.stem
        for path in PARTS.glob("*.html")
        if path.stem not in FRAME and not re.search(rf"{{% {path.stem}\b|parts/{path.stem}\.html", shown)
    ]

    assert missing == []


def test_a_clock_says_what_is_left_and_what_is_over():
    left = rendered("{% clock due began now=now %}", due=NOW + timedelta(days=3, hours=5), began=NOW, now=NOW)
    over = rendered(
        "{% clock due began now=now %}", due=NOW - timedelta(hours=7), began=NOW - timedelta(days=9), now=NOW
    )
    done = rendered(
        "{% clock due began done %}", due=NOW, began=NOW - timedelta(days=4), done=NOW - timedelta(days=2)
    )

    assert "3 days left" in left
    assert 'class="clock bad"' in over
    assert "7 hours over" in over
    assert 'class="clock good"' in done
    assert 'width="50.0"' in done


def test_a_measure_says_whether_its_change_is_good():
    page = rendered(
        "{% measure 120 'Sheep' 'head' before=100 better='up' %}{% measure 120 'Late' before=100 better='down' %}"
    )

    assert 'class="change good"' in page
    assert 'class="change bad"' in page
    assert "20.0%" in page


def test_stages_say_which_is_the_present_one():
    page = rendered("{% way 'a' 'b' 'c' at=2 %}")

    assert page.count('aria-current="step"') == 1
    assert "Step 2 of 3" in page


def test_what_differs_is_told_by_signs_and_numbers():
    lines = diffs.compare("a\nb\nc\nd\ne\nf\ng\nh", "a\nb\nc\nd\ne\nf\nG\nh")

    assert [line.kind for line in lines] == ["gap", "same", "same", "same", "out", "in", "same"]
    assert "Nothing differs" in rendered("{% diff 'a' 'a' %}")
    assert "<ins>+</ins>" in rendered("{% diff 'a' 'b' %}")


def test_text_within_components_is_never_markup():
    for tag in (
        "{% code one %}",
        "{% copy one %}",
        "{% hint one %}",
        "{% failed one %}",
        "{% diff one 'x' %}",
        "{% measure 1 one %}",
    ):
        assert "<b>" not in rendered(tag, one="<b>").replace("<b>&lt;b&gt;", "")
