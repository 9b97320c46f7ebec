"""Linking on a real Spark cluster gives the entities and golden records that DuckDB gives, row for row."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import spark_cluster
from xilin.kernel.lake import engine
from xilin.kernel.lake.statements import Statements
from xilin.kernel.registry import actions
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, ReviewPair
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.shelf import Shelf
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.kernel.registry.pipeline.state import About
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
pytestmark = pytest.mark.django_db
ARROW = {"string": pa.string(), "date": pa.date32(), "datetime": pa.timestamp("us")}
ARROW |= {"integer": pa.int64(), "decimal": pa.float64(), "boolean": pa.bool_()}
NAMES = ("王芳", "王方", "其其格", "琪琪格", "李雷", "Ａnna Берг", "乌云 其木格", "张伟", "张玮", "巴图")
FIRMS = (
    "锡林郭勒盟草原（牧业）有限责任公司",
    "草原牧业有限公司",
    "草原牧业有限公司分公司",
    "锡盟乌云商贸有限公司",
    "乌云商贸公司",
    "额吉 奶食品合作社",
)
AREAS = ("152502001001", "152502002001", "152523100001")
# What the rows below give; each further attribute only makes statements longer.
GIVEN = (
    "id_number",
    "person_name",
    "sex",
    "birth_date",
    "ethnic_group",
    "phone",
    "area_code",
    "address",
    "household_no",
)
GIVEN += (
    "uscc",
    "registration_no",
    "organisation_name",
    "former_name",
    "legal_person_name",
    "established_on",
)
KEPT = ("sources", "keys", "belongs", "standing", "edges", "repairs", "ties", "final")


@pytest.fixture
def on_cluster(settings: Any, tmp_path: Path, spark_application: tuple[str, Any]) -> Any:
    """XILIN_ENGINE names the cluster."""
    settings.HOME, settings.MEMORY_MB, settings.ENGINE = tmp_path, 512, spark_application[0]
    session = engine.cluster()
    assert session is not None
    return spark_cluster.few_rows(session)


def spec(source: tuple[str, ...]) -> Spec:
    """People and organisations of the league in one registry: each statement is carried out once for both.

    The first source has most authority.
    """
    league, faults = read(REPO / "leagues" / "xilingol", KINDS)
    assert faults == []
    one, other = (league.all("registry")[code].value for code in ("people", "organisations"))
    attributes = {attribute.code: attribute for attribute in other.attribute + one.attribute}
    comparisons = one.comparison + other.comparison
    registry = msgspec.structs.replace(
        one,
        blocks=(*one.blocks[:2], one.blocks[4], one.blocks[6], *other.blocks[:3]),
        identifier=one.identifier + other.identifier,
        attribute=tuple(attributes[code] for code in GIVEN),
        comparison=tuple(c for c in comparisons if c.attribute in GIVEN),
    )
    elements = league.all("element")
    types = {attribute.code: elements[attribute.element].value.type for attribute in registry.attribute}
    return Spec(registry, types, {name: 80 - 10 * nth for nth, name in enumerate(source)})


def people(dice: random.Random) -> list[dict[str, Any]]:
    """A household's worth of people again and again: namesakes, homophones, mistyped and borrowed numbers."""
    found = []
    for n in range(150):
        born = date(1980, 1, 1) + timedelta(dice.randrange(40))
        who: dict[str, Any] = {
            "person_name": dice.choice(NAMES),
            "birth_date": born,
            "sex": dice.choice("12"),
        }
        who |= {"id_number": f"990000{born:%Y%m%d}{n:04}", "phone": f"120000{dice.randrange(60):05}"}
        who |= {"address": f"{dice.choice('东西南北')}路{dice.randrange(30)}号", "household_no": f"H{n // 3}"}
        who |= {"area_code": dice.choice(AREAS), "ethnic_group": dice.choice(("01", "02"))}
        for source in dice.sample(("gaj_hukou", "wjw_population", "zfw_floating"), dice.randrange(1, 4)):
            row = who | {
                "_source": source,
                "_key": str(n),
                "updated_at": datetime(2026, 1, dice.randrange(1, 9)),
            }
            fate = dice.random()
            if fate < 0.3:
                row["id_number"] = None
            elif fate < 0.4:
                row |= {"id_number": None, "id_number__found": who["id_number"][:-1] + "x"}
            elif fate < 0.45:
                row["id_number"] = f"990000{date(1980, 1, 1):%Y%m%d}0000"
                row["birth_date"] = date(1950 + dice.randrange(40), 7, dice.randrange(1, 28))
            if dice.random() < 0.2:
                row |= {"former_name": row["person_name"], "person_name": dice.choice(NAMES)}
            if dice.random() < 0.3:
                row[dice.choice(("phone", "address", "household_no", "updated_at", "birth_date"))] = None
            found.append(row)
    return found


def organisations(dice: random.Random) -> list[dict[str, Any]]:
    """Firms by their forms of a name: in full, short, with a branch, with one number or two or none."""
    found = []
    for n in range(120):
        who: dict[str, Any] = {"organisation_name": dice.choice(FIRMS), "area_code": dice.choice(AREAS)}
        who |= {
            "uscc": f"99{n:016}",
            "registration_no": f"9{n // 2:014}",
            "legal_person_name": dice.choice(NAMES),
        }
        who |= {"established_on": date(2000, 1, 1) + timedelta(n), "address": f"{n}号"}
        for source in dice.sample(("scjg_enterprises", "tax_payers"), dice.randrange(1, 3)):
            row = who | {
                "_source": source,
                "_key": str(n),
                "updated_at": datetime(2026, 2, dice.randrange(1, 9)),
            }
            for code in ("uscc", "registration_no", "legal_person_name", "updated_at"):
                if dice.random() < 0.4:
                    row[code] = None
            if dice.random() < 0.3:
                row |= {"former_name": row["organisation_name"], "organisation_name": dice.choice(FIRMS)}
            found.append(row)
    return found


def table(con: duckdb.DuckDBPyConnection, wanted: Spec, name: str, rows: list[dict[str, Any]]) -> Found:
    """Rows in force, behind a view as those of the lake are."""
    columns = {a.key: ARROW[wanted.types[a.code]] for a in wanted.registry.attribute}
    columns |= {f"{wanted.attribute(code).key}__found": pa.string() for code in wanted.identifiers}
    columns |= {
        "updated_at": pa.timestamp("us"),
        "_source": pa.string(),
        "_key": pa.string(),
        "_batch": pa.int64(),
    }
    found = pa.table(
        {
            c: pa.array([row.get(c, 1 if c == "_batch" else None) for row in rows], kind)
            for c, kind in columns.items()
        }
    )
    con.register("coming", found)
    con.execute(f"CREATE OR REPLACE TABLE stored_{name} AS SELECT * FROM coming")
    con.unregister("coming")
    con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM stored_{name}")
    return Found(f'SELECT * FROM "{name}"', tuple(columns))


def stands(code: str) -> dict[str, Any]:
    """Entities by their records, with golden attributes and where they came from; their identifiers; doubtful pairs."""
    members: dict[Any, list[Any]] = {}
    for entity, *record in EntityRecord.objects.filter(registry=code).values_list(
        "entity_id", "source", "key", "how", "weight"
    ):
        members.setdefault(entity, []).append(tuple(record))
    names = {entity: tuple(sorted(records, key=str)) for entity, records in members.items()}
    golden = Entity.objects.filter(registry=code).values_list(
        "id", "attributes", "provenance", "records", "digest"
    )
    held = EntityIdentifier.objects.filter(registry=code).values_list("attribute", "value", "entity_id")
    doubts = ReviewPair.objects.filter(registry=code).values_list(
        "source_a", "key_a", "source_b", "key_b", "why", "weight", "levels"
    )
    return {
        "entities": {names[entity]: rest for entity, *rest in golden},
        "identifiers": sorted((attribute, value, names[entity]) for attribute, value, entity in held),
        "doubts": {tuple(pair[:4]): pair[4:] for pair in doubts},
    }


def left(home: Path, code: str) -> dict[str, Any]:
    """The tables a linking leaves for the next, with their columns' types."""
    with duckdb.connect(str(home / "registry" / code / "state.duckdb"), read_only=True) as con:
        kept = {
            name: (
                con.execute(f"DESCRIBE {name}").fetchall(),
                con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall(),
            )
            for name in KEPT
        }
        ((told,),) = con.execute("SELECT told FROM about").fetchall()
        volumes = msgspec.json.decode(told, type=About).volumes
        spots = con.execute("SELECT spot FROM places ORDER BY spot").fetchnumpy()["spot"]
        records = Shelf(home / "registry" / code / "records", volumes).fetch(spots)
        assert records is not None
        kept["records"] = (records.schema, records.sort_by("rid").to_pylist())
        return kept


def test_a_registry_comes_out_the_same_on_two_workers(on_cluster: Any, settings: Any, tmp_path: Path) -> None:
    dice = random.Random(20260301)
    rows = people(dice) + organisations(dice)
    sources = tuple(sorted({row["_source"] for row in rows}))
    whole = spec(sources)
    engines = {"there": settings.ENGINE, "here": "duckdb"}
    with duckdb.connect() as con:
        found = [table(con, whole, f"of_{s}", [row for row in rows if row["_source"] == s]) for s in sources]
        runs = {}
        for code, name in engines.items():
            settings.ENGINE = name
            wanted = Spec(msgspec.structs.replace(whole.registry, code=code), whole.types, whole.authority)
            runs[code] = actions.link_found(wanted, found, at=NOW, con=con)
        workers = on_cluster.sparkContext._jsc.sc().statusTracker().getExecutorInfos()
        assert len(workers) == 1 + 2, "the driver and two workers"
        assert "bring" in runs["there"].timings, "fetched from the cluster"
        assert stands("there") == stands("here")
        assert left(tmp_path, "there") == left(tmp_path, "here")
        there, here = (runs[code].counts for code in engines)
        assert there == here
        assert min(there[name] for name in ("contested", "pairs", "matches", "doubtful", "uncertain")) > 5

        # What a cluster left is what the next linking, of one more record, goes on from.
        settings.ENGINE = engines["there"]
        more = [*rows, rows[0] | {"_key": "more"}]
        found = [table(con, whole, f"of_{s}", [row for row in more if row["_source"] == s]) for s in sources]
        wanted = Spec(msgspec.structs.replace(whole.registry, code="there"), whole.types, whole.authority)
        run = actions.link_found(wanted, found, at=NOW, con=con)
        assert (run.counts["arrived"], run.counts["left"]) == (1, 0)


def test_rows_in_force_are_read_by_the_workers_as_they_are_here(on_cluster: Any, tmp_path: Path) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 6)
    stored = [
        {
            "n": n,
            "name": ("a", "其", None)[n % 3],
            "at": at,
            "_source": "s",
            "_key": str(n // 2),
            "_batch": n,
            "_row": n,
        }
        for n in range(12)
    ]
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    pq.write_table(
        pa.Table.from_pylist([{k: v for k, v in row.items() if k != "n"} for row in stored[:6]]), old
    )
    pq.write_table(pa.Table.from_pylist(stored[6:]), new)
    con = ibis.duckdb.connect()
    rows = con.read_parquet([str(old), str(new)], union_by_name=True)
    rows = rows.select(
        rows.n.cast("int32").name("n"),
        *(rows[c] for c in ("name", "at", "_source", "_key", "_batch", "_row")),
    )
    nth = ibis.row_number().over(
        group_by=("_source", "_key"), order_by=(ibis._._batch.desc(), ibis._._row.desc())
    )
    newest = rows.mutate(_nth=nth).filter(ibis._._nth == 0).drop("_nth")
    con.create_view(
        "in_force", ibis.union(rows.filter(rows._batch > 6), newest).mutate(more=ibis.null("date"))
    )
    con.con.execute("ATTACH ':memory:' AS linking")
    cluster = Statements(on_cluster, con.con, tmp_path / "cluster")
    cluster.execute("CREATE OR REPLACE TABLE linking.there AS SELECT * FROM (SELECT * FROM in_force)")
    cluster.bring("there")
    cluster.close()

    for query in ("DESCRIBE {}", "SELECT * FROM {} ORDER BY ALL"):
        there, here = (
            con.con.execute(query.format(name)).fetchall() for name in ("linking.there", "in_force")
        )
        assert there == here
    assert len(here) == 5 + 6
    con.disconnect()
