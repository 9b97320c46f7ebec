"""GDAL's own reader of OGC API - Features against the running server: what it reads is what the store holds."""

import json
import re
import shutil
import subprocess

import pytest
import shapely
from made_places import AT

from xilin.kernel.places import queries
from xilin.kernel.places.queries import Wanted

pytestmark = pytest.mark.skipif(
    not (shutil.which("ogrinfo") and shutil.which("ogr2ogr")), reason="GDAL (gdal-bin) is not on this machine"
)
TODAY = AT.date()


def gdal(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def source(served):
    """The address as GDAL takes it."""
    return f"OAPIF:{served}"


def test_ogrinfo_lists_the_collections_with_their_counts(source):
    told = gdal("ogrinfo", "-ro", "-al", "-so", source)

    counts = dict(re.findall(r"Layer name: (\w+)\n(?:.*\n)*?Feature Count: (\d+)", told))
    stored = {code: str(queries.features(code, Wanted(), on=TODAY).count()) for code in counts}
    assert counts == stored
    assert sorted(counts) == ["counties", "grassland", "spots", "towns", "villages"]
    assert (
        "Geometry: Point" in told.split("Layer name: spots")[1].split("Layer name:")[0]
        or "Geometry: Unknown" in told
    )


def test_ogr2ogr_reads_every_name_and_geometry(source, tmp_path):
    for code in ("grassland", "counties"):
        file = tmp_path / f"{code}.geojson"
        gdal(
            "ogr2ogr",
            "-f",
            "GeoJSON",
            "-lco",
            "COORDINATE_PRECISION=9",
            str(file),
            source,
            code,
            "-oo",
            "PAGE_SIZE=200",
        )
        read = {one["properties"]["name"]: one for one in json.loads(file.read_text("utf-8"))["features"]}
        stored = {one.name: one for one in queries.features(code, Wanted(), on=TODAY)}

        assert read.keys() == stored.keys()
        for name, place in stored.items():
            if place.geometry is None:
                assert read[name]["geometry"] is None
                continue
            ours = shapely.from_wkb(bytes(place.geometry))
            assert shapely.equals_exact(
                shapely.from_geojson(json.dumps(read[name]["geometry"])), ours, 1e-8
            ), name


def test_a_spatial_filter_is_carried_out_by_the_server(source, tmp_path):
    file = tmp_path / "some.geojson"
    box = ("115.2", "43.2", "116.9", "44.7")
    gdal("ogr2ogr", "-f", "GeoJSON", str(file), source, "spots", "-spat", *box)

    read = sorted(one["properties"]["spot_code"] for one in json.loads(file.read_text("utf-8"))["features"])
    wanted = Wanted(box=tuple(map(float, box)))
    assert read == sorted(one.properties["spot_code"] for one in queries.features("spots", wanted, on=TODAY))
    assert 0 < len(read) < 300
