"""The catalogue as DCAT 3, read back through its own context."""

import json
from datetime import date

import pytest

import small_league
from xilin.kernel.catalog import dcat, queries

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


def test_every_key_of_the_document_is_in_its_context(document):
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
