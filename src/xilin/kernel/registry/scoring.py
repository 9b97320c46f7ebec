"""How right a registry is: pairs of records, records and entities, compared with who they really are."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from xilin.kernel.registry.pipeline.ask import row
from xilin.lib.text import Text

TOLD = Text(
    zh=(
        "{registry}：成对准确率 {precision}，召回率 {recall}，F1 {f1}；B-cubed 准确率 {b_precision}，召回率 {b_recall}，F1 {b_f1}\n"
        "实体 {entities}，真值 {truth_entities}（{difference}）；错并的实体 {joined}（{false_pairs} 对记录），"
        "错分的实体 {parted}（{missed_pairs} 对记录）；参与比较的记录 {records}，真值中未入库的 {missing}"
    ),
    en=(
        "{registry}: pairwise precision {precision}, recall {recall}, F1 {f1}; "
        "B-cubed precision {b_precision}, recall {b_recall}, F1 {b_f1}\n"
        "entities {entities}, in truth {truth_entities} ({difference}); wrongly joined {joined} ({false_pairs} pairs of records), "
        "wrongly parted {parted} ({missed_pairs} pairs of records); {records} records compared, "
        "{missing} of the truth not in the registry"
    ),
)
SHARES = ("precision", "recall", "f1", "b_precision", "b_recall", "b_f1")
COUNTS = (
    "entities",
    "truth_entities",
    "joined",
    "parted",
    "false_pairs",
    "missed_pairs",
    "records",
    "missing",
)


@dataclass(frozen=True)
class Score:
    """A registry against the truth; precision and recall count pairs of records, B-cubed counts records.

    `entities` are the registry's, `truth_entities` those the truth knows of, `records` the
    records both know, `missing` the truth's records that aren't in the registry. Among the
    records both know, `joined` are the registry's entities that hold records of several
    true ones and `false_pairs` the pairs of records put together in them that are not one
    thing; `parted` are the true ones whose records stand in several of the registry's, and
    `missed_pairs` the pairs of records kept apart in them.
    """

    registry: str
    precision: float
    recall: float
    f1: float
    b_precision: float
    b_recall: float
    b_f1: float
    entities: int
    truth_entities: int
    joined: int
    parted: int
    false_pairs: int
    missed_pairs: int
    records: int
    missing: int

    @property
    def difference(self) -> float:
        """How far the number of entities is from the truth's, as a share of it."""
        return (self.entities - self.truth_entities) / self.truth_entities if self.truth_entities else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, to be kept with a run."""
        return asdict(self)

    def told(self, language: str) -> str:
        """Two lines for a person."""
        facts = self.as_dict() | {name: f"{getattr(self, name):.5f}" for name in SHARES}
        facts |= {name: f"{getattr(self, name):,}" for name in COUNTS}
        return TOLD.filled(facts | {"difference": f"{self.difference:+.3%}"}).of(language)


def measure(con: duckdb.DuckDBPyConnection, registry: str, found: str, truth: str) -> Score:
    """Score a partition against the truth.

    Args:
        con: the connection.
        registry: its code.
        found: a query of (source, key, entity): each record once.
        truth: a query of (source, key, entity): each record once.

    Pairs are counted cell by cell of the table of both partitions, so the work grows with
    the records, not with their pairs. A share of no pairs is 1.
    """
    right, found_pairs, true_pairs, b_precision, b_recall, *counts = row(
        con,
        f"""
        WITH pairs AS (
            SELECT f.entity AS e, t.entity AS t
            FROM ({found}) f JOIN (SELECT DISTINCT ON (source, key) * FROM ({truth})) t USING (source, key)
        ), cells AS (SELECT e, t, count(*)::HUGEINT AS n FROM pairs GROUP BY e, t),
        sums AS (SELECT n, sum(n) OVER (PARTITION BY e) AS ne, sum(n) OVER (PARTITION BY t) AS nt FROM cells),
        ours AS (SELECT sum(n) AS n, count(*) AS parts FROM cells GROUP BY e),
        theirs AS (SELECT sum(n) AS n, count(*) AS parts FROM cells GROUP BY t)
        SELECT (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM cells),
               (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM ours),
               (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM theirs),
               (SELECT sum(n * n / ne) / sum(n) FROM sums), (SELECT sum(n * n / nt) / sum(n) FROM sums),
               (SELECT count(DISTINCT entity) FROM ({found})), (SELECT count(DISTINCT entity) FROM ({truth})),
               (SELECT count(*) FROM ours WHERE parts > 1), (SELECT count(*) FROM theirs WHERE parts > 1),
               (SELECT count(*) FROM pairs),
               (SELECT count(*) FROM (SELECT DISTINCT source, key FROM ({truth})) ANTI JOIN ({found}) USING (source, key))
        """,
    )
    right, found_pairs, true_pairs = int(right), int(found_pairs), int(true_pairs)
    precision = right / found_pairs if found_pairs else 1.0
    recall = right / true_pairs if true_pairs else 1.0
    entities, truth_entities, joined, parted, records, missing = counts
    return Score(
        registry=registry,
        precision=precision,
        recall=recall,
        f1=_harmonic(precision, recall),
        b_precision=b_precision or 0.0,
        b_recall=b_recall or 0.0,
        b_f1=_harmonic(b_precision or 0.0, b_recall or 0.0),
        entities=entities,
        truth_entities=truth_entities,
        joined=joined,
        parted=parted,
        false_pairs=found_pairs - right,
        missed_pairs=true_pairs - right,
        records=records,
        missing=missing,
    )


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
