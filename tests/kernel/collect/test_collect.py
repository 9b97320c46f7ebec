"""A batch from the source to the counts: balance, repetition, increments, refusals, lineage."""

import threading
from datetime import timedelta

import psycopg
import pytest
import roster
from django.db import Error as DatabaseError
from django.db import IntegrityError, connection, transaction

from xilin.kernel.collect import actions, queries, staging
from xilin.kernel.collect.errors import NoSuchSource
from xilin.kernel.collect.models import Batch
from xilin.kernel.lake import engine
from xilin.kernel.lake.tables import Lake
from xilin.kernel.quality.models import CheckResult, Quarantined
from xilin.kernel.standards.models import Declaration
from xilin.lib.errors import NotFound

pytestmark = pytest.mark.django_db
AT = roster.NOW


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """A home and a lake of the test's own."""
    settings.HOME = tmp_path / "home"
    settings.LAKE = str(tmp_path / "lake")
    return settings.HOME


@pytest.fixture
def con(home):
    """An engine."""
    return engine.connect(512)


@pytest.fixture
def file(tmp_path):
    """The CSV file that the source `civil_csv` reads; the source is declared."""
    path = tmp_path / "roster.csv"
    roster.apply(tmp_path / "league", roster.source("civil_csv", "csv", path=str(path)))
    return path


def counts(batch):
    return (batch.rows_read, batch.rows_accepted, batch.rows_quarantined, batch.rows_duplicate)


def current(con, *columns):
    found = queries.current(con, "roster")
    return (
        None
        if found is None
        else sorted(tuple(row.values()) for row in found.select(*columns).to_pyarrow().to_pylist())
    )


def test_rows_read_are_accepted_or_held_back_or_duplicate(file, con):
    bad = [("", "无号", "男", "1", ""), ("R9", "名", "女", "-1", "2026-13-01 00:00:00")]
    roster.csv(file, [*roster.rows(1, 5), *bad, *roster.rows(2, 1)], tail="only,two\n")

    batch = actions.collect("civil_csv", at=AT)

    assert batch.state == "done", batch.error
    assert counts(batch) == (9, 5, 3, 1)
    assert current(con, "_key", "amount") == [(f"R{n:06}", n + 0.5) for n in range(1, 6)]
    assert Quarantined.objects.filter(batch_id=batch.pk).count() == 3
    assert CheckResult.objects.filter(batch_id=batch.pk).exists()
    assert batch.seconds > 0
    assert not staging.folder(batch.pk).exists()


def test_a_line_of_the_wrong_width_is_held_back_with_its_text(file):
    roster.csv(file, roster.rows(1, 2), tail="R000003,名3,男\n")

    actions.collect("civil_csv", at=AT)

    held = Quarantined.objects.get()
    assert held.row == 3
    assert held.found == {"_text": "R000003,名3,男", "_file": "roster.csv"}
    assert held.reasons[0]["code"] == "ragged"
    assert "列数" in held.reasons[0]["zh"]


def test_raw_is_kept_as_found(file, con):
    roster.csv(file, [("R1 ", "名", "不详", " 1.10", "")], tail="a,b\n")

    batch = actions.collect("civil_csv", at=AT)

    raw = Lake.open().read(con, "raw.civil_csv").order_by("_row").to_pyarrow().to_pylist()
    assert [row["no"] for row in raw] == ["R1 ", None]
    assert raw[0]["amount"] == " 1.10"
    assert raw[1]["_text"] == "a,b"
    assert [(row["_row"], row["_batch"]) for row in raw] == [(1, batch.pk), (2, batch.pk)]


def test_a_value_outside_its_list_is_flagged_and_kept_beside(file, con):
    roster.csv(file, [("R1", "名", "不详", "1", "")])

    assert counts(actions.collect("civil_csv", at=AT)) == (1, 1, 0, 0)

    assert current(con, "sex", "sex__found") == [(None, "不详")]


def test_a_full_batch_takes_the_place_of_the_one_before(file, con):
    roster.csv(file, roster.rows(1, 5))
    actions.collect("civil_csv", at=AT)
    roster.csv(file, roster.rows(3, 4))

    batch = actions.collect("civil_csv", at=AT)

    assert counts(batch) == (4, 4, 0, 0)
    assert current(con, "_key", "_batch") == [(f"R{n:06}", batch.pk) for n in range(3, 7)]


def test_an_empty_file_empties_its_part_of_the_table(file, con):
    roster.csv(file, roster.rows(1, 5))
    actions.collect("civil_csv", at=AT)
    roster.csv(file, [])

    assert queries.current(con, "nowhere") is None
    assert counts(actions.collect("civil_csv", at=AT)) == (0, 0, 0, 0)
    assert current(con, "_key") == []


def test_a_first_batch_without_rows_is_done(file):
    roster.csv(file, [])

    assert actions.collect("civil_csv", at=AT).state == "done"


def test_two_sources_of_a_resource_stand_side_by_side(tmp_path, con):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    roster.apply(
        tmp_path / "league",
        roster.source("one", "csv", path=str(one)),
        roster.source("two", "csv", path=str(two)),
    )
    roster.csv(one, roster.rows(1, 2))
    roster.csv(two, roster.rows(1, 3))
    actions.collect("one", at=AT)
    actions.collect("two", at=AT)
    roster.csv(one, roster.rows(1, 1))

    actions.collect("one", at=AT)

    assert current(con, "_source", "_key") == [
        ("one", "R000001"), ("two", "R000001"), ("two", "R000002"), ("two", "R000003")
    ]  # fmt: skip


class TestIncrements:
    @pytest.fixture
    def table(self, postgresql, source_database, tmp_path):
        postgresql.execute("DROP TABLE IF EXISTS roster")
        postgresql.execute(
            "CREATE TABLE roster (no text, name text, sex text, amount numeric, updated timestamp)"
        )
        more = 'mode = "incremental"\ncursor = "updated"'
        roster.apply(
            tmp_path / "league",
            roster.source("civil_pg", "postgresql", more=more, url=source_database, table="roster"),
        )

        def insert(found):
            with postgresql.cursor() as cursor:
                cursor.executemany("INSERT INTO roster VALUES (%s, %s, %s, %s, %s)", found)

        return insert

    def test_only_what_is_new_is_accepted(self, table, con):
        table(roster.rows(1, 3))
        first = actions.collect("civil_pg", at=AT)
        table(roster.rows(4, 2, updated="2026-09-02 10:00:00"))

        second = actions.collect("civil_pg", at=AT)

        # The three at the boundary are read again and known for what they are.
        assert (counts(first), counts(second)) == ((3, 3, 0, 0), (5, 2, 0, 3))
        assert (first.cursor, second.cursor) == ("2026-09-01 10:00:00", "2026-09-02 10:00:00")
        assert current(con, "_key", "_batch") == [
            *((f"R{n:06}", first.pk) for n in (1, 2, 3)), *((f"R{n:06}", second.pk) for n in (4, 5))
        ]  # fmt: skip

    def test_of_a_key_the_newest_row_is_in_force(self, table, postgresql, con):
        table(roster.rows(1, 2))
        actions.collect("civil_pg", at=AT)
        postgresql.execute("UPDATE roster SET amount = 99, updated = '2026-09-03' WHERE no = 'R000001'")

        actions.collect("civil_pg", at=AT)

        assert current(con, "_key", "amount") == [("R000001", 99.0), ("R000002", 2.5)]

    def test_nothing_new_keeps_the_cursor(self, table, postgresql):
        table(roster.rows(1, 2))
        actions.collect("civil_pg", at=AT)
        postgresql.execute("TRUNCATE roster")

        assert actions.collect("civil_pg", at=AT).cursor == "2026-09-01 10:00:00"

    def test_a_row_that_is_put_right_leaves_quarantine(self, table, postgresql, con):
        table([*roster.rows(1, 2), ("R000003", "名3", "男", "-1", "2026-09-01 10:00:00")])
        actions.collect("civil_pg", at=AT)
        assert Quarantined.objects.get().key == "R000003"
        postgresql.execute("UPDATE roster SET amount = 3, updated = '2026-09-03' WHERE no = 'R000003'")

        assert counts(actions.collect("civil_pg", at=AT)) == (3, 1, 0, 2)

        assert not Quarantined.objects.exists()
        assert current(con, "_key") == [("R000001",), ("R000002",), ("R000003",)]

    def test_a_row_that_is_put_back_as_it_was_leaves_quarantine(self, table, postgresql, con):
        """It comes as a duplicate of the row in force, which is what it was before it went wrong."""
        table(roster.rows(1, 3))
        actions.collect("civil_pg", at=AT)
        postgresql.execute("UPDATE roster SET amount = -amount WHERE no < 'R000003'")
        actions.collect("civil_pg", at=AT)
        assert Quarantined.objects.count() == 2
        postgresql.execute("UPDATE roster SET amount = -amount WHERE no = 'R000001'")

        assert counts(actions.collect("civil_pg", at=AT)) == (3, 0, 1, 2)

        assert Quarantined.objects.get().key == "R000002"
        assert current(con, "_key", "amount") == [(f"R{n:06}", n + 0.5) for n in (1, 2, 3)]

    def test_a_cursor_on_another_column_begins_anew(self, table, postgresql, source_database, tmp_path, con):
        table(roster.rows(1, 3))
        actions.collect("civil_pg", at=AT)
        table(roster.rows(4, 2, updated="2026-08-01 10:00:00"))
        more = 'mode = "incremental"\ncursor = "amount"'
        other = roster.source("civil_pg", "postgresql", more=more, url=source_database, table="roster")
        roster.apply(tmp_path / "other", other)

        anew = actions.collect("civil_pg", at=AT)
        postgresql.execute("UPDATE roster SET name = '换' WHERE no = 'R000001'")
        again = actions.collect("civil_pg", at=AT)

        assert (counts(anew), anew.cursor, anew.cursor_column) == ((5, 2, 0, 3), "5.50", "amount")
        assert counts(again) == (1, 0, 0, 1)
        assert [key for (key,) in current(con, "_key")] == [f"R{n:06}" for n in range(1, 6)]

    def test_many_small_files_are_put_together_and_nothing_else_changes(
        self, table, postgresql, con, settings
    ):
        settings.COMPACT_FILES = 3
        batches = []
        for day in range(1, 6):
            table(roster.rows(day * 10, 2, updated=f"2026-09-0{day} 10:00:00"))
            postgresql.execute(
                "UPDATE roster SET amount = %s, updated = %s WHERE no = 'R000010'",
                [day, f"2026-09-0{day} 10:00:00"],
            )
            batches.append(actions.collect("civil_pg", at=AT))

        lake = Lake.open()
        # Of raw the fourth batch made one file of four; the fifth came beside it.
        assert [len(file.batches) for file in lake.entries("raw.civil_pg")] == [4, 1]
        assert len(lake.entries("std.roster")) <= 3
        assert current(con, "_key", "amount")[:2] == [("R000010", 5.0), ("R000011", 11.5)]
        assert len(current(con, "_key")) == 10
        origins = queries.lineage("roster")
        assert [(one.batch, one.rows) for one in origins] == [(b.pk, b.rows_accepted) for b in batches]
        assert counts(actions.collect("civil_pg", at=AT)) == (3, 0, 0, 3)

    def test_lineage_names_every_batch_in_force(self, table):
        table(roster.rows(1, 3))
        first = actions.collect("civil_pg", at=AT)
        table(roster.rows(4, 2, updated="2026-09-02 10:00:00"))
        second = actions.collect("civil_pg", at=AT)

        found = queries.lineage("roster")

        assert [(one.source, one.batch, one.rows) for one in found] == [
            ("civil_pg", first.pk, 3), ("civil_pg", second.pk, 2)
        ]  # fmt: skip


class TestRefusals:
    def test_a_refused_batch_says_why_and_leaves_nothing(self, file, con):
        roster.csv(file, roster.rows(1, 2), headings=("no", "name", "sex", "betrag", "updated"))

        batch = actions.collect("civil_csv", at=AT)

        assert batch.state == "refused"
        assert batch.error["code"] == "missing_column"
        assert "lacks column amount" in batch.message("en-gb")
        assert "缺少列：amount" in batch.message("zh-hans")
        assert counts(batch) == (0, 0, 0, 0)
        assert current(con, "_key") is None
        assert list(Lake.open().warehouse.rglob("*.parquet")) == []
        assert not staging.folder(batch.pk).exists()

    def test_a_refused_batch_leaves_the_rows_in_force_alone(self, file, con):
        roster.csv(file, roster.rows(1, 2))
        done = actions.collect("civil_csv", at=AT)
        file.write_bytes(file.read_bytes() + b"\xff")

        assert actions.collect("civil_csv", at=AT).error["code"] == "bad_encoding"

        assert current(con, "_key", "_batch") == [("R000001", done.pk), ("R000002", done.pk)]
        assert Lake.open().read(con, "raw.civil_csv").count().execute() == 2
        assert queries.newest()["civil_csv"].pk == done.pk

    def test_an_extra_column_is_a_notice_and_the_batch_goes_on(self, file):
        roster.csv(file, [(*row, "x") for row in roster.rows(1, 2)], headings=(*roster.HEADINGS, "note"))

        batch = actions.collect("civil_csv", at=AT)

        assert batch.state == "done"
        assert "not mapped: note" in batch.notes("en")[0]
        assert "未映射的列：note" in batch.notes("zh-hans")[0]

    def test_an_element_that_is_no_longer_there_refuses(self, file):
        roster.csv(file, roster.rows(1, 2))
        Declaration.objects.filter(kind="element", code="sex").delete()

        batch = actions.collect("civil_csv", at=AT)

        assert batch.error["code"] == "broken_declaration"
        assert "There is no data element sex." in batch.message("en")
        assert "数据元“sex”不存在" in batch.message("zh-hans")

    def test_a_declaration_that_can_not_be_read_refuses(self, file):
        Declaration.objects.filter(kind="source").update(content={"code": "civil_csv"})

        batch = actions.collect("civil_csv", at=AT)

        assert batch.error["code"] == "broken_declaration"

    def test_a_type_the_table_can_not_take_refuses(self, file, tmp_path, con):
        roster.csv(file, roster.rows(1, 2))
        actions.collect("civil_csv", at=AT)
        changed = roster.ELEMENTS.replace(
            'type = "decimal"\nsource = "test"\nminimum = 0', 'type = "string"\nsource = "test"'
        )
        roster.apply(tmp_path / "league", roster.source("civil_csv", "csv", path=str(file)), elements=changed)

        batch = actions.collect("civil_csv", at=AT)

        assert batch.error["code"] == "columns_dont_fit"
        assert batch.message("zh-hans").startswith("列 amount 的类型改变，已有的表不能容纳。")
        assert "double" in batch.detail
        assert current(con, "_key") == [("R000001",), ("R000002",)]
        assert Lake.open().read(con, "raw.civil_csv").count().execute() == 2

    def test_an_item_that_comes_new_is_null_in_rows_of_before(self, tmp_path, con):
        one, two = tmp_path / "one.csv", tmp_path / "two.csv"
        sources = [roster.source("one", "csv", path=str(one)), roster.source("two", "csv", path=str(two))]
        roster.csv(one, roster.rows(1, 1))
        roster.csv(two, roster.rows(2, 1))
        less = roster.RESOURCE.replace('[[item]]\nelement = "amount"\n', "")
        fewer = [text.replace('amount = { source = "amount" }\n', "") for text in sources]
        roster.apply(tmp_path / "league", *fewer, resource=less)
        actions.collect("one", at=AT)
        roster.apply(tmp_path / "league", *sources)

        actions.collect("two", at=AT)

        assert current(con, "_source", "amount") == [("one", None), ("two", 2.5)]

    def test_a_source_nobody_declared_is_no_batch(self, file):
        with pytest.raises(NoSuchSource, match="nowhere"):
            actions.collect("nowhere", at=AT)

        assert not Batch.objects.exists()


def test_the_table_itself_insists_on_the_balance():
    with pytest.raises(IntegrityError, match="collect_batch_balances"), transaction.atomic():
        Batch.objects.create(source="s", resource="r", mode="full", state="done", started_at=AT, rows_read=1)


def test_the_table_takes_one_running_batch_of_a_source():
    Batch.objects.create(source="s", resource="r", mode="full", started_at=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.create(source="s", resource="r", mode="full", started_at=AT)


def test_a_batch_that_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        queries.batch(0)


def test_scores_come_from_batches_rules_across_rows_and_deliveries(file, tmp_path, con):
    rule = """
[[rule]]
code = "name_once"
resource = "roster"
kind = "unique"
name = { zh = "姓名不重复", en = "Names stand once" }
source = "test"
since = 2020-01-01
columns = ["roster_name"]
"""
    roster.apply(tmp_path / "league", roster.source("civil_csv", "csv", path=str(file)), rules=rule)
    roster.csv(file, [*roster.rows(1, 3), ("R9", "名1", "男", "1", "2026-09-01 10:00:00")])
    batch = actions.collect("civil_csv", at=AT)

    (score,) = actions.assess(con, at=AT)

    assert (score.resource, score.batches) == ("roster", [batch.pk])
    across = CheckResult.objects.get(code="name_once")
    assert (across.checked, across.broken) == (4, 1)
    assert 0 < score.overall < 1


def test_a_finished_batch_keeps_its_lineage_event(file):
    roster.csv(file, roster.rows(1, 3))

    event = actions.collect("civil_csv", at=AT).event

    assert event["eventType"] == "COMPLETE"
    assert event["inputs"][0]["name"] == str(file)
    raw, standard = event["outputs"]
    assert (raw["name"], raw["outputFacets"]["outputStatistics"]["rowCount"]) == ("raw.civil_csv", 3)
    assert standard["name"] == "std.roster"
    made_of = standard["facets"]["columnLineage"]["fields"]["roster_name"]["inputFields"]
    assert made_of == [{"namespace": "file", "name": str(file), "field": "name"}]


def test_a_refused_batch_keeps_its_event_with_the_reason_and_no_password(tmp_path):
    url = "postgresql://ann:secret@127.0.0.1:1/x"
    roster.apply(tmp_path, roster.source("gone", "postgresql", url=url, table="t"))

    event = actions.collect("gone", at=AT).event

    assert event["eventType"] == "FAIL"
    assert event["inputs"][0]["namespace"] == "postgres://127.0.0.1:1"
    assert "can't be reached" in event["run"]["facets"]["errorMessage"]["message"]
    assert "secret" not in str(event)


@pytest.mark.django_db(transaction=True)
def test_a_second_collection_of_a_source_waits_for_the_first(file):
    """Another process, here a connection, holds the source's lock; a thread that collects must wait for it."""
    roster.csv(file, roster.rows(1, 3))
    told = connection.settings_dict
    states = []

    def collect():
        try:
            states.append(actions.collect("civil_csv", at=AT).state)
        finally:
            connection.close()

    with psycopg.connect(host=told["HOST"], user=told["USER"], dbname=told["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock(%s, hashtext('civil_csv'))", [actions.LOCK])
        thread = threading.Thread(target=collect)
        thread.start()
        thread.join(0.5)
        assert (states, Batch.objects.count()) == ([], 0)
        assert actions.recover(AT) == actions.Repaired()
    thread.join(60)

    assert states == ["done"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_the_middle_ends_the_call_and_the_next_one_repairs_the_batch(pages, tmp_path):
    pages.rows = [dict(zip(roster.HEADINGS, row, strict=True)) for row in roster.rows(1, 20)]
    web = {"url": pages.url, "page_size": 5, "items": "data.list", "total": "data.total"}
    headers = "headers = { Authorization = 'Bearer secret' }\n[columns]"
    roster.apply(tmp_path / "league", roster.source("web", "http", **web).replace("[columns]", headers))
    connection.close()  # an old one would be replaced as the call begins, and the wrong one cut
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    told, usual = connection.settings_dict, pages.answer

    def cut(query, authorization):
        if query["page"] == ["2"]:
            with psycopg.connect(host=told["HOST"], user=told["USER"], dbname=told["NAME"]) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
        return usual(query, authorization)

    pages.answer = cut
    with pytest.raises(DatabaseError):
        actions.collect("web", at=AT)
    pages.answer = usual

    batch = actions.collect("web", at=AT)

    assert counts(batch) == (20, 20, 0, 0)
    assert list(Batch.objects.values_list("pk", "state")) == [(batch.pk, "done")]
    assert actions.recover(AT) == actions.Repaired()


def test_a_character_zero_goes_no_further_than_the_source(file, con):
    roster.csv(file, [("R1", "名\x00字", "男", "1", "2026-09-01 10:00:00")], tail="R2,\x00\n")

    actions.collect("civil_csv", at=AT)

    assert current(con, "roster_name") == [("名\ufffd字",)]
    assert Quarantined.objects.get().found["_text"] == "R2,\ufffd"


def test_rows_without_a_key_that_come_again_are_held_once(tmp_path):
    path = roster.csv(
        tmp_path / "r.csv", [*roster.rows(1, 2), ("", "无号", "男", "1", "")], tail="only,two\n"
    )
    roster.apply(
        tmp_path / "league",
        roster.source("grows", "csv", path=str(path), more='mode = "incremental"\ncursor = "updated"'),
    )

    first = actions.collect("grows", at=AT)
    second = actions.collect("grows", at=AT)

    assert (counts(first), counts(second)) == ((4, 2, 2, 0), (4, 0, 2, 2))
    assert set(Quarantined.objects.values_list("batch_id", flat=True)) == {second.pk}
    assert Quarantined.objects.count() == 2


def _stop_before_counts(monkeypatch):
    """Break off where the lake has the batch and PostgreSQL hasn't."""

    def stop(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(actions, "_finish", stop)
        with pytest.raises(KeyboardInterrupt):
            actions.collect("civil_csv", at=AT)


def test_a_repaired_batch_ends_when_it_was_repaired(file, monkeypatch):
    roster.csv(file, roster.rows(1, 3))
    _stop_before_counts(monkeypatch)

    actions.repair(AT + timedelta(hours=5))

    assert Batch.objects.get().finished_at >= AT + timedelta(hours=5)


def test_a_batch_that_left_nothing_readable_is_begun_again(file, con, monkeypatch):
    roster.csv(file, roster.rows(1, 3))
    _stop_before_counts(monkeypatch)
    (staging.folder(Batch.objects.get().pk) / "left.json").write_text("{}")

    batch = actions.collect("civil_csv", at=AT)

    assert counts(batch) == (3, 3, 0, 0)
    assert [key for (key,) in current(con, "_key")] == ["R000001", "R000002", "R000003"]
    assert Batch.objects.count() == 1


def test_a_batch_refused_for_its_declarations_keeps_its_event_too(file):
    Declaration.objects.filter(kind="element", code="amount").update(until=None, content={})

    event = actions.collect("civil_csv", at=AT).event

    assert event["eventType"] == "FAIL"
    assert "can't be read" in event["run"]["facets"]["errorMessage"]["message"]


def test_a_source_by_another_code_doubles_no_rows(tmp_path, con):
    path = roster.csv(tmp_path / "r.csv", roster.rows(1, 3))
    for code in ("old_name", "new_name"):
        folder = tmp_path / code
        roster.apply(folder, roster.source(code, "csv", path=str(path)))
        actions.collect(code, at=AT)

    assert current(con, "_source", "_key") == [("new_name", f"R00000{n}") for n in (1, 2, 3)]
    assert [origin.source for origin in queries.lineage("roster")] == ["new_name"]


def test_an_item_declared_since_is_null_in_the_rows_there_are(file, tmp_path, con):
    roster.csv(file, roster.rows(1, 2))
    actions.collect("civil_csv", at=AT)
    more = '[[item]]\nelement = "amount"\ncolumn = "allowance"\n'
    roster.apply(
        tmp_path / "later",
        roster.source("civil_csv", "csv", path=str(file)),
        resource=f"{roster.RESOURCE}{more}",
    )

    assert current(con, "_key", "allowance") == [("R000001", None), ("R000002", None)]


def test_raw_keeps_the_rows_in_force_where_the_next_batch_breaks_off_between_the_commits(
    file, con, monkeypatch
):
    roster.csv(file, roster.rows(1, 3))
    first = actions.collect("civil_csv", at=AT)
    roster.csv(file, roster.rows(1, 5))
    commit = Lake.commit

    def once(self, table, files, **options):
        if done:
            raise KeyboardInterrupt
        done.append(table)
        commit(self, table, files, **options)

    done = []
    with monkeypatch.context() as patched:
        patched.setattr(Lake, "commit", once)
        with pytest.raises(KeyboardInterrupt):
            actions.collect("civil_csv", at=AT)
    file.unlink()
    actions.repair(AT)
    actions.collect("civil_csv", at=AT)

    in_force = Lake.open().read(con, "raw.civil_csv").to_pyarrow().num_rows
    newest = Batch.objects.filter(state="done").order_by("-pk").first()
    assert newest.pk > first.pk
    assert in_force == newest.rows_read == len(current(con, "_key")) == 5


def test_raw_is_untouched_by_a_batch_that_was_taken_out(file, con, monkeypatch):
    roster.csv(file, roster.rows(1, 3))
    actions.collect("civil_csv", at=AT)

    def stop(*_arguments, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "commit", stop)
        with pytest.raises(KeyboardInterrupt):
            actions.collect("civil_csv", at=AT)
    actions.repair(AT)

    assert Lake.open().read(con, "raw.civil_csv").to_pyarrow().num_rows == 3
