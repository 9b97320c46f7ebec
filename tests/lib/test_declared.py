"""Reading declarations: values, and the place of every fault."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct

from xilin.lib.declared import Kind, read
from xilin.lib.places import features, toml_lines
from xilin.lib.text import Text


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    factor: float = 1
    formats: tuple[str, ...] = ()


class Entry(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    code: str
    name: str


class Thing(Struct, forbid_unknown_fields=True):
    code: Annotated[str, Meta(pattern=r"^[a-z]+$", max_length=5)]
    size: int
    kind: Literal["", "big", "small"] = ""
    since: date | None = None
    weight: Annotated[int, Meta(ge=1, le=9)] = 1
    ready: bool = False
    centre: tuple[float, float] = (0, 0)
    columns: dict[str, Inner] = {}
    entries: tuple[Entry, ...] = ()
    value: str | int | None = None


class Outline(Struct, frozen=True):
    code: str
    geometry: dict[str, Any]


THING = Kind("thing", Text(zh="物", en="Thing"), Thing, "things.toml", "thing")
ROW = Kind("row", Text(zh="行", en="Row"), Thing, "rows.csv")
OUTLINE = Kind("outline", Text(zh="边界", en="Outline"), Outline, "*.geojson")
WHOLE = Kind("whole", Text(zh="盟市", en="League"), Inner, "whole.toml", code=lambda _: "it", needed=True)


def faults(tmp_path, text, kind=THING):
    name = kind.files.replace("*", "all")
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read(tmp_path, [kind])[1]


def test_a_good_file_is_read_and_every_value_knows_its_line(tmp_path):
    (tmp_path / "things.toml").write_text(
        '[[thing]]\ncode = "a"\nsize = 1\n\n[[thing]]\ncode = "b"\nsize = 2\n'
    )

    league, faults = read(tmp_path, [THING])

    assert faults == []
    assert league.all("thing")["b"].value.size == 2
    assert league.all("thing")["b"].at("size").line == 7


GOOD = 'code = "a"\nsize = 1\n'


@pytest.mark.parametrize(
    ("text", "line", "zh", "en", "allowed"),
    [
        (
            GOOD + 'colour = "red"',
            4,
            "不认识的字段“colour”",
            "unknown field colour",
            "code, size, kind, since",
        ),
        (
            'code = "a"',
            1,
            "缺少必填字段“size”",
            "required field size is missing",
            "a whole number, such as 12",
        ),
        ('code = "a"\nsize = "big"', 3, "应为整数，实为文本", "must be a whole number, it is text", "number"),
        ('code = "A1"\nsize = 1', 2, "不符合格式 ^[a-z]+$", "doesn't match the form ^[a-z]+$", "^[a-z]+$"),
        ('code = "abcdef"\nsize = 1', 2, "超过 5 个字符", "longer than 5 characters", "text"),
        (GOOD + 'kind = "huge"', 4, "没有 'huge' 这个取值", "no choice 'huge'", '"", big, small'),
        (GOOD + 'since = "2026-13-01"', 4, "不是合法日期", "not a date", "2026-03-01"),
        (GOOD + "since = 3", 4, "应为日期，实为整数", "must be a date, it is a whole number", "2026-03-01"),
        (GOOD + "weight = 12", 4, "大于 9", "more than 9", "a whole number"),
        (GOOD + "weight = 0", 4, "小于 1", "less than 1", "a whole number"),
        (GOOD + 'ready = "yes"', 4, "应为true 或 false，实为文本", "must be true or false", "true or false"),
        (
            GOOD + "centre = [1.0]",
            4,
            "列表应有 2 个值，实有 1 个",
            "must have 2 values, it has 1",
            "a list [...] of 2",
        ),
        (GOOD + "value = [1]", 4, "不能是列表", "can't be a list", "text"),
        (
            GOOD + 'entries = [\n  ["x", "X"],\n  ["y"],\n]',
            6,
            "列表应有 2 个值",
            "must have 2 values",
            "code, name",
        ),
        (
            GOOD + '[thing.columns]\nq = { factor = "x" }',
            5,
            "columns.q.factor",
            "columns.q.factor",
            "a number",
        ),
        (
            GOOD + "[thing.columns.p]\nfactor = 2\n[thing.columns.q]\nformats = [1]",
            7,
            "columns.q.formats.0",
            "must be text",
            "text",
        ),
        (GOOD + "columns = 3", 4, "应为表，实为整数", "must be a table, it is a whole number", "a table"),
    ],
)
def test_a_wrong_value_is_told_at_its_line_with_what_is_allowed(tmp_path, text, line, zh, en, allowed):
    (fault,) = faults(tmp_path, f"[[thing]]\n{text}\n")

    assert str(fault.place) == f"things.toml:{line}"
    assert zh in fault.of("zh-hans")
    assert en in fault.of("en")
    assert allowed in fault.allowed.en
    assert "允许:" in fault.of("zh-hans")
    assert "Expected" not in fault.of("zh-hans")


def test_a_fault_names_the_declaration_it_is_in(tmp_path):
    (fault,) = faults(tmp_path, '[[thing]]\ncode = "a"\nsize = "big"\n')

    assert fault.of("zh-hans").startswith("things.toml:3: 物“a”：size：")
    assert fault.of("en").startswith("things.toml:3: Thing a: size: ")


def test_one_run_tells_the_faults_of_every_declaration_in_the_order_of_lines(tmp_path):
    found = faults(tmp_path, '[[thing]]\ncode = "a"\n\n[[thing]]\ncode = "b"\nsize = 1\nx = 1\n')

    assert [fault.place.line for fault in found] == [1, 7]


def test_a_code_declared_twice_points_at_the_first(tmp_path):
    (fault,) = faults(tmp_path, '[[thing]]\ncode = "a"\nsize = 1\n[[thing]]\ncode = "a"\nsize = 2\n')

    assert fault.place.line == 4
    assert "things.toml:1" in fault.what.en


def test_a_table_of_another_name_is_told_with_the_one_allowed(tmp_path):
    (fault,) = faults(tmp_path, '\n[[things]]\ncode = "a"\nsize = 1\n')

    assert (fault.place.line, fault.allowed.en) == (2, "[[thing]]")


def test_broken_toml_and_wrong_encoding_are_faults_not_crashes(tmp_path):
    (broken,) = faults(tmp_path, "[[thing]]\ncode = \n")
    assert broken.place.line == 2
    assert "TOML" in broken.of("zh-hans")

    (tmp_path / "things.toml").write_bytes('[[thing]]\ncode = "锡"\n'.encode("gb18030"))
    (encoding,) = read(tmp_path, [THING])[1]
    assert encoding.place.line == 2
    assert "UTF-8" in encoding.what.en


def test_a_file_no_kind_reads_is_told(tmp_path):
    (tmp_path / "thing.toml").write_text("")

    (fault,) = read(tmp_path, [THING])[1]

    assert fault.allowed.en == "things.toml"


def test_a_league_folder_that_is_not_there_or_lacks_what_it_needs_is_told(tmp_path):
    (nowhere,) = read(tmp_path / "nowhere", [THING])[1]
    (lacking,) = read(tmp_path, [THING, WHOLE])[1]

    assert "nowhere" in nowhere.of("zh-hans")
    assert (lacking.place.file, "盟市" in lacking.what.zh) == ("whole.toml", True)


@pytest.mark.parametrize(
    ("text", "line", "zh", "en"),
    [
        ("code,size\na,1\nb,2,3\n", 3, "本行有 3 个值，表头有 2 列", "has 3 values, the header has 2"),
        ("code,size\na\n", 2, "本行有 1 个值，表头有 2 列", "has 1 values, the header has 2"),
        ("code,size,colour\na,1,red\nb,2,red\n", 1, "不认识的列“colour”", "unknown column colour"),
        ("code,kind\na,big\nb,big\n", 1, "缺少列“size”", "column size is missing"),
        ("code,size,size\na,1,2\n", 1, "列“size”出现多次", "column size stands more than once"),
        ('code,size\na,"1"2\n', 2, "不是合法的 CSV", "not CSV"),
        ("code,size\na,many\n", 2, "应为整数，实为文本", "must be a whole number"),
        ("code,size\n,1\n", 2, "缺少必填字段“code”", "required field code is missing"),
    ],
)
def test_a_wrong_row_of_a_table_is_told_never_skipped(tmp_path, text, line, zh, en):
    (fault,) = faults(tmp_path, text, ROW)

    assert str(fault.place) == f"rows.csv:{line}"
    assert zh in fault.of("zh-hans")
    assert en in fault.of("en")


def test_a_table_of_rows_is_read_typed_with_its_byte_order_mark_and_empty_cells(tmp_path):
    (tmp_path / "rows.csv").write_text(
        "\ufeffcode,size,since,kind\na,1,2026-01-02,\n\nb,2,,big\n", encoding="utf-8"
    )

    league, found = read(tmp_path, [ROW])

    assert found == []
    assert league.all("row")["a"].value == Thing("a", 1, since=date(2026, 1, 2))
    assert league.all("row")["b"].at("size").line == 4


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"type": "FeatureCollection",\n "features": [\n}', 3),
        ('{"type": "Feature"}', 1),
        ('{"features": {"a": 1}}', 1),
        ("[1]", 1),
        ('{"features": [\n  {"properties": {"code": "a"}, "geometry": {}},\n  3\n]}', 3),
        ('{"features": [\n\n  {"properties": null, "geometry": {}}]}', 3),
        ('{"features": [\n  {"properties": {"code": "a"}, "geometry": null}]}', 2),
    ],
)
def test_bad_geojson_is_told_at_the_line_of_its_feature(tmp_path, text, line):
    found = faults(tmp_path, text, OUTLINE)

    assert [str(fault.place) for fault in found] == [f"all.geojson:{line}"]
    assert found[0].of("zh-hans") != found[0].of("en")


def test_features_stand_at_their_lines_even_where_a_word_misleads():
    text = '{"note": "\\"features\\": [",\n"features": [\n{"a": 1},\n\n{"a": [\n2]}, {"a": 3}\n]}'

    assert [feature for _line, feature in features(text)] == [{"a": 1}, {"a": [2]}, {"a": 3}]
    plain = text.partition(",\n")[2]
    assert [line for line, _feature in features("{" + plain)] == [2, 4, 5]


def test_elements_of_an_array_over_several_lines_have_their_own_lines():
    lines = toml_lines('[a]\nlist = [\n  ["x", 1],\n  # a remark\n  ["y", 2],\n]\nnext = 3\n')

    assert (lines[("a", "list", 1)], lines[("a", "next")]) == (5, 7)


def test_text_over_several_lines_hides_what_looks_like_a_key():
    lines = toml_lines('[a]\nbody = """\nb = 1\n[c]\n"""\nnext = 3\n"quoted key".inner = 4\n')

    assert ("a", "b") not in lines
    assert ("c",) not in lines
    assert (lines[("a", "next")], lines[("a", "quoted key", "inner")]) == (6, 7)
