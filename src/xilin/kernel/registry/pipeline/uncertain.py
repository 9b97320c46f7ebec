"""Pairs that a person should look at: just below the threshold, fitting several, or one identifier with others' names."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import duckdb

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.compare import threshold_bits
from xilin.kernel.registry.pipeline.model import Model
from xilin.kernel.registry.pipeline.spec import Spec, literal, name
from xilin.kernel.registry.pipeline.weigh import real, scored

MOST = 5_000


def doubt(con: duckdb.DuckDBPyConnection, spec: Spec, model: Model) -> int:
    """Make `linking.uncertain` (rid_a, rid_b, weight, probability, why, levels); how many pairs there are.

    `why`: `margin` (fits several about equally), `below` (just below the threshold), `guard` (one
    identifier, the guards disagree), `crowd` (an identifier that too many carry). `levels` is JSON:
    of each comparison where both have a value its level and what that is worth in bits. Pairs that
    came together after all are left out, the best come first, and no more than MOST are kept.
    """
    con.execute(
        "CREATE OR REPLACE TABLE linking.told AS "
        "SELECT least(a.node, b.node) AS l, greatest(a.node, b.node) AS r, min(why) AS why FROM linking.guarded g "
        "JOIN linking.belongs a ON a.rid = g.rid_a JOIN linking.belongs b ON b.rid = g.rid_b "
        "WHERE a.node <> b.node GROUP BY ALL"
    )
    floor = threshold_bits(spec)
    codes = [worth.attribute for worth in model.comparison]
    columns = ", ".join(f"{name(c + '__level')}, {name(c + '__bits')}" for c in codes)
    columns = f", {columns}" if columns else ""
    con.execute(
        "CREATE OR REPLACE TABLE linking.uncertain AS "
        "WITH pairs AS ("
        f"SELECT l, r, weight, 'margin' AS why{columns} FROM linking.compared SEMI JOIN linking.unsure USING (l, r) "
        f"UNION ALL SELECT l, r, weight, 'below'{columns} FROM linking.compared ANTI JOIN linking.unsure USING (l, r) "
        f"WHERE weight < {real(floor)} "
        f"UNION ALL SELECT l, r, weight, why{columns} FROM ({scored(spec, model, 'SELECT l, r FROM linking.told')}) "
        "JOIN linking.told USING (l, r)) "
        "SELECT l AS rid_a, r AS rid_b, max(pairs.weight)::DOUBLE AS weight, "
        "1 / (1 + pow(2::DOUBLE, -max(pairs.weight))) AS probability, max(why) AS why, "
        f"any_value({_levels(model)}) AS levels FROM pairs "
        "JOIN linking.final a ON a.rid = l JOIN linking.final b ON b.rid = r WHERE a.ent <> b.ent "
        f"GROUP BY l, r ORDER BY 3 DESC, 1, 2 LIMIT {MOST}"
    )
    return number(con, "SELECT count(*) FROM linking.uncertain")


def _levels(model: Model) -> str:
    parts = []
    for worth in model.comparison:
        kinds = " ".join(f"WHEN {n} THEN {literal(level.kind)}" for n, level in enumerate(worth.level))
        level, bits = name(worth.attribute + "__level"), name(worth.attribute + "__bits")
        key = literal(f'"{worth.attribute}": {{"level": "')
        parts.append(
            f'CASE WHEN {level} IS NOT NULL THEN {key} || CASE {level} {kinds} END || \'", "bits": \' '
            f"|| round({bits}, 3) || '}}' END"
        )
    return f"'{{' || concat_ws(', ', {', '.join(parts) or 'NULL'}) || '}}'"
