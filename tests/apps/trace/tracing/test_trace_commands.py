"""Traces on the command line: tables for people, JSON for programs, refusals with what to do."""

import json

import pytest
from typer.testing import CliRunner

from lineage_events import at, made, seen
from xilin.apps.trace.cli import app
from xilin.apps.trace.repository.capture import capture

pytestmark = pytest.mark.django_db
TAG = "urn:xilin:eartag:399250200000001"
PACK = "https://id.gs1.org/01/09520001000010/21/A"
RANCH = "urn:x:ranch"


@pytest.fixture(autouse=True)
def chain(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    capture(
        [
            seen(0, "commissioning", TAG, action="ADD", where=RANCH),
            made(1, [TAG], [PACK], where="urn:x:plant"),
        ],
        party="plant",
        at=at(2),
    )


def asked(*words):
    found = CliRunner().invoke(app, list(words))
    return found.exit_code, found.output


@pytest.mark.parametrize(("way", "name"), [("back", "09520001000010/A"), ("forward", "399250200000001")])
def test_a_trace_is_told_in_tables_and_as_json(way, name):
    code, said = asked(way, name)
    assert code == 0
    assert TAG in said
    assert "commissioning" in said
    code, said = asked(way, name, "--json")
    told = json.loads(said)
    assert (told["direction"], {node["id"] for node in told["nodes"]} >= {TAG, PACK}) == (way, True)


def test_a_recall_of_a_household_lists_every_pack():
    code, said = asked("recall", "--household", RANCH)
    assert code == 0
    assert PACK in said
    code, said = asked("recall", "399250200000001", "--json")
    assert {one["id"]: one["state"] for one in json.loads(said)["items"]} == {TAG: "used", PACK: "held"}


def test_what_cannot_be_answered_is_refused_in_words():
    for words in (
        ["back", "399250200000009"], ["back", "two words"], ["back", TAG, "--at", "yesterday"], ["back", TAG, "--party", "nobody"],
    ):  # fmt: skip
        code, said = asked(*words)
        assert code == 1, words
        assert "Traceback" not in said
    assert asked("recall")[0] == 2
