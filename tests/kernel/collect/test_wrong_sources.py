"""A wrong source of every kind in one run: each says what is wrong and what to do, and the rest goes on."""

import pytest
import roster
import xlsxwriter

from xilin.kernel.collect import actions, queries
from xilin.kernel.collect.connectors import http
from xilin.kernel.lake import engine
from xilin.kernel.quality.models import Quarantined
from xilin.kernel.standards.models import Declaration

pytestmark = pytest.mark.django_db
HEADERS = "headers = { Authorization = 'Bearer ${XILIN_SOURCE_TOKEN}' }"
# Source, code of its fault, and what its message must tell: where, and what to do.
REFUSED = [
    ("encoding", "bad_encoding", ("encoding.csv", "line 4", "Export it again"), ("第 4 行", "重新导出")),
    ("missing", "missing_column", ("lacks column amount", "no, name, sex, betrag", "mend the mapping"), ("缺少列：amount",)),
    ("truncated", "broken_workbook", ("truncated.xlsx is cut short", "send it again"), ("不完整", "重新发送")),
    ("sheet", "no_sheet", ("no sheet 名册, only: 其他",), ("没有工作表“名册”",)),
    ("file", "no_file", ("No file matches nothing_*.csv",), ("没有文件与",)),
    ("page", "http_status", ("page 7", "HTTP 500"), ("第 7 页", "HTTP 500")),
    ("token", "http_denied", ("denied access", "token"), ("拒绝访问", "令牌")),
    ("variable", "unset_variable", ("XILIN_SOURCE_NOWHERE is not set",), ("XILIN_SOURCE_NOWHERE 没有设置",)),
    ("server", "unreachable", ("can't be reached: nothing listens",), ("连不上", "没有服务")),
    ("table", "no_table", ("no table nowhere",), ("没有表“nowhere”",)),
]  # fmt: skip


def book(path, sheet):
    with xlsxwriter.Workbook(path) as workbook:
        rows = workbook.add_worksheet(sheet)
        for number, row in enumerate([roster.HEADINGS, *roster.rows(1, 200)]):
            rows.write_row(number, 0, row)


@pytest.fixture
def sources(tmp_path, pages, settings, monkeypatch, source_database):
    """All sources of REFUSED, and `good`, `extra`, `codes`, which come through."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    monkeypatch.setenv("XILIN_SOURCE_TOKEN", "right")
    monkeypatch.delenv("XILIN_SOURCE_NOWHERE", raising=False)
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0)
    good = roster.rows(1, 9)
    roster.csv(tmp_path / "good.csv", good)
    roster.csv(tmp_path / "extra.csv", [(*row, "x") for row in good], headings=(*roster.HEADINGS, "note"))
    roster.csv(tmp_path / "codes.csv", [*good, ("R9", "名", "第三", "1", "")])
    roster.csv(tmp_path / "encoding.csv", good)
    lines = (tmp_path / "encoding.csv").read_bytes().splitlines(keepends=True)
    (tmp_path / "encoding.csv").write_bytes(b"".join([*lines[:3], b"\xff\xfe\n", *lines[3:]]))
    roster.csv(tmp_path / "missing.csv", good, headings=("no", "name", "sex", "betrag", "updated"))
    book(tmp_path / "truncated.xlsx", "名册")
    whole = (tmp_path / "truncated.xlsx").read_bytes()
    (tmp_path / "truncated.xlsx").write_bytes(whole[: len(whole) // 2])
    book(tmp_path / "sheet.xlsx", "其他")
    pages.token = "right"
    pages.rows = [dict(zip(roster.HEADINGS, row, strict=True)) for row in roster.rows(1, 40)]
    pages.statuses = {7: [500] * 100}
    web = {"url": pages.url, "page_size": 5, "items": "data.list", "total": "data.total"}
    roster.apply(
        tmp_path / "league",
        *(
            roster.source(code, "csv", path=str(tmp_path / f"{code}.csv"))
            for code in ("good", "extra", "codes")
        ),
        *(roster.source(code, "csv", path=str(tmp_path / f"{code}.csv")) for code in ("encoding", "missing")),
        *(
            roster.source(code, "xlsx", path=str(tmp_path / f"{code}.xlsx"), sheet="名册")
            for code in ("truncated", "sheet")
        ),
        roster.source("file", "csv", path=str(tmp_path / "nothing_*.csv")),
        roster.source("page", "http", **web).replace("[columns]", f"{HEADERS}\n[columns]"),
        roster.source("token", "http", **web).replace(
            "[columns]", "headers = { Authorization = 'Bearer wrong' }\n[columns]"
        ),
        roster.source("variable", "csv", path="${XILIN_SOURCE_NOWHERE}/a.csv"),
        roster.source("server", "mysql", url="mysql://ann:secret@127.0.0.1:1/x", table="t"),
        roster.source("table", "postgresql", url=source_database, table="nowhere"),
    )


def test_every_wrong_source_says_so_and_the_rest_goes_on(sources):
    wanted = sorted(Declaration.objects.filter(kind="source", until=None).values_list("code", flat=True))

    batches = {code: actions.collect(code, at=roster.NOW) for code in wanted}

    refused = {code: batch.error["code"] for code, batch in batches.items() if batch.state == "refused"}
    assert refused == {source: code for source, code, _, _ in REFUSED}
    for source, _, english, chinese in REFUSED:
        for said in english:
            assert said in batches[source].message("en")
        for said in chinese:
            assert said in batches[source].message("zh-hans")
        assert "secret" not in batches[source].message("en")
    assert "Connection refused" in batches["server"].detail
    assert "refused" not in batches["server"].message("zh-hans")
    assert batches["missing"].detail == batches["good"].detail == ""
    assert [batches[code].rows_accepted for code in ("good", "extra", "codes")] == [9, 9, 10]
    assert "not mapped: note" in batches["extra"].notes("en")[0]
    rows = queries.current(engine.connect(256), "roster")
    assert rows.count().execute() == 28
    assert rows.filter(rows.sex__found == "第三").count().execute() == 1


def test_a_code_outside_its_list_is_held_back_with_its_reason_where_the_item_says_so(sources, tmp_path):
    strict = roster.RESOURCE.replace('on_invalid = "flag"\n', "")
    roster.apply(
        tmp_path / "strict", roster.source("codes", "csv", path=str(tmp_path / "codes.csv")), resource=strict
    )

    batch = actions.collect("codes", at=roster.NOW)

    assert (batch.rows_accepted, batch.rows_quarantined) == (9, 1)
    reason = Quarantined.objects.get().reasons[0]
    assert reason["column"] == "sex"
    assert "“第三”" in reason["zh"]
    assert "not a code in force" in reason["en"]


def test_an_element_that_does_not_exist_refuses_its_sources_batches_only(sources):
    Declaration.objects.filter(kind="element", code="amount").delete()

    batch = actions.collect("good", at=roster.NOW)

    assert batch.error["code"] == "broken_declaration"
    assert "There is no data element amount." in batch.message("en")
