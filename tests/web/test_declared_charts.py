"""A declared chart: the same numbers in the drawing, in the table and for the script."""

import json
import re

import pytest
from django.template import engines

from xilin.web.charts import plot
from xilin.web.charts.declared import Chart, Goal, Link, Point, Series, spec, table

MONTHS = ["1", "2", "3"]
PAIR = [Series("a", [10, None, 30]), Series("b", [5, 15, 2.5])]


def words(chart):
    return table(chart, source="from", target="to", series="series")


def rendered(chart):
    source = "{% load parts %}{% chart one 3 %}"
    return engines["django"].from_string(source).render({"one": chart})


def ends(path):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_a_table_tells_every_value_and_a_gap_as_a_gap():
    told = words(Chart("line", "x", MONTHS, PAIR, decimals=1, over="month"))

    assert told.heads == ["month", "a", "b"]
    assert told.rows == [["1", "10.0", "5.0"], ["2", "—", "15.0"], ["3", "30.0", "2.5"]]


def test_a_line_is_broken_where_there_is_no_value():
    marks = plot.draw(Chart("line", "x", MONTHS, [Series("a", [10, None, 30])])).marks

    assert [mark.kind for mark in marks] == ["line", "line", "dot", "dot"]


def test_bars_stand_on_zero_and_are_as_high_as_their_values():
    drawn = plot.draw(Chart("bar", "x", MONTHS, [Series("a", [10, 20, -10])]))
    zero = next(y for value, y in drawn.ticks if value == 0)
    heights = [abs(ends(mark.path)[3] - ends(mark.path)[1]) for mark in drawn.marks]

    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert ends(drawn.marks[0].path)[3] == pytest.approx(zero, abs=0.1)
    assert ends(drawn.marks[2].path)[1] == pytest.approx(zero, abs=0.1)


def test_stacked_bars_begin_where_the_ones_below_end():
    drawn = plot.draw(Chart("stacked", "x", ["1"], [Series("a", [10]), Series("b", [5])]))
    below, above = (ends(mark.path) for mark in drawn.marks)

    assert above[3] == below[1]


def test_everything_drawn_lies_within_its_field():
    for chart in (
        Chart("area", "x", MONTHS, PAIR),
        Chart("stacked", "x", MONTHS, PAIR),
        Chart("bar", "x", MONTHS, PAIR),
    ):
        for mark in plot.draw(chart).marks:
            firsts = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", mark.path)
            assert all(0 <= float(x) <= plot.SIDE and 0 <= float(y) <= plot.SIDE for x, y in firsts)


def test_a_goal_is_within_the_axis_however_far_the_values_are():
    drawn = plot.draw(Chart("bar", "x", ["1"], [Series("a", [10])], goal=Goal(500, "goal")))

    assert 0 <= drawn.goal <= plot.SIDE
    assert drawn.ticks[-1][0] >= 500


def test_what_flows_out_of_a_place_is_as_thick_as_what_flows_in():
    chart = Chart("sankey", "x", links=[Link("a", "b", 6), Link("b", "c", 4), Link("b", "d", 2)])
    bars = {mark.said: ends(mark.path) for mark in plot.draw(chart).marks if mark.kind == "bar"}

    assert bars["b"][3] == pytest.approx(bars["a"][3], abs=0.1)
    assert bars["c"][3] + bars["d"][3] == pytest.approx(bars["b"][3], abs=0.2)
    assert bars["a"][0] < bars["b"][0] < bars["c"][0] == bars["d"][0]


def test_links_in_a_circle_are_drawn_and_end():
    assert plot.draw(
        Chart("sankey", "x", links=[Link("a", "b", 1), Link("b", "a", 1), Link("a", "a", 1)])
    ).marks


def test_days_of_a_calendar_stand_in_weeks():
    days = ["2026-06-01", "2026-06-07", "2026-06-08"]
    cells = [
        ends(mark.path) for mark in plot.draw(Chart("calendar", "x", days, [Series("a", [1, 5, None])])).marks
    ]

    assert cells[0][0] == cells[1][0] < cells[2][0]
    assert cells[0][1] == cells[2][1] < cells[1][1]


def test_points_and_flows_have_tables_too():
    scatter = Chart(
        "scatter", "x", over="place", axes=("rain", "grass"), series=[Series("", points=[Point(1, 2, "n")])]
    )
    flow = Chart("sankey", "x", unit="rows", links=[Link("a", "b", 1234)])

    assert words(scatter).heads == ["place", "rain", "grass"]
    assert words(scatter).rows == [["n", "1", "2"]]
    assert words(flow).rows == [["a", "b", "1,234"]]


def test_a_page_holds_drawing_table_and_data_and_no_style_of_its_own():
    page = rendered(Chart("line", "rain </script>", MONTHS, PAIR, unit="mm"))
    data = json.loads(re.search(r'<script id="[\w-]+" type="application/json">(.*?)</script>', page).group(1))

    assert data["name"] == "rain </script>"
    assert data["series"][0]["values"] == [10, None, 30]
    assert "style=" not in page
    assert page.count("<tr>") == 4
    assert 'role="heading" aria-level="3"' in page


def test_a_chart_without_data_says_so_and_asks_for_no_script():
    page = rendered(Chart("line", "x", MONTHS, [Series("a", [None, None, None])]))

    assert "data-chart" not in page
    assert 'class="empty"' in page


@pytest.mark.parametrize("kind", ["line", "area", "bar", "stacked", "scatter", "radar", "calendar", "sankey"])
def test_every_kind_is_drawn_without_labels_or_values(kind):
    assert plot.draw(Chart(kind, "x")) is not None
    assert not Chart(kind, "x")


def test_bars_across_share_the_length_of_the_longest():
    rows = plot.draw(Chart("bar", "x", ["n", "s"], [Series("a", [10, 5])], across=True)).rows

    assert [ends(row.marks[0].path)[2] for row in rows] == [1000, 500]
    assert [row.told for row in rows] == ["10", "5"]


def test_a_script_tells_numbers_in_the_readers_magnitudes():
    assert spec(Chart("line", "x"), "zh-hans")["steps"][-1][2] == "万"
    assert spec(Chart("line", "x"), "en")["steps"][-1][2] == "k"


@pytest.mark.parametrize(("rows", "tall"), [(9, ""), (10, " tall-2"), (60, " tall-4")])
def test_bars_along_the_line_have_room_for_each(rows, tall):
    labels = [str(n) for n in range(rows)]
    page = rendered(Chart("bar", "x", labels, [Series("a", range(rows))], across=True))

    assert f'<figure class="plot plot-bar{tall}"' in page
