"""Bulk files: what they hold, how they are marked, who gets them, and what the log says of them."""

import hashlib
import os
import stat
from datetime import timedelta
from pathlib import Path

import delivered
import duckdb
import pyarrow.parquet as pq
import pytest
from delivered import ITEMS, grant, land, people, someone

import small_league
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange.actions import exports
from xilin.kernel.exchange.delivery_models import Export
from xilin.kernel.exchange.keys import grant_key
from xilin.kernel.exchange.masks import masker
from xilin.kernel.standards.queries import declared

pytestmark = pytest.mark.django_db
NOW = small_league.NOW


@pytest.fixture
def rolls(hub, tmp_path, settings, monkeypatch):
    """The hub with the roll declared, and a home and a lake of the test's own; the clock stands still."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    small_league.apply(tmp_path / "roll", delivered.FILES)
    monkeypatch.setattr(exports.timezone, "now", lambda: NOW)
    return hub


def ask(rolls, **changed):
    said = {"purpose": "assistance", "case_number": "低保-2026-001", "kind": "parquet", "at": NOW}
    return exports.ask_export(rolls.client.pk, "roll", **(said | changed))


def made(rolls, **changed):
    found = exports.make(ask(rolls, **changed).number)
    assert found.state == Export.State.READY, found.refusal
    return found


def read(export):
    query = f"SELECT * FROM '{exports.path_of(export)}'"
    return duckdb.connect().execute(query).to_arrow_table().to_pylist()


def test_a_file_holds_what_the_grant_shows_of_every_row_and_nothing_else(rolls):
    land(people(*range(50)), source="roll_a")
    land(people(*range(50, 60), person_name=None), source="roll_b")
    held = grant(rolls)

    export = made(rolls)

    key = grant_key(Path(os.fspath(exports.settings.HOME)), held.number)
    masks = declared("mask")
    show = {item.column: masker(masks[item.mask], key) for item in held.items.all() if item.mask}
    expected = [someone(n, **({"person_name": None} if n >= 50 else {})) for n in range(60)]
    wanted = {
        tuple(str(show[name](row[name]) if name in show else row[name]) for name in ITEMS) for row in expected
    }
    rows = read(export)
    zone = exports.timezone.get_current_timezone()
    found = {
        tuple(
            str(row[name].astimezone(zone).astimezone(NOW.tzinfo) if name == "seen_at" else row[name])
            for name in ITEMS
        )
        for row in rows
    }
    assert list(rows[0]) == ["_row", *ITEMS]
    assert found == wanted
    assert len({row["_row"] for row in rows}) == len(rows) == export.rows == 60


def test_a_file_is_readable_by_its_owner_only_and_says_whose_it_is(rolls):
    land(people(*range(5)))
    held = grant(rolls)

    export = made(rolls)

    path = exports.path_of(export)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    said = pq.read_metadata(path).metadata
    assert (said[b"xilin.export"].decode(), said[b"xilin.grant"].decode()) == (export.number, held.number)
    assert said[b"xilin.department"] == b"civil"


def test_the_log_says_what_left_before_it_can_be_fetched(rolls):
    land(people(*range(5)))
    grant(rolls)

    export = made(rolls)

    entry = Entry.objects.get(seq=export.entry)
    assert entry.kind == "exchange.export.made"
    assert (entry.department, entry.provider, entry.subject) == ("civil", "police", "roll")
    assert entry.detail["rows"] == 5
    assert entry.detail["items"] == list(ITEMS)
    assert entry.detail["snapshot"] == str(export.snapshot)
    assert entry.detail["sha256"] == hashlib.sha256(exports.path_of(export).read_bytes()).hexdigest()


def test_rows_outside_the_filter_stay_in_the_lake(rolls):
    land(people(*range(70)))
    conditions = [
        {"column": "area_code", "op": "prefix", "value": "990103"},
        {"column": "income", "op": "ge", "value": 10},
        {"column": "birth_date", "op": "le", "value": "1999-12-31"},
        {"column": "children", "op": "in", "value": [0, 1, 2]},
        {"column": "active", "op": "eq", "value": True},
    ]
    grant(rolls, row_filter=conditions, items=("id_number", "phone"))

    export = made(rolls)

    fitting = {
        row["phone"]
        for row in people(*range(70))
        if row["area_code"].startswith("990103")
        and row["income"] >= 10
        and row["birth_date"].year <= 1999
        and row["children"] in (0, 1, 2)
        and row["active"]
    }
    assert fitting
    assert {row["phone"] for row in read(export)} == fitting
    assert list(read(export)[0]) == ["_row", "id_number", "phone"]


def test_a_filter_on_an_item_that_is_gone_lets_nothing_out(rolls):
    land(people(*range(5)))
    grant(rolls, row_filter=[{"column": "gone", "op": "eq", "value": "x"}])

    export = exports.make(ask(rolls).number)

    assert (export.state, export.refusal["code"]) == (Export.State.REFUSED, "exchange.FilterNotUsable")
    assert not exports.path_of(export).exists()


def test_csv_holds_the_same_rows_as_parquet(rolls):
    land(people(*range(30)))
    grant(rolls)

    one, other = made(rolls), made(rolls, kind="csv")

    text = [{name: row[name] for name in ("_row", "id_number", "phone")} for row in read(one)]
    again = [{name: row[name] for name in ("_row", "id_number", "phone")} for row in read(other)]
    assert sorted(map(str, (tuple(map(str, row.values())) for row in text))) == sorted(
        map(str, (tuple(map(str, row.values())) for row in again))
    )


def test_an_increment_applied_to_the_earlier_file_gives_the_newer_state(rolls):
    land(people(*range(40)))
    grant(rolls, row_filter=[{"column": "children", "op": "le", "value": 2}])
    first = made(rolls)
    land([someone(1, children=3), someone(3, children=0), someone(5, phone="12999"), someone(99)], full=False)
    land(people(200), source="roll_b")

    later = made(rolls, since=first.number)
    whole = made(rolls)

    copy = {row["_row"]: row for row in read(first)}
    for row in read(later):
        kind = row.pop("_change")
        if kind == "delete":
            del copy[row["_row"]]
        else:
            copy[row["_row"]] = row
    assert copy == {row["_row"]: row for row in read(whole)}
    # 1 leaves the filter, 3 comes in, 5 changes, 99 and 200 are new or stay outside
    assert later.rows == sum(1 for _ in read(later)) <= 5


def test_the_rows_of_a_day_are_counted_and_end(rolls):
    land(people(*range(30)))
    held = grant(rolls, quota=50)

    made(rolls)
    second = exports.make(ask(rolls).number)

    assert second.refusal["code"] == "exchange.RowsUsedUp"
    assert held.usage.get().asked == 30
    assert Entry.objects.filter(kind="exchange.export.refused").count() == 1


def test_two_grants_name_the_same_record_differently(rolls):
    land(people(*range(30)))
    grant(rolls)
    one = made(rolls)
    grant(rolls)
    other = made(rolls)

    for name in ("_row", "id_number"):
        assert not {row[name] for row in read(one)} & {row[name] for row in read(other)}


class TestAsking:
    def test_a_grant_of_calls_gives_no_file(self, rolls):
        grant(rolls, way="call")
        with pytest.raises(errors.WayNotGranted):
            ask(rolls)

    def test_the_purpose_the_hours_and_the_items_are_the_grants(self, rolls):
        held = grant(rolls, items=("id_number", "phone"))
        with pytest.raises(errors.PurposeNotGranted):
            ask(rolls, purpose="identity")
        with pytest.raises(errors.ItemsOutside):
            ask(rolls, columns=["phone", "income"])
        type(held).objects.update(hour_from=0, hour_to=9)
        with pytest.raises(errors.OutsideGrantedHours):
            ask(rolls)

    def test_a_grant_that_wants_signatures_refuses_a_bare_key(self, rolls):
        grant(rolls, signed=True)
        with pytest.raises(errors.MustBeSigned):
            ask(rolls)
        assert ask(rolls, signed=True).number

    def test_a_revoked_grant_stops_a_file_that_was_asked_for(self, rolls):
        land(people(*range(5)))
        held = grant(rolls)
        asked = ask(rolls)
        type(held).objects.update(revoked_at=NOW, revoked_by=rolls.bob)

        export = exports.make(asked.number)

        assert export.refusal["code"] == "exchange.GrantEndedMeanwhile"

    def test_what_changed_is_told_since_files_of_the_same_grant_only(self, rolls):
        land(people(*range(5)))
        grant(rolls)
        first = made(rolls)
        grant(rolls)
        with pytest.raises(errors.SinceWrong):
            ask(rolls, since=first.number)

    def test_too_many_files_at_once_are_refused(self, rolls):
        grant(rolls)
        for _ in range(exports.MOST_WAITING):
            ask(rolls)
        with pytest.raises(errors.TooManyWaiting):
            ask(rolls)


class TestHandingOut:
    @pytest.fixture
    def export(self, rolls):
        land(people(*range(200)))
        self.grant = grant(rolls)
        return made(rolls)

    def hand_out(self, rolls, export, first=0, end=None, at=NOW):
        return exports.hand_out(rolls.client.pk, export.number, at=at, first=first, end=end)

    def test_every_part_that_leaves_is_entered_first(self, rolls, export):
        part = self.hand_out(rolls, export, 100, 300)

        entry = Entry.objects.order_by("seq").last()
        assert (entry.kind, entry.detail["first"], entry.detail["end"]) == (
            "exchange.export.fetched",
            100,
            300,
        )
        assert part.path.stat().st_size == export.bytes

    def test_the_last_bytes_may_be_asked_for(self, rolls, export):
        part = self.hand_out(rolls, export, None, 10)
        assert (part.first, part.end) == (export.bytes - 10, export.bytes)

    def test_a_range_beyond_the_file_is_refused(self, rolls, export):
        with pytest.raises(errors.RangeWrong):
            self.hand_out(rolls, export, export.bytes)

    def test_it_is_given_once(self, rolls, export):
        exports.handed_out(export.number, 0, 100, at=NOW)
        exports.handed_out(export.number, 100, export.bytes, at=NOW)
        export.refresh_from_db()
        assert export.state == Export.State.TAKEN
        assert self.hand_out(rolls, export).end == export.bytes  # who lost the end of it comes again at once
        with pytest.raises(errors.FileGone):
            self.hand_out(rolls, export, at=NOW + exports.GRACE)
        exports.sweep(NOW + exports.GRACE)
        assert not exports.path_of(export).exists()

    def test_it_expires(self, rolls, export):
        late = NOW + timedelta(hours=24)
        with pytest.raises(errors.FileGone):
            self.hand_out(rolls, export, at=late)
        assert exports.sweep(late) == 1
        assert not exports.path_of(export).exists()

    def test_another_clients_file_is_not_there(self, rolls, export):
        for number, client in ((export.number, 10**6), ("E20260101-nothing", rolls.client.pk)):
            with pytest.raises(errors.DeliveryUnknown):
                exports.hand_out(client, number, at=NOW, first=0, end=None)

    def test_a_revoked_grant_hands_out_nothing(self, rolls, export):
        type(self.grant).objects.update(revoked_at=NOW, revoked_by=rolls.bob)
        with pytest.raises(errors.GrantEndedMeanwhile):
            self.hand_out(rolls, export)

    def test_given_up_it_is_gone_at_once(self, rolls, export):
        exports.give_up(rolls.client.pk, export.number, at=NOW)
        assert not exports.path_of(export).exists()
        with pytest.raises(errors.FileGone):
            self.hand_out(rolls, export)


def test_files_that_no_row_knows_are_swept(rolls):
    folder = Path(exports.settings.HOME) / "exports"
    folder.mkdir(parents=True)
    (folder / "E20200101-lost.parquet").write_bytes(b"x")
    assert exports.sweep(NOW) == 1
