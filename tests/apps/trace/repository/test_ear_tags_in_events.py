"""An animal is one thing, however its tag is written: captured, asked for and traced."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from repository_calls import Caller, document, event, events_of, key_of, run
from xilin.apps.trace.gs1 import eartags
from xilin.apps.trace.gs1.errors import Malformed

DIGITS = "399250200000017"
TAG = f"urn:xilin:eartag:{DIGITS}"
LINK, EPC = f"https://id.gs1.org/8004/9521141{DIGITS}", f"urn:epc:id:giai:9521141.{DIGITS}"
SHORT = f"https://register.example/x/giai/9521141{DIGITS}"
OTHERS = f"https://id.gs1.org/8004/9521149{DIGITS}"


@pytest.fixture
def prefix() -> Iterator[None]:
    eartags.declare(["9521141"])
    yield
    eartags.declare([])


def test_a_tag_has_one_form(prefix: None) -> None:
    assert eartags.read(" ３ 992502 00000017 ") == eartags.read(TAG)
    assert eartags.read(DIGITS).uri == TAG
    assert eartags.canonical(LINK) == eartags.canonical(TAG) == TAG
    for other in (
        OTHERS,
        LINK + "1",
        LINK[:-1] + "x",
        LINK.replace("399", "499"),
        "https://id.gs1.org/8004/9521141",
    ):
        assert eartags.canonical(other) == other


def test_a_giai_of_nobodys_register_is_no_animal() -> None:
    assert eartags.canonical(LINK) == LINK


@pytest.mark.parametrize("prefix", ["", "123", "95211x1"])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(Malformed):
        eartags.declare([prefix])
    assert eartags.declared() == ()


def test_an_animal_is_found_by_any_form_and_read_back_as_it_was_written(
    prefix: None, transactional_db: Any
) -> None:
    written = [TAG, LINK, EPC, SHORT]
    sent = [event(n, epcList=[form]) for n, form in enumerate(written, 1)]
    sent.append(event(9, epcList=[OTHERS]))

    async def story(call: Caller) -> tuple[list[Any], list[Any]]:
        captured = await call("POST", "/capture", document(*sent))
        assert captured.status_code == 202, captured.text
        asked = []
        for number, form in enumerate([*written, OTHERS]):
            await call("POST", "/queries", {"name": f"q{number}", "query": {"MATCH_epc": [form]}})
            asked.append(events_of(await call("GET", f"/queries/q{number}/events")))
        browsed = [events_of(await call("GET", f"/epcs/{quote(form, safe='')}/events")) for form in written]
        return asked, browsed

    asked, browsed = run(story, key_of("ranch_system", party="ranch", capture=True, query=True))
    for found in (*asked[:-1], *browsed):
        assert sorted(one["epcList"][0] for one in found) == sorted(written)
    assert [one["epcList"] for one in asked[-1]] == [[OTHERS]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT uri FROM trace_event_thing")
        assert {uri for (uri,) in cursor.fetchall()} == {TAG, OTHERS}
