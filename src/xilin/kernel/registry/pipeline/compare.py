"""Pairs of nodes and what speaks for them: a mistyped identifier, or Splink's match weight."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import math

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.levels import agrees, splink_comparison
from xilin.kernel.registry.pipeline.spec import BlockPart, Spec, literal, name

SEED = 20160501
TRAINING_PAIRS = 500_000
ENOUGH = 2


def compare(con: duckdb.DuckDBPyConnection, spec: Spec) -> dict[str, int]:
    """Make `linking.edges` (l, r, how, weight): repaired ones with no weight, compared ones in bits.

    Compared edges reach down to `margin` bits below the threshold, so that a rival just
    below it can still make a match doubtful.
    """
    con.execute("CREATE OR REPLACE TABLE linking.edges (l BIGINT, r BIGINT, how VARCHAR, weight DOUBLE)")
    for code in spec.identifiers:
        _repair(con, spec, code)
    if spec.registry.comparison:
        _splink(con, spec)
    found = {"repairs": "repaired", "matches": "compared"}
    return {
        what: number(con, f"SELECT count(*) FROM linking.edges WHERE how = '{how}'")
        for what, how in found.items()
    }


def _repair(con: duckdb.DuckDBPyConnection, spec: Spec, code: str) -> None:
    """Edges from a mistyped identifier to nodes whose own is one edit away, if the rest agrees."""
    wanted = next(i.repair for i in spec.registry.identifier if i.attribute == code)
    if not wanted:
        return
    agree = " AND ".join(agrees(spec, other) for other in wanted)
    columns = [*wanted, *(f"{c}__sound" for c in spec.sounded if c in wanted)]
    columns += [f"{c}__tokens" for c in spec.tokened if c in wanted]
    sides = ", ".join(f"a.{name(c)} AS {name(c + '_l')}, b.{name(c)} AS {name(c + '_r')}" for c in columns)
    ways = " UNION ALL ".join(
        f"SELECT {one} AS one, {two} AS two FROM linking.pairs" for one, two in (("l", "r"), ("r", "l"))
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.repairs AS "
        f"SELECT DISTINCT one, two FROM (SELECT one, two, {sides} FROM ({ways}) "
        "JOIN linking.nodes a ON a.node = one JOIN linking.marks m "
        f"ON m.node = two AND m.attribute = {literal(code)} JOIN linking.nodes b ON b.node = two "
        f"WHERE damerau_levenshtein(a.{name(code + '__found')}, upper(m.value)) <= 1) WHERE {agree}"
    )
    # Two numbers one edit away leave it open which was meant.
    con.execute(
        "INSERT INTO linking.edges SELECT least(one, any_value(two)), greatest(one, any_value(two)), "
        "'repaired', NULL FROM linking.repairs GROUP BY one HAVING count(*) = 1"
    )


def _splink(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Edges with the match weight that Splink gives each pair."""
    registry = spec.registry
    things = number(con, "SELECT count(*) FROM linking.standing")
    if number(con, "SELECT count(*) FROM linking.pairs") == 0:
        return
    con.execute(
        "CREATE OR REPLACE TEMP VIEW linking_nodes AS SELECT node AS unique_id, * EXCLUDE (node) FROM linking.nodes"
    )
    con.execute(
        "CREATE OR REPLACE TEMP VIEW linking_pairs AS "
        "SELECT '0' AS match_key, l AS join_key_l, r AS join_key_r FROM linking.pairs"
    )
    prior = min(0.5, registry.prior_matches_per_record / max(things, 2))
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[splink_comparison(comparison) for comparison in registry.comparison],
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("linking_nodes"), settings, log_level=None)
    for comparison in registry.comparison:
        if comparison.term_frequency:
            _frequencies(con, linker, api, comparison.attribute)
    if registry.train:
        _train(linker, spec)
    linker.table_management.register_blocked_pairs_for_predict(api.register("linking_pairs"))
    floor = math.log2(registry.threshold / (1 - registry.threshold)) - registry.margin
    scored = linker.inference.predict(threshold_match_weight=floor, warning_mode="never")
    con.execute(
        "INSERT INTO linking.edges SELECT least(unique_id_l, unique_id_r), greatest(unique_id_l, unique_id_r), "
        f"'compared', match_weight FROM {scored.physical_name}"
    )
    linker.table_management.delete_tables_created_by_splink_from_db()
    for view in ("linking_nodes", "linking_pairs"):
        con.execute(f"DROP VIEW {view}")


def _frequencies(con: duckdb.DuckDBPyConnection, linker: Linker, api: DuckDBAPI, code: str) -> None:
    """How common each value is among all records, not only among those compared."""
    view = f"linking_frequency_{code}"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {view} AS SELECT {name(code)}, "
        f"count(*) / sum(count(*)) OVER () AS {name('tf_' + code)} "
        f"FROM linking.forms WHERE {name(code)} IS NOT NULL GROUP BY {name(code)}"
    )
    linker.table_management.register_term_frequency_lookup(api.register(view), code)


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
