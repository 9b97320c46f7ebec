"""The catalogue as DCAT 3, read back through its own context."""

import json
from datetime import date

import msgspec
import pytest

import small_catalogue
import small_league
from small_catalogue import entry, published
from xilin.kernel.catalog import dcat, queries
from xilin.kernel.catalog.declarations import Contact
from xilin.lib.text import Text

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(tmp_path):
    small_league.apply(tmp_path)
    entries = list(queries.resources().prefetch_related("items"))
    made = dcat.catalogue(entries, base="https://hub.example/", gateway="https://gate.example", name="小盟")
    return json.loads(json.dumps(made))


def test_every_entry_is_a_dataset_with_publisher_frequency_and_issue_date(document):
    datasets = {entry["identifier"]: entry for entry in document["dataset"]}

    household = datasets["101/01"]
    assert set(datasets) == {"101/01", "102/01", "201/01", "301/01"}
    assert household["publisher"]["identifier"] == "11992500PDY000044A"
    assert household["accrualPeriodicity"].endswith("/frequency/DAILY")
    assert date.fromisoformat(household["issued"]) == date(2026, 1, 1)
    assert household["title"] == {"zh": "户籍人口基本信息", "en": "Household registration"}
    assert household["keyword"]["zh"] == ["公民身份号码", "姓名", "住址"]


def test_access_rights_follow_openness_and_share_type(document):
    rights = {entry["identifier"]: entry["accessRights"].rpartition("/")[2] for entry in document["dataset"]}

    assert rights == {
        "101/01": "RESTRICTED",
        "102/01": "PUBLIC",
        "201/01": "RESTRICTED",
        "301/01": "NON_PUBLIC",
    }


def test_what_is_never_shared_has_no_distribution(document):
    with_way = {entry["identifier"] for entry in document["dataset"] if "distribution" in entry}

    assert with_way == {"101/01", "102/01", "201/01"}


def told(**more):
    """The document with everything that can be known around it."""
    entries = list(queries.resources().prefetch_related("items"))
    made = dcat.catalogue(
        entries, base="https://hub.example/", gateway="https://gate.example", name="小盟", **more
    )
    return json.loads(json.dumps(made))


@pytest.fixture
def full(tmp_path):
    small_catalogue.apply(tmp_path)
    who = small_catalogue.people()
    contact = Contact(Text(zh="数据科", en="Data office"), "0479 000000", "data@example.org")
    first = published(who, entry(contact=contact))
    value = queries.versions_of(first.resource).get().value
    published(who, msgspec.structs.replace(value, update_cycle="weekly"), resource=first.resource)
    around = dcat.Around(
        served={"households"},
        downloads={
            "entities": [dcat.File("https://hub.example/open/e/1/data.csv", "text/csv", 12, "ab" * 32)]
        },
        until={"households": "2026-09-24"},
    )
    region = dcat.Region("990000000000", Text(zh="小盟"), queries.authority())
    kept = queries.versions_by_resource(queries.resources())
    return told(around=around, region=region, versions=kept)


def test_an_entry_of_the_desk_is_offered_with_its_versions_contact_and_no_way_to_rows_yet(full):
    (one,) = [each for each in full["dataset"] if each["identifier"] == "201001/000001"]

    assert [each["version"] for each in one["hasVersion"]] == ["2", "1"]
    assert one["hasCurrentVersion"] == one["hasVersion"][0]["@id"]
    assert one["hasVersion"][0]["previousVersion"] == one["hasVersion"][1]["@id"]
    assert one["contactPoint"] == {
        "@type": "Office",
        "fn": {"zh": "数据科", "en": "Data office"},
        "hasTelephone": "tel:0479000000",
        "hasEmail": "mailto:data@example.org",
    }
    assert one["availability"].endswith("/EXPERIMENTAL")
    assert "distribution" not in one
    assert one["theme"][2]["broader"] == one["theme"][1]["@id"]


def test_ways_to_rows_say_what_they_are_and_open_files_can_be_checked(full):
    by_code = {each["identifier"]: each for each in full["dataset"]}

    (gateway,) = by_code["101/01"]["distribution"]
    (file,) = by_code["102/01"]["distribution"]
    assert gateway["accessService"] == full["service"][0]["@id"]
    assert full["service"][0]["servesDataset"] == [by_code["101/01"]["@id"]]
    assert (file["byteSize"], file["checksum"]["checksumValue"]) == (12, "ab" * 32)
    assert by_code["101/01"]["temporal"] == {"@type": "PeriodOfTime", "endDate": "2026-09-24"}
    assert by_code["101/01"]["spatial"]["identifier"] == full["spatial"]["identifier"] == "990000000000"
    assert full["publisher"]["identifier"] == "11992500PDY000036F"
    assert dcat.GUIDE in [each["@id"] for each in by_code["101/01"]["conformsTo"] if isinstance(each, dict)]


@pytest.mark.parametrize(
    ("page", "links"),
    [
        (1, {"first": 1, "last": 3, "next": 2}),
        (2, {"first": 1, "last": 3, "previous": 1, "next": 3}),
        (3, {"first": 1, "last": 3, "previous": 2}),
    ],
)
def test_a_page_of_many_says_where_the_others_are(tmp_path, page, links):
    small_league.apply(tmp_path)

    document = told(page=page, total=201)

    view = document["view"]
    assert document["totalItems"] == 201
    assert {name: int(view[name].rpartition("=")[2]) for name in links} == links
    assert set(view) == {"@id", "@type", *links}


@pytest.mark.parametrize("which", ["document", "full"])
def test_every_key_of_the_document_is_in_its_context(which, request):
    document = request.getfixturevalue(which)

    def keys(node):
        if isinstance(node, dict):
            languages = {"zh", "en"} & node.keys()
            for key, value in node.items():
                if not key.startswith("@") and key not in languages:
                    yield key
                yield from keys(value)
        elif isinstance(node, list):
            for entry in node:
                yield from keys(entry)

    known = document.pop("@context")
    assert set(keys(document)) <= set(known)
