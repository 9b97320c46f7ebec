"""Drawings: geometry that can be counted."""

import itertools
import re

import pytest

from xilin.web import pairs
from xilin.web.charts import choropleth, flow, radar, trend, waterfall
from xilin.web.charts.flow import Flow, Node

SQUARE = {"type": "Polygon", "coordinates": [[[110, 40], [111, 40], [111, 41], [110, 41], [110, 40]]]}
BESIDE = {"type": "MultiPolygon", "coordinates": [[[[111, 40], [113, 40], [113, 41], [111, 41], [111, 40]]]]}
SPOT = {"type": "Point", "coordinates": [112.5, 40.5]}


def place(code, value, geometry):
    return choropleth.Place(code, code, value, str(value), geometry)


def numbers_in(path):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_a_map_keeps_every_shape_within_its_frame():
    drawn = choropleth.draw([place("a", 1, SQUARE), place("b", 2, BESIDE), place("c", 3, SPOT)])

    for shape in drawn.shapes:
        xs, ys = numbers_in(shape.path)[::2], numbers_in(shape.path)[1::2]
        assert all(0 <= x <= drawn.width for x in [*xs, shape.x])
        assert all(0 <= y <= drawn.height for y in [*ys, shape.y])


def test_a_name_stands_in_the_middle_of_its_area():
    square = next(s for s in choropleth.draw([place("a", 1, SQUARE), place("b", 2, BESIDE)]).shapes)

    assert square.x == pytest.approx(choropleth.WIDTH / 6, abs=0.1)


def test_a_spot_is_drawn_over_the_area_around_it():
    drawn = choropleth.draw([place("spot", 3, SPOT), place("area", 1, BESIDE)])

    assert [shape.place.code for shape in drawn.shapes] == ["area", "spot"]


def test_an_area_without_outline_is_left_out_and_one_without_value_is_blank():
    drawn = choropleth.draw([place("a", None, SQUARE), place("b", 5, None)])

    assert [(shape.place.code, shape.shade) for shape in drawn.shapes] == [("a", "qn")]


def test_no_areas_make_an_empty_map():
    assert choropleth.draw([]).shapes == []


@pytest.mark.parametrize(
    "values", [[1], [3, 1, 2], list(range(13)), [0] * 12 + [9], [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]]
)
def test_every_value_falls_into_a_step_and_larger_never_lighter(values):
    bounds = choropleth.steps(values)
    shades = [choropleth.step_of(value, bounds) for value in sorted(values)]

    assert all(low <= high for low, high in bounds)
    assert None not in shades
    assert shades == sorted(shades)
    assert max(shades) <= choropleth.STEPS - 1


def test_a_radar_puts_a_full_share_on_the_rim_and_the_first_at_the_top():
    drawn = radar.draw([("a", 1.0, "100%"), ("b", 0.5, "50%"), ("c", None, "—"), ("d", 0.0, "0%")])
    first, half, none, nothing = drawn.spokes

    assert (first.x, first.y) == (first.end_x, first.end_y)
    assert first.y == min(spoke.y for spoke in drawn.spokes)
    assert half.x - radar.SIZE / 2 == pytest.approx((half.end_x - radar.SIZE / 2) / 2, abs=0.1)
    assert (none.x, none.y) == (nothing.x, nothing.y), "what was not measured stands in the middle"


@pytest.mark.parametrize("values", [[3, 11, 7], [5.0], [0.0, 0.0], [-2.0, 3.0], [84.51, 84.51, 84.52]])
def test_the_round_values_of_an_axis_enclose_what_it_shows(values):
    ticks = trend.ticks_of(values)

    assert ticks[0] <= min(values)
    assert ticks[-1] >= max(values)
    assert 2 <= len(ticks) <= 6
    assert ticks == sorted(ticks)


def flows(*, downwards=False):
    nodes = [
        [Node("a", "agriculture", 9000, "9,000", words="before"), Node("b", "police", 1000, words="before")],
        [Node("raw", "raw", 10_000, words="")],
        [Node("std", "standard", 9300), Node("held", "held back", 700, "700")],
    ]
    links = [
        Flow("a", "raw", 9000),
        Flow("b", "raw", 1000),
        Flow("raw", "std", 9300),
        Flow("raw", "held", 700),
    ]
    return flow.draw(
        nodes, links, places=(200, 400, 600), size=(800, 500), room=46, top=8, downwards=downwards
    )


def test_bands_leave_a_bar_as_wide_as_they_came():
    sizes = {node.code: node.size for node in flows().nodes}

    assert sizes["a"] + sizes["b"] == pytest.approx(sizes["raw"], abs=0.2)
    assert sizes["std"] + sizes["held"] == pytest.approx(sizes["raw"], abs=0.2)
    assert sizes["b"] / sizes["a"] == pytest.approx(1 / 9, rel=0.02)


@pytest.mark.parametrize("downwards", [False, True])
def test_bars_and_words_of_flows_stay_in_the_drawing_and_apart(downwards):
    drawn = flows(downwards=downwards)
    assert (drawn.width, drawn.height) == ((500, 800) if downwards else (800, 500))

    for node in drawn.nodes:
        x, y, width, height = node.box
        assert 0 <= x <= x + width <= drawn.width
        assert 0 <= y <= y + height <= drawn.height
    for column in drawn.columns:
        middles = [node.middle for node in column]
        assert all(after - before >= 46 for before, after in itertools.pairwise(middles))


def test_flows_downwards_are_the_same_drawing_turned():
    along, down = flows(), flows(downwards=True)

    for one, other in zip(along.bands, down.bands, strict=True):
        pairs = list(zip(*[iter(numbers_in(one.path))] * 2, strict=True))
        turned = list(zip(*[iter(numbers_in(other.path))] * 2, strict=True))
        assert turned == [(y, x) for x, y in pairs]
    for one, other in zip(along.nodes, down.nodes, strict=True):
        assert [(y, x, words) for x, y, words, _kind in other.lines] == [(x, y, words) for x, y, words, _kind in one.lines]  # fmt: skip


def test_long_words_of_flows_break_in_two_and_lose_what_they_carry_unseen():
    long = pairs.pair("bureau of natural resources", "自然资源局", sure=True)
    drawn = flow.draw(
        [[Node("a", long, 5, "1,531", words="before")]], [], places=(200,), size=(800, 500), room=46
    )

    assert [words for _x, _y, words, _kind in drawn.nodes[0].lines] == [
        "bureau of natural",
        "resources 1,531",
    ]


def test_the_number_of_a_source_stands_next_to_its_bar():
    source = flows().nodes[0]
    ((x, _y, words, _kind),) = source.lines

    assert words == "agriculture 9,000"
    assert x < source.along


def test_words_of_a_radar_stand_outside_its_rim():
    drawn = radar.draw([(str(n), 1.0, "100%") for n in range(6)])
    top, bottom = drawn.spokes[0], drawn.spokes[3]

    assert top.lines[-1][1] < top.end_y, "both lines stand above the point"
    assert bottom.lines[0][1] - 12 > bottom.end_y


def test_words_of_a_radar_are_columns_where_lines_run_downwards():
    drawn = radar.draw([(f"name {n}", 1.0, "100%") for n in range(6)], downwards=True)
    top, right, bottom, left = (drawn.spokes[n] for n in (0, 1, 3, 5))

    assert [spoke.anchor for spoke in (top, right, bottom)] == ["end", "middle", "start"]
    for spoke in drawn.spokes:
        (name_x, name_y, _), (value_x, value_y, _) = spoke.lines
        assert name_x < value_x, "columns follow one another from left to right"
        assert name_y == value_y
    assert top.lines[0][1] < top.end_y
    assert bottom.lines[0][1] > bottom.end_y
    assert right.lines[0][0] > right.end_x
    assert left.lines[-1][0] < left.end_x
    assert drawn.box[1] < 0
    assert drawn.box[3] > 330


def test_a_waterfall_goes_from_step_to_step_and_ends_in_their_sum():
    drawn = waterfall.draw(
        [("begin", "", -4.0), ("name", "", 6.0), ("birth", "", 0.0)], total=("sum", ""), mark=5.0
    )
    begin, name, birth = drawn.bars

    assert begin.x + begin.width == pytest.approx(drawn.zero, abs=0.02)
    assert name.x == pytest.approx(begin.x)
    assert birth.x == pytest.approx(name.x + name.width, abs=0.02)
    assert birth.width > 0
    assert (drawn.total.x, drawn.total.value) == (pytest.approx(drawn.zero), 2.0)
    assert [bar.kind for bar in drawn.bars] == ["against", "for", "for"]
    assert 0 < begin.x < name.x + name.width < drawn.mark < 100


def test_bars_to_both_sides_begin_in_the_middle():
    most, less, against = waterfall.both_sides([("a", "", 10), ("b", "", 5), ("c", "", -10)], reach=10)

    assert (most.x, most.width) == (50, 50)
    assert (less.x, less.width) == (50, 25)
    assert (against.x, against.width) == (0, 50)
    assert waterfall.both_sides([("a", "", 0)], reach=0)[0].width > 0
