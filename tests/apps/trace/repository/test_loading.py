"""Files are loaded as captures would keep them: whole or not at all, each event once, what is wrong told and left out."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
import typer
from django.db import connection
from typer.testing import CliRunner

from xilin.apps.trace.epcis import documents
from xilin.apps.trace.models import CaptureJob, Event, MasterData
from xilin.apps.trace.repository import commands, loading
from xilin.apps.trace.repository.capture import PROCEED, capture
from xilin.demo.chain.bodies import CONTEXT as OWN
from xilin.demo.chain.season import Season
from xilin.demo.chain.shape import counts
from xilin.kernel.audit.queries import entries

AT = datetime(2026, 3, 2, tzinfo=UTC)
KILLS = 1
"""More are done by `benchmarks/load.py --kills`."""
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

# Everything a capture keeps of an event, by what the events say: numbers depend on who came first.
KEPT = """
SELECT 'event', encode(e.hash, 'hex'), to_jsonb(e) - '{id,job,record_time,corrects,party}'::text[], p.code, encode(c.hash, 'hex')
FROM trace_event e JOIN trace_party p ON p.id = e.party LEFT JOIN trace_event c ON c.id = e.corrects
UNION ALL
SELECT 'thing', encode(e.hash, 'hex'), to_jsonb(t) - '{event,party}'::text[], e.error_time::text, NULL
FROM trace_event_thing t JOIN trace_event e ON e.id = t.event
UNION ALL
SELECT 'key', encode(e.hash, 'hex'), NULL, encode(k.key, 'hex'), NULL FROM trace_event_key k JOIN trace_event e ON e.id = k.event
UNION ALL
SELECT 'lineage', encode(e.hash, 'hex'), to_jsonb(l) - '{id,step,disposition,read_point,location,source,destination,void}'::text[],
       concat_ws(' ', s.name, d.name, r.name, o.name, f.name, t.name), encode(v.hash, 'hex')
FROM trace_lineageevent l JOIN trace_event e ON e.id = l.id LEFT JOIN trace_event v ON v.id = l.void
LEFT JOIN trace_lineagename s ON s.id = l.step LEFT JOIN trace_lineagename d ON d.id = l.disposition
LEFT JOIN trace_lineagename r ON r.id = l.read_point LEFT JOIN trace_lineagename o ON o.id = l.location
LEFT JOIN trace_lineagename f ON f.id = l.source LEFT JOIN trace_lineagename t ON t.id = l.destination
UNION ALL
SELECT 'mark', encode(e.hash, 'hex'), to_jsonb(m) - '{event,node,other}'::text[], n.name, coalesce(o.name, (m.other IS NULL)::text)
FROM trace_lineagemark m JOIN trace_event e ON e.id = m.event JOIN trace_lineagename n ON n.id = m.node
LEFT JOIN trace_lineagename o ON o.id = m.other
UNION ALL
SELECT 'sighting', encode(e.hash, 'hex'), to_jsonb(s) - '{event,node}'::text[], n.name, NULL
FROM trace_lineagesighting s JOIN trace_event e ON e.id = s.event JOIN trace_lineagename n ON n.id = s.node
UNION ALL
SELECT 'link', encode(o.hash, 'hex'), to_jsonb(l) - '{child,parent,opened,closed}'::text[], c.name || ' in ' || p.name, encode(e.hash, 'hex')
FROM trace_lineagelink l JOIN trace_event o ON o.id = l.opened LEFT JOIN trace_event e ON e.id = l.closed
JOIN trace_lineagename c ON c.id = l.child JOIN trace_lineagename p ON p.id = l.parent
UNION ALL
SELECT 'known', kind, NULL, value, p.code FROM trace_known k JOIN trace_party p ON p.id = k.party_id
"""
TABLES = (
    "trace_event", "trace_event_thing", "trace_event_key", "trace_event_orphan", "trace_known", "trace_capturejob",
    "trace_lineageevent", "trace_lineagemark", "trace_lineagesighting", "trace_lineagelink", "trace_lineagename",
)  # fmt: skip


def document(*events: dict[str, Any], own: Any = None, **more: Any) -> str:
    said = {
        "@context": [CONTEXT, *([own] if own else [])], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z", **more, "epcisBody": {"eventList": list(events)},
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False)


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent", "eventTime": f"2026-03-01T08:{number % 60:02}:00Z", "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE", "bizStep": "shipping", "epcList": [f"https://id.gs1.org/01/09521141000014/21/{number}"],
    } | more  # fmt: skip


def kept() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        return sorted(map(repr, cursor.fetchall()))  # type: ignore[arg-type]


def test_what_is_wrong_is_told_with_file_line_place_and_reason_and_the_rest_is_loaded(
    transactional_db, tmp_path
):
    lines = tmp_path / "lines.ndjson"
    wrong = event(3, action="OBSERVED")
    lines.write_text(
        "\n".join(
            [
                document(event(1), event(2)),
                document(event(4), wrong, event(5, eventID="urn:uuid:1")),
                "",
                "no JSON",
                document(event(6, eventID="urn:uuid:1"), event(7, epcList=["urn:x:" + "y" * 3000])),
            ]
        ),
        "utf-8",
    )
    xml = tmp_path / "one.json"
    vocabulary = {
        "type": "urn:epcglobal:epcis:vtype:Location",
        "vocabularyElementList": [{"id": "urn:x:barn"}],
    }
    xml.write_text(
        document(event(8), epcisHeader={"epcisMasterData": {"vocabularyList": [vocabulary]}}), "utf-8"
    )
    refused = tmp_path / "out" / "refused.ndjson"
    told = loading.load([lines, xml], party="ranch", at=AT, processes=1, refused=refused)
    assert (told.stored, told.duplicates, told.refused) == (5, 0, 4)
    found = [json.loads(line) for line in refused.read_text("utf-8").splitlines()]
    assert [(one["file"], one["line"], one["place"]) for one in found] == [
        ("lines.ndjson", 2, "/epcisBody/eventList/1/action"),
        ("lines.ndjson", 4, "/"),
        ("lines.ndjson", 5, "/epcisBody/eventList/0/eventID"),
        ("lines.ndjson", 5, "/epcisBody/eventList/1/epcList/0"),
    ]
    assert found[0]["found"] == wrong
    assert all(one["what"]["zh"] and one["what"]["en"] for one in found)
    assert MasterData.objects.get().uri == "urn:x:barn"
    again = loading.load([lines, xml], party="ranch", at=AT, processes=1)
    assert (again.stored, again.duplicates, again.refused) == (0, 5, 4)
    assert Event.objects.count() == 5


def test_the_command_tells_what_it_did_and_leaves_it_in_the_log(transactional_db, tmp_path, settings):
    settings.HOME = tmp_path
    path = tmp_path / "two.ndjson"
    path.write_text(document(event(1), event(2, action="OBSERVED")), "utf-8")
    app = typer.Typer()
    app.command()(commands.load)
    told = CliRunner().invoke(app, [str(path), "--party", "ranch", "--processes", "1"])
    assert told.exit_code == 1
    assert "two.ndjson:1 /epcisBody/eventList/1/action" in told.output
    (refused,) = (tmp_path / "refused").iterdir()
    assert json.loads(refused.read_text("utf-8"))["line"] == 1
    said = [(entry.kind, entry.subject, entry.detail.get("stored")) for entry in entries().order_by("seq")]
    assert said == [("trace.events.loading", "ranch", None), ("trace.events.loaded", "ranch", 1)]


def season(seed: int) -> list[dict[str, Any]]:
    return [one.body for one in Season(seed, counts(0.0001), date(2026, 11, 26)).tell()]


@pytest.mark.parametrize("seed", [31, 32])
def test_a_load_keeps_what_captures_of_the_same_events_keep_in_any_order(
    transactional_db, tmp_path, monkeypatch, seed
):
    dice, bodies = random.Random(seed), season(seed)
    dice.shuffle(bodies)
    path = tmp_path / "season.ndjson"
    said = [document(*bodies[first : first + 7], own=OWN) for first in range(0, len(bodies), 7)]
    path.write_text("\n".join(said), "utf-8")
    monkeypatch.setattr(loading, "PART", path.stat().st_size // 5)
    told = loading.load([path], party="league", at=AT, processes=3)
    assert told.refused == 0
    assert told.stored == Event.objects.count() > 150
    loaded = kept()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
    dice.shuffle(bodies)
    while bodies:
        taken = [bodies.pop() for _ in range(min(len(bodies), dice.randrange(1, 200)))]
        events = documents.read(document(*taken, own=OWN).encode()).events
        capture(events, party="league", at=AT, behaviour=PROCEED)
    assert kept() == loaded


def test_parts_cut_no_line_leave_nothing_out_and_are_small_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "PART", 5_000)
    monkeypatch.setattr(loading, "LEAST", 100)
    files = [tmp_path / "a.ndjson", tmp_path / "b.ndjson"]
    for file in files:
        file.write_bytes(b"".join(b"%d %s\n" % (line, b"x" * (line % 90)) for line in range(1, 1500)))
    parts = list(loading._parts(files, 3))
    for file in files:
        own = [part for part in parts if part.path == str(file)]
        text = file.read_bytes()
        cut = [text[part.start : part.start + part.length] for part in own]
        assert b"".join(cut) == text
        assert all(piece.startswith(b"%d " % part.line) for piece, part in zip(cut, own, strict=True))
    sizes = [part.length for part in parts]
    assert max(sizes) < 5_100
    assert sizes[-1] < 200


LOAD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import django
django.setup()
from xilin.apps.trace.repository import loading
loading.PART = 200_000
loading.load([Path(sys.argv[1])], party="ranch", at=datetime(2026, 3, 2, tzinfo=UTC), processes=2)
"""


def _begun(path: Path) -> "subprocess.Popen[bytes]":
    """A load in a process of its own, on the database of this test."""
    to = {name: str(value) for name, value in loading._parameters().items()}
    user, name, host = to.get("user", ""), to["dbname"], urlencode({"host": to.get("host", "")})
    secret = f":{quote(to['password'], safe='')}" if "password" in to else ""
    port = f":{to['port']}" if "port" in to else ""
    url = f"postgresql://{user}{secret}@{port}/{name}?{host}"
    return subprocess.Popen(
        [sys.executable, "-c", LOAD, str(path)], env={**os.environ, "XILIN_DATABASE_URL": url}
    )


def test_a_load_that_is_killed_leaves_whole_parts_and_is_taken_up_again(
    transactional_db, tmp_path, monkeypatch
):
    path = tmp_path / "many.ndjson"
    with path.open("w", encoding="utf-8") as lines:
        for first in range(0, 9_000, 50):
            lines.write(document(*(event(number) for number in range(first, first + 50))) + "\n")
    for _ in range(KILLS):
        before = Event.objects.count()
        process = _begun(path)
        deadline = time.monotonic() + 60
        while Event.objects.count() == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        process.wait()
        _until_alone()
        jobs = CaptureJob.objects.values_list("stored", flat=True)
        assert Event.objects.count() == sum(jobs)
    told = loading.load([path], party="ranch", at=AT, processes=2)
    assert told.stored + told.duplicates == 9_000
    assert Event.objects.count() == Event.objects.values("hash").distinct().count() == 9_000


def _until_alone() -> None:
    """Until what the killed load had open is rolled back."""
    deadline = time.monotonic() + 60
    parameters = loading._parameters()
    with psycopg.connect(**parameters, autocommit=True) as own:
        while time.monotonic() < deadline:
            (others,) = own.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND state <> 'idle'",
                [parameters["dbname"]],
            ).fetchone()  # type: ignore[misc]
            if not others:
                return
            time.sleep(0.05)
    raise AssertionError("still at work")
