"""Rows in force become a table that look-ups read: whole, typed, indexed, one at a time."""

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal

import ibis
import msgspec
import pyarrow as pa
import pytest
from django.db import connection
from published import ENTITIES, PEOPLE, publish, served, tables

import small_league
from xilin.kernel.audit.models import Entry
from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.collect import actions as collect
from xilin.kernel.exchange import publishing
from xilin.kernel.exchange.models import Publication
from xilin.kernel.lake import engine
from xilin.kernel.standards.declarations import Element, Name
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound

NOW = small_league.NOW
pytestmark = pytest.mark.django_db


@pytest.fixture
def league(tmp_path):
    small_league.apply(tmp_path)


def same(found, wanted):
    return sorted(map(str, found)) == sorted(map(str, wanted))


def test_rows_are_served_as_they_are_in_force_and_the_log_says_so(league):
    made = publish("households", PEOPLE, at=NOW)

    assert same(served(made), PEOPLE)
    assert (made.state, made.rows, made.published_at) == ("current", 3, NOW)
    entry = Entry.objects.get(kind="exchange.published")
    assert (entry.subject, entry.provider) == ("households", "police")
    assert entry.detail == {"rows": 3, "batches": [["test", 1]]}


def test_every_look_up_column_has_an_index(league):
    made = publish("households", PEOPLE, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'published' AND tablename = %s", [made.table]
        )
        indexes = sorted(text.partition(" USING ")[2] for (text,) in cursor.fetchall())

    assert indexes == ["btree (_row)", "btree (id_number)"]


def test_the_same_batches_are_not_copied_again_but_new_ones_are(league):
    first = publish("households", PEOPLE, at=NOW)
    again = publish("households", PEOPLE, at=NOW)
    newer = publish("households", PEOPLE[:1], at=NOW, batch=2)

    assert again == first
    assert newer != first
    assert same(served(newer), PEOPLE[:1])
    assert tables() == [newer.table]
    first.refresh_from_db()
    assert (first.state, first.table) == ("replaced", "")


def test_a_changed_declaration_is_published_anew(league, tmp_path):
    first = publish("households", PEOPLE, at=NOW)
    small_league.apply(
        tmp_path,
        households=small_league.HOUSEHOLDS.replace(
            'lookup = ["id_number"]', 'lookup = ["id_number", "person_name"]'
        ),
    )
    second = publish("households", PEOPLE, at=NOW)

    assert second != first
    assert second.content["lookup"] == ["id_number", "person_name"]


def test_resources_have_tables_of_their_own(league):
    one, other = publish("households", PEOPLE, at=NOW), publish("entities", ENTITIES, at=NOW)

    assert tables() == sorted([one.table, other.table])
    assert same(served(other), ENTITIES)


def test_what_an_interrupted_publishing_left_is_dropped_by_the_next(league):
    left = publishing._make("households", {"id_number": "text"}, {}, NOW)
    others = publishing._make("entities", {"uscc": "text"}, {}, NOW)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE published.nobodys (x int)")

    made = publish("households", PEOPLE, at=NOW)

    assert tables() == sorted([made.table, others.table])
    left.refresh_from_db()
    assert left.state == "abandoned"


def test_rows_that_fail_on_the_way_leave_the_old_table_served(league, monkeypatch):
    first = publish("households", PEOPLE, at=NOW)
    real = publishing.as_csv
    monkeypatch.setattr(publishing, "as_csv", lambda batch: real(batch)[:-40])

    with pytest.raises(Exception, match=r"unterminated|missing data|copied"):
        publish("households", PEOPLE, at=NOW, batch=2)

    assert Publication.objects.get(state="current") == first
    assert same(served(first), PEOPLE)
    monkeypatch.undo()
    second = publish("households", PEOPLE, at=NOW, batch=2)
    assert tables() == [second.table]


def test_values_keep_their_types_and_every_character(league):
    kinds = ("string", "integer", "decimal", "boolean", "date", "datetime")
    elements = {kind: Element(code=kind, name=Name(zh=kind), type=kind, source="test") for kind in kinds}
    items = "".join(f'[[item]]\nelement = "{kind}"\n' for kind in kinds)
    text = small_league.resource(
        code="typed", catalogue="9/9", zh="类型", en="Types", provider="police", summary="x",
        classification='["x"]', share="conditional", condition="x", basis="", cycle="daily", items='key = ["string"]\n' + items,
    )  # fmt: skip
    resource = msgspec.convert(tomllib.loads(text), Resource)
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    values = [
        ('a"b,c\nd\\.e\t\0f', 2**53 + 1, Decimal("-12345678.90"), True, date(1899, 12, 31), moment),
        ("", 0, Decimal("0.01"), False, date(2026, 2, 28), moment),
        (None,) * 6,
    ]
    types = [
        pa.string(),
        pa.int64(),
        pa.decimal128(18, 2),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", "UTC"),
    ]
    columns = {kind: pa.array([row[n] for row in values], types[n]) for n, kind in enumerate(kinds)}
    table = ibis.memtable(pa.table(columns | {"_source": ["s"] * 3, "_batch": [1] * 3}))

    made = publishing.publish_table(resource, elements, table, at=NOW)

    found = [tuple(row.values()) for row in served(made)]
    assert same(found, [(values[0][0].replace("\0", ""), *values[0][1:]), *values[1:]])


def test_a_time_without_a_zone_is_of_the_platforms_zone_and_a_missing_column_is_null(league, tmp_path):
    resource = declaration("resource", "households")
    elements = declared("element") | {
        "person_name": Element(code="person_name", name=Name(zh="x"), type="datetime", source="test")
    }
    table = pa.table(
        {"id_number": ["9"], "person_name": [datetime(2026, 1, 1, 8)], "_source": ["s"], "_batch": [1]}
    )

    (row,) = served(publishing.publish_table(resource, elements, ibis.memtable(table), at=NOW))

    assert row["person_name"] == datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
    assert row["address"] is None


def test_no_rows_make_an_empty_table(league):
    table = pa.table(
        {name: pa.array([], pa.string()) for name in ("id_number", "person_name", "address", "_source")}
    )
    table = table.append_column("_batch", pa.array([], pa.int64()))

    made = publishing.publish_table(
        declaration("resource", "households"), declared("element"), ibis.memtable(table), at=NOW
    )

    assert (made.rows, served(made)) == (0, [])


def test_an_unknown_resource_is_refused_and_a_base_resource_has_no_copy(league, tmp_path):
    with pytest.raises(NotFound):
        publishing.publish("nothing", con=None, at=NOW)
    base = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'key = ["id_number"]\nbase = true')
    small_league.apply(tmp_path, households=base)

    assert publishing.publish("households", con=None, at=NOW) is None


@pytest.fixture
def collected(tmp_path, settings):
    """A CSV file of people in a home of the test's own, declared as the source of households."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    path, league = tmp_path / "people.csv", tmp_path / "league"
    source = f"""
code = "police_csv"
resource = "households"
department = "police"
name = {{ zh = "户籍" }}
connector = "csv"
[connection]
path = '{path}'
[columns]
id_number = {{ source = "id" }}
person_name = {{ source = "name" }}
address = {{ source = "address" }}
"""
    (league / "sources").mkdir(parents=True)
    (league / "sources" / "police_csv.toml").write_text(source, encoding="utf-8")
    small_league.apply(league)
    return path


def test_what_was_collected_is_what_is_served_and_the_next_batch_replaces_it(collected):
    con = engine.connect(512)
    assert publishing.publish("households", con=con, at=NOW) is None, "nothing was collected yet"
    found = []
    for count in (2, 3):
        lines = ["id,name,address", *(f"99010119850229{n:04},姓{n},某旗{n}号" for n in range(count))]
        collected.write_text("\n".join(lines) + "\n", encoding="utf-8")
        batch = collect.collect("police_csv", at=NOW)
        assert batch.state == "done", batch.message("en")
        found.append(publishing.publish("households", con=con, at=NOW))
        assert publishing.publish("households", con=con, at=NOW) == found[-1]

    assert [made.rows for made in found] == [2, 3]
    assert same(
        served(found[-1]),
        [
            {"id_number": f"99010119850229{n:04}", "person_name": f"姓{n}", "address": f"某旗{n}号"}
            for n in range(3)
        ],
    )
    assert tables() == [found[-1].table]
