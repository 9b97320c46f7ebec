"""How fast the audit log appends, proves and verifies; in a database of its own, dropped at the end.

python benchmarks/audit.py [entries, default 200000]
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

NAME = "xilin_bench_audit"
GROUP = 64


def main(count: int) -> dict[str, float]:
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
        return measured(os.environ["XILIN_DATABASE_URL"], count)
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
        assert verifier.verify_export(Path(folder) / "out", queries.key()).findings == []
        figures["verified by the single file per second"] = round(count / (time.perf_counter() - began))
        figures["the same per second of processor time"] = round(count / (time.process_time() - worked))
    return figures


async def appended(url: str, count: int) -> list[object]:
    import psycopg

    from xilin.kernel.audit import log

    made: list[object] = []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for first in range(0, count, GROUP):
            group = [access(number) for number in range(first, min(first + GROUP, count))]
            made = list(await log.append_many(connection, group))
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


if __name__ == "__main__":
    found = main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
