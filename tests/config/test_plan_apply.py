"""`xilin plan` and `xilin apply`: every kind of mistake told, the rest carried out whole, once, in versions."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import typer
from django.db import connection, transaction
from psycopg import sql
from typer.testing import CliRunner

import small_league
from xilin.config import league as commands
from xilin.kernel.accounts.models import Department
from xilin.kernel.audit.queries import entries
from xilin.kernel.standards import actions, queries
from xilin.kernel.standards.declarations import APPLIERS, KINDS
from xilin.kernel.standards.models import Area, Declaration, LeagueVersion
from xilin.lib.declared import read

LEAGUE = Path(__file__).parents[2] / "leagues" / "xilingol"
AREAS = """code,name,level,source,parent
990000000000,小盟,league,test,
990100000000,小旗,county,test,990000000000
990101000000,小镇,town,test,990100000000
"""
OUTLINE = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"code": "990100000000", "source": "test"},
 "geometry": {"type": "Polygon", "coordinates": [[[110, 43], [111, 43], [111, 44], [110, 43]]]}}
]}
"""
CODE_LISTS = """
[[code_list]]
code = "sex"
name = { zh = "性别", en = "Sex" }
source = "GB/T 2261.1-2003"
since = 2004-01-01
entries = [
  ["1", "男", "Male"],
  ["2", "女", "Female"],
]
"""
SEX = """
[[element]]
code = "sex"
name = { zh = "性别", en = "Sex" }
type = "string"
source = "GB/T 2261.1-2003"
code_list = "sex"
"""
SOURCE = """
code = "police_households"
resource = "households"
department = "police"
name = { zh = "户籍库", en = "Households" }
connector = "csv"
[connection]
path = "households-*.csv"
[columns]
id_number = { source = "SFZH" }
person_name = { source = "XM" }
address = { source = "ZZ" }
"""
RULES = """
[[rule]]
code = "dead_draw_nothing"
resource = "benefits"
kind = "absent_from"
name = { zh = "户籍人口不在册", en = "In the register" }
source = "test"
since = 2026-01-01
column = "id_number"
target = "households"
target_column = "id_number"
"""
REGISTRY = """
code = "people"
name = { zh = "人口", en = "People" }
[[attribute]]
code = "id_number"
element = "id_number"
[[identifier]]
attribute = "id_number"
"""
INDICATORS = """
[[indicator]]
code = "households_total"
name = { zh = "户籍人口", en = "Households" }
definition = { zh = "户籍登记。", en = "Registrations." }
unit = { zh = "人", en = "people" }
theme = { zh = "人口", en = "People" }
formula = "count"
resource = "households"

[[indicator]]
code = "benefit_sum"
name = { zh = "救助金", en = "Benefits" }
definition = { zh = "合计。", en = "Sum." }
unit = { zh = "元", en = "yuan" }
theme = { zh = "民生", en = "Support" }
formula = "sum"
resource = "benefits"
column = "benefit"
where = [{ column = "benefit", operator = ">", value = 0 }]

[[indicator]]
code = "benefit_rate"
name = { zh = "人均", en = "A head" }
definition = { zh = "人均。", en = "A head." }
unit = { zh = "元", en = "yuan" }
theme = { zh = "民生", en = "Support" }
formula = "ratio"
numerator = "benefit_sum"
denominator = "households_total"
"""
REPORTED = """
[[reported]]
code = "rate_2016"
name = { zh = "备案率", en = "Rate" }
value = 84.53
printed = "84.53%"
report = { zh = "报告", en = "report" }
as_of = 2016-10-31
paragraph = "一"
why_not = { zh = "无", en = "none" }
"""
SECTIONS = """
[[section]]
code = "people"
order = 1
title = { zh = "人口", en = "People" }
[section.body]
zh = "共 {households_total:wan} 人。"
en = "There are {households_total}."
"""
MORE = {
    "areas/areas.csv": AREAS,
    "areas/outline.geojson": OUTLINE,
    "code_lists/all.toml": CODE_LISTS,
    "elements/sex.toml": SEX,
    "resources/households.toml": small_league.HOUSEHOLDS + '[[item]]\nelement = "sex"\n',
    "sources/police.toml": SOURCE,
    "rules/all.toml": RULES,
    "registries/people.toml": REGISTRY,
    "indicators/all.toml": INDICATORS,
    "report/reported.toml": REPORTED,
    "report/text.toml": SECTIONS,
}


def write(folder: Path) -> Path:
    """The small league with one of every kind of file."""
    return small_league.write(folder, MORE)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Replace the first such place of a file."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{file} holds no {old!r}"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


LOOKED_UP = 'lookup = ["id_number"]\n[[item]]\nelement = "id_number"\nmask = "id_front"\n[[item]]\nelement = "person_name"'
LOOKED_UP_BY_NAME = LOOKED_UP.replace('["id_number"]', '["id_number", "person_name"]') + '\nmask = "hidden"'
NAME_DECIDES = '[[attribute]]\ncode = "name"\nelement = "person_name"\n[[identifier]]\nattribute = "name"\n[[identifier]]'

# file, what is there, what a mistake makes of it, text on the line it is told at,
# and what is said of it in Chinese, in English, and as allowed ("" where there is nothing to list).
MISTAKES = {
    "unknown field": (
        "elements/all.toml", 'source = "GB 11643-1999"', 'sauce = "GB"\nsource = "GB 11643-1999"', "sauce",
        "不认识的字段“sauce”", "unknown field sauce", "code, name, type, source",
    ),
    "wrong type": (
        "elements/all.toml", "level = 4", 'level = "high"', "level = ",
        "应为整数，实为文本", "must be a whole number, it is text", "1, 2, 3, 4",
    ),
    "missing field": (
        "masks.toml", 'source = "test"\nkeep_first', "keep_first", "[[mask]]",
        "缺少必填字段“source”", "required field source is missing", "text",
    ),
    "unknown choice": (
        "masks.toml", 'kind = "hide"', 'kind = "blur"', "blur",
        "没有 'blur' 这个取值", "no choice 'blur'", "stars, pseudonym, year, area, hide",
    ),
    "unknown element": (
        "resources/benefits.toml", 'element = "benefit"', 'element = "benefits"', '"benefits"',
        "数据元“benefits”不存在", "data element benefits, which doesn't exist", "benefit",
    ),
    "unknown code list": (
        "elements/all.toml", 'code = "verdict"', 'code = "verdict"\ncode_list = "verdicts"', "verdicts",
        "代码集“verdicts”不存在", "code list verdicts, which doesn't exist", "sex",
    ),
    "unknown department": (
        "resources/benefits.toml", 'provider = "civil"', 'provider = "civic"', "civic",
        "提供方“civic”不存在", "no department civic", "civil, justice, market, police",
    ),
    "unknown mask": (
        "resources/benefits.toml", 'mask = "id_front"', 'mask = "front"', '"front"',
        "脱敏规则“front”不存在", "no mask front", "hidden, id_front",
    ),
    "masked look-up column that is no identifier": (
        "resources/benefits.toml", LOOKED_UP, LOOKED_UP_BY_NAME, "lookup = ",
        "“person_name”经脱敏规则“hidden”脱敏，又不是标识符", "person_name is masked by hidden and no identifier",
        "identifiers: id_number, benefit",
    ),
    "unknown registry": (
        "resources/benefits.toml", "published", 'registry = "persons"\npublished', "persons",
        "基础库“persons”不存在", "no base registry persons", "people",
    ),
    "unknown related resource": (
        "resources/benefits.toml", "published", 'related = ["999/99"]\npublished', "999/99",
        "信息资源“999/99”不存在", "no resource 999/99", "households",
    ),
    "unknown area of a department": (
        "departments.toml", 'area = "990000000000"', 'area = "990900000000"', "9909",
        "行政区划“990900000000”不存在", "no area 990900000000", "",
    ),
    "department declared its own parent": (
        "departments.toml", 'area = "990000000000"', 'area = "990000000000"\nparent = "police"', "parent",
        "回到它自己", "lead back to itself", "",
    ),
    "credit code used twice": (
        "departments.toml", "11992500PDY000028L", "11992500PDY000044A", "11992500PDY000044A",
        "已由“civil”使用", "that of civil already", "",
    ),
    "unknown area above": (
        "areas/areas.csv", "town,test,990100000000", "town,test,990200000000", "9902",
        "上级“990200000000”不存在", "lies in 990200000000, which doesn't exist", "",
    ),
    "area above on the same level": (
        "areas/areas.csv", "小镇,town", "小镇,county", "小镇",
        "级别不高于它", "level is not above it", "league",
    ),
    "CSV row with a value too many": (
        "areas/areas.csv", "小旗,county,test", "小旗,小,county,test", "小旗",
        "本行有 6 个值，表头有 5 列", "this row has 6 values, the header has 5", "",
    ),
    "CSV row with a value too few": (
        "areas/areas.csv", "小旗,county,", "小旗,", "小旗",
        "本行有 4 个值，表头有 5 列", "this row has 4 values, the header has 5", "",
    ),
    "CSV column unknown": (
        "areas/areas.csv", ",source,", ",origin,", "code,",
        "不认识的列“origin”", "unknown column origin", "code, name, level, source",
    ),
    "CSV value not among the choices": (
        "areas/areas.csv", "小旗,county", "小旗,banner", "小旗",
        "没有 'banner' 这个取值", "no choice 'banner'", "league, county, town",
    ),
    "GeoJSON broken": (
        "areas/outline.geojson", '"coordinates": [[[110', '"coordinates": [[[', "geometry",
        "不是 GeoJSON 要素集", "not a GeoJSON feature collection", "",
    ),
    "outline of no area": (
        "areas/outline.geojson", '"990100000000"', '"990900000000"', '"Feature"',
        "行政区划“990900000000”不存在", "area 990900000000, which doesn't exist", "",
    ),
    "outline not closed": (
        "areas/outline.geojson", "[111, 44], [110, 43]", "[111, 44], [110, 42]", '"Feature"',
        "环不闭合", "a ring is not closed", "Polygon",
    ),
    "outline not in degrees": (
        "areas/outline.geojson", "[111, 43]", "[1110000, 430000]", '"Feature"',
        "坐标不是经纬度", "not in degrees", "longitude",
    ),
    "code twice": (
        "elements/all.toml", 'code = "address"', 'code = "person_name"', "",
        "“person_name”已在 elements/all.toml:", "person_name is declared already at elements/all.toml:", "",
    ),
    "code twice in a code list": (
        "code_lists/all.toml", '["2", "女"', '["1", "女"', '"女"',
        "代码“1”重复", "Code 1 stands twice", "",
    ),
    "bad TOML": (
        "holidays.toml", "year = 2026", "year = ", "year",
        "不是合法的 TOML", "not TOML", "",
    ),
    "table of the wrong name": (
        "purposes.toml", "[[purpose]]", "[[purposes]]", "[[purposes]]",
        "不认识的表“purposes”", "Unknown table purposes", "[[purpose]]",
    ),
    "element with bounds of another type": (
        "elements/all.toml", 'code = "benefit"', 'code = "benefit"\nmax_length = 9', "max_length",
        "不能写 max_length", "max_length has no meaning", "string",
    ),
    "element with bounds the wrong way round": (
        "elements/all.toml", 'code = "address"', 'code = "address"\nmin_length = 9\nmax_length = 3', "max_length",
        "小于 min_length", "below min_length", ">= 9",
    ),
    "pattern that is none": (
        "elements/all.toml", 'code = "address"', 'code = "address"\npattern = "(["', "pattern",
        "正则表达式不合法", "not a regular expression", "",
    ),
    "pattern the engine can't match": (
        "elements/all.toml", 'code = "address"', "code = \"address\"\npattern = '^(?!x)'", "pattern",
        "引擎不支持", "which the engine can't", "RE2",
    ),
    "two resources claim to be the one source": (
        "resources/benefits.toml", 'element = "person_name"', 'element = "person_name"\none_source = true', "",
        "已由“benefits”声明为唯一来源", "benefits is declared the one source", "benefits",
    ),
    "catalogue code used twice": (
        "resources/households.toml", '"101/01"', '"102/01"', "102/01",
        "已由“entities”使用", "that of entities already", "",
    ),
    "key that is no item": (
        "resources/entities.toml", 'key = ["uscc"]', 'key = ["code"]', "key = ",
        "“code”不是信息项", "code is not an item", "uscc, organisation_name",
    ),
    "denied without its basis": (
        "resources/corrections.toml", "《社区矫正法》第五十四条", "", "share_type",
        "不予共享必须写明依据", "needs its legal basis", "",
    ),
    "source of an unknown resource": (
        "sources/police.toml", 'resource = "households"', 'resource = "houses"', "houses",
        "信息资源“houses”不存在", "no resource houses", "households",
    ),
    "source of an unknown department": (
        "sources/police.toml", 'department = "police"', 'department = "cops"', "cops",
        "部门“cops”不存在", "no department cops", "police",
    ),
    "mapping to an item that isn't there": (
        "sources/police.toml", "address = {", "adress = {", "adress",
        "“adress”不在资源“households”中", "adress is not an item of resource households", "address",
    ),
    "key without a mapping": (
        "sources/police.toml", 'id_number = { source = "SFZH" }\n', "", "[columns]",
        "必填信息项“id_number”没有映射", "Required item id_number has no mapping", "",
    ),
    "mistake inside a mapping": (
        "sources/police.toml", '{ source = "XM" }', '{ source = "XM", formats = 3 }', "XM",
        "columns.person_name.formats", "columns.person_name.formats", "a list",
    ),
    "incremental without a cursor": (
        "sources/police.toml", 'connector = "csv"', 'connector = "csv"\nmode = "incremental"', "mode",
        "必须写明 cursor", "needs a cursor", "",
    ),
    "rule about a column that isn't there": (
        "rules/all.toml", 'column = "id_number"', 'column = "id_no"', '"id_no"',
        "“id_no”不是信息项", "id_no is not an item", "id_number, person_name, benefit",
    ),
    "rule about an unknown resource": (
        "rules/all.toml", 'target = "households"', 'target = "houses"', "houses",
        "信息资源“houses”不存在", "no resource houses", "households",
    ),
    "rule about a column its target hasn't": (
        "rules/all.toml", 'target_column = "id_number"', 'target_column = "id_no"', "target_column",
        "“id_no”不是信息资源“households”的信息项", "id_no is not an item of resource households", "id_number",
    ),
    "rule across tables without its target": (
        "rules/all.toml", 'target = "households"\n', "", "kind =",
        "“absent_from”规则需要 target", "kind absent_from needs target", "column, target, target_column",
    ),
    "comparison with nothing": (
        "rules/all.toml", 'kind = "absent_from"', 'kind = "compare"\noperator = ">"', "kind =",
        "需要 other、value之一", "needs other or value", "column, operator, other | value",
    ),
    "comparison of a number with text": (
        "rules/all.toml", RULES.partition("kind")[2].partition("target")[0],
        ' = "compare"\noperator = ">"\nvalue = "a"\ncolumn = "benefit"\n' + RULES[RULES.index("name") : RULES.index("column")], "value =",
        "不能与文本“a”比较", "can't be compared with the text a", "12",
    ),
    "unique without columns": (
        "rules/all.toml", 'kind = "absent_from"', 'kind = "unique"', "kind =",
        "“unique”规则需要 columns", "kind unique needs columns", "columns",
    ),
    "rule across rows that blocks": (
        "rules/all.toml", 'kind = "absent_from"', 'kind = "absent_from"\nseverity = "block"', "severity",
        "不能拦截单独一行", "can't hold a single one back", "warn",
    ),
    "registry of an unknown element": (
        "registries/people.toml", 'element = "id_number"', 'element = "id_no"', '"id_no"',
        "数据元“id_no”不存在", "no data element id_no", "id_number",
    ),
    "deadline that is none": (
        "deadlines.toml", "days = 20", "days = 0", "days = 0",
        "时限必须为正数", "must be positive", "",
    ),
    "warning before the step begins": (
        "deadlines.toml", "warn = 2", "warn = 10", "warn = 10",
        "也须小于时限", "after the beginning", "0 … 9",
    ),
    "two deadlines for one step": (
        "deadlines.toml", 'step = "reply"\ndays = 10', 'step = "provide"\ndays = 10', "since",
        "无法取舍", "which one holds?", "",
    ),
    "holiday off and worked": (
        "holidays.toml", "worked = [2026-01-04", "worked = [2026-01-01", "worked",
        "既放假又上班", "both off and worked", "",
    ),
    "holiday of another year": (
        "holidays.toml", "worked = [2026-01-04", "worked = [2062-01-04", "worked",
        "2062-01-04 不在 2026 年", "2062-01-04 is not in 2026", "2026-01-01",
    ),
    "formula without what it needs": (
        "indicators/all.toml", 'column = "benefit"\n', "", "formula = \"sum\"",
        "公式“sum”需要 column", "Formula sum needs column", "resource, column",
    ),
    "sum of text": (
        "indicators/all.toml", 'column = "benefit"', 'column = "person_name"', 'column = "person_name"',
        "不能求和", "can't be summed", "benefit",
    ),
    "condition on a column that isn't there": (
        "indicators/all.toml", '{ column = "benefit"', '{ column = "benfit"', "benfit",
        "“benfit”不是信息资源“benefits”的信息项", "benfit is not an item of resource benefits", "benefit",
    ),
    "condition with a constant of another type": (
        "indicators/all.toml", "value = 0", 'value = "0"', "where",
        "不能与 '0' 比较", "can't be compared with '0'", "int",
    ),
    "condition with a code outside its list": (
        "indicators/all.toml", 'resource = "households"',
        'resource = "households"\nwhere = [{ column = "sex", operator = "in", values = ["1", "3"] }]', "where",
        "“3”不是“sex”的代码", "3 is not a code of sex", "1, 2",
    ),
    "breakdown by what a registry hasn't": (
        "indicators/all.toml", 'formula = "count"\nresource = "households"',
        'formula = "entities"\nregistry = "people"\ncolumn = "area_code"', "column",
        "“area_code”不是基础库“people”的字段", "area_code is not an attribute of registry people", "id_number",
    ),
    "condition without its constant": (
        "indicators/all.toml", ", value = 0", "", "where",
        "条件“>”需要 value", "Condition > needs value", "value",
    ),
    "ratio of an unknown indicator": (
        "indicators/all.toml", 'numerator = "benefit_sum"', 'numerator = "benefits"', "numerator",
        "指标“benefits”不存在", "no indicator benefits", "benefit_sum",
    ),
    "ratio of a ratio": (
        "indicators/all.toml", 'numerator = "benefit_sum"', 'numerator = "benefit_rate"', "numerator",
        "本身是比率", "is a ratio itself", "",
    ),
    "by county without an area": (
        "indicators/all.toml", 'resource = "households"', 'resource = "households"\nby = "county"', "by =",
        "没有 area_column", "has no area_column", "",
    ),
    "by town without saying how few are too few": (
        "indicators/all.toml", 'resource = "households"', 'resource = "households"\nby = "town"', "[[indicator]]",
        "须写明 least", "needs least", "1, 2, 3",
    ),
    "over time by what is no time": (
        "indicators/all.toml", 'column = "benefit"\n', 'column = "benefit"\nover = "benefit"\n', "over =",
        "不能按时间细分", "neither a date nor a reporting period", "",
    ),
    "figure the report can't show": (
        "report/text.toml", "{households_total:wan}", "{house_total}", "zh =",
        "指标“house_total”不存在", "indicator house_total, which doesn't exist", "households_total",
    ),
    "figure in a form nobody knows": (
        "report/text.toml", ":wan}", ":yi}", "zh =",
        "不认识的写法“yi”", "no form yi", ":wan",
    ),
    "reported figure without a reason": (
        "report/reported.toml", 'why_not = { zh = "无", en = "none" }', "", "[[reported]]",
        "既没有 indicator，也没有 why_not", "neither an indicator nor why_not", "indicator, why_not",
    ),
}  # fmt: skip


def test_the_league_the_mistakes_are_made_in_has_none(tmp_path):
    assert [fault.of("en") for fault in read(write(tmp_path), KINDS)[1]] == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("resources/benefits.toml", 'key = ["id_number"]', 'key = ["person_name"]'),
        ("elements/all.toml", 'code = "person_name"', 'code = "person_name"\ncheck = "citizen_id"'),
        ("registries/people.toml", "[[identifier]]", NAME_DECIDES),
    ],
    ids=["the whole key", "an element that is checked", "a registry's identifier"],
)
def test_a_masked_identifier_may_be_looked_up_by(tmp_path, file, old, new):
    edit(write(tmp_path), "resources/benefits.toml", LOOKED_UP, LOOKED_UP_BY_NAME)
    edit(tmp_path, file, old, new)

    said = [fault.of("en") for fault in read(tmp_path, KINDS)[1]]

    assert not [one for one in said if "person_name is masked" in one]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_file_line_what_is_wrong_and_what_is_allowed(tmp_path, mistake):
    file, old, new, mark, zh, en, allowed = MISTAKES[mistake]
    edit(write(tmp_path), file, old, new)

    found = read(tmp_path, KINDS)[1]

    told = [fault for fault in found if zh in fault.of("zh-hans") and en in fault.of("en")]
    assert told, [fault.of("en") for fault in found]
    place = told[0].place
    assert mark in (tmp_path / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]
    assert allowed in (told[0].allowed.en if told[0].allowed else "")


def test_a_file_in_another_encoding_is_told_and_the_others_are_still_read(tmp_path):
    write(tmp_path)
    (tmp_path / "masks.toml").write_bytes(small_league.MASKS.encode("gb18030"))
    edit(tmp_path, "purposes.toml", "max_days = 366", "max_days = 5000")

    found = read(tmp_path, KINDS)[1]

    assert any("masks.toml" in str(f.place) and "不是 UTF-8" in f.of("zh-hans") for f in found)
    assert any("purposes.toml" in str(f.place) and "more than 1096" in f.of("en") for f in found)


def run(command, folder, monkeypatch, language="en", options=()):
    """A command as a person runs it: exit code, standard output, error output."""
    monkeypatch.setenv("XILIN_LANGUAGE", language)
    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, [str(folder), *options])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.django_db
def test_plan_shows_the_difference_and_leaves_the_database_alone(tmp_path, monkeypatch):
    code, out, _ = run(commands.plan, write(tmp_path), monkeypatch)

    assert code == 0
    assert "households_total  indicators/all.toml:2" in out
    assert "0 to change, 0 to remove" in out
    assert "untouched" in out
    assert not Declaration.objects.exists()


@pytest.mark.django_db
def test_the_second_apply_finds_no_difference(tmp_path, monkeypatch):
    first = run(commands.apply, write(tmp_path), monkeypatch)
    second = run(commands.apply, tmp_path, monkeypatch)
    third = run(commands.plan, tmp_path, monkeypatch, "zh-hans")

    assert "In force: version 1" in first[1]
    assert "No difference" in second[1]
    assert "没有差异" in third[1]
    assert LeagueVersion.objects.count() == 1


@pytest.mark.django_db
def test_an_apply_that_changed_something_stands_in_the_audit_log_with_its_version(tmp_path, monkeypatch):
    run(commands.apply, write(tmp_path), monkeypatch)
    run(commands.apply, tmp_path, monkeypatch)

    (entry,) = entries(kind="standards.league.applied")
    version = queries.current_version()
    assert entry.subject == "small"
    assert entry.fields["detail"]["version"] == version.number == 1
    assert entry.fields["detail"]["digest"] == version.digest


@pytest.mark.django_db
def test_faults_are_printed_in_both_languages_and_nothing_is_applied(tmp_path, monkeypatch):
    edit(write(tmp_path), "masks.toml", 'kind = "hide"', 'kind = "blur"')

    english = run(commands.apply, tmp_path, monkeypatch)
    chinese = run(commands.plan, tmp_path, monkeypatch, "zh-hans")

    assert (english[0], chinese[0]) == (1, 1)
    assert "masks.toml:12: Mask hidden: kind: there is no choice 'blur'. Allowed: stars," in english[2]
    assert "Faults: 1; the database is untouched" in english[2]
    assert "masks.toml:12: 脱敏规则“hidden”：kind：没有 'blur' 这个取值。 允许: stars," in chinese[2]
    assert "共 1 处错误" in chinese[2]
    assert not LeagueVersion.objects.exists()


@pytest.mark.django_db
def test_another_league_is_not_put_in_place_of_one_by_mistake(tmp_path, monkeypatch):
    run(commands.apply, write(tmp_path), monkeypatch)
    edit(tmp_path, "league.toml", 'code = "small"', 'code = "other"')

    planned = run(commands.plan, tmp_path, monkeypatch)
    refused = run(commands.apply, tmp_path, monkeypatch, "zh-hans")
    kept = queries.current_version().league
    meant = run(commands.apply, tmp_path, monkeypatch, options=["--replace"])

    assert planned[0] == 0
    assert "league small, this folder is other" in planned[2]
    assert refused[0] == 1
    assert "--replace" in refused[2]
    assert "“small”" in refused[2]
    assert kept == "small"
    assert meant[0] == 0
    assert queries.current_version().league == "other"


@pytest.mark.django_db
def test_a_changed_value_is_shown_field_by_field_and_its_old_version_is_kept(tmp_path, monkeypatch):
    run(commands.apply, write(tmp_path), monkeypatch)
    edit(tmp_path, "masks.toml", "keep_first = 6", "keep_first = 4")

    _, plan, _ = run(commands.plan, tmp_path, monkeypatch)
    _, applied, _ = run(commands.apply, tmp_path, monkeypatch)

    assert "~ id_front" in plan
    assert "keep_first: 6 -> 4" in plan
    assert "In force: version 2; 0 added, 1 changed, 0 removed" in applied
    kept = Declaration.objects.filter(kind="mask", code="id_front").order_by("since__number")
    assert [
        (row.content["keep_first"], row.since.number, row.until and row.until.number) for row in kept
    ] == [
        (6, 1, 2),
        (4, 2, None),
    ]
    assert queries.declaration("mask", "id_front").keep_first == 4


@pytest.mark.django_db
def test_what_leaves_the_folder_leaves_force_and_what_comes_back_is_in_force_again(tmp_path):
    league = read(write(tmp_path), KINDS)[0]
    actions.apply(league, at=small_league.NOW)
    (tmp_path / "areas/areas.csv").write_text(AREAS.rpartition("990101")[0], encoding="utf-8")
    (tmp_path / "areas/outline.geojson").unlink()
    (tmp_path / "purposes.toml").unlink()

    version, changes = actions.apply(read(tmp_path, KINDS)[0], at=small_league.NOW + timedelta(hours=20))

    assert version.removed == len(changes) == 4
    assert queries.declared("purpose") == {}
    town = Area.objects.get(code="990101000000")
    assert town.valid_to.isoformat() == "2026-09-25"  # 06:00 in Shanghai, the evening before in London
    assert Area.objects.get(code="990100000000").geometry is None

    write(tmp_path)
    actions.apply(read(tmp_path, KINDS)[0], at=small_league.NOW + timedelta(days=2))

    town.refresh_from_db()
    assert (town.valid_to, town.parent.code) == (None, "990100000000")
    assert Area.objects.get(code="990100000000").geometry["type"] == "Polygon"
    assert set(queries.declared("purpose")) == {"assistance", "identity"}
    assert queries.current_version().number == 3


@pytest.mark.django_db
def test_a_declaration_that_only_moved_is_no_change_but_its_place_follows(tmp_path):
    actions.apply(read(write(tmp_path), KINDS)[0], at=small_league.NOW)
    edit(tmp_path, "masks.toml", "[[mask]]", "# a remark\n\n[[mask]]")

    version, changes = actions.apply(read(tmp_path, KINDS)[0], at=small_league.NOW)

    assert (version, changes) == (None, [])
    assert Declaration.objects.get(kind="mask", code="id_front").line == 4


@pytest.mark.django_db
def test_what_an_older_release_declared_can_still_be_replaced(tmp_path):
    league = read(write(tmp_path), KINDS)[0]
    actions.apply(league, at=small_league.NOW)
    Declaration.objects.filter(kind="mask", code="hidden").update(
        content={"code": "hidden", "style": "black"}, digest="older"
    )

    version, changes = actions.apply(league, at=small_league.NOW)

    assert [(change.code, change.verb) for change in changes] == [("hidden", "change")]
    assert version.changed == 1
    assert queries.declaration("mask", "hidden").kind == "hide"


@pytest.mark.django_db
def test_a_part_that_fails_leaves_nothing_of_the_apply(tmp_path, monkeypatch):
    actions.apply(read(small_league.write(tmp_path), KINDS)[0], at=small_league.NOW)
    before = list(Declaration.objects.order_by("pk").values())
    write(tmp_path)
    edit(tmp_path, "departments.toml", "小盟公安局", "小盟公共安全局")

    def fail(changes):
        assert Department.objects.get(code="police").name == "小盟公共安全局"
        raise OSError("the disk is full")

    monkeypatch.setitem(APPLIERS, "indicator", fail)
    with pytest.raises(OSError, match="full"), transaction.atomic():
        actions.apply(read(tmp_path, KINDS)[0], at=small_league.NOW)

    assert list(Declaration.objects.order_by("pk").values()) == before
    assert LeagueVersion.objects.count() == 1
    assert Department.objects.get(code="police").name == "小盟公安局"
    assert not Area.objects.filter(level="county").exists()


@pytest.mark.django_db(transaction=True)
def test_two_applies_at_once_wait_for_each_other_and_one_finds_nothing_left(tmp_path):
    league = read(write(tmp_path), KINDS)[0]
    together, versions = threading.Barrier(2, timeout=20), []

    def apply():
        together.wait()
        versions.append(actions.apply(league, at=small_league.NOW)[0])
        connection.close()

    threads = [threading.Thread(target=apply) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(version.number if version else 0 for version in versions) == [0, 1]
    assert Declaration.objects.filter(until=None).count() == sum(len(league.all(kind.name)) for kind in KINDS)


def test_two_commands_at_once_on_an_empty_database_both_succeed(tmp_path):
    write(tmp_path)
    server = os.environ["XILIN_DATABASE_URL"]
    database = f"xilin_empty_{os.getpid()}"
    url, name = urlsplit(server)._replace(path=f"/{database}").geturl(), sql.Identifier(database)
    with psycopg.connect(server, autocommit=True) as outside:
        outside.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            command = [sys.executable, "-m", "xilin.config", "apply", str(tmp_path)]
            environment = {**os.environ, "XILIN_DATABASE_URL": url, "XILIN_LANGUAGE": "en"}
            both = [
                subprocess.Popen(
                    command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                )
                for _ in range(2)
            ]
            told = [process.communicate(timeout=120) for process in both]
        finally:
            outside.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    assert [process.returncode for process in both] == [0, 0], told
    assert sorted("No difference" in out for out, _ in told) == [False, True]


@pytest.mark.django_db
def test_the_league_of_this_repository_applies_whole_and_only_once(monkeypatch):
    code, out, err = run(commands.apply, LEAGUE, monkeypatch)

    assert (code, err) == (0, "")
    assert "In force: version 1" in out
    assert Area.objects.filter(level="village").count() == 1088
    assert Area.objects.exclude(geometry=None).count() == 13
    assert "No difference" in run(commands.apply, LEAGUE, monkeypatch)[1]
