"""Tables of the desk: narrowed, sorted and taken along, within what a person may see, and on the record."""

import csv
import io

import pytest

from xilin.kernel.audit import actions as audit_actions
from xilin.kernel.audit import queries as audit


def taken(client, path):
    response = client.get(path)
    assert response.headers["Content-Type"].startswith("text/csv"), response.content[:300]
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.fixture
def looks(hub):
    for case, purpose in (("MZ-1", "assistance"), ("MZ-2", "assistance"), ("GA-3", "audit")):
        audit_actions.record(
            "exchange.access",
            by="means_check",
            department="civil",
            provider="police",
            subject="households",
            detail={"purpose": purpose, "case_number": case, "found": True, "items": [], "shape": "masked"},
            at=hub.now,
        )


def test_held_rows_taken_along_are_those_of_ones_own_department(client, hub):
    client.force_login(hub.bob)
    rows = taken(client, "/desk/quarantine/?export=csv")[1:]
    assert sorted(row[0] for row in rows) == ["7", "9"]

    narrowed = taken(client, "/desk/quarantine/?export=csv&reason=person_name.required&source=hukou")[1:]
    assert [row[0] for row in narrowed] == ["9"]

    client.force_login(hub.ann)
    assert [row[0] for row in taken(client, "/desk/quarantine/?export=csv")[1:]] == ["3"]


def test_use_that_is_taken_along_is_read_and_goes_on_record(client, hub, looks):
    client.force_login(hub.bob)
    rows = taken(client, "/desk/usage/?export=csv&q=mz-")[1:]

    assert {row[5] for row in rows} == {"MZ-1", "MZ-2"}
    assert audit.entries(kind="audit.log.read").first().detail["entries"] == 2

    client.force_login(hub.dora)
    assert taken(client, "/desk/usage/?export=csv")[1:] == []


def test_the_page_asks_for_words_only_where_there_is_more_than_one_sees(client, hub, looks):
    client.force_login(hub.bob)
    assert 'name="q"' not in client.get("/desk/usage/").content.decode().split('id="table-usage"')[1]

    text = client.get("/desk/usage/?q=GA-3").content.decode().split('id="table-usage"')[1]
    assert 'name="q" value="GA-3"' in text
    assert "MZ-1" not in text


def test_requests_are_narrowed_by_state_within_the_box(client, hub):
    made = hub.ask()
    client.force_login(hub.bob)

    def numbers(query):
        return [row[0] for row in taken(client, f"/desk/requests/?export=csv{query}")[1:]]

    assert numbers("&box=in&state=pending") == [made.number]
    assert numbers("&box=in&state=refused") == []
    assert numbers("&box=out") == []


def test_grants_held_and_given_are_asked_apart(client, hub):
    client.force_login(hub.bob)
    text = client.get("/desk/grants/?given-sort=number").content.decode()

    assert 'id="table-grants-held"' in text
    assert 'id="table-grants-given"' in text


def test_what_one_owes_has_its_clock_and_leads_to_its_case(client, hub):
    made = hub.ask()
    client.force_login(hub.bob)
    text = client.get("/desk/").content.decode().split('id="table-duties"')[1].split("</section>")[0]

    assert f'href="/desk/requests/{made.number}/"' in text
    assert 'class="clock' in text
    assert [row[0] for row in taken(client, "/desk/?owed-export=csv")[1:]] == [made.number]


def test_oversight_sees_every_duty_and_only_the_auditor_follows_it(client, hub):
    made = hub.ask()
    link = f'href="/desk/requests/{made.number}/"'

    client.force_login(hub.auditor)
    assert link in client.get("/desk/").content.decode()
    client.force_login(hub.engineer)
    text = client.get("/desk/").content.decode()
    assert made.number in text
    assert link not in text


@pytest.mark.parametrize("export", ["csv", "xlsx"])
def test_resources_of_ones_own_are_taken_along_with_scores(client, hub, export):
    client.force_login(hub.bob)
    response = client.get(f"/desk/holdings/?export={export}")

    assert response.headers["Content-Disposition"] == f'attachment; filename="holdings.{export}"'
    if export == "csv":
        (row,) = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))[1:]
        assert row[2] == "0.998"


@pytest.mark.parametrize(
    "wanted", ["q=x", "sort=resource", "box=out&sort=-department", "sort=due&state=pending"]
)
def test_requests_are_searched_and_sorted_by_what_their_columns_tell(client, hub, wanted):
    client.force_login(hub.bob)

    assert client.get(f"/desk/requests/?{wanted}").status_code == 200


def test_catalogue_entries_are_searched_and_sorted_by_their_resource(client, hub):
    client.force_login(hub.ann)

    for wanted in ("q=x", "sort=resource"):
        assert client.get(f"/desk/catalogue/?{wanted}").status_code == 200
