"""Tables one works with: what a request may ask, what is taken along, and what is left alone."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from python_calamine import CalamineWorkbook

from xilin.web import tables
from xilin.web.tables import Column, Filter

ROWS = [{"name": f"r{n:02}", "n": (n * 7) % 30, "odd": "y" if n % 2 else "n"} for n in range(30)]
COLUMNS = [
    Column("name", "Name", sortable=True),
    Column("n", "Number", kind="number", sortable=True),
    Column("odd", "Odd", shown=False),
]
ODD = Filter(
    "odd",
    "Odd",
    [("y", "yes"), ("n", "no")],
    lambda rows, value: [row for row in rows if row["odd"] == value],
)


def asked(query="", rows=ROWS, columns=COLUMNS, **more):
    more.setdefault("filters", [ODD])
    request = RequestFactory().get(f"/things/?{query}")
    return tables.asked(
        request, "things", "Things", columns, rows, find=lambda found, q: [row for row in found if q in row["name"]], per_page=10, **more
    )  # fmt: skip


def names(table):
    return [row["name"] for row in table.page]


def test_rows_are_sorted_both_ways_and_paged():
    assert [row["n"] for row in asked("sort=n").page] == list(range(10))
    assert [row["n"] for row in asked("sort=-n&page=3").page] == list(range(9, -1, -1))


@pytest.mark.parametrize("query", ["sort=odd", "sort=password", "sort=n%3Bdrop", "page=x", "odd=maybe"])
def test_what_is_unknown_is_ignored(query):
    assert names(asked(query)) == names(asked())


def test_a_page_beyond_the_last_is_the_last():
    assert asked("page=99").page.number == 3


def test_filters_and_words_narrow_the_rows_and_can_be_taken_away():
    table = asked("q=r0&odd=y")

    assert names(table) == ["r01", "r03", "r05", "r07", "r09"]
    assert [(chip.title, chip.value, chip.without) for chip in table.chips] == [
        ("", "r0", "/things/?odd=y"),
        ("Odd", "yes", "/things/?q=r0"),
    ]


def test_the_first_column_stays_whatever_one_chooses():
    assert [column.name for column in asked("show=odd").visible] == ["name", "odd"]
    assert [column.name for column in asked("show=nothing").visible] == ["name", "n"]


def test_a_file_holds_all_found_rows_in_order_and_the_chosen_columns():
    answer = tables.exported(asked("export=csv&sort=-n&show=name&show=n&odd=y&page=2"))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    assert rows[0] == ["Name", "Number"]
    assert len(rows) == 16
    assert rows[1][1] == "29"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="things.csv"'


def test_a_workbook_holds_the_same_with_numbers_as_numbers():
    at = datetime(2026, 6, 15, 2, tzinfo=UTC)
    columns = [*COLUMNS, Column("at", "At", lambda row: at, kind="moment")]
    answer = tables.exported(asked("export=xlsx&sort=n", columns=columns))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()

    assert rows[0] == ["Name", "Number", "At"]
    assert rows[1] == ["r00", 0.0, datetime(2026, 6, 15, 10)]
    assert len(rows) == 31


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_text_that_a_spreadsheet_would_compute_stays_text(formula):
    table = asked("export=csv", rows=[{"name": formula, "n": -5, "odd": "n"}])
    rows = list(csv.reader(io.StringIO(tables.exported(table).content.decode("utf-8-sig"))))

    assert rows[1] == [f"'{formula}", "-5"]


def test_the_page_is_wanted_where_no_file_is():
    assert tables.exported(asked("export=exe")) is None


def test_values_that_are_not_known_come_last_whichever_way():
    rows = [
        {"name": "a", "n": None, "odd": "n"},
        {"name": "b", "n": 2, "odd": "n"},
        {"name": "c", "n": 1, "odd": "n"},
    ]

    assert names(asked("sort=n", rows=rows)) == ["c", "b", "a"]
    assert names(asked("sort=-n", rows=rows)) == ["b", "c", "a"]


@pytest.mark.django_db
def test_a_query_set_is_sorted_by_the_declared_field_only():
    from django.contrib.contenttypes.models import ContentType

    columns = [Column("app", "App", "app_label", sort="app_label"), Column("model", "Model")]
    request = RequestFactory().get("/?sort=-app")
    table = tables.asked(request, "types", "Types", columns, ContentType.objects.all(), per_page=500)

    told = [row.app_label for row in table.page]
    assert told == sorted(told, reverse=True)
    assert len(told) > 10


def test_a_heading_leads_to_the_most_first_and_then_the_other_way_round():
    def leads(query):
        return {head["column"].name: head["href"] for head in asked(query).heads()}

    assert leads("") == {"name": "/things/?sort=name", "n": "/things/?sort=-n"}
    assert leads("sort=-n&page=2")["n"] == "/things/?sort=n"
    assert leads("sort=name")["name"] == "/things/?sort=-name"


def test_a_form_says_column_and_direction_apart_and_a_head_then_says_both():
    assert [row["n"] for row in asked("sort=n&way=down").page][:2] == [29, 28]
    assert [row["n"] for row in asked("sort=-n&way=up").page][:2] == [0, 1]
    assert asked("sort=n&way=sideways").sorted_by == ("n", False)
    assert asked("way=down", order="name").sorted_by == ("name", False)
    assert asked("sort=n&way=down&odd=y").heads()[0]["href"] == "/things/?odd=y&sort=name"
    assert asked("sort=n&way=down&odd=y").kept("sort", "way") == [("odd", "y")]


def test_two_tables_of_a_page_are_asked_apart():
    first, second = asked("sort=-n&b-sort=name&b-page=2&b-odd=y"), asked("sort=-n&b-sort=name&b-page=2&b-odd=y", prefix="b-")  # fmt: skip

    assert first.page.number == 1
    assert [row["n"] for row in first.page][:2] == [29, 28]
    assert names(second) == ["r21", "r23", "r25", "r27", "r29"]
    assert second.chips[0].without == "/things/?sort=-n&b-sort=name"
    assert ("sort", "-n") in second.kept("q", "odd")
    assert tables.exported(first, second) is None
    asked_for = asked("export=csv"), asked("export=csv", prefix="b-")
    assert tables.exported(*asked_for).content == tables.exported(asked_for[0]).content


def test_what_may_be_done_with_a_row_stays_on_the_page_and_out_of_the_file():
    columns = [*COLUMNS, Column("do", "What can be done", kind="acts", template="x.html")]
    table = asked("export=csv&show=n", columns=columns)

    assert [column.name for column in table.visible] == ["name", "n", "do"]
    assert tables.exported(table).content.decode("utf-8-sig").splitlines()[0] == "Name,Number"


def test_words_are_found_whatever_their_case():
    rows = [{"name": "Abag", "n": 1, "odd": "n"}, {"name": None, "n": 2, "odd": "n"}]
    found = tables.containing(lambda row: row["name"], lambda row: row["n"])

    assert found(rows, "aBa") == rows[:1]
    assert found(rows, "2") == rows[1:]


@pytest.mark.django_db
def test_words_are_found_in_a_query_set_by_its_fields():
    from django.contrib.contenttypes.models import ContentType

    found = tables.matching("app_label", "model")(ContentType.objects.all(), "SESS")
    assert {one.model for one in found} == {"session"}


def test_rows_are_looked_up_together_for_a_page_and_for_a_file():
    asked_for = []

    def together(rows):
        asked_for.append(len(rows))
        return [row | {"name": row["name"].upper()} for row in rows]

    table = asked("page=2", together=together)
    assert table.lines()[0]["cells"][0]["value"] == "R10"
    assert (table.taken, len(table.taking)) == (10, 10)

    table = asked("export=csv&odd=y", together=together)
    assert "R01" in tables.exported(table).content.decode()
    assert (table.taken, len(table.taking)) == (15, 15)
    assert asked_for == [10, 15]


def test_what_is_no_list_is_sorted_by_who_knows_how():
    columns = [Column("name", "Name", sort="by_name"), Column("n", "Number")]
    table = asked("sort=-name", columns=columns, arrange=lambda rows, by, down: [(by, down)])

    assert table.found == [("by_name", True)]


def test_the_row_a_page_is_about_says_so():
    table = asked("", current=lambda row: row["name"] == "r03")

    assert [n for n, line in enumerate(table.lines()) if line["current"]] == [3]
