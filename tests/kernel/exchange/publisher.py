"""Publishes on command, each time in a process of its own: what the kill test kills.

Reads batch numbers from standard input; for each it forks, tells the child's process id, and tells
how it ended when it has. Forking after the imports saves their seconds.
"""

import os
import sys
from pathlib import Path


def rows_of(batch: int, count: int) -> dict[str, list[object]]:
    """The rows of a batch, the same in every process."""
    return {
        "id_number": [f"99{number:016d}" for number in range(count)],
        "person_name": [f"第{batch}批" if number % 7 else None for number in range(count)],
        "address": [f"某旗{number % 97}号" * 4 for number in range(count)],
        "_source": ["test"] * count,
        "_batch": [batch] * count,
    }


def publish(batch: int, count: int) -> None:
    """Publish one batch as the process that is killed does."""
    import ibis
    import pyarrow as pa

    import small_league
    from xilin.kernel.exchange import publishing
    from xilin.kernel.standards.queries import declaration, declared

    table = ibis.memtable(pa.table(rows_of(batch, count)))
    publishing.publish_table(
        declaration("resource", "households"), declared("element"), table, at=small_league.NOW
    )


def main(home: str, count: int) -> None:
    """Set a database up, then publish on command."""
    from xilin.config import start

    start.django()
    # imported once, before forking: or most kills would hit the imports
    import ibis.backends.duckdb  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.csv  # noqa: F401
    from django.db import connections

    import migrated
    import small_league
    import xilin.kernel.exchange.publishing  # noqa: F401

    migrated.migrate()
    small_league.apply(Path(home) / "league")
    connections.close_all()
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                publish(int(line), count)
                code = 0
            finally:
                os._exit(code)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print("done" if status == 0 else "failed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
