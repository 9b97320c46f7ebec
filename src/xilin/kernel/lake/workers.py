"""What a cluster's workers ask DuckDB for. It runs there: the workers need this package and its DuckDB."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Mapper = Callable[[Iterator[Any]], Iterator[Any]]
BATCH = 20_000


def mapper(statement: str, prelude: Sequence[str]) -> Mapper:
    """A function from Arrow batches, `_rows` of a statement, to the batches that the statement makes of them."""

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        import duckdb
        import pyarrow as pa

        first = next(batches, None)
        if first is None:
            return
        rows = pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], batches))
        with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as con:
            for one in prelude:
                con.execute(one)
            con.register("_rows", rows)
            yield from con.execute(statement).to_arrow_reader(BATCH)

    return run
