"""How fast the audit log appends, proves and verifies; in a database of its own, dropped at the end.

python benchmarks/audit.py [entries, default 200000]
python benchmarks/audit.py proofs [entries, default 10000000]

The second fills the tables themselves, without the columns' indexes, and measures proofs only.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

NAME = "xilin_bench_audit"
GROUP = 64


def main(count: int, measure: Callable[[str, int], dict[str, float]]) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
    from xilin.config.start import django, server

    url = server()
    import psycopg

    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {NAME}")
        admin.execute(f"CREATE DATABASE {NAME}")
    os.environ["XILIN_DATABASE_URL"] = url.replace("/xilin?", f"/{NAME}?")
    django()
    from django.core.management import call_command
    from django.db import connection

    try:
        call_command("migrate", "audit", verbosity=0)
        return measure(os.environ["XILIN_DATABASE_URL"], count)
    finally:
        connection.close()
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {NAME}")


def measured(url: str, count: int) -> dict[str, float]:
    from xilin.kernel.audit import queries, verifier
    from xilin.kernel.audit.actions import record
    from xilin.kernel.audit.export import export

    figures: dict[str, float] = {"entries": count, "load before": round(os.getloadavg()[0], 1)}
    began = time.perf_counter()
    last = asyncio.run(appended(url, count))
    figures["appended per second, groups of 64"] = round(count / (time.perf_counter() - began))

    began = time.perf_counter()
    for _ in range(300):
        record("test.done", at=datetime.now(UTC))
    figures["appended per second, one by one"] = round(300 / (time.perf_counter() - began))

    began = time.perf_counter()
    for one in last:
        queries.receipt_from(one)
    figures["receipt just after the append, ms"] = round((time.perf_counter() - began) / len(last) * 1000, 3)
    began = time.perf_counter()
    for seq in range(0, count, count // 100):
        queries.receipt(seq)
    figures["receipt from the database, ms"] = round((time.perf_counter() - began) * 10, 2)

    began = time.perf_counter()
    assert queries.verify_log() == []
    figures["verified in the database per second"] = round(count / (time.perf_counter() - began))
    with tempfile.TemporaryDirectory() as folder:
        export(Path(folder) / "out")
        began, worked = time.perf_counter(), time.process_time()
        (check,) = verifier.verify_export(Path(folder) / "out", queries.key())
        assert check.findings == []
        figures["verified by the single file per second"] = round(count / (time.perf_counter() - began))
        figures["the same per second of processor time"] = round(count / (time.process_time() - worked))
    return figures


async def appended(url: str, count: int) -> list[object]:
    from psycopg_pool import AsyncConnectionPool

    from xilin.kernel.audit import log
    from xilin.lib.wire import Wire

    made: list[object] = []
    async with AsyncConnectionPool(url, min_size=1, kwargs={"autocommit": True}, open=False) as pool:
        pen, wire = log.Pen(), Wire(pool)
        for first in range(0, count, GROUP):
            group = [access(number) for number in range(first, min(first + GROUP, count))]
            made = list(await pen.append(wire, group))
        await wire.close()
    return made


def access(number: int):
    """An entry of the size the gateway writes."""
    from xilin.kernel.audit.log import New

    return New(
        "exchange.access",
        datetime.now(UTC),
        by="approvals",
        department="spj",
        provider="gaj",
        subject=f"G-2026-{number % 97:06d}",
        detail={
            "purpose": "school-entry",
            "case": f"SP-2026-{number:08d}",
            "resource": "households",
            "columns": ["name", "sex", "area"],
            "key": f"2026-11:{number:064x}",
            "found": True,
        },
    )


# Entries that say nothing but where they stand, made and hashed in the database.
FILL = r"""
INSERT INTO audit_entry
SELECT seq, now(), 'test.done', '', '', '', '', entry, sha256('\x00'::bytea || convert_to(entry, 'UTF8'))
FROM generate_series(%(first)s::bigint, %(last)s - 1) seq, LATERAL (SELECT '{"seq":' || seq || ',"subject":""}') e(entry)
"""


def proofs(url: str, count: int) -> dict[str, float]:
    """Receipts and proofs of consistency out of the tables of a log of that many entries; each is verified."""
    import psycopg

    from xilin.kernel.audit import queries, verifier
    from xilin.kernel.audit.keys import signer

    figures: dict[str, float] = {"entries": count, "load before": round(os.getloadavg()[0], 1)}
    frontier, tiles, older = verifier.Frontier(), [], {}
    wanted = {count // 3, count // 2, count - 1}
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor(binary=True) as cursor:
        for index in ("kind", "department", "provider", "subject"):
            cursor.execute(f"DROP INDEX audit_entry_{index}")
        cursor.execute("ALTER TABLE audit_entry SET UNLOGGED")
        began = time.perf_counter()
        for first in range(0, count, 500_000):
            cursor.execute(FILL, {"first": first, "last": min(first + 500_000, count)})
        figures["filled, s"] = round(time.perf_counter() - began, 1)
        began = time.perf_counter()
        for first in range(0, count, 100_000):
            cursor.execute(
                "SELECT leaf FROM audit_entry WHERE seq >= %s AND seq < %s ORDER BY seq",
                [first, first + 100_000],
            )
            for (leaf,) in cursor.fetchall():
                tiles += frontier.append(leaf)
                if frontier.size in wanted:
                    older[frontier.size] = frontier.root()
        with cursor.copy("COPY audit_tile (level, number, root) FROM STDIN") as copy:
            for tile in tiles:
                copy.write_row(tile)
        root = frontier.root()
        note = signer().note(count, root)
        cursor.execute("INSERT INTO audit_checkpoint VALUES (%s, %s, %s, now())", [count, root, note])
        cursor.execute("UPDATE audit_head SET size = %s, frontier = %s", [count, b"".join(frontier.hashes)])
        figures["tree made, s"] = round(time.perf_counter() - began, 1)
        cursor.execute("ANALYZE audit_entry, audit_tile")
    rng = random.Random(1)
    key, taken, worked = queries.key(), [], 0.0
    for seq in [0, 1, count - 1, count // 2, *(rng.randrange(count) for _ in range(500))]:
        began, busy = time.perf_counter(), time.process_time()
        receipt = queries.receipt(seq)
        taken.append((time.perf_counter() - began) * 1000)
        worked += time.process_time() - busy
        if len(taken) % 10 == 1:
            assert verifier.verify_receipt(receipt, key)["seq"] == seq
    taken.sort()
    figures |= {
        "receipt, median ms": round(taken[len(taken) // 2], 2),
        "receipt, 99 of 100 within ms": round(taken[len(taken) * 99 // 100], 2),
        "receipt, longest ms": round(taken[-1], 2),
        "processor time of it in this process, ms": round(worked / len(taken) * 1000, 2),
    }
    for size, old_root in older.items():
        began = time.perf_counter()
        proof = queries.consistency(size)
        figures[f"consistency with {size}, ms"] = round((time.perf_counter() - began) * 1000, 2)
        verifier.verify_consistency(size, count, proof, old_root, root)
    return figures


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "proofs"]
    of_proofs = len(given) < len(sys.argv) - 1
    number = int(given[0]) if given else 10_000_000 if of_proofs else 200_000
    found = main(number, proofs if of_proofs else measured)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
