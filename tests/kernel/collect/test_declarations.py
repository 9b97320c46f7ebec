"""Mistakes in a source's file, told with their line before anything is applied."""

import pytest
import roster

import small_league
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read


def faults(folder, text, resource=roster.RESOURCE):
    files = {
        "elements/roster.toml": roster.ELEMENTS,
        "code_lists/sex.toml": roster.CODE_LIST,
        "resources/roster.toml": resource,
        "sources/s.toml": text,
    }
    return [fault.of("en") for fault in read(small_league.write(folder, files), KINDS)[1]]


def source(connector="csv", more="", **connection):
    return roster.source("s", connector, more=more, **(connection or {"path": "/a.csv"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(source(path=""), "A csv source needs path.", id="no path"),
        pytest.param(source("mysql", url="mysql://x/y"), "A mysql source needs table.", id="no table"),
        pytest.param(source("http", path="x"), "A http source needs url.", id="no url"),
        pytest.param(source(path="/a", encoding="gbk2"), "There is no encoding gbk2.", id="encoding"),
        pytest.param(
            source(path="/a", delimiter="||"), "Delimiter '||' is not one character", id="delimiter"
        ),
        pytest.param(source(path="/a", delimiter="，"), "is not one character of ASCII", id="wide delimiter"),
        pytest.param(source(more='schedule = "99 * * * *"'), "'99 * * * *' is no schedule.", id="schedule"),
        pytest.param(source(more='mode = "incremental"'), "needs a cursor column", id="cursor"),
        pytest.param(
            source().replace('department = "civil"', 'department = "sea"'),
            "no department sea",
            id="department",
        ),
        pytest.param(
            source().replace("amount = ", "betrag = "), "Column betrag is not an item", id="unknown item"
        ),
    ],
)
def test_a_mistake_in_a_source(tmp_path, text, said):
    found = faults(tmp_path, text)

    assert any("sources/s.toml:" in line and said in line for line in found), found


def test_an_element_that_does_not_exist(tmp_path):
    found = faults(tmp_path, source(), roster.RESOURCE.replace('element = "sex"', 'element = "gender"'))

    assert any("resources/roster.toml:" in line and "data element gender" in line for line in found), found


def test_a_right_source_has_no_fault(tmp_path):
    assert faults(tmp_path, source()) == []
