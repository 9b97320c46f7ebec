"""The model of a registry: what each comparison is worth, how common values are, which blocks tell nothing.

It is made once of many records and then kept apart from them, so that what a delta finds and what
a rebuild finds is the same.
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import hashlib
import json
import math
from pathlib import Path

import duckdb
import msgspec
from msgspec import Struct
from splink import DuckDBAPI, Linker, SettingsCreator

from xilin.kernel.registry.pipeline.ask import at_hand, number
from xilin.kernel.registry.pipeline.forms import form, prepare
from xilin.kernel.registry.pipeline.levels import splink_comparison
from xilin.kernel.registry.pipeline.spec import BlockPart, Spec, literal, name

SEED = 20160501
TRAINING_PAIRS = 500_000
ENOUGH = 2
# m and u of a level there was nothing to learn from: it tells nothing.
UNKNOWN = (0.5, 0.5)
# What of a declaration decides which records are one thing; the rest only chooses values.
DECIDING = ("identifier", "comparison", "blocks", "prior_matches_per_record", "block_limit", "train")
# The tables of a model, with their columns.
TABLES = {
    "frequencies": "attribute VARCHAR, value VARCHAR, share DOUBLE",
    "crowded": "block UTINYINT, key UBIGINT",
    "weights": "attribute VARCHAR, word VARCHAR, weight DOUBLE",
}


class LevelWorth(Struct, frozen=True):
    """One level of a comparison: how often records of one thing (m) and of two (u) are at it, and the bits that gives.

    `learnt` says that m and u were trained, not given in the league folder.
    """

    kind: str
    threshold: float
    m: float
    u: float
    bits: float
    learnt: bool


class ComparisonWorth(Struct, frozen=True):
    """What a comparison is worth, level by level.

    With `term_frequency` equal values are worth log2(u / share of records with the value)
    bits more than the first level says, `unseen` being the share of a value never met before.
    """

    attribute: str
    level: tuple[LevelWorth, ...]
    term_frequency: bool = False
    unseen: float = 1.0


class Model(Struct, frozen=True):
    """A registry's model; its tables stand beside it.

    `declared` is a sum over what of the declaration decides, `engine` the engine whose hashes
    the keys are, `prior` the probability that two records taken at random are one thing.
    """

    registry: str
    declared: str
    engine: str
    records: int
    things: int
    prior: float
    comparison: tuple[ComparisonWorth, ...]
    version: int = 0

    @property
    def prior_bits(self) -> float:
        """The prior in bits."""
        return math.log2(self.prior / (1 - self.prior))


def declared(spec: Spec) -> str:
    """A sum over what of a declaration decides which records are one thing."""
    registry = msgspec.to_builtins(spec.registry)
    kept = {key: registry[key] for key in DECIDING if key in registry}
    forms = {
        code: [spec.types.get(code, "string"), a.key, spec.written(code).replace, spec.written(code).plain]
        for code, a in ((code, spec.attribute(code)) for code in spec.used)
    }
    return hashlib.sha256(json.dumps([kept, forms], sort_keys=True).encode()).hexdigest()


def fits(model: Model, spec: Spec) -> bool:
    """Whether a model was made for this declaration and engine."""
    return (model.declared, model.engine) == (declared(spec), duckdb.__version__)


def make(con: duckdb.DuckDBPyConnection, spec: Spec) -> Model:
    """Make the model of the records at hand, once their nodes and pairs are there; fills `linking.frequencies`."""
    registry = spec.registry
    records = number(con, "SELECT count(*) FROM linking.records")
    things = number(con, "SELECT count(*) FROM linking.standing")
    con.execute(f"CREATE OR REPLACE TABLE linking.frequencies ({TABLES['frequencies']})")
    unseen = {
        c.attribute: _frequencies(con, spec, c.attribute) for c in registry.comparison if c.term_frequency
    }
    prior = min(0.5, registry.prior_matches_per_record / max(things, 2))
    pairs = registry.train and number(con, "SELECT count(*) FROM linking.pairs") > 0
    learnt = _learn(con, spec, prior) if pairs else {}
    worth = []
    for comparison in registry.comparison:
        levels = []
        for nth, level in enumerate(comparison.level):
            m, u = level.m, level.u
            given = m is not None and u is not None
            if m is None or u is None:
                m, u = learnt.get((comparison.attribute, nth), UNKNOWN)
            levels.append(LevelWorth(level.kind, level.threshold, m, u, math.log2(m / u), not given))
        worth.append(
            ComparisonWorth(
                comparison.attribute,
                tuple(levels),
                comparison.term_frequency,
                unseen.get(comparison.attribute, 1.0),
            )
        )
    return Model(registry.code, declared(spec), duckdb.__version__, records, things, prior, tuple(worth))


def _frequencies(con: duckdb.DuckDBPyConnection, spec: Spec, code: str) -> float:
    """Add how common each form is among all records to `linking.frequencies`; the share of one record."""
    con.execute(
        f"INSERT INTO linking.frequencies SELECT {literal(code)}, form, sum(n) / sum(sum(n)) OVER () FROM ("
        f"SELECT {form(spec, code)} AS form, n FROM (SELECT {name(code)}, count(*) AS n FROM linking.records "
        f"WHERE {name(code)} IS NOT NULL GROUP BY {name(code)})) WHERE form IS NOT NULL GROUP BY form"
    )
    return 1 / max(number(con, f"SELECT count({name(code)}) FROM linking.records"), 1)


def _learn(
    con: duckdb.DuckDBPyConnection, spec: Spec, prior: float
) -> dict[tuple[str, int], tuple[float, float]]:
    """m and u of each level (attribute, number) as Splink learns them from the nodes at hand, in this process."""
    con = at_hand(con, "nodes")
    prepare(con)
    con.execute(
        "CREATE OR REPLACE TEMP VIEW linking_nodes AS SELECT node AS unique_id, * EXCLUDE (node) FROM linking.nodes"
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[splink_comparison(comparison) for comparison in spec.registry.comparison],
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("linking_nodes"), settings, log_level=None)
    _train(linker, spec)
    found = {}
    for comparison in linker._settings_obj.comparisons:
        levels = [level for level in comparison.comparison_levels if not level.is_null_level]
        for nth, level in enumerate(levels):
            if level.m_probability is not None and level.u_probability is not None:
                found[comparison.output_column_name, nth] = (level.m_probability, level.u_probability)
    linker.table_management.delete_tables_created_by_splink_from_db()
    con.execute("DROP VIEW linking_nodes")
    return found


def _train(linker: Linker, spec: Spec) -> None:
    """Learn u from random pairs, and m within blocks: each comparison in two blocks that don't use it.

    Blocks by words are passed over; where the others don't suffice, m is what they gave.
    """
    linker.training.estimate_u_using_random_sampling(
        max_pairs=TRAINING_PAIRS, seed=SEED, min_count_per_level=None
    )
    free = dict.fromkeys((comparison.attribute for comparison in spec.registry.comparison), 0)
    for block in spec.registry.blocks:
        parts = [BlockPart.read(text) for text in block]
        fixed = {part.attribute for part in parts}
        learns = [code for code, times in free.items() if code not in fixed and times < ENOUGH]
        if not learns or any(part.function == "token" for part in parts):
            continue
        rule = " AND ".join(f"{part.sql('l')} = {part.sql('r')}" for part in parts)
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
        for code in free.keys() - fixed:
            free[code] += 1


def keep(con: duckdb.DuckDBPyConnection, model: Model, folder: Path) -> None:
    """Keep a model and its tables in a folder of its own; it is whole once `model.json` is there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for table in TABLES:
        con.execute(f"COPY linking.{table} TO {literal(str(folder / table))} (FORMAT parquet)")
    draft = folder / "model.json.new"
    draft.write_bytes(msgspec.json.encode(model))
    draft.rename(folder / "model.json")


def read(folder: Path) -> Model | None:
    """The model of a folder, None where there is none whole."""
    try:
        return msgspec.json.decode((folder / "model.json").read_bytes(), type=Model)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def bring(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Bring a kept model's tables into `linking`."""
    for table in TABLES:
        con.execute(
            f"CREATE OR REPLACE TABLE linking.{table} AS SELECT * FROM read_parquet({literal(str(folder / table))})"
        )
