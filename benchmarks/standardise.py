"""How fast person rows are standardised and checked, against pandas doing the same rules.

python benchmarks/standardise.py [--rows 5000000] [--repeat 3] [--pandas-rows 1000000]

The rules are the league's own for its household register (15 columns: identification numbers with check digits
and the 15-digit form, four dates, five code lists, required items, lengths, three rules across columns); the rows
are made up, with the mistakes of real life in about one row of thirty, no number belonging to anyone. Each side
runs in a process of its own, in turns, reads the same Parquet files and writes the good rows to Parquet and the
bad ones with their reasons. That both come to the same verdicts is asserted, check by check.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import machine

REPO = Path(__file__).parents[1]
ON = date(2026, 11, 25)
CHUNK = 8 * 122_880  # rows of a raw file, as `collect` writes them
MEMORY_MB = 1000
PLAIN = False  # pandas as one writes it first: what has no method of its own goes through a function a value
SIDES = ("xilin", "pandas", "plain")


# ---- rows


def make(folder: Path, rows: int) -> None:
    """Raw files as `collect` leaves them: text as found, `_row`, `_batch`."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from xilin.kernel.collect.raw import CODEC, ROWS_PER_GROUP

    folder.mkdir(parents=True)
    for number, first in enumerate(range(0, rows, CHUNK)):
        rng = np.random.default_rng(number)
        table = raw_table(rng, first, min(CHUNK, rows - first))
        path = folder / f"raw-{number:05}.parquet"
        pq.write_table(table, path, row_group_size=ROWS_PER_GROUP, compression=CODEC)
        assert isinstance(table, pa.Table)


def raw_table(rng, first, n):
    import numpy as np
    import pyarrow as pa

    def wrong(values, share, other):
        at = rng.random(n) < share
        values = values.astype(object)
        values[at] = other[at] if isinstance(other, np.ndarray) else other
        return values

    births = rng.integers(-15_000, 18_000, n)
    days, place = np.unique(births.astype("datetime64[D]"), return_inverse=True)
    dashed = np.array([str(day) for day in days])
    compact = np.char.replace(dashed, "-", "")
    sex = rng.integers(1, 3, n)
    body = (990_000 + rng.integers(2501, 2532, n)) * 10**11
    body = body + compact.astype(np.int64)[place] * 1000 + rng.integers(0, 500, n) * 2 + sex % 2
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(body // 10 ** (16 - at) % 10 * weight for at, weight in enumerate(weights))
    ids = np.char.add(body.astype(str), np.array(list("10X98765432"))[total % 11])
    old = np.array([one[:6] + one[8:17] for one in ids])
    ids = np.where((births < 10_000) & (births > -25_000) & (rng.random(n) < 0.004), old, ids)
    ids = wrong(ids, 0.003, np.char.add((body + 10).astype(str), "0"))
    ids = wrong(ids, 0.02, np.char.lower(ids.astype(str)))
    full = np.char.translate(ids.astype(str), str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    ids = wrong(wrong(ids, 0.004, full), 0.002, None)
    han = np.array([chr(code) for code in range(0x4E00, 0x4E00 + 600)])
    name = np.char.add(
        han[rng.integers(0, 600, n)], np.char.add(han[rng.integers(0, 600, n)], han[rng.integers(0, 600, n)])
    )
    number = np.char.add("R", (np.arange(first, first + n)).astype(str))
    number = wrong(number, 0.001, np.roll(number, 1))
    house = rng.integers(1, 900, n).astype(str)
    columns = {
        "RYBH": number,
        "GMSFHM": ids,
        "XM": wrong(wrong(name, 0.0002, None), 0.01, np.char.add(name, "　")),
        "XB": wrong(sex.astype(str), 0.0015, "7"),
        "CSRQ": wrong(wrong(compact[place], 0.0008, "20260230"), 0.001, np.roll(compact[place], 1)),
        "MZ": wrong(np.char.zfill(rng.integers(1, 57, n).astype(str), 2), 0.0015, "99"),
        "HH": np.char.add("H", rng.integers(0, 10**8, n).astype(str)),
        "YHZGX": np.array(["户主", "妻", "夫", "子", "女", "父", "母", "其他"])[rng.integers(0, 8, n)],
        "HYZK": wrong(np.array(["未婚", "已婚", "丧偶", "离婚"])[rng.integers(0, 4, n)], 0.05, None),
        "WHCD": wrong(np.array(["初中", "小学", "高中", "大学本科"])[rng.integers(0, 4, n)], 0.0015, "私塾"),
        "SSXQ": wrong(np.char.add("152502", rng.integers(100_000, 999_999, n).astype(str)), 0.0005, "15250"),
        "HKSZD": np.char.add(np.char.add("某旗某苏木某嘎查巴彦街道", house), "号楼2单元"),
        "SWRQ": wrong(np.full(n, None), 0.02, np.char.replace((births + 30_000).astype("datetime64[D]").astype(str), "-", "")),
        "DJRQ": np.char.replace(rng.integers(0, 20_000, n).astype("datetime64[D]").astype(str), "-", ""),
        "GXSJ": np.char.add(rng.integers(18_000, 20_000, n).astype("datetime64[D]").astype(str), " 10:20:30"),
    }  # fmt: skip
    table = {key: pa.array(values, pa.string()) for key, values in columns.items()}
    rows = pa.array(np.arange(first + 1, first + n + 1))
    return pa.table(table | {"_row": rows, "_batch": pa.array(np.ones(n, np.int64))})


def plan():
    """The league's own declarations of its household register."""
    from xilin.kernel.catalog.declarations import RESOURCE
    from xilin.kernel.collect.declarations import SOURCE
    from xilin.kernel.collect.pipeline import Plan
    from xilin.kernel.quality.declarations import RULE
    from xilin.kernel.standards.declarations import CODE_LIST, ELEMENT
    from xilin.lib.declared import read

    league, _ = read(REPO / "leagues/xilingol", [ELEMENT, CODE_LIST, RESOURCE, SOURCE, RULE])

    def values(kind):
        return {code: declared.value for code, declared in league.all(kind).items()}

    source, resource_ = values("source")["gaj_hukou"], values("resource")["household_registration"]
    rules = tuple(rule for rule in values("rule").values() if rule.resource == resource_.code)
    return Plan(source, resource_, values("element"), values("code_list"), rules)


# ---- the two sides


def xilin_side(raw: list[Path], out: Path) -> dict:
    import ibis

    from xilin.kernel.collect.pipeline import standardise

    con = ibis.duckdb.connect(
        threads=os.cpu_count(),
        memory_limit=f"{MEMORY_MB}MB",
        temp_directory=str(out / "spill"),
        preserve_insertion_order=False,
    )
    declared = plan()
    began, cpu = time.perf_counter(), time.process_time()
    outcome = standardise(con, raw, declared, batch=1, on=ON, out=out)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    broken = {code: count for code, count in outcome.broken.items() if count}
    return verdicts(outcome.accepted, outcome.quarantined, outcome.duplicate, broken, seconds, cpu)


def verdicts(accepted, quarantined, duplicate, broken, seconds, cpu):
    return {
        "accepted": accepted,
        "quarantined": quarantined,
        "duplicate": duplicate,
        "broken": dict(sorted(broken.items())),
        "seconds": seconds,
        "cpu": cpu,
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """The most memory this process held; getrusage would tell what its parent held before the fork too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def pandas_side(raw: list[Path], out: Path) -> dict:
    """The same rules in pandas, vectorised, a file at a time, texts in Arrow's strings."""
    import pandas as pd

    declared = plan()
    began, cpu = time.perf_counter(), time.process_time()
    counts = {"accepted": 0, "quarantined": 0, "duplicate": 0}
    broken: dict[str, int] = {}
    kept: set[str] = set()
    for number, path in enumerate(raw):
        found = pd.read_parquet(path, dtype_backend="pyarrow")
        frame, checks, blocks = judged(found, declared)
        for code, bad in checks.items():
            broken[code] = broken.get(code, 0) + int(bad.sum())
        bad = pd.concat([checks[code] for code in blocks], axis=1).any(axis=1)
        good = frame[~bad]
        again = good["_key"].duplicated() | good["_key"].isin(kept)
        good = good[~again]
        kept.update(good["_key"])
        good.to_parquet(out / f"std-{number:05}.parquet", compression="zstd")
        reasons(found[bad], {code: one[bad] for code, one in checks.items()}, declared).to_parquet(
            out / f"quarantine-{number:05}.parquet"
        )
        counts["accepted"] += len(good)
        counts["quarantined"] += int(bad.sum())
        counts["duplicate"] += int(again.sum())
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return verdicts(*counts.values(), {code: n for code, n in broken.items() if n}, seconds, cpu)


WIDE = str.maketrans("０１２３４５６７８９" + "".join(chr(c) for c in [*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]) + "　",
                     "0123456789" + "".join(chr(c - 0xFEE0) for c in [*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]) + " ")  # fmt: skip
BLANKS = " \t\n\r\x0b\x0c\u00a0\u3000\ufeff"


def judged(found, declared):
    """Typed values, a column of verdicts a check, and which checks block."""
    import pandas as pd

    frame = pd.DataFrame(index=found.index)
    checks: dict = {}
    blocks = []
    for item, element, column in declared.items():
        text = cleaned(found[column.source])
        if element.check == "citizen_id":
            text = upgraded(text.str.upper())
        if column.codes:
            text = text.map(column.codes).astype(text.dtype).where(text.isin(list(column.codes)), text)
        value = dates(text, column.formats[0]) if element.type in ("date", "datetime") else text
        one = {}
        if item.required or item.key in declared.resource.key:
            checks[f"{item.key}.required"] = text.isna()
            blocks.append(f"{item.key}.required")
        if element.type != "string":
            one["type"] = text.notna() & value.isna()
        one |= element_checks(element, value, declared)
        one = {kind: bad.fillna(False).astype(bool) for kind, bad in one.items()}
        for kind, bad in one.items():
            checks[f"{item.key}.{kind}"] = bad
            if item.on_invalid == "quarantine":
                blocks.append(f"{item.key}.{kind}")
        emptied = pd.concat([pd.Series(False, index=found.index), *one.values()], axis=1).any(axis=1)
        frame[item.key] = value.where(~emptied)
        if item.on_invalid == "flag":
            frame[f"{item.key}__found"] = found[column.source].where(emptied)
    number, birth = frame["id_number"], frame["birth_date"]
    checks["household_registration_birth"] = differ(number.str[6:14], birth.dt.strftime("%Y%m%d"))
    odd = number.str[16].isin(list("13579"))
    sex = odd.map({True: "1", False: "2"}).where(number.notna()).astype(number.dtype)
    known = frame["sex"].where(frame["sex"].isin(["1", "2"]))
    checks["household_registration_sex"] = differ(sex, known)
    checks["household_death_after_birth"] = (frame["death_date"] < birth).fillna(False).astype(bool)
    blocks.append("household_death_after_birth")
    frame["_key"], frame["_row"] = frame["record_no"], found["_row"]
    return frame, checks, blocks


def differ(one, other):
    return ((one.astype(other.dtype) != other) & one.notna() & other.notna()).fillna(False).astype(bool)


def cleaned(text):
    """Half-width and trimmed; translated only where a full-width character stands."""
    if PLAIN:
        return text.map(lambda found: found.translate(WIDE).strip(BLANKS) or None, na_action="ignore").astype(
            text.dtype
        )
    wide = text.str.contains("[０-９Ａ-Ｚａ-ｚ　]", regex=True).fillna(False).astype(bool)
    if wide.any():
        text = text.copy()
        text[wide] = text[wide].astype(object).str.translate(WIDE)
    text = text.str.strip(BLANKS)
    return text.where(text != "")


def upgraded(text):
    import numpy as np

    if PLAIN:
        from xilin.kernel.standards.identifiers import citizen_upgrade

        return text.map(citizen_upgrade, na_action="ignore").astype(text.dtype)
    old = text.str.fullmatch("[1-9][0-9]{14}").fillna(False).astype(bool)
    if not old.any():
        return text
    first = text[old].str[:6] + "19" + text[old].str[6:]
    real = dates(first.str[6:14], "%Y%m%d").notna()
    checks = np.array(list("10X98765432"))[weighted(first.to_numpy(dtype=str)) % 11]
    whole = first + type(first)(checks, index=first.index, dtype=first.dtype)
    text = text.copy()
    text[old] = whole.where(real, text[old])
    return text


def weighted(first17):
    import numpy as np

    digits = first17.astype("S17").view("u1").reshape(-1, 17).astype(np.int64) - ord("0")
    return digits @ np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])


def dates(text, form):
    import pandas as pd

    shape = {"%Y%m%d": "[1-9][0-9]{7}", "%Y-%m-%d %H:%M:%S": "[1-9][0-9]{3}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}"}  # fmt: skip
    strict = text.where(text.str.fullmatch(shape[form]).fillna(False).astype(bool))
    return pd.to_datetime(strict, format=form, errors="coerce")


def element_checks(element, value, declared):
    import pandas as pd

    one = {}
    if element.type == "string" and (element.min_length or element.max_length):
        length = value.str.len()
        one["length"] = (length < element.min_length) | (length > (element.max_length or 10**9))
    if element.not_before:
        one["range"] = value < pd.Timestamp(element.not_before)
    if element.not_in_future:
        one["future"] = value >= pd.Timestamp(ON) + pd.Timedelta(days=1)
    if element.code_list:
        codes = [entry.code for entry in declared.code_lists[element.code_list].entries]
        one["code_list"] = value.notna() & ~value.isin(codes)
    if element.check == "citizen_id":
        one["check"] = value.notna() & ~citizen_valid(value)
    if element.check == "area_code":
        one["check"] = ~value.str.fullmatch("[1-9][0-9]{11}")
    return one


def citizen_valid(text):
    import numpy as np
    import pandas as pd

    if PLAIN:
        from xilin.kernel.standards.identifiers import is_citizen_id

        return text.map(is_citizen_id, na_action="ignore").fillna(False).astype(bool)
    form = text.str.fullmatch("[1-9][0-9]{16}[0-9X]").fillna(False).astype(bool)
    right = text[form]
    day = dates(right.str[6:14], "%Y%m%d").notna()
    checks = np.array(list("10X98765432"))[weighted(right.str[:17].to_numpy(dtype=str)) % 11]
    valid = pd.Series(False, index=text.index)
    valid[form] = day.to_numpy() & (checks == right.str[17].to_numpy(dtype=str))
    return valid


def reasons(found, checks, declared):
    """The bad rows with every reason, and the row as found."""
    import pandas as pd

    sources = {item.key: column.source for item, _, column in declared.items()}
    rules = {rule.code: rule.column for rule in declared.rules}
    lists: list[list] = [[] for _ in range(len(found))]
    place = {index: at for at, index in enumerate(found.index)}
    for code, bad in checks.items():
        column = rules.get(code) or code.split(".")[0]
        values = found[sources[column]]
        for index in bad.index[bad]:
            value = values[index]
            lists[place[index]].append(
                {"code": code, "column": column, "value": None if pd.isna(value) else value}
            )
    raw = found.drop(columns=["_row", "_batch"]).astype(object).where(found.notna(), None)
    texts = [json.dumps(row, ensure_ascii=False) for row in raw.to_dict("records")]
    return pd.DataFrame({"_row": found["_row"].to_numpy(), "reasons": lists, "found": texts})


# ---- side by side


def one_run(side: str, raw: Path) -> dict:
    with tempfile.TemporaryDirectory(prefix=f"bench-{side}-") as out:
        command = [sys.executable, __file__, "--side", side, "--raw", str(raw), "--out", out]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--pandas-rows", type=int, default=0, help="fewer rows for pandas (default: the same)"
    )
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--raw", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        global PLAIN
        PLAIN = asked.side == "plain"
        files = sorted(asked.raw.glob("raw-*.parquet"))
        print(json.dumps((xilin_side if asked.side == "xilin" else pandas_side)(files, asked.out)))
        return
    compare(asked.rows, asked.pandas_rows or asked.rows, asked.repeat)


def compare(rows: int, pandas_rows: int, repeat: int) -> None:
    print(machine.told("duckdb", "pandas", "pyarrow"))
    folder = Path(tempfile.mkdtemp(prefix="bench-rows-"))
    sizes = {"xilin": rows, "pandas": pandas_rows, "plain": pandas_rows}
    try:
        make(folder / "all", rows)
        fewer = folder / "all" if pandas_rows == rows else folder / "fewer"
        if fewer.name == "fewer":
            make(fewer, pandas_rows)
        runs: dict[str, list[dict]] = {side: [] for side in SIDES}
        for _ in range(repeat):
            for side in SIDES:
                runs[side].append(one_run(side, folder / "all" if side == "xilin" else fewer))
        same = runs["xilin"][0] if pandas_rows == rows else one_run("xilin", fewer)
        agree(runs["pandas"][0], same)
        agree(runs["plain"][0], same)
    finally:
        shutil.rmtree(folder)
    told(runs, sizes)


def told(runs: dict[str, list[dict]], sizes: dict[str, int]) -> None:
    """Medians, and how many times as fast as either way to write it in pandas."""
    speed = {side: sizes[side] / statistics.median(run["seconds"] for run in runs[side]) for side in SIDES}
    for side in SIDES:
        peak = max(run["peak_mb"] for run in runs[side])
        cpu = statistics.median(run["cpu"] for run in runs[side]) / sizes[side] * 1e6
        spread = ", ".join(f"{run['seconds']:.1f}" for run in runs[side])
        print(
            f"{side:7} {sizes[side]:>10,} rows {speed[side]:>10,.0f} rows/s   {cpu:.1f} µs of CPU a row   "
            f"peak {peak:>6,.0f} MB   seconds {spread}"
        )
    one = runs["xilin"][0]
    print(
        f"verdicts: {one['accepted']:,} accepted, {one['quarantined']:,} quarantined, {one['duplicate']:,} duplicate"
    )
    print(f"ratio to pandas vectorised with care: {speed['xilin'] / speed['pandas']:.1f}")
    print(f"ratio to pandas as one writes it first: {speed['xilin'] / speed['plain']:.1f}")


def agree(one: dict, other: dict) -> None:
    """Both sides say the same of every check and every row count."""
    for name in ("accepted", "quarantined", "duplicate", "broken"):
        assert one[name] == other[name], f"{name}: {one[name]} and {other[name]}"


if __name__ == "__main__":
    main()
