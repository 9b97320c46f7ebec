"""Open data for everyone: pages, files, rows for programs; so many calls a minute."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "kernel" / "opening"))
import two_departments

from xilin.apps.portal.pictures import found
from xilin.apps.portal.views import opening as views
from xilin.kernel.opening import actions, queries
from xilin.kernel.opening.models import Download


@pytest.fixture
def hub(settings, tmp_path, db):
    """Residents as golden records, everything released that can be."""
    views._calls.clear()
    made = two_departments.make(settings, tmp_path, golden=True)
    made.released = actions.release_all(made.con, at=made.now)
    return made


def test_a_visitor_finds_what_is_open_and_how_people_are_protected(hub, client):
    page = client.get("/open/", headers={"accept-language": "en"}).content.decode()
    for code in ("counted", "by_sex", "alike", "noisy"):
        assert f"/open/{code}/" in page

    table = client.get("/open/counted/", headers={"accept-language": "en"}).content.decode()
    assert "left out" in table
    assert "No small count can be told more closely than within an interval of 5." in table
    noisy = client.get("/open/noisy/", headers={"accept-language": "en"}).content.decode()
    assert "discrete Laplace, scale 2" in noisy
    assert "0.5 / 1.2" in noisy
    assert client.get("/open/nothing/").status_code == 404


def test_a_release_has_a_picture(hub, client):
    (page,) = [page for page in found() if page.name == "opening"]
    assert client.get(page.path).status_code == 200


def test_files_are_those_that_were_signed(hub, client):
    newest = queries.releases("alike")[0]
    for form, media_type in queries.FORMATS.items():
        answer = client.get(f"/open/alike/1/data.{form}")
        body = b"".join(answer.streaming_content)
        assert answer["Content-Type"] == media_type
        assert hashlib.sha256(body).hexdigest() == newest.digests[form]
    signed = client.get("/open/alike/1/signature").json()
    assert json.loads(signed["statement"])["sha256"] == newest.digests
    assert client.get("/open/key").content.decode().strip() == signed["key"]
    for wrong in ("/open/alike/2/data.csv", "/open/alike/1/data.xlsx", "/open/counted/../alike/1/data.py"):
        assert client.get(wrong).status_code == 404


def test_files_that_were_fetched_are_counted_and_nobody_who_did(hub, client):
    for form in ("csv", "csv", "json"):
        client.get(f"/open/alike/1/data.{form}")
    client.head("/open/alike/1/data.csv")
    client.get("/open/alike/2/data.csv")

    assert queries.downloads() == {"alike": 3}
    counted = {one["code"]: one["downloads"] for one in client.get("/open/index.json").json()["openings"]}
    assert (counted["alike"], counted["counted"]) == (3, 0)
    assert "Downloads 3" in client.get("/open/alike/", headers={"accept-language": "en"}).content.decode()
    assert {field.name for field in Download._meta.fields} == {"id", "release", "form", "day", "times"}


def test_programs_read_rows_in_parts(hub, client):
    total = queries.releases("counted")[0].rows
    seen, offset = [], 0
    while offset is not None:
        part = client.get(f"/open/counted/rows.json?limit=7&offset={offset}").json()
        assert part["total"] == total
        seen += part["rows"]
        offset = part["next"]
    assert seen == json.loads(
        queries.file(queries.releases("counted")[0], "json").read_text(encoding="utf-8")
    )
    index = client.get("/open/index.json").json()
    assert {one["code"] for one in index["openings"]} == {"counted", "by_sex", "alike", "noisy"}
    assert client.get("/open/counted/rows.json?limit=x&offset=-5").status_code == 200


def test_an_address_is_answered_so_often_a_minute(hub, client, settings):
    settings.OPEN_RATE = 3
    answers = [client.get("/open/index.json") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3]["Retry-After"]) <= 61
    assert answers[3]["Content-Type"] == "application/problem+json"
    assert client.get("/open/index.json", REMOTE_ADDR="192.0.2.9").status_code == 200
    assert client.get("/open/").status_code == 200


def test_a_minute_later_an_address_is_answered_again():
    views._calls.clear()
    assert [views._wait("a", 100 + n, 2) for n in range(3)] == [0, 0, 59]
    assert views._wait("a", 161, 2) == 0


def test_an_opening_shows_charts_its_columns_and_calls_that_work(hub, client):
    page = client.get("/open/counted/", headers={"accept-language": "en"}).content.decode()

    assert "<figcaption>" in page
    assert 'curl -O "http://testserver/open/counted/1/data.csv"' in page.replace("&quot;", '"')
    assert client.get("/open/counted/1/data.csv").status_code == 200
    assert "http://testserver/open/counted/" in page
    assert 'id="citation"' in page


def test_the_schema_tells_programs_every_column_of_the_release(hub, client):
    newest = queries.releases("counted")[0]
    schema = client.get("/open/counted/schema.json").json()

    assert [field["name"] for field in schema["fields"]] == [
        name for name, _ in newest.columns if name != "left_out"
    ]
    assert schema["fields"][-1]["type"] == "integer"
    assert client.get("/open/nothing/schema.json").status_code == 404


def test_openings_are_narrowed_by_form_and_by_department(hub, client):
    every = client.get("/open/", headers={"accept-language": "en"}).content.decode()
    noisy = client.get("/open/?form=noisy", headers={"accept-language": "en"}).content.decode()

    assert 'href="/open/?form=noisy"' in every
    assert 'href="/open/counted/">' in every
    assert 'href="/open/counted/">' not in noisy
    assert 'href="/open/noisy/">' in noisy
