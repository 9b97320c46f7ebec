"""Files are kept for ever under their version, travel packed, and a public page stays light."""

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from xilin.web import serving

PACKED = {"accept-encoding": "gzip, deflate, br"}
LIGHT = 200_000


def body(answer):
    return b"".join(answer) if answer.streaming else answer.content


def test_a_file_is_kept_for_ever_under_its_version_and_travels_packed(client):
    answer = client.get(staticfiles_storage.url("web/page.css"), headers=PACKED)

    assert answer.headers["Cache-Control"] == "max-age=31536000, public, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b".wrap" in gzip.decompress(body(answer))


def test_who_takes_nothing_packed_gets_the_file_as_it_is(client):
    answer = client.get(staticfiles_storage.url("web/page.css"), headers={"accept-encoding": "identity"})

    assert "Content-Encoding" not in answer.headers
    assert b".wrap" in body(answer)


def test_a_page_from_before_an_update_finds_its_files_and_nobody_keeps_them(client):
    answer = client.get("/static/v-000000000000/web/page.css")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["v-000000000000/web/none.css", "v-000000000000/../../etc/passwd", "v-short/web/page.css"]
)
def test_what_is_no_file_is_not_there(client, db, path):
    assert client.get(f"/static/{path}").status_code == 404


def test_what_a_file_names_beside_itself_is_of_the_same_version(client):
    sheet = staticfiles_storage.url("web/tongues.css")
    face = re.search(r'url\("\.\./(vendor/[^"]+)"\)', body(client.get(sheet)).decode()).group(1)
    answer = client.get(sheet.replace("web/tongues.css", face))

    assert answer.headers["Cache-Control"] == serving.FOR_EVER
    # A face is packed in itself.
    assert "Content-Encoding" not in answer.headers


def test_the_version_is_another_one_when_a_file_is(tmp_path, settings):
    before = serving.version()
    (tmp_path / "more.css").write_text("a { color: red }", encoding="utf-8")
    settings.STATICFILES_DIRS = [tmp_path]
    forget()
    try:
        assert serving.version() != before
    finally:
        settings.STATICFILES_DIRS = []
        forget()
    assert serving.version() == before


def forget():
    finders.get_finder.cache_clear()
    serving.version.cache_clear()


def through(response, accepts="gzip"):
    request = RequestFactory().get("/", headers={"accept-encoding": accepts})
    return serving.Packed(lambda _: response)(request)


def test_pages_are_packed_and_streams_and_pictures_are_not():
    long = "x" * 5_000

    assert through(HttpResponse(long)).headers["Content-Encoding"] == "gzip"
    assert (
        "Content-Encoding"
        not in through(StreamingHttpResponse([long], content_type="text/event-stream")).headers
    )
    assert "Content-Encoding" not in through(HttpResponse(long, content_type="image/webp")).headers
    assert "Content-Encoding" not in through(HttpResponse("short")).headers


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/catalogue/", "/indicators/", "/open/", "/places/", "/about/", "/login/"]
)
def test_a_public_page_weighs_less_than_200_kb_packed_before_maps_and_charts(client, path):
    page = client.get(path, headers=PACKED)
    text = gzip.decompress(page.content).decode()
    files = set(re.findall(r'<(?:link[^>]+href|script[^>]+src)="(/static/[^"#]+)"', text))
    weight = len(page.content) + sum(len(body(client.get(file, headers=PACKED))) for file in files)

    assert len(files) >= 6
    assert weight < LIGHT
    # What stops the first drawing: sheets, and no script that isn't deferred.
    assert not re.findall(r"<script src=(?![^>]*\b(?:defer|module)\b)[^>]*>", text)


def test_servers_that_ask_finders_alone_find_a_file_of_a_version():
    plain = finders.find("web/page.css")

    assert finders.find(f"v-{serving.version()}/web/page.css") == plain
    assert finders.find("v-short/web/page.css") is None
