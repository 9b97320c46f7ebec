"""Mending a held row on the desk: tried by the rules, told what is left, submitted again, withdrawn; by its own department alone."""

import pytest
from reading import faults, foreign

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.quality.models import Mend, Quarantined


def checked(first):
    """Seventeen digits with their check digit (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(a) * b for a, b in zip(first, weights, strict=True)) % 11]


def values(row, **changed):
    return {f"column:{name}": text or "" for name, text in (row.found | changed).items()}


@pytest.fixture
def steward(hub):
    """A steward of the department that the row comes from."""
    return small_league.person("sven", "police", User.Role.STEWARD, "管理员")


@pytest.fixture
def row(hub, settings, tmp_path):
    """The held row, with a home for what is tried."""
    settings.HOME = tmp_path
    hub.row.found |= {"SHENG": "某盟", "XIANG": "某镇"}
    hub.row.save()
    return hub.row


def test_what_passes_is_kept_and_told_and_may_be_withdrawn(client, steward, row):
    client.force_login(steward)

    answer = client.post(
        f"/desk/quarantine/{row.pk}/mend/", values(row, GMSFHM=checked("99010119900101000")), follow=True
    )

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "GMSFHM" in text
    assert "99010119900101000" not in text, "values stand on the row's own page only"
    mend = Mend.objects.get()
    assert mend.changed == {"GMSFHM": checked("99010119900101000")}
    assert "等待下一批次" in client.get(f"/desk/quarantine/{row.pk}/").content.decode()

    client.post(f"/desk/quarantine/mends/{mend.pk}/withdraw/")
    mend.refresh_from_db()
    assert mend.state == "withdrawn"


def test_what_still_breaks_a_rule_is_shown_with_the_reasons_left_and_the_values_tried(client, steward, row):
    client.force_login(steward)
    answer = client.post(f"/desk/quarantine/{row.pk}/mend/", values(row, GMSFHM="", XM="某人"))

    text = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="某人"' in text
    assert 'aria-invalid="true"' in text
    assert not Mend.objects.exists()
    assert Quarantined.objects.filter(pk=row.pk).exists()


def test_a_row_of_columns_that_the_source_has_no_more_is_refused_in_words(client, steward, row):
    del row.found["XIANG"]
    row.save()
    client.force_login(steward)

    answer = client.post(f"/desk/quarantine/{row.pk}/mend/", values(row, XM="某人"))

    assert answer.status_code == 409
    assert "XIANG" in answer.content.decode()


def test_nobody_else_mends_the_row_or_sees_that_it_was(client, hub, row):
    path = f"/desk/quarantine/{row.pk}/mend/"
    client.force_login(hub.ann)
    assert client.post(path, values(row, GMSFHM=checked("99010119900101000"))).status_code == 404
    assert client.get(path).status_code == 405
    client.force_login(hub.bob)
    assert client.post(path, values(row, GMSFHM=checked("99010119900101000"))).status_code == 403
    assert "column:" not in client.get(f"/desk/quarantine/{row.pk}/").content.decode()
    client.logout()
    assert client.post(path, {}).status_code == 302
    assert not Mend.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_read_well(client, steward, row, language):
    client.force_login(steward)
    client.cookies["django_language"] = language
    before = client.get("/desk/quarantine/mends/").content.decode()
    client.post(f"/desk/quarantine/{row.pk}/mend/", values(row, GMSFHM=checked("99010119900101000")))
    after = client.get("/desk/quarantine/mends/").content.decode()
    one = client.get(f"/desk/quarantine/{row.pk}/").content.decode()

    for text in (before, after, one):
        assert faults(text) == []
        if language == "zh-hans":
            assert foreign(text) - {"Enter", "Esc", "Tab", *row.found} == set()
