"""Light or dark is kept without a script, and stands in the page before one runs."""

import pytest

pytestmark = pytest.mark.django_db


def test_a_page_of_someone_who_chose_nothing_follows_the_system(client):
    page = client.get("/login/").content.decode()

    assert "<html" in page
    assert 'data-theme="' not in page
    assert '<meta name="color-scheme" content="light dark">' in page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_choice_is_kept_and_leads_back(client, theme):
    answer = client.post("/theme/", {"theme": theme, "next": "/login/?next=/desk/"})
    page = client.get("/login/").content.decode()

    assert answer.headers["Location"] == "/login/?next=/desk/"
    assert f' data-theme="{theme}"' in page.split(">", 2)[1] + page.split(">", 2)[0]
    assert f'<meta name="color-scheme" content="{theme}">' in page


def test_the_choice_is_given_back_to_the_system(client):
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": ""})

    assert 'data-theme="' not in client.get("/login/").content.decode()


def test_a_made_up_theme_is_no_markup(client):
    client.cookies["xilin_theme"] = '"><script>'

    assert "<script>" not in client.get("/login/").content.decode()
    assert client.post("/theme/", {"theme": "sepia"}).cookies["xilin_theme"]["max-age"] == 0


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_a_choice_leads_to_no_other_site(client, elsewhere):
    assert client.post("/theme/", {"theme": "dark", "next": elsewhere}).headers["Location"] == "/"


def test_reading_an_address_changes_nothing(client):
    assert client.get("/theme/").status_code == 405
