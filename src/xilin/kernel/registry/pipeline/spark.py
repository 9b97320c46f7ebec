"""The same linking on a Spark cluster: the same statements, carried out by `lake.statements`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import duckdb

from xilin.kernel.lake.statements import Statements
from xilin.kernel.registry.pipeline.forms import sounds
from xilin.kernel.registry.pipeline.linking import Outcome
from xilin.kernel.registry.pipeline.linking import link as link_in_process
from xilin.kernel.registry.pipeline.model import TABLES, Model
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

# What is asked of a linking once it is done.
RESULTS = (
    "records",
    "keys",
    "belongs",
    "standing",
    "edges",
    "repairs",
    "ties",
    "marks",
    "final",
    "golden",
    "uncertain",
)


def link(
    session: Any,
    con: duckdb.DuckDBPyConnection,
    spec: Spec,
    found: Sequence[Found],
    model: Model | None = None,
    *,
    folder: Path,
) -> Outcome:
    """As `linking.link`, on a Spark session; the results stand in `linking` of the connection afterwards.

    Args:
        session: the cluster.
        con: a connection on which `workplace` stands; decisions and a kept model are in its `linking`.
        spec: the registry.
        found: rows in force, as queries of that connection.
        model: the model that is kept.
        folder: where the tables stand on the way; every worker sees it.
    """
    cluster = Statements(session, con, folder)
    try:
        outcome = link_in_process(cast(duckdb.DuckDBPyConnection, cluster), spec, found, model)
        with outcome.step("bring"):
            cluster.bring(*RESULTS, *sounds(spec))
            if model is None or outcome.model is not model:
                cluster.bring(*TABLES)
    finally:
        cluster.close()
    return outcome
