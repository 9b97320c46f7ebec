"""What the SDMX service answers: queries, formats, languages, refusals, who may read what."""

import csv
import io
import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.contrib.auth import get_user_model
from released_figures import AT, ROWS, row, standing

from economy_league import FIRST, LEAGUE, SECOND, collected
from xilin.kernel.accounts.models import Department
from xilin.kernel.economy.actions import release
from xilin.kernel.economy.models import Observation, Series
from xilin.kernel.economy.sdmx import questions
from xilin.kernel.economy.sdmx.formats import choose

SPACES = {
    name: f"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/{path}"
    for name, path in {
        "mes": "message", "str": "structure", "com": "common", "gen": "data/generic", "ss": "data/structurespecific",
    }.items()
}  # fmt: skip
KEY = f"A.{FIRST}.GDP._T"


@pytest.fixture
def figures(con, league):
    standing(con)


@pytest.fixture
def ask(client, figures):
    def get(path, status=200, **headers):
        answer = client.get(f"/sdmx/{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})
        assert answer.status_code == status, b"".join(answer)
        return answer

    return get


def text(answer):
    return b"".join(answer).decode()


def table(answer):
    return list(csv.DictReader(io.StringIO(text(answer))))


def values(ask, path):
    """Key, period and value of the rows of a query, in order."""
    sign = "&" if "?" in path else "?"
    names = ("FREQ", "REF_AREA", "INDICATOR", "ACTIVITY")
    return [
        (".".join(one[name] for name in names), one["TIME_PERIOD"], one["OBS_VALUE"])
        for one in table(ask(f"{path}{sign}format=csv"))
    ]


EVERYTHING = [
    (f"A.{LEAGUE}.GDP._T", "2024", "110.5"),
    (f"A.{FIRST}.GDP.A", "2024", "60.5"),
    (f"A.{FIRST}.GDP.B", "2024", "39.75"),
    (KEY, "2023", "90"),
    (KEY, "2024", "103.5"),
    (f"A.{FIRST}.GROWTH._T", "2024", "11.4"),
    (f"A.{SECOND}.GDP._T", "2024", "7"),
    (f"Q.{FIRST}.GDP._T", "2024-Q1", "25"),
    (f"Q.{FIRST}.GDP._T", "2024-Q2", "26"),
]


# One row a query, with the places in EVERYTHING of what it wants.
QUERIES_2_1 = [
    ("", range(9)),
    ("/all", range(9)),
    (f"/{KEY}", [3, 4]),
    ("/A..GDP.", [0, 1, 2, 3, 4, 6]),
    (f"/A.{FIRST}+{SECOND}.GDP._T", [3, 4, 6]),
    ("/...?startPeriod=2024&endPeriod=2024", [0, 1, 2, 4, 5, 6, 7, 8]),
    ("/...?startPeriod=2024-04", [8]),
    ("/...?endPeriod=2024-Q1", [3, 7]),
    (f"/{KEY}?lastNObservations=1", [4]),
    (f"/{KEY}?firstNObservations=1", [3]),
    (f"/Q+A.{FIRST}.GDP._T?firstNObservations=1&lastNObservations=1", [3, 4, 7, 8]),
    ("?updatedAfter=2026-11-20T05:00:00Z", range(9)),
]
FILTERS_3_0 = [
    ("", range(9)),
    ("/*", range(9)),
    (f"/A.{FIRST}.*._T", [3, 4, 5]),
    (f"/A.{FIRST}.GDP._T,A.{SECOND}.GDP._T", [3, 4, 6]),
    ("/*?c[FREQ]=Q", [7, 8]),
    (f"/*?c[REF_AREA]={SECOND},{LEAGUE}", [0, 6]),
    ("/*?c[ACTIVITY]=ne:_T", [1, 2]),
    ("/*?c[ACTIVITY]=ne:_T,ne:A", [2]),
    ("/*?c[REF_AREA]=sw:990101&c[FREQ]=eq:A", [1, 2, 3, 4, 5]),
    ("/*?c[TIME_PERIOD]=ge:2024-Q1+le:2024-Q1", [7]),
    ("/*?c[TIME_PERIOD]=lt:2024", [3]),
    ("/*?c[TIME_PERIOD]=gt:2024-Q1", [8]),
    ("/*?c[TIME_PERIOD]=2023,2024-Q2", [3, 8]),
    ("/*?c[TIME_PERIOD]=ne:2024", [3, 7, 8]),
]


def test_keys_and_periods_of_a_2_1_query(ask):
    found = {query: values(ask, f"2.1/data/GDP{query}") for query, _ in QUERIES_2_1}

    assert found == {query: [EVERYTHING[n] for n in wanted] for query, wanted in QUERIES_2_1}


def test_keys_and_filters_of_a_3_0_query(ask):
    found = {query: values(ask, f"3.0/data/dataflow/SMALL_STAT/GDP/1.0{query}") for query, _ in FILTERS_3_0}

    assert found == {query: [EVERYTHING[n] for n in wanted] for query, wanted in FILTERS_3_0}


def test_csv_has_flow_codes_period_value_and_attributes(ask):
    first = table(
        ask(f"2.1/data/SMALL_STAT,GDP,1.0/{KEY}", accept="application/vnd.sdmx.data+csv;version=1.0.0")
    )
    second = table(ask(f"2.1/data/GDP/{KEY}", accept="application/vnd.sdmx.data+csv;version=2.0.0"))
    named = table(ask(f"2.1/data/GDP/A.{FIRST}.GDP.A?format=csv&labels=both", accept_language="en"))
    beside = table(ask(f"3.0/data/dataflow/SMALL_STAT/GDP/1.0/A.{FIRST}.GDP.A?format=csv&labels=name"))

    assert first[1] == {
        "DATAFLOW": "SMALL_STAT:GDP(1.0)", "FREQ": "A", "REF_AREA": FIRST, "INDICATOR": "GDP", "ACTIVITY": "_T",
        "TIME_PERIOD": "2024", "OBS_VALUE": "103.5", "UNIT_MEASURE": "CNY", "UNIT_MULT": "4", "DECIMALS": "0",
        "OBS_STATUS": "R", "RELEASED_AT": "2025-09-29T16:00:00Z",
    }  # fmt: skip
    assert (second[1]["STRUCTURE"], second[1]["STRUCTURE_ID"], second[1]["ACTION"]) == (
        "dataflow", "SMALL_STAT:GDP(1.0)", "I",
    )  # fmt: skip
    assert named[0]["REF_AREA: Area"] == f"{FIRST}: First Banner"
    assert named[0]["ACTIVITY: Activity"] == "A: Farming & herding"
    assert (beside[0]["ACTIVITY"], beside[0]["行业"]) == ("A", "农业 <畜牧>")


def generic(answer):
    """Attributes of the series, and period, value and attributes of each observation, by key."""
    found = {}
    for series in ElementTree.fromstring(text(answer)).iterfind(".//gen:Series", SPACES):
        key = ".".join(one.get("value") for one in series.iterfind("gen:SeriesKey/gen:Value", SPACES))
        found[key] = [
            (
                one.find("gen:ObsDimension", SPACES).get("value"),
                float(one.find("gen:ObsValue", SPACES).get("value")),
                one.find("gen:Attributes/gen:Value[@id='OBS_STATUS']", SPACES).get("value"),
            )
            for one in series.iterfind("gen:Obs", SPACES)
        ]
    return found


def test_generic_and_structure_specific_xml_say_the_same(ask):
    first = generic(ask(f"2.1/data/GDP/A.{FIRST}.GDP."))
    answer = ask(
        f"2.1/data/GDP/A.{FIRST}.GDP.", accept="application/vnd.sdmx.structurespecificdata+xml;version=2.1"
    )
    second = {
        ".".join(series.get(name) for name in ("FREQ", "REF_AREA", "INDICATOR", "ACTIVITY")): [
            (one.get("TIME_PERIOD"), float(one.get("OBS_VALUE")), one.get("OBS_STATUS")) for one in series
        ]
        for series in ElementTree.fromstring(text(answer)).iter("Series")
    }

    assert first == second
    assert first[KEY] == [("2023", 90.0, "A"), ("2024", 103.5, "R")]
    assert answer.headers["Content-Type"].startswith(
        "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
    )


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_json_tells_codes_by_their_place(ask, version):
    media = f"application/vnd.sdmx.data+json;version={version}"
    said = json.loads(text(ask(f"2.1/data/GDP/A.{FIRST}.GDP.", accept=media, accept_language="en")))
    data = said["data"]
    structure = data["structure"] if version == "1.0.0" else data["structures"][0]

    def decode(dimensions, key):
        places = [int(n) for n in key.split(":")]
        return [one["values"][n]["id"] for one, n in zip(dimensions, places, strict=True)]

    found = {
        (".".join(decode(structure["dimensions"]["series"], key)), *decode(structure["dimensions"]["observation"], at)): (
            value[0], structure["attributes"]["observation"][0]["values"][value[1]]["id"],
        )
        for key, series in data["dataSets"][0]["series"].items()
        for at, value in series["observations"].items()
    }  # fmt: skip
    assert found == {
        (KEY, "2023"): (90, "A"),
        (KEY, "2024"): (103.5, "R"),
        (f"A.{FIRST}.GDP.A", "2024"): (60.5, "P"),
        (f"A.{FIRST}.GDP.B", "2024"): (39.75, "P"),
    }
    area = structure["dimensions"]["series"][1]
    assert (area["name"], area["values"][0]["name"]) == ("Area", "First Banner")
    assert said["meta"]["schema"].endswith(f"{version}/sdmx-json-data-schema.json")


def test_every_dimension_may_stand_at_the_observation(ask):
    by_industry = ask(f"2.1/data/GDP/A.{FIRST}.GDP.?startPeriod=2024&dimensionAtObservation=ACTIVITY")
    flat = ask("2.1/data/GDP/Q...?dimensionAtObservation=AllDimensions")
    flat_json = json.loads(text(ask("2.1/data/GDP/Q...?dimensionAtObservation=AllDimensions&format=json")))
    flat_specific = ask("2.1/data/GDP/Q...?dimensionAtObservation=AllDimensions&format=specific")

    assert generic(by_industry) == {
        f"A.{FIRST}.GDP.2024": [("A", 60.5, "P"), ("B", 39.75, "P"), ("_T", 103.5, "R")]
    }
    keys = ElementTree.fromstring(text(flat)).findall(".//gen:Obs/gen:ObsKey", SPACES)
    assert [key[-1].get("value") for key in keys] == ["2024-Q1", "2024-Q2"]
    assert [one[0] for one in flat_json["data"]["dataSets"][0]["observations"].values()] == [25, 26]
    assert [
        (one.get("FREQ"), one.get("TIME_PERIOD"), one.get("UNIT_MULT"))
        for one in ElementTree.fromstring(text(flat_specific)).iter("Obs")
    ] == [("Q", "2024-Q1", "4"), ("Q", "2024-Q2", "4")]


def test_a_history_has_one_set_a_release_and_what_stood_at_a_moment_is_found(ask, con):
    answer = ask(f"2.1/data/GDP/{KEY}?startPeriod=2024&includeHistory=true")
    sets = ElementTree.fromstring(text(answer)).findall("mes:DataSet", SPACES)

    assert [(one.get("action"), one.get("validFromDate")) for one in sets] == [
        ("Replace", "2025-01-19T16:00:00Z"),
        ("Append", "2025-09-29T16:00:00Z"),
    ]
    assert [one.find(".//gen:ObsValue", SPACES).get("value") for one in sets] == ["100.25", "103.5"]
    assert values(ask, f"2.1/data/GDP/{KEY}?startPeriod=2024&asOf=2025-03-01") == [(KEY, "2024", "100.25")]
    assert values(ask, f"3.0/data/dataflow/SMALL_STAT/GDP/1.0/{KEY}?asOf=2024-12-31T00:00:00%2B08:00") == [
        (KEY, "2023", "90")
    ]


def test_who_follows_what_changed_is_told_what_was_withdrawn(ask, con):
    collected(2, ROWS[:-1])
    release(con, at=datetime(2026, 11, 21, tzinfo=UTC))

    rows = table(ask("2.1/data/GDP?updatedAfter=2026-11-20T12:00:00Z&format=csv"))

    assert [(one["INDICATOR"], one["OBS_VALUE"], one["OBS_STATUS"]) for one in rows] == [("GROWTH", "", "O")]
    assert "GROWTH" not in text(ask("2.1/data/GDP?format=csv"))
    ask("2.1/data/GDP?updatedAfter=2026-11-22", 404)


def test_how_much_is_told(ask):
    for detail, has in (
        ("full", (True, True, True)),
        ("dataonly", (True, False, False)),
        ("serieskeysonly", (False, False, False)),
        ("nodata", (False, True, False)),
    ):
        said = text(ask(f"2.1/data/GDP/{KEY}?detail={detail}"))
        columns = table(ask(f"2.1/data/GDP/{KEY}?detail={detail}&format=csv"))[0]

        assert ("<gen:ObsValue" in said, 'id="UNIT_MULT"' in said, 'id="OBS_STATUS"' in said) == has, detail
        assert ("OBS_VALUE" in columns, "UNIT_MULT" in columns, "OBS_STATUS" in columns) == has, detail
        assert "<gen:SeriesKey>" in said


def test_attributes_and_measures_are_chosen(ask):
    row = table(ask("3.0/data/dataflow/*/GDP/~/*?format=csv&attributes=OBS_STATUS&measures=none"))[0]

    assert list(row)[3:] == ["FREQ", "REF_AREA", "INDICATOR", "ACTIVITY", "TIME_PERIOD", "OBS_STATUS"]


# --- structures


def ids(answer, kind):
    return [one.get("id") for one in ElementTree.fromstring(text(answer)).iterfind(f".//str:{kind}", SPACES)]


def test_a_dataflow_with_all_it_needs(ask):
    answer = ask("2.1/dataflow/SMALL_STAT/GDP/latest?references=all")

    assert ids(answer, "Dataflow")[0] == "GDP"
    assert ids(answer, "DataStructure") == ["DSD_GDP"]
    assert set(ids(answer, "Codelist")) == {
        "CL_FREQUENCY", "CL_AREA_LEAGUE_COUNTY", "CL_GDP_INDICATOR", "CL_INDUSTRY_T", "CL_UNIT_MEASURE",
        "CL_UNIT_MULTIPLIER", "CL_OBS_STATUS",
    }  # fmt: skip
    assert ids(answer, "ContentConstraint") == ["CR_GDP"]
    assert ids(answer, "Category") == ["ACCOUNTS", "HUB"]
    assert ids(answer, "Categorisation") == ["CAT_GDP"]
    assert ids(answer, "Agency") == []
    dimensions = ["FREQ", "REF_AREA", "INDICATOR", "ACTIVITY"]
    assert ids(answer, "Dimension")[:4] == dimensions
    assert "Farming &amp; herding" in text(answer)


STRUCTURES = [
    ("2.1/dataflow", {"Dataflow"}),
    ("2.1/dataflow/all/all/latest?references=children", {"Dataflow", "DataStructure"}),
    ("2.1/datastructure/SMALL_STAT/DSD_GDP?references=parents", {"DataStructure", "Dataflow"}),
    ("2.1/datastructure?references=codelist", {"DataStructure", "Codelist"}),
    ("2.1/categoryscheme/all/all/latest?references=parentsandsiblings", {"CategoryScheme", "Categorisation", "Dataflow"}),
    ("2.1/agencyscheme", {"AgencyScheme"}),
    ("2.1/conceptscheme", {"ConceptScheme"}),
    ("2.1/codelist/SMALL_STAT/CL_INDUSTRY_T+CL_FREQUENCY", {"Codelist"}),
    ("2.1/contentconstraint", {"ContentConstraint"}),
    ("3.0/structure/dataflow/SMALL_STAT/*/~?format=xml&references=descendants", {"Dataflow", "DataStructure", "Codelist", "ConceptScheme"}),
    ("2.1/structure", {"AgencyScheme", "Dataflow", "CategoryScheme", "Categorisation", "Codelist", "ConceptScheme", "DataStructure", "ContentConstraint"}),
]  # fmt: skip


def test_structures_and_what_they_refer_to(ask):
    space = f"{{{SPACES['str']}}}"

    def kinds(query):
        root = ElementTree.fromstring(text(ask(query)))
        return {one.tag.removeprefix(space) for part in root.find("mes:Structures", SPACES) for one in part}

    assert {query: kinds(query) for query, _ in STRUCTURES} == dict(STRUCTURES)


def test_stubs_items_and_what_is_used(ask):
    stubs = text(ask("2.1/codelist?detail=allstubs"))
    one = ask("2.1/codelist/SMALL_STAT/CL_INDUSTRY_T/1.0/A")
    used = ask("2.1/dataflow/SMALL_STAT/GDP?references=descendants&detail=referencepartial")
    complete = ask("3.0/structure/dataflow?detail=allcompletestubs")

    assert 'isExternalReference="true"' in stubs
    assert "/sdmx/2.1/codelist/SMALL_STAT/CL_INDUSTRY_T/1.0" in stubs
    assert "<str:Code " not in stubs
    assert ids(one, "Code") == ["A"]
    frequencies = ElementTree.fromstring(text(used)).find(".//str:Codelist[@id='CL_FREQUENCY']", SPACES)
    assert [code.get("id") for code in frequencies.iterfind("str:Code", SPACES)] == ["A", "Q"]
    flow = json.loads(text(complete))["data"]["dataflows"][0]
    assert (flow["id"], flow["name"], flow["names"]["en"]) == ("GDP", "生产总值", "Product")
    assert flow["description"] == "分旗县、分行业。来源：核算制度"


def test_what_there_is_of_a_dataflow(ask):
    answer = ask(f"2.1/availableconstraint/GDP/A.{FIRST}..?mode=exact")
    root = ElementTree.fromstring(text(answer))

    def codes(root, id):
        return [one.text for one in root.iterfind(f".//com:KeyValue[@id='{id}']/com:Value", SPACES)]

    assert (codes(root, "FREQ"), codes(root, "ACTIVITY"), codes(root, "INDICATOR")) == (
        ["A"], ["A", "B", "_T"], ["GDP", "GROWTH"],
    )  # fmt: skip
    assert [one.text for one in root.find(".//com:TimeRange", SPACES)] == ["2023", "2024"]
    assert [one.text for one in root.iterfind(".//com:AnnotationTitle", SPACES)] == ["4", "5"]
    available = ElementTree.fromstring(
        text(ask(f"2.1/availableconstraint/GDP/A.{FIRST}../all/FREQ?mode=available"))
    )
    assert codes(available, "FREQ") == ["A", "Q"]
    assert codes(available, "ACTIVITY") == []
    said = json.loads(text(ask("3.0/availability/dataflow/SMALL_STAT/GDP/1.0/*/FREQ")))
    assert said["data"]["dataConstraints"][0]["cubeRegions"][0]["keyValues"] == [
        {"id": "FREQ", "values": [{"value": "A"}, {"value": "Q"}]}
    ]


# --- languages, formats, refusals


def test_names_are_in_the_languages_asked_for(ask):
    def said(**headers):
        root = ElementTree.fromstring(text(ask("2.1/codelist/SMALL_STAT/CL_AREA_LEAGUE_COUNTY", **headers)))
        codes = root.findall(".//str:Code", SPACES)
        lang = "{http://www.w3.org/XML/1998/namespace}lang"
        return {
            code.get("id"): {one.get(lang): one.text for one in code.iterfind("com:Name", SPACES)}
            for code in codes
        }

    assert said()[FIRST] == {"zh": "甲旗", "en": "First Banner", "mn": "ᠬᠣᠰᠢᠭᠤ"}
    assert said(accept_language="en-GB,en;q=0.8")[FIRST] == {"en": "First Banner"}
    assert said(accept_language="mn-Mong")[FIRST] == {"mn": "ᠬᠣᠰᠢᠭᠤ"}
    assert said(accept_language="en")[SECOND] == {"zh": "乙旗"}, "Chinese where there is no English"


REFUSALS = [
    ("2.1/data/NOTHING", 404, 100, "No results"),
    (f"2.1/data/GDP/M.{FIRST}.GDP._T", 404, 100, "No results"),
    ("2.1/codelist/SMALL_STAT/CL_NOTHING", 404, 100, "No results"),
    ("2.1/data/GDP/A.B", 403, 150, "FREQ.REF_AREA.INDICATOR.ACTIVITY"),
    ("2.1/data/GDP?startPeriod=lately", 400, 140, "startPeriod=lately"),
    ("2.1/data/GDP?detail=much", 400, 140, "detail=much"),
    ("2.1/data/GDP?firstNObservations=-1", 400, 140, "firstNObservations=-1"),
    ("2.1/data/GDP?updatedAfter=today", 400, 140, "updatedAfter=today"),
    ("2.1/data/GDP?startperiod=2024", 400, 140, "parameter startperiod"),
    ("2.1/data/GDP?dimensionAtObservation=X", 403, 150, "dimensionAtObservation=X"),
    ("3.0/data/dataflow/*/GDP/*/*?c[X]=1&format=xml", 403, 150, "X (FREQ, REF_AREA"),
    ("3.0/data/dataflow/*/GDP/*/*?c[TIME_PERIOD]=ge:x", 400, 140, "TIME_PERIOD=x"),
    ("3.0/data/datastructure/*/GDP", 501, 501, "datastructure"),
    ("2.1/metadataflow", 501, 501, "metadataflow"),
    ("2.1/nonsense", 400, 140, "/nonsense"),
    ("2.1/dataflow?references=friends", 400, 140, "references=friends"),
    ("2.1/dataflow?detail=little", 400, 140, "detail=little"),
    ("2.1/availableconstraint/GDP?mode=some", 400, 140, "mode=some"),
    ("2.1/availableconstraint/GDP/all/all/X", 403, 150, "X (FREQ"),
    ("2.1/data/GDP/..", 403, 150, "FREQ.REF_AREA.INDICATOR.ACTIVITY"),
]


def told(answer):
    """The code and the words of an error message."""
    said = text(answer)
    if said.startswith("{"):
        error = json.loads(said)["errors"][0]
        return error["code"], error["detail"]
    message = ElementTree.fromstring(said).find("mes:ErrorMessage", SPACES)
    return int(message.get("code")), message[0].text


def test_a_refusal_has_the_standards_code_and_words(ask):
    for path, status, code, words in REFUSALS:
        accept = "application/json" if path.startswith("3.0") and "xml" not in path else "application/xml"
        answer = ask(path, status, accept=accept, accept_language="en")

        number, said = told(answer)
        assert (path, number, words in said) == (path, code, True), said
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_refusal_speaks_chinese_too(ask):
    message = ElementTree.fromstring(text(ask("2.1/data/NOTHING", 404))).find("mes:ErrorMessage", SPACES)

    assert ["没有结果" in message[0].text, "No results" in message[1].text] == [True, True]


def test_formats_nobody_offers_are_refused(ask):
    ask("2.1/data/GDP", 406, accept="application/vnd.sdmx.structurespecificdata+xml;version=3.0.0")
    ask("2.1/data/GDP?format=pdf", 406)
    ask("2.1/dataflow", 406, accept="image/png")


@pytest.mark.parametrize(
    ("accept", "version", "of_data", "name"),
    [
        ("*/*", "2.1", True, "generic"),
        ("", "3.0", True, "json2"),
        ("application/vnd.sdmx.data+json", "2.1", True, "json1"),
        ("application/vnd.sdmx.data+json", "3.0", True, "json2"),
        ("application/vnd.sdmx.data+csv;version=2.0.0", "2.1", True, "csv2"),
        ("text/csv;q=0.9, application/vnd.sdmx.genericdata+xml;version=2.1;q=1", "2.1", True, "generic"),
        ("image/png, text/csv", "3.0", True, "csv2"),
        ("application/vnd.sdmx.structure+xml;version=2.1", "3.0", False, "xml"),
        ("application/vnd.sdmx.structure+json;version=1.0.0", "3.0", False, "json1"),
        ("text/html,application/xhtml+xml", "2.1", False, "xml"),
    ],
)
def test_the_best_format_offered_is_chosen(accept, version, of_data, name):
    assert choose(accept, "", version=version, data=of_data).name == name


def test_an_answer_that_did_not_change_is_not_sent_again(ask, con):
    answer = ask("2.1/data/GDP")
    etag = answer.headers["ETag"]

    assert text(ask("2.1/data/GDP", 304, if_none_match=etag)) == ""
    assert ask("2.1/data/GDP", 304, if_modified_since=answer.headers["Last-Modified"])
    assert ask("2.1/data/GDP?format=csv", if_none_match=etag)
    assert ask("2.1/data/GDP", if_none_match=etag, accept_language="en")
    collected(2, [*ROWS, row(12, item="增速", unit="%", status="R", on="2025-10-01")])
    release(con, at=AT.replace(day=22))
    assert ask("2.1/data/GDP", if_none_match=etag).headers["ETag"] != etag


def test_an_answer_is_not_larger_than_the_limit(ask, settings):
    settings.SDMX_LARGEST = 8

    assert "> 8" in told(ask("2.1/data/GDP", 413, accept_language="en"))[1]
    settings.SDMX_LARGEST = 9
    ask("2.1/data/GDP")


# --- who may read


def member(client, department):
    user = get_user_model().objects.create_user(
        "bayar", password="x", department=Department.objects.get(code=department)
    )
    client.force_login(user)


def test_a_dataflow_that_is_not_public_is_closed_to_strangers_and_other_departments(ask, client):
    paths = ("2.1/data/HUB", "2.1/availableconstraint/HUB", "3.0/data/dataflow/*/HUB/*")
    for status in (401, 403):
        assert [told(ask(path, status, accept="application/xml"))[0] for path in paths] == [110, 110, 110]
        assert "HUB" not in text(ask("2.1/dataflow"))
        ask("2.1/dataflow/SMALL_STAT/HUB", 404)
        if status == 401:
            member(client, "police")


def test_its_publishers_department_reads_it_and_no_cache_may_keep_it(ask, client):
    from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue

    member(client, "market")
    assert ids(ask("2.1/dataflow/SMALL_STAT/HUB"), "Dataflow") == ["HUB"]
    ask("2.1/data/HUB", 404)
    IndicatorValue.objects.create(
        run=IndicatorRun.objects.create(computed_at=AT, league_version=1),
        indicator="shops",
        area=FIRST,
        value=4,
    )
    from xilin.kernel.economy.actions import _keep, _of_indicators
    from xilin.kernel.economy.queries import economy

    _keep(economy().flows["hub"], _of_indicators(economy().flows["hub"], economy()), AT, 0)
    answer = ask("2.1/data/HUB?format=csv")
    assert table(answer)[0]["OBS_VALUE"] == "4"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_series_of_an_earlier_structure_are_left_out_not_stumbled_over(ask):
    old = Series.objects.create(dataflow="gdp", key=f"A.{FIRST}")
    gone = Series.objects.create(dataflow="gdp", key=f"A.{FIRST}.GONE._T")
    for series in (old, gone):
        copied = Observation.objects.first()
        copied.pk, copied.series = None, series
        copied.save()

    assert values(ask, "2.1/data/GDP") == EVERYTHING
    assert len(table(ask("2.1/data/GDP?includeHistory=true&format=csv"))) == 10
    assert "GONE" not in text(ask("2.1/availableconstraint/GDP"))


def test_only_reading_is_offered(client, figures):
    assert client.post("/sdmx/2.1/data/GDP").status_code == 405
    assert client.head("/sdmx/2.1/data/GDP").status_code == 200


def test_hostile_texts_are_data_not_code(ask):
    for hostile in ("A';DROP TABLE economy_series;--", "%27", "<x>", "A'+OR+'1'='1"):
        ask(f"2.1/data/GDP/{hostile}...", 404)
    ask("3.0/data/dataflow/*/GDP/*/*?c[FREQ]=' OR 1=1", 404)
    assert "&lt;x&gt;" in text(ask("2.1/data/GDP?detail=<x>", 400))
    ask(f"2.1/data/GDP/A.{FIRST}.GDP.%00", 400)
    ask("2.1/data/GDP?startPeriod=%00", 400)
    assert len(values(ask, "2.1/data/GDP")) == 9


def test_a_question_knows_what_it_shows():
    assert questions._attributes("obs") == ("OBS_STATUS", "RELEASED_AT")
