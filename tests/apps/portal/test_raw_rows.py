"""Both records of a pair as their departments gave them: loaded on demand, for reviewers, masked, on record."""

import pytest
from reading import faults, foreign

import two_rosters
from xilin.kernel.accounts.models import User
from xilin.kernel.audit.models import Entry
from xilin.kernel.collect.asfound import as_found
from xilin.kernel.collect.models import Batch
from xilin.kernel.lake import engine
from xilin.kernel.lake.tables import Lake
from xilin.kernel.registry.models import ReviewPair


@pytest.fixture
def office(settings, tmp_path, db):
    """Two linked rosters, and the pair of their first records waiting for a reviewer."""
    made = two_rosters.office(settings, tmp_path)
    run = made.link()
    made.pair = ReviewPair.objects.update_or_create(
        registry="people", source_a="one", key_a="A1", source_b="two", key_b="B1",
        defaults={"why": "below", "weight": 1.0, "probability": 0.6, "levels": {}, "run": run.pk},
    )[0]  # fmt: skip
    made.rita = two_rosters.reviewer("rita")
    return made


def test_a_record_is_found_as_its_source_gave_it_beside_the_standard(office):
    found = as_found(engine.connect(512), "two", "B1")

    assert found.raw == {
        "BH": "B1", "GMSFHM": "99" + "7" * 16, "XM": "琪琪格", "CSRQ": "19800204", "BQ": "慢性病", "MEMO": "备注", "XH": "102",
    }  # fmt: skip
    assert str(found.items["born"]) == "1980-02-04"
    assert found.made_of["born"] == ("CSRQ",)
    assert (found.batch, found.row) == (Batch.objects.get(source="two").pk, 1)
    assert as_found(engine.connect(512), "two", "nobody") is None
    assert as_found(engine.connect(512), "nowhere", "B1") is None


def test_where_the_raw_table_is_gone_the_standard_values_are_left(office):
    Lake.open().remove("raw.two", Batch.objects.get(source="two").pk)
    found = as_found(engine.connect(512), "two", "B1")

    assert found.raw == {}
    assert found.items["person_name"] == "琪琪格"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_both_rows_stand_side_by_side_masked_and_the_look_is_on_record(client, office, language):
    client.force_login(office.rita)
    client.cookies["django_language"] = language
    page = client.get(f"/desk/review/{office.pair.pk}/").content.decode()
    assert f'hx-get="/desk/review/{office.pair.pk}/rows/"' in page
    assert "GMSFHM" not in page

    answer = client.get(f"/desk/review/{office.pair.pk}/rows/", headers={"HX-Request": "true"})
    part = answer.content.decode()

    assert "<html" not in part
    assert "19800203" in part
    assert "1980-02-03" in part
    assert "CSRQ" in part
    assert "99" + "7" * 16 not in part
    assert "997777" in part
    assert "慢性病" not in part
    assert "备注" not in part
    assert "MEMO" in part
    entry = Entry.objects.get(kind="registry.rows.seen")
    batches = {one.source: one.pk for one in Batch.objects.all()}
    assert (entry.by, entry.subject) == ("rita", str(office.pair.pk))
    assert entry.fields["detail"]["rows"] == [["one", batches["one"], 1], ["two", batches["two"], 1]]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_without_a_script_the_rows_stand_on_the_page_of_the_pair(client, office, language):
    client.force_login(office.rita)
    client.cookies["django_language"] = language
    text = client.get(f"/desk/review/{office.pair.pk}/rows/").content.decode()

    assert faults(text) == []
    if language == "zh-hans":
        assert foreign(text) <= {"MEMO", "BH", "GMSFHM", "XM", "CSRQ", "BQ"}


def test_nobody_but_a_reviewer_sees_rows(client, office):
    engineer = User.objects.create(username="engineer", role=User.Role.ENGINEER)
    client.force_login(engineer)
    assert client.get(f"/desk/review/{office.pair.pk}/rows/").status_code == 403
    client.logout()
    assert client.get(f"/desk/review/{office.pair.pk}/rows/").headers["Location"].startswith("/login/")
    assert not Entry.objects.filter(kind="registry.rows.seen").exists()
    client.force_login(office.rita)
    assert client.get("/desk/review/99999/rows/").status_code == 404


def test_a_record_that_is_gone_is_said_to_be_and_the_other_is_shown(client, office):
    office.database.execute("DELETE FROM one WHERE BH = 'A1'")
    office.put("one", "A2", None, "王芳", "19990101")
    two_rosters.collect.collect("one", at=two_rosters.NOW)
    client.force_login(office.rita)
    client.cookies["django_language"] = "zh-hans"
    part = client.get(f"/desk/review/{office.pair.pk}/rows/", headers={"HX-Request": "true"}).content.decode()

    assert "已不在用" in part
    assert "琪琪格" in part
    assert "王芳" not in part
