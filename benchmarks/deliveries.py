"""How fast a bulk file is written: filtered, masked, marked and sealed, beside a plain COPY of the same columns by the same engine.

python benchmarks/deliveries.py [rows, default 1000000] [rounds, default 3]

Both read the same Parquet file of made-up people and write Parquet, in turns. The plain COPY neither masks nor
marks nor sorts and computes no digest. The best round of each counts; seconds of the processor are given beside
those of the clock, since a machine that does other things meanwhile lends only a part of itself.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

MEMORY_MB = 1024


def people(con, path: Path, rows: int) -> None:
    """Made-up people: ID numbers of an area that doesn't exist, names and addresses that repeat as such do."""
    con.raw_sql(f"""COPY (
        SELECT '99' || lpad((i * 7919 % 1000000000000)::VARCHAR, 16, '0') AS id_number,
            '王李张乌'[i % 4 + 1] || '其木格芳'[i % 3 + 1] || (i % 50000) AS person_name,
            (i % 2 + 1)::VARCHAR AS sex, DATE '1950-01-01' + (i % 25000)::INTEGER AS birth_date,
            '99010100' || lpad((i % 2000)::VARCHAR, 4, '0') AS area_code, '某旗某镇某路' || (i % 90000) || '号' AS address,
            '12' || lpad((i * 31 % 1000000000)::VARCHAR, 9, '0') AS phone, (i % 90000) / 100 AS income,
            'register' AS _source, '99' || lpad((i * 7919 % 1000000000000)::VARCHAR, 16, '0') AS _key
        FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)""")


def measured(work) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def main(rows: int, rounds: int) -> None:
    """Measure in turns and print."""
    folder = Path(tempfile.mkdtemp(prefix="xilin-deliveries-"))
    os.environ["XILIN_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
    import django

    django.setup()
    from xilin.kernel.exchange import exporting, watermark
    from xilin.kernel.exchange.declarations import Mask
    from xilin.kernel.lake import engine
    from xilin.kernel.standards.declarations import Name

    con = engine.connect(MEMORY_MB)
    source = folder / "rows.parquet"
    people(con, source, rows)
    kinds = dict.fromkeys(("id_number", "person_name", "sex", "area_code", "address", "phone"), "string") | {
        "birth_date": "date",
        "income": "decimal",
    }

    def mask(code, kind, **more):
        return Mask(code=code, name=Name(zh=code), kind=kind, source="benchmark", **more)

    usual = {
        "id_number": mask("id", "stars", keep_first=6, stars=12),
        "person_name": mask("name", "stars", keep_first=1),
        "birth_date": mask("year", "year"),
        "area_code": mask("county", "area", keep_first=6),
    }
    columns = ("id_number", "person_name", "sex", "birth_date", "area_code", "address", "phone", "income")

    def scope(masks):
        return exporting.Scope("people", "G-1", b"k" * 32, b"m" * 32, columns, masks, kinds)

    def export(scope, kind):
        def work():
            exporting.prepare(con)
            query = exporting.rows_sql(con, con.read_parquet(source), scope)
            count = exporting.count(con, query)
            order = watermark.order(exporting.anchors(con, query, columns), count, b"m" * 32, "E-1")
            exporting.write(
                con, query, folder / f"out.{kind}", kind=kind, order=order, said={"xilin.export": "E-1"}
            )

        return work

    plain = (
        f"COPY (SELECT {', '.join(columns)} FROM '{source}') TO '{folder / 'plain.parquet'}' (FORMAT parquet)"
    )
    works = {
        "plain COPY, parquet": lambda: con.raw_sql(plain),
        "export, parquet": export(scope(usual), "parquet"),
        "export, csv": export(scope(usual), "csv"),
        "export with pseudonyms, parquet": export(
            scope(usual | {"id_number": mask("pseudonym", "pseudonym")}), "parquet"
        ),
    }
    best = dict.fromkeys(works, (9e9, 9e9))
    for _ in range(rounds):
        for name, work in works.items():
            best[name] = min(best[name], measured(work))
    print(f"{rows:,} rows, {os.cpu_count()} cores")
    for name, (clock, processor) in best.items():
        print(f"{name:34} {clock:6.2f} s {rows / clock:12,.0f} rows/s   {processor:6.2f} s of the processor")


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["1000000"])[0]), int((sys.argv[2:] or ["3"])[0]))
