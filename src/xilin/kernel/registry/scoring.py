"""How right a registry is: pairs of records, compared with who they really are."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from xilin.kernel.registry.pipeline.ask import row
from xilin.lib.text import Text

TOLD = Text(
    zh="{registry}：准确率 {precision}，召回率 {recall}，F1 {f1}；B-cubed {b_precision}/{b_recall}；实体 {entities}，真值 {truth_entities}（{difference}）；参与比较的记录 {records}，真值中未入库的 {missing}",
    en="{registry}: precision {precision}, recall {recall}, F1 {f1}; B-cubed {b_precision}/{b_recall}; entities {entities}, in truth {truth_entities} ({difference}); {records} records compared, {missing} of the truth not in the registry",
)


@dataclass(frozen=True)
class Score:
    """A registry against the truth; precision and recall count pairs of records.

    `entities` are the registry's, `truth_entities` those the truth knows of, `records` the
    records both know, `missing` the truth's records that aren't in the registry.
    """

    registry: str
    precision: float
    recall: float
    f1: float
    b_precision: float
    b_recall: float
    entities: int
    truth_entities: int
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
        """One line for a person."""
        shares = ("precision", "recall", "f1", "b_precision", "b_recall")
        facts = self.as_dict() | {name: f"{getattr(self, name):.5f}" for name in shares}
        facts |= {
            name: f"{getattr(self, name):,}" for name in ("entities", "truth_entities", "records", "missing")
        }
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
    found_row = row(
        con,
        f"""
        WITH pairs AS (
            SELECT f.entity AS e, t.entity AS t
            FROM ({found}) f JOIN (SELECT DISTINCT ON (source, key) * FROM ({truth})) t USING (source, key)
        ), cells AS (SELECT e, t, count(*)::DOUBLE AS n FROM pairs GROUP BY e, t),
        sums AS (SELECT n, sum(n) OVER (PARTITION BY e) AS ne, sum(n) OVER (PARTITION BY t) AS nt FROM cells)
        SELECT coalesce((SELECT sum(n * (n - 1) / 2) FROM cells), 0),
               coalesce((SELECT sum(n * (n - 1) / 2) FROM (SELECT sum(n) AS n FROM cells GROUP BY e)), 0),
               coalesce((SELECT sum(n * (n - 1) / 2) FROM (SELECT sum(n) AS n FROM cells GROUP BY t)), 0),
               (SELECT sum(n * n / ne) / sum(n) FROM sums), (SELECT sum(n * n / nt) / sum(n) FROM sums),
               (SELECT count(DISTINCT entity) FROM ({found})), (SELECT count(DISTINCT entity) FROM ({truth})),
               (SELECT count(*) FROM pairs),
               (SELECT count(*) FROM (SELECT DISTINCT source, key FROM ({truth})) ANTI JOIN ({found}) USING (source, key))
        """,
    )
    right, found_pairs, true_pairs, b_precision, b_recall, *counts = found_row
    precision = right / found_pairs if found_pairs else 1.0
    recall = right / true_pairs if true_pairs else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(registry, precision, recall, f1, b_precision or 0.0, b_recall or 0.0, *counts)
