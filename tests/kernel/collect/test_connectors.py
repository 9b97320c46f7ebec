"""Every form of source, on the real thing: values as found, clear faults."""

import re
import socket
import sqlite3
import threading
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pymysql
import pytest
import xlsxwriter

from xilin.kernel.collect.connectors import READERS, http
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.faults import SourceFault
from xilin.kernel.collect.intake import Intake


def read(form, needed=("a", "b"), cursor="", since=None, **connection):
    """All rows as tuples in the order of the columns found, and the intake."""
    intake = Intake(needed, cursor=cursor, since=since)
    rows = [
        tuple(row.values())
        for batch in READERS[form](Connection(**connection), intake)
        for row in batch.to_pylist()
    ]
    return rows, intake


def fault(form, **options):
    with pytest.raises(SourceFault) as caught:
        read(form, **options)
    assert caught.value.text.zh
    assert caught.value.text.en
    if caught.value.detail:
        assert caught.value.detail not in caught.value.text.zh + caught.value.text.en
    return caught.value


class TestCsv:
    def test_gb18030_reads_four_byte_characters(self, tmp_path):
        (tmp_path / "a.csv").write_bytes("a,b\n㐀𠀀,ᠮᠣᠩᠭᠣᠯ\n".encode("gb18030"))

        rows, _ = read("csv", path=str(tmp_path / "a.csv"), encoding="gb18030")

        assert rows == [("㐀𠀀", "ᠮᠣᠩᠭᠣᠯ")]

    def test_a_byte_order_mark_is_no_part_of_the_first_heading(self, tmp_path):
        (tmp_path / "a.csv").write_bytes("\ufeffa,b\n1,2\n".encode())

        assert read("csv", path=str(tmp_path / "a.csv"), encoding="utf-8-sig")[0] == [("1", "2")]

    def test_files_of_a_pattern_follow_one_another_by_name(self, tmp_path):
        (tmp_path / "r_2.csv").write_text("a,b\n3,4\n")
        (tmp_path / "r_1.csv").write_text("a,b\n1,2\n")
        (tmp_path / "other.csv").write_text("x\n")

        assert read("csv", path=str(tmp_path / "r_*.csv"))[0] == [("1", "2"), ("3", "4")]

    def test_values_stay_as_they_stand(self, tmp_path):
        (tmp_path / "a.csv").write_text('a,b\n 007 ,"x, ""y""\nz"\n,NULL\r\n1.10,１２\n')

        rows, _ = read("csv", path=str(tmp_path / "a.csv"))

        assert rows == [(" 007 ", 'x, "y"\nz'), (None, "NULL"), ("1.10", "１２")]

    def test_a_line_of_the_wrong_width_is_kept_aside_with_its_text(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,b\n1,2\n3\n4,5,6\n7,8\n")

        rows, intake = read("csv", path=str(tmp_path / "a.csv"))

        assert rows == [("1", "2"), ("7", "8")]
        assert [(line.file, line.text) for line in intake.ragged] == [("a.csv", "3"), ("a.csv", "4,5,6")]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('a,b\n1,"x\n2,y\n3,z\n', id="in the last column"),
            pytest.param('a,b\n"1,x\n2,y\n3,z\n', id="in the first"),
            pytest.param('a,b\n1,2\n3,"4\n', id="in the last row"),
        ],
    )
    def test_a_quotation_mark_that_never_closes_swallows_no_rows(self, tmp_path, text):
        (tmp_path / "a.csv").write_text(text)

        assert fault("csv", path=str(tmp_path / "a.csv")).code == "broken_csv"

    def test_a_lone_quotation_mark_inside_a_value_is_no_fault(self, tmp_path):
        (tmp_path / "a.csv").write_text('a,b\n5" pipe,x\n1,2\n')

        assert read("csv", path=str(tmp_path / "a.csv"))[0] == [('5" pipe', "x"), ("1", "2")]

    def test_a_character_cut_by_the_end_of_a_block_is_read_whole(self, tmp_path, monkeypatch):
        monkeypatch.setattr("xilin.kernel.collect.connectors.csv.BLOCK", 7)
        (tmp_path / "a.csv").write_bytes("a,b\n锡林,𠀀𠀀𠀀\n阿巴嘎,旗\n".encode("gb18030"))

        rows, _ = read("csv", path=str(tmp_path / "a.csv"), encoding="gb18030")

        assert rows == [("锡林", "𠀀𠀀𠀀"), ("阿巴嘎", "旗")]

    def test_a_bad_byte_is_told_with_its_line_and_offset(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n3,\xff4\n")

        found = fault("csv", path=str(tmp_path / "a.csv"), encoding="gb18030")

        assert found.code == "bad_encoding"
        assert "line 3 (byte 10)" in found.text.en
        assert "第 3 行（第 10 字节）" in found.text.zh

    def test_utf8_is_not_taken_for_gb18030(self, tmp_path):
        (tmp_path / "a.csv").write_bytes("甲,乙\n锡林浩特,旗\n".encode())

        found = fault("csv", needed=("甲", "乙"), path=str(tmp_path / "a.csv"), encoding="gb18030")

        assert found.code in ("bad_encoding", "missing_column")

    def test_an_encoding_nobody_knows(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,b\n")

        assert fault("csv", path=str(tmp_path / "a.csv"), encoding="gbk2").code == "unknown_encoding"

    def test_a_missing_column_is_named_with_those_found(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,c\n1,2\n")

        found = fault("csv", path=str(tmp_path / "a.csv"))

        assert found.code == "missing_column"
        assert "a.csv lacks column b. It has: a, c." in found.text.en

    def test_an_extra_column_is_a_notice_and_is_kept(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,b,c\n1,2,3\n")

        rows, intake = read("csv", path=str(tmp_path / "a.csv"))

        assert rows == [("1", "2", "3")]
        assert "not mapped: c" in intake.notices[0].en

    def test_no_file(self, tmp_path):
        assert fault("csv", path=str(tmp_path / "no*.csv")).code == "no_file"
        assert "no*.csv" in fault("csv", path=str(tmp_path / "no*.csv")).text.en

    @pytest.mark.parametrize("text", ["", "\n\n"])
    def test_a_file_without_headings(self, tmp_path, text):
        (tmp_path / "a.csv").write_text(text)

        assert fault("csv", path=str(tmp_path / "a.csv")).code == "no_header"

    @pytest.mark.parametrize("text", ["a,b", "a,b\n"])
    def test_headings_without_rows_are_no_fault(self, tmp_path, text):
        (tmp_path / "a.csv").write_text(text)

        rows, intake = read("csv", path=str(tmp_path / "a.csv"))

        assert (rows, intake.names) == ([], ("a", "b"))

    def test_an_unset_variable_is_named(self, tmp_path, monkeypatch):
        monkeypatch.delenv("XILIN_SOURCE_NOWHERE", raising=False)

        found = fault("csv", path="${XILIN_SOURCE_NOWHERE}/a.csv")

        assert found.code == "unset_variable"
        assert "XILIN_SOURCE_NOWHERE" in found.text.zh

    def test_increments_are_told_by_text(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,b\n1,2026-01-01\n2,2026-01-02\n3,\n4,2026-01-03\n")

        rows, intake = read("csv", cursor="b", since="2026-01-02", path=str(tmp_path / "a.csv"))

        assert [row[0] for row in rows] == ["2", "3", "4"]
        assert intake.newest == "2026-01-03"

    def test_a_first_row_that_is_data_is_not_repeated(self, tmp_path):
        (tmp_path / "a.csv").write_text("张三,990101199001011234\n李四,990101199001015678\n")

        found = fault("csv", path=str(tmp_path / "a.csv"))

        assert found.code == "missing_column"
        assert "2 values" in found.text.en
        assert "990101" not in found.text.zh + found.text.en
        assert "张三" not in found.text.zh + found.text.en

    def test_rows_that_a_heading_swallowed_are_not_repeated(self, tmp_path):
        (tmp_path / "a.csv").write_text('a,b,"note\n1,990101199001011234\n",c\n1,2,3,4\n')

        _, intake = read("csv", path=str(tmp_path / "a.csv"))

        assert "note" in intake.notices[0].en
        assert "990101" not in intake.notices[0].zh + intake.notices[0].en

    def test_a_quotation_mark_open_in_the_headings_of_a_large_file(self, tmp_path):
        (tmp_path / "a.csv").write_text('"a,b\n' + "1,2\n" * 50_000)

        found = fault("csv", path=str(tmp_path / "a.csv"))

        assert found.code == "broken_csv"
        assert "引号没有结束" in found.text.zh

    def test_utf16_without_its_mark(self, tmp_path):
        (tmp_path / "a.csv").write_bytes("a,b\n1,2\n".encode("utf-16-le"))

        assert fault("csv", path=str(tmp_path / "a.csv"), encoding="utf-16").code == "bad_encoding"

    def test_a_row_longer_than_what_is_read_at_once(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,b\n1," + "x" * (9 << 20) + "\n")

        assert fault("csv", path=str(tmp_path / "a.csv")).code == "long_row"

    def test_lines_of_the_wrong_width_without_end_refuse_the_file(self, tmp_path, monkeypatch):
        monkeypatch.setattr("xilin.kernel.collect.connectors.csv.MOST_RAGGED", 3)
        (tmp_path / "a.csv").write_text("a,b\n1,2\n" + "1,2,\n" * 4)

        assert fault("csv", path=str(tmp_path / "a.csv")).code == "too_ragged"

    def test_a_path_the_machine_refuses(self, tmp_path):
        found = fault("csv", path=str(tmp_path / ("a" * 300)))

        assert found.code == "unreadable_file"


class TestXlsx:
    @pytest.fixture
    def book(self, tmp_path):
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            sheet = workbook.add_worksheet("救助对象")
            day = workbook.add_format({"num_format": "yyyy-mm-dd"})
            moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            sheet.write(0, 0, "名册")
            sheet.write_row(1, 0, ["a", "b", "c"])
            sheet.write_row(2, 0, ["007", 12])
            sheet.write(2, 2, 1.5)
            sheet.write_datetime(4, 0, datetime(2026, 3, 1), day)
            sheet.write_datetime(4, 1, datetime(2026, 3, 1, 10, 0, 5), moment)
            sheet.write_boolean(4, 2, True)
        return path

    def test_cells_become_text_and_empty_rows_none(self, book):
        rows, _ = read("xlsx", path=str(book), sheet="救助对象", header_row=2)

        assert rows == [("007", "12", "1.5"), ("2026-03-01", "2026-03-01 10:00:05", "true")]

    def test_a_file_cut_short_is_refused(self, book):
        data = book.read_bytes()
        book.write_bytes(data[: len(data) * 2 // 3])

        found = fault("xlsx", path=str(book), sheet="救助对象", header_row=2)

        assert found.code == "broken_workbook"
        assert "a.xlsx is cut short" in found.text.en

    def test_a_wrong_sheet_is_told_with_those_there(self, book):
        found = fault("xlsx", path=str(book), sheet="名册", header_row=2)

        assert found.code == "no_sheet"
        assert "only: 救助对象" in found.text.en

    def test_a_header_row_below_the_sheet(self, book):
        assert fault("xlsx", path=str(book), sheet="救助对象", header_row=99).code == "no_header"


class TestParquet:
    def test_values_of_every_type_are_text(self, tmp_path):
        columns = {
            "a": pa.array(["甲", None]),
            "b": pa.array([1, 20]),
            "day": pa.array([date(2026, 3, 1), None]),
            "at": pa.array([datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 10, 0, 0, 500_000)]),
            "price": pa.array([Decimal("1.10"), Decimal("2.00")]),
            "bytes": pa.array([b"\xff\x00", None]),
            "list": pa.array([["x", "y"], None]),
        }
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")

        rows, intake = read("parquet", path=str(tmp_path / "*.parquet"))

        assert rows == [
            ("甲", "1", "2026-03-01", "2026-03-01 10:00:00", "1.10", "0xff00", '["x", "y"]'),
            (None, "20", None, "2026-03-01 10:00:00.500000", "2.00", None, None),
        ]
        assert [notice.en for notice in intake.notices] != []

    def test_increments_compare_as_text(self, tmp_path):
        pq.write_table(pa.table({"a": ["x", "y", "z"], "b": ["1", "3", None]}), tmp_path / "a.parquet")

        rows, intake = read("parquet", cursor="b", since="2", path=str(tmp_path / "a.parquet"))

        assert (rows, intake.newest) == ([("y", "3"), ("z", None)], "3")

    def test_a_file_that_is_none_or_cut_short_and_a_column_that_is_not_there(self, tmp_path):
        pq.write_table(pa.table({"a": ["x"] * 1000}), tmp_path / "a.parquet")
        (tmp_path / "cut.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-20])

        assert fault("parquet", path=str(tmp_path / "a.parquet")).code == "missing_column"
        assert fault("parquet", path=str(tmp_path / "cut.parquet")).code == "broken_file"
        assert fault("parquet", path=str(tmp_path / "none.parquet")).code == "no_file"


class TestSqlite:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "a#1.db"
        with sqlite3.connect(path) as database:
            database.execute('CREATE TABLE "T" (a, b INTEGER)')
            database.executemany(
                'INSERT INTO "T" VALUES (?, ?)',
                [("甲", 1), ("", None), (1.5, b"x"), ("2026-01-02", 20), (None, 3)],
            )
        database.close()
        return path

    def test_values_are_its_own_text_of_them(self, file):
        rows, _ = read("sqlite", path=str(file), table="T")

        assert rows == [("甲", "1"), ("", None), ("1.5", "x"), ("2026-01-02", "20"), (None, "3")]

    def test_increments_compare_as_the_database_does(self, file):
        rows, intake = read("sqlite", cursor="b", since="3", path=str(file), table="T")

        assert [row[1] for row in rows] == [None, "x", "20", "3"]
        assert intake.newest == "x"

    def test_a_table_that_is_not_there(self, file):
        assert fault("sqlite", path=str(file), table="U").code == "no_table"

    def test_a_file_that_is_not_there_is_not_made(self, tmp_path):
        assert fault("sqlite", path=str(tmp_path / "b.db"), table="T").code == "no_file"
        assert not (tmp_path / "b.db").exists()

    def test_a_file_that_is_no_database(self, tmp_path):
        (tmp_path / "b.db").write_bytes(b"not a database at all" * 100)

        found = fault("sqlite", path=str(tmp_path / "b.db"), table="T")

        assert found.code == "broken_file"
        assert "不是 SQLite 数据库" in found.text.zh
        assert found.detail == "file is not a database"

    def test_a_file_that_another_program_has_locked(self, file, monkeypatch):
        connect = sqlite3.connect
        monkeypatch.setattr(
            sqlite3, "connect", lambda *args, **options: connect(*args, timeout=0.1, **options)
        )
        with closing(connect(file)) as other:
            other.execute("BEGIN EXCLUSIVE")
            found = fault("sqlite", path=str(file), table="T")

        assert "正被另一个程序占用" in found.text.zh

    def test_bytes_beside_what_is_needed_stop_nothing(self, tmp_path):
        with sqlite3.connect(tmp_path / "c.db") as database:
            database.execute("CREATE TABLE t (a TEXT, b TEXT, photo BLOB)")
            database.execute("INSERT INTO t VALUES ('1', '2', x'ff00fe')")
        database.close()

        assert read("sqlite", path=str(tmp_path / "c.db"), table="t")[0] == [("1", "2", "0xff00fe")]

    def test_text_that_is_no_text_names_its_column_and_no_value(self, tmp_path):
        with sqlite3.connect(tmp_path / "c.db") as database:
            database.execute("CREATE TABLE t (a TEXT, b TEXT)")
            database.execute("INSERT INTO t VALUES ('1', CAST(x'cfc9' AS TEXT))")
        database.close()

        found = fault("sqlite", path=str(tmp_path / "c.db"), table="t")

        assert found.code == "not_text"
        assert "Column b" in found.text.en

    def test_increments_of_a_column_without_a_type_compare_as_numbers(self, tmp_path):
        with sqlite3.connect(tmp_path / "c.db") as database:
            database.execute("CREATE TABLE t (a, b)")
            database.executemany("INSERT INTO t VALUES (?, ?)", [("old", 8), ("new", 10)])
        database.close()

        rows, intake = read("sqlite", cursor="b", since="9", path=str(tmp_path / "c.db"), table="t")

        assert (rows, intake.newest) == ([("new", "10")], "10")


@pytest.mark.django_db
class TestPostgresql:
    @pytest.fixture(autouse=True)
    def table(self, postgresql):
        postgresql.execute("DROP TABLE IF EXISTS t CASCADE")
        postgresql.execute("CREATE TABLE t (a text, b timestamp, n numeric(9,2), f boolean)")
        with postgresql.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO t VALUES (%s, %s, %s, %s)",
                [
                    ('甲,"\n', datetime(2026, 3, 1, 10), Decimal("1.10"), True),
                    ("", datetime(2026, 3, 2), None, False),
                    (None, None, None, None),
                ],
            )

    def test_values_are_its_own_text_of_them_and_empty_is_not_null(self, source_database):
        rows, intake = read("postgresql", url=source_database, table="t")

        assert rows == [
            ('甲,"\n', "2026-03-01 10:00:00", "1.10", "true"),
            ("", "2026-03-02 00:00:00", None, "false"),
            (None, None, None, None),
        ]
        assert intake.names == ("a", "b", "n", "f")

    def test_increments_are_asked_of_the_database(self, source_database):
        rows, intake = read(
            "postgresql", cursor="b", since="2026-03-02 00:00:00", url=source_database, table="t"
        )

        assert [row[0] for row in rows] == ["", None]
        assert intake.newest == "2026-03-02 00:00:00"

    def test_an_empty_table(self, postgresql, source_database):
        postgresql.execute("TRUNCATE t")

        rows, intake = read("postgresql", url=source_database, table="t")

        assert (rows, intake.names) == ([], ("a", "b", "n", "f"))

    def test_a_table_that_is_not_there(self, source_database):
        assert fault("postgresql", url=source_database, table="public.no").code == "no_table"

    def test_a_server_that_is_not_there(self):
        found = fault("postgresql", url="postgresql://ann:secret@127.0.0.1:1/x", table="t")

        assert found.code == "unreachable"
        assert found.text.zh.startswith("连不上 PostgreSQL 127.0.0.1/x：该地址和端口上没有服务。")
        assert "Connection refused" in found.detail
        assert "secret" not in found.text.en + found.detail

    def test_a_log_in_that_is_refused(self, source_database):
        found = fault("postgresql", url=re.sub(r"//.*@/", "//nobody_here@/", source_database), table="t")

        assert found.code == "login_refused"
        assert "拒绝登录" in found.text.zh
        assert "nobody_here" in found.detail

    def test_a_database_that_is_not_there(self, source_database):
        found = fault("postgresql", url=re.sub(r"@/\w+", "@/no_such_database", source_database), table="t")

        assert found.code == "no_database"
        assert "does not exist" in found.detail

    def test_a_view_that_fails_tells_no_value(self, postgresql, source_database):
        postgresql.execute("TRUNCATE t; INSERT INTO t (a) VALUES ('990101')")
        postgresql.execute("CREATE OR REPLACE VIEW v AS SELECT (a || 'x')::int AS a, a AS b FROM t")

        found = fault("postgresql", url=source_database, table="v")

        assert found.code == "broken_read"
        assert "有值不能转换成所需的类型" in found.text.zh
        assert found.detail == "invalid input syntax for type integer: …"

    def test_an_answer_that_takes_too_long(self, postgresql, source_database):
        postgresql.execute("CREATE OR REPLACE VIEW slow AS SELECT pg_sleep(20)::text AS a, 'x' AS b")

        found = fault(
            "postgresql", url=f"{source_database}&options=-c%20statement_timeout%3D200", table="slow"
        )

        assert found.code == "broken_read"
        assert "等待应答超时" in found.text.zh
        assert "statement timeout" in found.detail

    def test_a_column_that_is_not_there(self, source_database):
        found = fault("postgresql", needed=("a", "z"), url=source_database, table="t")

        assert found.code == "missing_column"

    @pytest.mark.parametrize(
        "url",
        [
            pytest.param("ann:secret@127.0.0.1:1/x", id="no scheme"),
            pytest.param("postgresql://ann:sec/ret@127.0.0.1:1/x", id="a slash in the password"),
            pytest.param("host=127.0.0.1 password=secret", id="another form"),
        ],
    )
    def test_an_address_that_cannot_be_read_is_not_repeated(self, url):
        found = fault("postgresql", url=url, table="t")

        assert found.code == "bad_address"
        assert "sec" not in found.text.en.replace("special", "")

    def test_a_row_longer_than_what_is_read_at_once(self, postgresql, source_database):
        postgresql.execute("INSERT INTO t (a) VALUES (repeat('x', 9437184))")

        assert fault("postgresql", url=source_database, table="t").code == "long_row"

    def test_a_connection_that_is_cut_in_the_middle(self, postgresql, source_database):
        postgresql.execute("CREATE OR REPLACE VIEW slow AS SELECT pg_sleep(20)::text AS a, 'x' AS b")
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%slow%'"
        stop = threading.Event()

        def strike():
            while not stop.wait(0.05):
                postgresql.execute(cut)

        thread = threading.Thread(target=strike)
        thread.start()
        found = fault("postgresql", url=source_database, table="slow")
        stop.set()
        thread.join()

        assert found.code == "broken_read"
        assert "读取时中断：连接断开。" in found.text.zh
        assert "terminating connection" in found.detail


class TestMysql:
    @pytest.fixture(autouse=True)
    def table(self, mysql):
        mysql("DROP TABLE IF EXISTS t")
        mysql("CREATE TABLE t (a VARCHAR(20), b DATETIME, n DECIMAL(9,2), d DATE, i BIGINT)")
        mysql(
            "INSERT INTO t VALUES (%s, %s, %s, %s, %s)",
            [
                ("甲𠀀", datetime(2026, 3, 1, 10), Decimal("1.10"), date(2026, 3, 1), 7),
                ("", datetime(2026, 3, 2), None, None, None),
                (None, None, None, None, None),
            ],
        )

    def test_values_are_its_own_text_of_them(self, mariadb):
        rows, _ = read("mysql", url=mariadb, table="t")

        assert rows == [
            ("甲𠀀", "2026-03-01 10:00:00", "1.10", "2026-03-01", "7"),
            ("", "2026-03-02 00:00:00", None, None, None),
            (None, None, None, None, None),
        ]

    def test_increments_are_asked_of_the_database(self, mariadb):
        rows, intake = read("mysql", cursor="b", since="2026-03-02 00:00:00", url=mariadb, table="t")

        assert [row[0] for row in rows] == ["", None]
        assert intake.newest == "2026-03-02 00:00:00"

    def test_increments_of_numbers_compare_as_numbers(self, mariadb, mysql):
        mysql("UPDATE t SET i = 10 WHERE a = ''")

        rows, intake = read("mysql", cursor="i", since="9", url=mariadb, table="t")

        assert [row[0] for row in rows] == ["", None]
        assert intake.newest == "10"

    def test_a_table_that_is_not_there(self, mariadb):
        assert fault("mysql", url=mariadb, table="no").code == "no_table"

    def test_a_server_that_is_not_there(self):
        found = fault("mysql", url="mysql://ann:secret@127.0.0.1:1/x", table="t")

        assert found.code == "unreachable"
        assert found.text.zh.startswith("连不上 MySQL 127.0.0.1/x：该地址和端口上没有服务。")
        assert "Connection refused" in found.detail
        assert "secret" not in found.text.en + found.detail

    def test_a_log_in_that_is_refused(self, mariadb, mysql):
        mysql("CREATE OR REPLACE USER ann@localhost IDENTIFIED BY 'right'")

        found = fault("mysql", url=mariadb.replace("//root@", "//ann:wrong@"), table="t")

        assert found.code == "login_refused"
        assert "拒绝登录" in found.text.zh
        assert "Access denied" in found.detail
        assert "wrong" not in found.text.zh + found.detail

    def test_a_database_the_account_may_not_use(self, mariadb, mysql):
        mysql("CREATE OR REPLACE USER ann@localhost IDENTIFIED BY 'right'")

        url = mariadb.replace("//root@", "//ann:right@")
        assert fault("mysql", url=url, table="t").code == "no_database"
        assert fault("mysql", url=mariadb.replace("/source", "/nowhere"), table="t").code == "no_database"

    def test_a_connection_that_is_cut_in_the_middle(self, mariadb, mysql):
        mysql("CREATE OR REPLACE VIEW slow AS SELECT a, SLEEP(20) AS b FROM t")
        socket_path, stop = mariadb.split("unix_socket=")[1], threading.Event()

        def strike():
            with (
                pymysql.connect(unix_socket=socket_path, user="root") as connection,
                connection.cursor() as cursor,
            ):
                while not stop.wait(0.05):
                    cursor.execute(
                        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT%slow%' "
                        "AND id <> connection_id()"
                    )
                    for (number,) in cursor.fetchall():
                        cursor.execute(f"KILL {number}")

        thread = threading.Thread(target=strike)
        thread.start()
        found = fault("mysql", url=mariadb, table="slow")
        stop.set()
        thread.join()

        assert found.code == "broken_read"
        assert "读取时中断：连接断开。" in found.text.zh
        assert found.detail

    def test_a_view_whose_table_is_gone(self, mariadb, mysql):
        mysql("CREATE OR REPLACE TABLE gone (a INT, b INT)")
        mysql("CREATE OR REPLACE VIEW v AS SELECT a, b FROM gone")
        mysql("DROP TABLE gone")

        found = fault("mysql", url=mariadb, table="v")

        assert found.code == "broken_read"
        assert "视图引用的表或列已失效" in found.text.zh
        assert "references invalid table" in found.detail

    def test_an_answer_that_takes_too_long(self, mariadb, mysql):
        mysql("CREATE OR REPLACE VIEW slow AS SELECT a, SLEEP(2) AS b FROM t")
        mysql("SET GLOBAL max_statement_time = 0.2")
        try:
            found = fault("mysql", url=mariadb, table="slow")
        finally:
            mysql("SET GLOBAL max_statement_time = 0")

        assert found.code == "broken_read"
        assert "等待应答超时" in found.text.zh

    def test_more_rows_than_a_record_batch_holds(self, mariadb, mysql, monkeypatch):
        monkeypatch.setattr("xilin.kernel.collect.connectors.mysql.ROWS", 2)

        assert len(read("mysql", url=mariadb, table="t")[0]) == 3

    @pytest.mark.parametrize("sign", ["#", "/", "?", "["])
    def test_a_password_with_signs_of_its_own_is_told_and_not_repeated(self, sign):
        found = fault("mysql", url=f"mysql://ann:Kara{sign}mell@127.0.0.1:1/x", table="t")

        assert found.code == "bad_address"
        assert "mell" not in found.text.en + found.text.zh

    def test_bytes_beside_what_is_needed_stop_nothing(self, mariadb, mysql):
        mysql("DROP TABLE t")
        mysql("CREATE TABLE t (a INT, b BIT(1), photo BLOB, tag BINARY(2))")
        mysql("INSERT INTO t VALUES (1, b'1', x'ff00fe', x'00ff'), (2, b'0', NULL, NULL)")

        rows, _ = read("mysql", url=mariadb, table="t")

        assert rows == [("1", "1", "0xff00fe", "0x00ff"), ("2", "0", None, None)]

    def test_a_percent_sign_in_a_name_stands_beside_increments(self, mariadb, mysql):
        mysql("DROP TABLE t")
        mysql("CREATE TABLE t (a INT, b INT, `占比%` INT)")
        mysql("INSERT INTO t VALUES (1, 1, 5), (2, 2, 6)")

        rows, _ = read("mysql", cursor="b", since="2", url=mariadb, table="t")

        assert rows == [("2", "2", "6")]


class TestHttp:
    @pytest.fixture(autouse=True)
    def served(self, pages, monkeypatch):
        monkeypatch.setenv("XILIN_SOURCE_TOKEN", "secret")
        monkeypatch.setattr(http, "PAUSE_SECONDS", 0.001)
        pages.rows = [{"a": str(number), "b": number} for number in range(25)]
        self.pages = pages
        self.options = {
            "url": pages.url,
            "page_size": 3,
            "items": "data.list",
            "total": "data.total",
            "headers": {"Authorization": "Bearer ${XILIN_SOURCE_TOKEN}"},
        }

    def test_all_pages_are_read(self):
        rows, _ = read("http", **self.options)

        assert rows == [(str(number), str(number)) for number in range(25)]
        assert len(self.pages.asked) == 9

    def test_values_stay_as_they_stand_in_the_answer(self):
        self.pages.answer = lambda _query, _token: (
            200,
            b'{"data": {"list": [{"a": 1.10, "b": {"x": [true]}}, {"a": null, "b": false}], "total": 2}}',
        )

        assert read("http", **self.options)[0] == [("1.10", '{"x": [true]}'), (None, "false")]

    def test_a_key_that_comes_later_is_a_column_from_then_on(self):
        self.pages.rows[10]["late"] = "x"

        _, intake = read("http", **self.options)

        assert intake.names == ("a", "b", "late")

    def test_what_passes_is_asked_again(self):
        self.pages.statuses = {2: [503, 429]}

        assert len(read("http", **self.options)[0]) == 25

    def test_an_error_in_page_seven_says_so(self):
        self.pages.statuses = {7: [500] * 10}

        found = fault("http", **self.options)

        assert found.code == "http_status"
        assert "answered page 7 with HTTP 500 (4 tries)" in found.text.en
        assert "第 7 页返回 HTTP 500" in found.text.zh

    def test_a_total_that_disagrees(self):
        self.pages.total = 30

        found = fault("http", **self.options)

        assert found.code == "http_total"
        assert "counts 30 rows, its pages have 25" in found.text.en

    def test_a_wrong_token_is_asked_for_once_and_never_told(self):
        self.pages.token = "another"

        found = fault("http", **self.options)

        assert found.code == "http_denied"
        assert len(self.pages.asked) == 1
        assert "secret" not in found.text.en + found.text.zh

    def test_an_unset_token(self, monkeypatch):
        monkeypatch.delenv("XILIN_SOURCE_TOKEN")

        assert fault("http", **self.options).code == "unset_variable"

    def test_a_server_that_is_not_there(self):
        found = fault("http", **{**self.options, "url": "http://127.0.0.1:1/x"})

        assert found.code == "unreachable"
        assert "该地址和端口上没有服务（试了 4 次）" in found.text.zh
        assert found.detail == "ConnectError"

    def test_an_address_of_another_kind(self):
        found = fault("http", **{**self.options, "url": "ftp://127.0.0.1/x"})

        assert "不是合法的 http://" in found.text.zh

    def test_an_answer_that_is_cut_short(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"

            def answer():
                for _ in range(4):
                    with server.accept()[0] as asked:
                        asked.recv(4096)
                        asked.sendall(cut)

            thread = threading.Thread(target=answer)
            thread.start()
            found = fault("http", **{**self.options, "url": f"http://127.0.0.1:{server.getsockname()[1]}/x"})
            thread.join()

        assert (found.code, found.detail) == ("unreachable", "RemoteProtocolError")
        assert "应答不完整" in found.text.zh

    @pytest.mark.parametrize("path", ["items", "total"])
    def test_an_answer_of_another_shape(self, path):
        assert fault("http", **{**self.options, path: "no.where"}).code == "http_shape"

    def test_an_answer_that_is_no_json(self):
        self.pages.answer = lambda _query, _token: (200, b"<html>")

        found = fault("http", **self.options)

        assert found.code == "http_shape"
        assert "不是 JSON" in found.text.zh

    def test_a_missing_column(self):
        assert fault("http", needed=("a", "z"), **self.options).code == "missing_column"

    def test_no_rows_are_no_fault(self):
        self.pages.rows = []

        assert read("http", **self.options)[0] == []

    def test_the_last_value_seen_is_sent_where_the_interface_takes_it(self):
        read("http", cursor="b", since="9", cursor_parameter="since", **self.options)

        assert self.pages.asked[0]["since"] == "9"

    def test_a_server_that_does_not_heed_the_page_loses_no_rows_silently(self):
        options = self.options | {"page_size": 5}
        self.pages.answer = lambda _query, _token: (
            200,
            {"data": {"list": self.pages.rows[:5], "total": 10}},
        )

        assert fault("http", **options).code == "http_same_page"

    def test_half_a_character_stays_as_it_stands(self):
        self.pages.rows = [{"a": "名\ud83d", "b": "1"}]
        self.pages.answer = lambda _query, _token: (
            200,
            b'{"data": {"list": [{"a": "\\ud83d", "b": "1"}], "total": 1}}',
        )

        assert read("http", **self.options)[0] == [("\\ud83d", "1")]

    def test_a_token_that_no_header_can_carry(self, monkeypatch):
        monkeypatch.setenv("XILIN_SOURCE_TOKEN", "请填写")

        found = fault("http", **self.options)

        assert found.code == "bad_header"
        assert "请填写" not in found.text.zh

    def test_a_port_that_is_none(self):
        assert fault("http", **self.options | {"url": "http://127.0.0.1:port/rows"}).code == "bad_address"
