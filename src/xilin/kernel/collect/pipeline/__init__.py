"""From columns as found to typed, checked items: raw Parquet in, standard Parquet and quarantine out."""

from xilin.kernel.collect.pipeline.plan import Plan, columns
from xilin.kernel.collect.pipeline.standardise import Outcome, schema, standardise

__all__ = ["Outcome", "Plan", "columns", "schema", "standardise"]
