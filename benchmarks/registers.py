"""Standard records of the demo's league at a scale, with the truth about them, without servers or databases.

Every source's rows as the demo makes them go through the same standardisation as when they are collected; what is
left out is the way through the department's own system. Used by `missing_ids.py` and `splink_peer.py`.
"""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xilin.demo import league, rates, systems, truth
from xilin.kernel.catalog.declarations import RESOURCE
from xilin.kernel.collect.declarations import SOURCE
from xilin.kernel.collect.pipeline import Plan, standardise
from xilin.kernel.quality.declarations import RULE
from xilin.kernel.registry.declarations import REGISTRY
from xilin.kernel.registry.pipeline import linking
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.kernel.registry.scoring import Score, measure
from xilin.kernel.standards.declarations import CODE_LIST, ELEMENT
from xilin.lib.declared import read

REPO = Path(__file__).parents[1]
LEAGUE = REPO / "leagues" / "xilingol"
ON = date(2026, 11, 25)
CHUNK = 983_040


@dataclass(frozen=True)
class Declared:
    """The declarations of a league folder that standardising and linking need, by kind and code."""

    kinds: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, folder: Path = LEAGUE) -> "Declared":
        """Read a league folder."""
        kinds = (ELEMENT, CODE_LIST, RESOURCE, SOURCE, RULE, REGISTRY)
        found, _ = read(folder, kinds)
        names = ("element", "code_list", "resource", "source", "rule", "registry")
        return cls({name: {c: d.value for c, d in found.all(name).items()} for name in names})

    def plan(self, source: str) -> Plan:
        """What a source is standardised by."""
        of = self.kinds
        resource = of["resource"][of["source"][source].resource]
        rules = tuple(rule for rule in of["rule"].values() if rule.resource == resource.code)
        return Plan(of["source"][source], resource, of["element"], of["code_list"], rules)

    def spec(self, registry: str) -> Spec:
        """How a registry is linked."""
        declared = self.kinds["registry"][registry]
        types = {a.code: self.kinds["element"][a.element].type for a in declared.attribute}
        return Spec(declared, types, {s.code: s.authority for s in self.kinds["source"].values()})

    def feeding(self, registry: str) -> list[systems.System]:
        """The demo's systems that feed a registry."""
        resources = self.kinds["resource"]
        return [
            system
            for system in systems.SYSTEMS
            if resources[self.kinds["source"][system.source].resource].registry == registry
        ]


def connect(folder: Path, memory_mb: int) -> Any:
    """An Ibis connection to DuckDB as the platform's own."""
    return ibis.duckdb.connect(
        threads=os.cpu_count() or 2,
        memory_limit=f"{memory_mb}MB",
        block_allocator_memory=f"{memory_mb // 4}MB",
        temp_directory=str(folder / "spill"),
        preserve_insertion_order=False,
    )


def rates_without_identifiers(folder: Path, share: float) -> Path:
    """A file of the demo's error rates in which every source lacks identifiers in this share of its rows."""
    found = tomllib.loads((Path(rates.__file__).parent / "rates.toml").read_text("utf-8"))
    found["everywhere"]["id_missing"] = share
    for own in found["source"].values():
        own["id_missing"] = share
    for name in found["organisations"]:
        if name.startswith("uscc_missing"):
            found["organisations"][name] = share
    path = folder / "rates.toml"
    path.write_text("".join(_toml(found)), "utf-8")
    return path


def _toml(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, dict):
            yield f"{key} = {value}\n"
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"[{prefix}{key}]\n"
            yield from _toml(value, f"{prefix}{key}.")


def make(
    con: Any,
    declared: Declared,
    folder: Path,
    *,
    scale: float,
    seed: int = 1,
    rates_file: Path | None = None,
    only: tuple[str, ...] = (),
) -> dict[str, list[Found]]:
    """Write standard rows of every source that feeds a registry, and `truth/<registry>.parquet`.

    `only` names the registries where not all are wanted.

    Returns the rows of each registry, one entry a source.
    """
    true = league.make(seed, scale, ON, LEAGUE, rates_file)
    kept = truth.Truth(folder / "truth")
    rows: dict[str, list[Found]] = {}
    for registry in only or declared.kinds["registry"]:
        for batch, system in enumerate(declared.feeding(registry), 1):
            place = folder / system.source
            (place / "std").mkdir(parents=True)
            found = system.rows(true)
            kept.add(system.source, found)
            raw = _raw(found.table, place)
            del found
            plan = declared.plan(system.source)
            standardise(con, raw, plan, batch=batch, on=ON, out=place / "std")
            for path in raw:
                path.unlink()
            query = f"SELECT * FROM read_parquet('{place}/std/std-*.parquet')"
            columns = con.con.execute(f"SELECT * FROM ({query}) LIMIT 0").description
            rows.setdefault(registry, []).append(Found(query, tuple(c[0] for c in columns)))
    kept.close()
    return rows


def _raw(table: pa.Table, place: Path) -> list[Path]:
    """Raw files as collecting leaves them: texts, `_row`, `_batch`."""
    numbers = pa.array(np.arange(1, table.num_rows + 1))
    whole = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    whole = whole.append_column("_row", numbers).append_column(
        "_batch", pa.array(np.ones(len(numbers), np.int64))
    )
    paths = []
    for nth, first in enumerate(range(0, max(whole.num_rows, 1), CHUNK)):
        paths.append(place / f"raw-{nth:05}.parquet")
        pq.write_table(whole.slice(first, CHUNK), paths[-1], row_group_size=122_880)
    return paths


def link(con: Any, spec: Spec, found: list[Found], folder: Path) -> tuple[Score, linking.Outcome]:
    """Link rows by a registry's declaration and compare with the truth made beside them."""
    code = spec.registry.code
    with linking.workplace(con.con, folder / "linking"):
        outcome = linking.link(con.con, spec, found)
        return score(con, code, folder, placed()), outcome


def placed() -> str:
    """The query of (source, key, entity) of a linking at hand."""
    return "SELECT source, key, ent AS entity FROM linking.final JOIN linking.records USING (rid)"


def score(con: Any, registry: str, folder: Path, found: str) -> Score:
    """Compare a query of (source, key, entity) with the truth made here."""
    known = f"SELECT source, key, entity FROM read_parquet('{folder}/truth/{registry}.parquet')"
    return measure(con.con, registry, found, known)
