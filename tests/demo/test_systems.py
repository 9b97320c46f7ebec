"""The systems hold what the league folder's sources ask for."""

from datetime import datetime

import pyarrow.compute as pc
import pytest

from xilin.demo import systems
from xilin.demo.records import OUTSIDE

SOURCES = [system.source for system in systems.SYSTEMS]
STORES = {system.source: system.store for system in systems.SYSTEMS}
EXCEL = {"date": "%Y-%m-%d", "stamp": "%Y-%m-%d %H:%M:%S"}


def values(found, column):
    return pc.drop_null(found.table.column(column)).to_pylist()


def test_every_declared_source_has_its_system_and_no_system_is_left_over(declared):
    own = {
        code
        for code, one in declared.all("source").items()
        if "${XILIN_OWN_DATA}" in one.value.connection.path
    }

    assert sorted(SOURCES) == sorted(set(declared.all("source")) - own)


def test_there_are_six_forms_and_the_reports_nine_fields_of_people(declared):
    forms = {declared.all("source")[source].value.connector for source in SOURCES}
    encodings = {declared.all("source")[source].value.connection.encoding for source in SOURCES}

    assert forms == {"mysql", "postgresql", "sqlite", "csv", "xlsx", "http"}
    assert {"gb18030", "utf-8-sig"} <= encodings
    # 户籍 住房 计生 就业 社保 民政 党建 司法 流动人口
    assert {
        "gaj_hukou", "zjj_housing", "wjw_population", "rsj_employment", "rsj_insurance", "mzj_benefits",
        "zzb_party", "sfj_correction", "zfw_floating",
    } <= set(SOURCES)  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_the_source_connects_to_where_the_system_is(source, declared):
    value, store = declared.all("source")[source].value, STORES[source]
    at = value.connection
    match store:
        case systems.MariaDB() | systems.PostgreSQL():
            assert value.connector == ("mysql" if isinstance(store, systems.MariaDB) else "postgresql")
            assert (at.url, at.table) == (f"${{{store.variable}}}", store.table)
        case systems.SQLite():
            assert (at.path, at.table) == (f"${{XILIN_SOURCES}}/{store.path}", store.table)
        case systems.CSV():
            assert at.path == f"${{XILIN_SOURCES}}/{store.path.replace('{}', '*')}"
            assert at.encoding == store.encoding
        case systems.XLSX():
            assert (at.path, at.sheet) == (f"${{XILIN_SOURCES}}/{store.path}", store.sheet)
            assert at.header_row == len(store.above) + 1
        case systems.Pages():
            assert at.url == f"${{{store.variable}}}{store.path}"
            assert (at.page_parameter, at.size_parameter) == (store.page, store.size)
            assert at.headers == {"Authorization": "Bearer ${XILIN_SOURCE_TOKEN}"}


@pytest.mark.parametrize("source", SOURCES)
def test_every_column_the_source_maps_stands_in_the_system(source, declared, found):
    value = declared.all("source")[source].value
    wanted = {name for column in value.columns.values() for name in (column.source, *column.join) if name}

    assert wanted <= set(found[source].table.column_names)
    assert value.cursor in ("", *found[source].table.column_names)


@pytest.mark.parametrize("source", SOURCES)
def test_the_truth_is_kept_by_the_key_of_the_resource(source, declared, found):
    value = declared.all("source")[source].value
    resource = declared.all("resource")[value.resource].value

    assert found[source].registry == resource.registry
    if resource.registry:
        assert [value.columns[key].source for key in resource.key] == [found[source].key]


@pytest.mark.parametrize("source", SOURCES)
def test_dates_are_written_as_the_source_says_but_for_those_no_calendar_has(source, declared, found):
    for column in declared.all("source")[source].value.columns.values():
        if not column.formats:
            continue
        kind = found[source].types.get(column.source, "")
        formats = [EXCEL[kind]] if "excel" in column.formats else column.formats
        texts = values(found[source], column.source)
        wrong = [text for text in texts if not any(parses(text, form) for form in formats)]
        assert len(wrong) <= 0.003 * len(texts) + 2, (column.source, wrong[:5])


def parses(text, form):
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("source", SOURCES)
def test_codes_are_those_of_the_list_but_for_a_few_outside_it(source, declared, found):
    value = declared.all("source")[source].value
    resource = declared.all("resource")[value.resource].value
    for key, column in value.columns.items():
        element = declared.all("element")[resource.column(key).element].value
        texts = values(found[source], column.source) if column.source else []
        mapped = {column.codes.get(text, text) for text in texts}
        if element.code_list:
            entries = declared.all("code_list")[element.code_list].value.entries
            assert mapped <= {entry.code for entry in entries} | {OUTSIDE}, column.source
        if element.code == "area_code":
            assert mapped <= set(declared.all("area")), column.source


@pytest.mark.parametrize("source", ["mzj_benefits", "gaj_hukou", "zzb_party"])
def test_a_few_codes_are_in_no_list(source, found):
    columns = found[source].table.columns
    outside = sum(pc.sum(pc.equal(column, OUTSIDE)).as_py() or 0 for column in columns)

    assert 0 < outside < 0.01 * found[source].table.num_rows * len(columns)
