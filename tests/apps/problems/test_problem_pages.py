"""Reporting and following a problem on public pages, and answering it on the desk."""

import io
import re
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from xilin.apps.problems import forms, queries, views, where
from xilin.apps.problems.models import Problem
from xilin.apps.problems.rates import Rate
from xilin.kernel.audit import queries as audit


def photo():
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(out, "JPEG")
    return SimpleUploadedFile("x.exe", out.getvalue(), "text/plain")


def key_on(text):
    return re.search(
        r"<dd class=\"code\">([0-9]{8}-[0-9]+)</dd>.*<dd class=\"code\">([A-Z0-9-]{19})</dd>", text, re.S
    ).groups()


def test_a_report_is_sent_its_key_shown_once_and_followed(client, office, sent):
    response = sent(photo=photo(), contact="微信 abc")
    assert (response.status_code, response["Location"]) == (302, "/problems/sent/")
    number, key = key_on(client.get("/problems/sent/").content.decode())
    assert client.get("/problems/sent/")["Location"] == "/problems/follow/"

    text = client.post("/problems/follow/", {"number": number, "key": key}).content.decode()

    assert "207国道三公里处塌陷" in text
    assert "data:image/webp;base64," in text
    assert "甲旗" in text
    assert "微信 abc" not in text


def test_a_wrong_key_and_a_wrong_number_get_the_same_answer(client, office, reported):
    made = reported()
    right = {"number": made.problem.number, "key": made.key}
    answers = [
        client.post("/problems/follow/", right | wrong)
        for wrong in ({"key": "2345-6789-ABCD-EFGH"}, {"number": "20260101-999999"})
    ]

    assert [one.status_code for one in answers] == [404, 404]
    said = [re.search(r"<ul>\s*<li>(.*?)</li>", one.content.decode(), re.S)[1] for one in answers]
    assert said[0] == said[1]


def test_neither_key_nor_words_stand_in_an_address_or_in_the_log(client, office, sent, caplog):
    response = sent()
    number, key = key_on(client.get(response["Location"]).content.decode())

    assert key not in response["Location"]
    assert key not in caplog.text
    assert "塌陷" not in caplog.text
    assert audit.entries(subject=number).count() == 1


@pytest.mark.parametrize(
    "more",
    [{"website": "http://spam.example"}, {"begun": ""}, {"begun": "forged:1:2"}],
    ids=["a trap filled in", "no time", "a forged time"],
)
def test_what_a_machine_sends_is_not_taken(client, office, sent, more):
    assert sent(**more).status_code == 422
    assert Problem.objects.count() == 0


def test_who_sends_faster_than_one_can_read_is_a_machine(client, office, sent, monkeypatch):
    monkeypatch.setattr(forms, "FASTEST", 60.0)

    assert sent().status_code == 422


def test_so_many_reports_an_hour_come_from_one_place(client, office, sent, monkeypatch):
    monkeypatch.setattr(views, "reports", Rate(2, 100, 3600))

    assert [sent().status_code for _ in range(3)] == [302, 302, 429]
    assert Problem.objects.count() == 2


def test_a_file_that_is_no_photo_refuses_the_report_and_keeps_its_words(client, office, sent):
    response = sent(photo=SimpleUploadedFile("photo.jpg", b"<script>alert(1)</script>", "image/jpeg"))

    assert response.status_code == 422
    assert "207国道三公里处塌陷" in response.content.decode()
    assert Problem.objects.count() == 0


def test_a_press_on_the_map_fills_the_point_in_and_sends_nothing(client, office, sent, monkeypatch):
    outline = ("<svg/>", 200.0, (111.0, 120.0, 41.0, 47.0))
    monkeypatch.setattr(where, "_now", lambda: outline)

    text = sent(**{"point.x": "160", "point.y": "100"}).content.decode()

    assert 'value="115.5"' in text
    assert 'value="44.0"' in text
    assert "207国道三公里处塌陷" in text
    assert Problem.objects.count() == 0
    assert where.point(0, 0) is None
    assert where.point(160, 201) is None


def test_the_map_one_presses_speaks_the_language_of_its_address(client, office, monkeypatch):
    square = {"type": "Polygon", "coordinates": [[[115, 43], [116, 43], [116, 44], [115, 44], [115, 43]]]}
    areas = {"990101000000": SimpleNamespace(level="county", name="东旗", name_en="East", name_mn="ᠵᠡᠭᠦᠨ")}
    known = {"boundary": {"990101000000": SimpleNamespace(geometry=square)}, "area": areas}
    monkeypatch.setattr(where, "declared", known.__getitem__)
    where._drawn.cache_clear()

    said = {
        code: client.get(f"/problems/map-{code}.svg").content.decode()
        for code in ("zh-hans", "en", "mn-mong")
    }

    assert ["东旗" in said["zh-hans"], "East" in said["en"], "<text" in said["mn-mong"]] == [
        True,
        True,
        False,
    ]
    assert "<path" in said["mn-mong"]
    assert client.get("/problems/map-xx.svg").status_code == 404
    where._drawn.cache_clear()


def test_a_rate_counts_places_apart_and_forgets_with_time():
    rate = Rate(2, 3, 60)

    assert [rate.wait("a", 0), rate.wait("a", 1), rate.wait("a", 2)] == [0, 0, 58]
    assert [rate.wait("b", 3), rate.wait("c", 4)] == [0, 56]
    assert rate.wait("a", 61) == 0
    assert {len(place) for place in rate._of} == {32}


def test_the_department_reads_takes_passes_on_and_answers(client, office, reported):
    one, other = reported(photo=(b"RIFF", 2, 2)).problem, reported().problem
    client.force_login(office.ann)
    page = f"/desk/problems/{one.number}/"

    text = client.get("/desk/problems/").content.decode()
    assert one.number in text
    text = client.get(page).content.decode()
    assert "微信 abc" in text
    assert client.get(f"{page}photo/").content == b"RIFF"
    assert client.post(f"{page}take/").status_code == 302
    done = client.post(f"{page}answer/", {"state": "settled", "text": "已修复路面。"})
    assert done.status_code == 302
    passed = client.post(f"/desk/problems/{other.number}/pass/", {"to": "civil", "why": "属民政"})
    assert passed.status_code == 302
    assert queries.waiting(office.ann) == 0

    client.force_login(office.carl)
    assert other.number in client.get("/desk/problems/").content.decode()
    assert client.get(page).status_code == 404
    assert client.get(f"{page}photo/").status_code == 404


def test_others_have_no_such_desk_and_strangers_must_sign_in(client, office, reported):
    one = reported().problem
    assert client.get("/desk/problems/").status_code == 302
    client.force_login(office.pia)

    assert client.get(f"/desk/problems/{one.number}/").status_code == 404
    assert "/desk/problems/" not in client.get("/desk/").content.decode()
    assert client.post(f"/desk/problems/{one.number}/take/").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_public_pages_are_whole_in_each_language(client, office, reported, language):
    client.cookies["django_language"] = language
    made = reported(photo=(b"RIFF", 2, 2))
    pages = [
        client.get("/problems/"),
        client.get("/problems/follow/"),
        client.post("/problems/follow/", {"number": made.problem.number, "key": made.key}),
    ]

    for page in pages:
        assert page.status_code == 200
        assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
