"""What is delivered in bulk equals what a look-up says: corrections lie over files and changes as over what is served."""

import os
from datetime import timedelta
from pathlib import Path

import delivered
import duckdb
import pytest
from calling import run
from delivered import grant, land, people, someone
from test_disputes import DEADLINES, MORE

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import actions, changes, overlays, publishing, tracing, watermark
from xilin.kernel.exchange import golden as golden_rows
from xilin.kernel.exchange.actions import disputes as acts
from xilin.kernel.exchange.actions import exports, feeds
from xilin.kernel.exchange.dispute_models import Notice
from xilin.kernel.exchange.golden_models import Deposit
from xilin.kernel.exchange.keys import grant_key, secret
from xilin.kernel.exchange.masks import masker
from xilin.kernel.exchange.models import Export, Grant
from xilin.kernel.lake import engine
from xilin.kernel.registry.models import Entity, EntityIdentifier, LinkRun
from xilin.kernel.standards.queries import declared

pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
WHY = {"purpose": "assistance", "case_number": "低保-2026-001"}
SHOWN = ("id_number", "phone", "income", "children", "active", "seen_at")
RIGHT = {
    "phone": "12999999999",
    "income": "7.25",
    "children": "9",
    "active": "false",
    "seen_at": "2026-01-02T08:00:00+08:00",
    "birth_date": "2001-02-03",
}


@pytest.fixture
def rolls(hub, tmp_path, settings, monkeypatch):
    """The hub with the roll in the lake and published, and grants of look-ups, of files and of changes, all in full."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    plain = delivered.RESOURCE.replace('mask = "pseudonym"', "").replace('mask = "year"', "")
    files = delivered.FILES | {
        "resources/roll.toml": plain,
        "deadlines.toml": small_league.DEADLINES + DEADLINES,
    }
    small_league.apply(tmp_path / "roll", files, at=NOW - timedelta(seconds=1))
    monkeypatch.setattr(exports.timezone, "now", lambda: NOW)
    hub.call = grant(hub, way="call", shape="full")
    hub.file, hub.feed = grant(hub, shape="full"), grant(hub, way="feed", shape="full")
    hub.key = actions.issue_key(hub.client, by=hub.ann, at=NOW)
    land(people(*range(20)), source="roll_a")
    land(people(*range(20, 30)), source="roll_b")
    publish()
    return hub


def publish():
    con = engine.connect(256)
    publishing.publish("roll", con=con, at=NOW)
    con.disconnect()


def look_up(rolls, number):
    async def story(caller):
        answered = await caller.look_up(rolls.key, "roll", by={"id_number": someone(number)["id_number"]})
        assert answered.status_code == 200, answered.text
        return answered.json()["answer"]["rows"][0]

    return run(story)


def correct(rolls, number, column, value):
    """Look up, dispute, correct: as a user of the data and its department do."""
    look_up(rolls, number)
    made = acts.dispute(
        resource="roll", by={"id_number": someone(number)["id_number"]}, column=column, claimed=value, grounds="档案",
        user=rolls.ann, at=NOW,
    )  # fmt: skip
    return acts.correct(made, by=rolls.carl, at=NOW)


def fetched(rolls, **named):
    export = exports.make(
        exports.ask_export(rolls.client.pk, "roll", kind="parquet", at=NOW, **WHY, **named).number
    )
    assert export.state == Export.State.READY, export.refusal
    con = duckdb.connect()
    con.execute("SET TimeZone = 'Asia/Shanghai'")
    rows = con.execute(f"SELECT * FROM '{exports.path_of(export)}'").to_arrow_table().to_pylist()
    return export, {row["id_number"]: row for row in rows}


def same(said, row):
    """Whether a look-up and a row of a file say the same of each item."""

    def plain(column, value):
        return f"{float(value):.2f}" if column == "income" else str(value).replace("T", " ")

    return all(plain(name, said[name]) == plain(name, row[name]) for name in (*SHOWN, "birth_date"))


def test_a_file_says_what_a_look_up_says_of_every_type_of_item(rolls):
    for column, value in RIGHT.items():
        correct(rolls, 7, column, value)
    correct(rolls, 25, "phone", "12888888888")

    _, rows = fetched(rolls)

    assert len(rows) == 30
    assert rows[someone(7)["id_number"]]["phone"] == "12999999999"
    assert rows[someone(25)["id_number"]]["phone"] == "12888888888"
    for number in (7, 25, 3):
        assert same(look_up(rolls, number), rows[someone(number)["id_number"]]), number


def test_an_increment_and_the_changes_tell_a_correction_once_and_its_end_not_at_all(rolls):
    made = feeds.subscribe(rolls.client.pk, "roll", at=NOW, **WHY)
    first, _ = fetched(rolls)
    correct(rolls, 7, "phone", "12999999999")

    assert changes.behind() == ["roll"]
    assert changes.advance("roll", at=NOW) == 1
    answer = feeds.pull(rolls.client.pk, made.number, after=None, at=NOW).answer
    _, since = fetched(rolls, since=first.number)

    (one,) = answer["changes"]
    assert (one["op"], one["values"]["phone"]) == ("update", "12999999999")
    assert one["values"]["phone"] == look_up(rolls, 7)["phone"]
    assert {key: value["phone"] for key, value in since.items()} == {someone(7)["id_number"]: "12999999999"}

    land([someone(n, **({"phone": "12999999999"} if n == 7 else {})) for n in range(20)], source="roll_a")
    publish()
    assert not overlays.in_force().exists()
    assert changes.advance("roll", at=NOW) == 0
    assert changes.behind() == []
    assert same(look_up(rolls, 7), fetched(rolls)[1][someone(7)["id_number"]])


def test_a_batch_that_brings_the_mistake_again_brings_it_to_nobody(rolls):
    made = feeds.subscribe(rolls.client.pk, "roll", at=NOW, **WHY)
    correct(rolls, 7, "phone", "12999999999")
    changes.advance("roll", at=NOW)
    land([someone(n, **({"income": 1.0} if n == 7 else {})) for n in range(20)], source="roll_a")
    publish()
    changes.advance("roll", at=NOW)

    told = feeds.pull(rolls.client.pk, made.number, after=None, at=NOW).answer["changes"]

    assert [one["values"]["phone"] for one in told] == ["12999999999"] * 2
    assert told[-1]["values"]["income"] == "1"
    assert look_up(rolls, 7)["phone"] == "12999999999"


def test_who_took_the_file_is_told_of_the_correction(rolls):
    export, _ = fetched(rolls)
    exports.handed_out(export.number, 0, export.bytes, at=NOW)
    correct(rolls, 7, "phone", "12999999999")
    assert export.entry in Notice.objects.get(client=rolls.client).entries


def test_rows_in_force_are_not_touched(rolls):
    """The overlay is on what is delivered: the lake keeps what the source said."""
    correct(rolls, 7, "phone", "12999999999")
    con = engine.connect(256)
    kept = collect.current(con, "roll")
    row = kept.filter(kept.id_number == someone(7)["id_number"]).to_pyarrow().to_pylist()[0]
    con.disconnect()
    assert row["phone"] == someone(7)["phone"]


# Base registries


@pytest.fixture
def people_hub(hub, tmp_path, settings, monkeypatch):
    """The hub with golden records of three people, and grants of look-ups, files and changes of the base resource."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    masked = MORE | {"deadlines.toml": small_league.DEADLINES + DEADLINES}
    masked["masks.toml"] = delivered.MASKS
    masked["resources/everyone.toml"] = (
        MORE["resources/everyone.toml"].replace(
            'element = "id_number"', 'element = "id_number"\nmask = "pseudonym"'
        )
        + '[[item]]\nelement = "birth_date"\n'
    )
    masked["elements/roll.toml"] = delivered.ELEMENTS
    masked["registries/people.toml"] = MORE["registries/people.toml"].replace(
        "[[identifier]]", '[[attribute]]\ncode = "birth_date"\nelement = "birth_date"\n[[identifier]]'
    )
    small_league.apply(tmp_path, masked, at=NOW - timedelta(seconds=1))
    monkeypatch.setattr(exports.timezone, "now", lambda: NOW)
    hub.run = LinkRun.objects.create(registry="people", started_at=NOW, finished_at=NOW)
    hub.everyone = [golden(hub, n, f"王{n}") for n in range(3)]
    hub.jin = small_league.person("jin", "justice", User.Role.APPROVER)
    hub.way = {way: base_grant(hub, way) for way in ("call", "file", "feed")}
    hub.key = actions.issue_key(hub.client, by=hub.ann, at=NOW)
    return hub


def golden(hub, number, name):
    found = Entity.objects.create(
        registry="people",
        attributes={"id_number": f"99010119900101{number:04d}", "person_name": name, "birth_date": f"1990-01-0{number + 1}"},
        provenance={"person_name": ["hukou", 1, None]}, records=1, digest="",
        since_run=hub.run.pk, changed_run=hub.run.pk,
    )  # fmt: skip
    EntityIdentifier.objects.create(
        registry="people", attribute="id_number", value=found.attributes["id_number"], entity=found
    )
    return found


def base_grant(hub, way, **changed):
    asked = hub.ask(
        resource=catalog.resource("everyone"), items=["id_number", "person_name", "birth_date"], **changed
    )
    given = actions.approve(asked, by=hub.jin, at=NOW)
    Grant.objects.filter(pk=given.pk).update(delivery=way, quota_per_day=1000, keyed=True)
    given.refresh_from_db()
    return given


def base_file(hub, **named):
    asked = exports.ask_export(hub.client.pk, "everyone", kind="parquet", at=NOW, **WHY, **named)
    export = exports.make(asked.number)
    assert export.state == Export.State.READY, export.refusal
    rows = duckdb.connect().execute(f"SELECT * FROM '{exports.path_of(export)}'").to_arrow_table().to_pylist()
    return export, rows


def test_a_base_registry_is_a_file_like_any_other(people_hub):
    """Masked, filtered, marked, with pseudonyms of the grant alone; made of what a look-up answers."""
    Grant.objects.filter(pk=people_hub.way["file"].pk).update(
        row_filter=[{"column": "birth_date", "op": "le", "value": "1990-01-02"}]
    )
    export, rows = base_file(people_hub)
    Grant.objects.filter(pk=people_hub.way["file"].pk).update(row_filter=[])
    key = grant_key(Path(os.fspath(exports.settings.HOME)), people_hub.way["file"].number)
    show = masker(declared("mask")["pseudonym"], key)

    assert {(row["id_number"], row["person_name"], str(row["birth_date"])) for row in rows} == {
        (show(one.attributes["id_number"]), one.attributes["person_name"], one.attributes["birth_date"])
        for one in people_hub.everyone[:2]
    }
    tag = watermark.tag(
        secret(Path(os.fspath(exports.settings.HOME)), "watermark"), people_hub.way["file"].number
    )
    assert {str(row["_row"])[: watermark.TAG] for row in rows} == {tag}
    found = tracing.trace(exports.path_of(export))
    assert {(mark.kind, mark.grant.number) for mark in found} >= {("row", people_hub.way["file"].number)}
    assert next(mark for mark in found if mark.kind == "row").confirmed == 2


def test_a_linking_and_a_correction_are_changes_of_a_base_registry(people_hub):
    made = feeds.subscribe(people_hub.client.pk, "everyone", at=NOW, **WHY)
    first, rows = base_file(people_hub)
    assert (len(rows), changes.behind()) == (3, [])
    assert Deposit.objects.count() == 1

    people_hub.run = LinkRun.objects.create(registry="people", started_at=NOW, finished_at=NOW)
    golden(people_hub, 7, "新人")
    Entity.objects.filter(pk=people_hub.everyone[0].pk).update(ended_run=people_hub.run.pk)
    assert changes.behind() == ["everyone"]
    assert changes.advance("everyone", at=NOW) == 2

    person = people_hub.everyone[1]
    look = {"by": {"id_number": person.attributes["id_number"]}}

    async def story(caller):
        return (await caller.look_up(people_hub.key, "everyone", **look)).json()["answer"]["rows"][0]

    run(story)
    dispute = acts.dispute(
        resource="everyone",
        column="person_name",
        claimed="王改",
        grounds="档案",
        user=people_hub.ann,
        at=NOW,
        **look,
    )
    acts.correct(dispute, by=people_hub.carl, at=NOW)
    assert changes.advance("everyone", at=NOW) == 1

    told = feeds.pull(people_hub.client.pk, made.number, after=None, at=NOW).answer["changes"]
    assert [one["op"] for one in told[:2]] in (["insert", "delete"], ["delete", "insert"])
    assert (told[2]["op"], told[2]["values"]["person_name"]) == ("update", "王改")
    assert run(story)["person_name"] == "王改"
    _, since = base_file(people_hub, since=first.number)
    assert sorted((row["_change"], row["person_name"] or "") for row in since) == [
        ("delete", ""), ("upsert", "新人"), ("upsert", "王改"),
    ]  # fmt: skip


def test_a_correction_lies_over_a_copy_made_between_a_linking_and_its_being_laid_anew(people_hub):
    person = people_hub.everyone[1]
    look = {"by": {"id_number": person.attributes["id_number"]}}
    run(lambda caller: caller.look_up(people_hub.key, "everyone", **look))
    dispute = acts.dispute(
        resource="everyone",
        column="person_name",
        claimed="王改",
        grounds="档案",
        user=people_hub.ann,
        at=NOW,
        **look,
    )
    acts.correct(dispute, by=people_hub.carl, at=NOW)
    Entity.objects.filter(pk=person.pk).update(attributes=person.attributes)  # as a linking writes it
    LinkRun.objects.create(registry="people", started_at=NOW, finished_at=NOW)

    _, rows = base_file(people_hub)

    assert {row["person_name"] for row in rows} == {"王0", "王改", "王2"}


def test_copies_whose_time_is_over_go_and_the_newest_stays(people_hub):
    base_file(people_hub)
    people_hub.run = LinkRun.objects.create(registry="people", started_at=NOW, finished_at=NOW)
    base_file(people_hub)
    assert Deposit.objects.count() == 2
    golden_rows.forget(NOW + timedelta(days=40))
    assert Deposit.objects.count() == 1
    assert len(base_file(people_hub)[1]) == 3


def test_a_registry_that_nothing_was_linked_in_is_no_file(people_hub):
    LinkRun.objects.all().delete()
    asked = exports.ask_export(people_hub.client.pk, "everyone", kind="parquet", at=NOW, **WHY)
    assert exports.make(asked.number).refusal["code"] == "exchange.NothingCollected"
