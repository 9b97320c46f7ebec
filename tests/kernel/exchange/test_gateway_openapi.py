"""The OpenAPI document is well formed, and says exactly what is declared."""

import re
from pathlib import Path

import pytest
from calling import run
from django.utils import translation

import small_league
from xilin.kernel.exchange import delivery_errors, dispute_errors
from xilin.kernel.exchange.gateway import errors, openapi, openapi_corrections, openapi_deliveries
from xilin.kernel.registry.errors import FactUnreadable, TooLittleGiven
from xilin.lib.errors import Refusal

pytestmark = pytest.mark.django_db(transaction=True)
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
TYPES = {"object", "array", "string", "integer", "number", "boolean", "null"}


@pytest.fixture
def document(shared):
    async def story(caller):
        return (await caller.client.get("/v1/openapi.json")).json()

    return run(story)


def parts(node, path=""):
    """Every object of the document with its place."""
    if isinstance(node, dict):
        yield path, node
        for name, child in node.items():
            yield from parts(child, f"{path}/{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from parts(child, f"{path}/{number}")


def test_the_document_keeps_to_openapi_3_1(document):
    """The rules of the specification that the document's parts come under."""
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert {"title", "version"} <= document["info"].keys()
    assert document.keys() <= {"openapi", "info", "paths", "components"}
    names = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
    for path, item in document["paths"].items():
        assert path.startswith("/")
        assert item.keys() <= METHODS
        for operation in item.values():
            assert operation["responses"]
            for status, response in operation["responses"].items():
                assert re.fullmatch(r"[1-5]\d\d", status)
                assert "$ref" in response or response["description"]
            for need in operation["security"]:
                assert need.keys() <= document["components"]["securitySchemes"].keys()


def test_every_reference_leads_somewhere_and_every_schema_has_known_types(document):
    for path, node in parts(document):
        if "$ref" in node:
            target = document
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
        if "schema" in path and isinstance(node.get("type"), str | list):
            types = [node["type"]] if isinstance(node["type"], str) else node["type"]
            assert set(types) <= TYPES, path
        if "properties" in node and "required" in node:
            assert set(node["required"]) <= node["properties"].keys(), path


def test_there_is_a_path_for_each_published_resource_and_for_no_other(document):
    found = {path for path in document["paths"] if "resources" in path}

    kinds = ("lookup", "batch", "list", "dispute")
    calls = {f"/v1/resources/{code}/{kind}" for code in ("households", "entities") for kind in kinds}
    shared_in_bulk = ("households", "entities", "benefits")  # from the lake, not from what is published
    bulk = {f"/v1/resources/{code}/{kind}" for code in shared_in_bulk for kind in ("export", "subscriptions")}
    assert found == calls | bulk


def test_a_call_and_a_row_are_described_by_the_declared_items(document):
    operation = document["paths"]["/v1/resources/households/lookup"]["post"]
    call = operation["requestBody"]["content"]["application/json"]["schema"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["answer"]
    row = answer["properties"]["rows"]["items"]["properties"]

    assert list(call["properties"]["by"]["properties"]) == ["id_number"]
    assert call["properties"]["items"]["items"]["enum"] == ["id_number", "person_name", "address"]
    assert call["properties"]["purpose"]["enum"] == ["assistance", "identity"]
    assert row["id_number"]["type"] == ["string", "null"]
    assert (row["id_number"]["title"], row["id_number"]["x-mask"]) == ("公民身份号码", "id_front")
    assert "x-mask" not in row["person_name"]


def test_an_item_that_is_not_shared_is_not_described(shared, tmp_path):
    denied = small_league.HOUSEHOLDS.replace(
        'element = "address"', 'element = "address"\nshare_type = "denied"\nshare_basis = { zh = "x" }'
    )
    small_league.apply(tmp_path, households=denied)

    async def story(caller):
        return (await caller.client.get("/v1/openapi.json")).json()

    operation = run(story)["paths"]["/v1/resources/households/lookup"]["post"]

    assert "address" not in str(operation)


def test_every_refusal_the_gateway_can_give_stands_in_the_document(document):
    known = {
        refusal
        for refusal in vars(errors).values()
        if isinstance(refusal, type) and issubclass(refusal, Refusal) and refusal is not Refusal
    }
    elsewhere = {errors.PathUnknown, errors.MethodWrong, errors.ResourceUnknown, errors.GrantUnknown}

    assert set(openapi.REFUSALS) == (known - elsewhere) | {FactUnreadable, TooLittleGiven}
    stated = document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert stated == sorted(refusal().code for refusal in openapi.REFUSALS)


def test_every_refusal_of_files_and_disputes_stands_in_the_document():
    """Those of a person on a desk alone don't: nobody meets them here."""
    of_files = {
        one for one in vars(delivery_errors).values() if isinstance(one, type) and issubclass(one, Refusal)
    }
    desk = {
        delivery_errors.AddressWrong,
        delivery_errors.AddressThere,
        delivery_errors.OwnAddress,
        delivery_errors.NotHalted,
    }
    assert of_files - {Refusal} - desk <= set(openapi_deliveries.REFUSALS)
    of_disputes = {
        one for one in vars(dispute_errors).values() if isinstance(one, type) and issubclass(one, Refusal)
    }
    desk = {dispute_errors.NotYoursToAnswer, dispute_errors.NotSignedIn}
    assert of_disputes - {Refusal} - desk <= set(openapi_corrections.REFUSALS)


def test_every_refusal_of_the_gateway_stands_in_the_reference():
    """By its type, its status and what it says; none that is gone."""
    text = (Path(__file__).parents[3] / "docs" / "reference" / "problems.md").read_text(encoding="utf-8")
    own = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Refusal)} - {
        Refusal
    }
    with translation.override("en"):
        said = own | {*openapi.REFUSALS, *openapi_deliveries.REFUSALS, *openapi_corrections.REFUSALS}
        known = {(one().code, str(one.status), str(one.message)) for one in said}
    rows = (line.split(" | ") for line in text.splitlines() if line.startswith("| `"))
    assert {(row[0].removeprefix("| ").strip("`"), row[1], row[2]) for row in rows} == known
