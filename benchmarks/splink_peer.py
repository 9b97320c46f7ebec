"""People linked by plain Splink, as its documentation would have one write it, beside ours, on the same records.

    python benchmarks/splink_peer.py [--scale 0.1] [--share 0] [--memory 4000]

The demo's league is standardised once; each side then links in a process of its own, one after the other, and prints
seconds, peak memory and both scores. Splink 5 gets comparisons from its own library, blocking rules on exact values,
u from random pairs, m by expectation maximisation in two blocks, and clusters at a match probability of 0.9.
`--share` is the share of ID numbers missing in every source, 0 the demo's own rates.
"""

import argparse
import json
import pickle
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import registers

from xilin.kernel.registry.pipeline import linking

SIDES = ("splink", "xilin")
COLUMNS = ("person_name", "id_number", "birth_date", "sex", "phone", "area_code", "address", "household_no")
THRESHOLD, U_PAIRS, SEED = 0.9, 1e6, 1


def xilin_side(con: Any, folder: Path, rows: list[Any]) -> dict[str, float]:
    """Ours: from standard records to golden records."""
    with linking.workplace(con.con, folder / "linking"):
        outcome = linking.link(con.con, registers.Declared.read().spec("people"), rows)
        con.con.execute(f"CREATE TEMP TABLE placed AS {registers.placed()}")
    return outcome.timings


def splink_side(con: Any, _folder: Path, rows: list[Any]) -> dict[str, float]:
    """Splink's: from standard records to clusters."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    begun, timings = time.perf_counter(), {}

    def step(name: str) -> None:
        nonlocal begun
        timings[name] = round(time.perf_counter() - begun, 1)
        begun = time.perf_counter()

    parts = []
    for one in rows:
        columns = [
            f"CAST({name} AS VARCHAR) AS {name}" if name in one.columns else f"NULL::VARCHAR AS {name}"
            for name in COLUMNS
        ]
        parts.append(f"SELECT _source AS source, _key AS key, {', '.join(columns)} FROM ({one.query})")
    con.con.execute(
        "CREATE TABLE people AS SELECT row_number() OVER () AS unique_id, * FROM ("
        + " UNION ALL ".join(parts)
        + ")"
    )
    step("load")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("person_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.DamerauLevenshteinAtThresholds("id_number", [1, 2]),
            cl.ExactMatch("sex"),
            cl.DamerauLevenshteinAtThresholds("phone", 1),
            cl.ExactMatch("area_code").configure(term_frequency_adjustments=True),
            cl.ExactMatch("address"),
            cl.ExactMatch("household_no"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("id_number"),
            block_on("person_name", "birth_date"),
            block_on("birth_date", "phone"),
            block_on("person_name", "phone"),
            block_on("birth_date", "household_no"),
        ],
    )
    api = DuckDBAPI(connection=con.con)
    linker = Linker(api.register("people"), settings, log_level=None)
    rules = [block_on("id_number"), block_on("person_name", "birth_date", "phone")]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.9)
    step("prior")
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    step("u")
    for rule in (block_on("person_name", "birth_date"), block_on("id_number")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    step("em")
    scored = linker.inference.predict(threshold_match_probability=THRESHOLD, warning_mode="never")
    step("predict")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, THRESHOLD)
    con.con.execute(
        f"CREATE TEMP TABLE placed AS SELECT source, key, cluster_id AS entity FROM {clusters.physical_name}"
    )
    step("cluster")
    return timings


def one_side(side: str, folder: Path, memory_mb: int) -> None:
    """Link in this process; the result as a line of JSON."""
    place = folder / side
    place.mkdir()
    rows = pickle.loads((folder / "rows").read_bytes())
    con = registers.connect(place, memory_mb)
    begun, cpu = time.perf_counter(), time.process_time()
    work = xilin_side if side == "xilin" else splink_side
    timings = work(con, place, rows)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    score = registers.score(con, "people", folder, "SELECT source, key, entity FROM placed")
    result = {"seconds": seconds, "cpu": cpu, "peak_gb": peak, "timings": timings, "score": score.as_dict()}
    print(json.dumps({**result, "told": score.told("en")}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--share", type=float, default=0)
    parser.add_argument("--memory", type=int, default=4000, help="DuckDB's memory in MB, of each side")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        one_side(given.side, given.folder, given.memory)
        return
    print(f"machine: {platform.machine()}, Python {platform.python_version()}; scale {given.scale}")
    with tempfile.TemporaryDirectory(prefix="xilin-splink-peer-") as name:
        folder = Path(name)
        rates = registers.rates_without_identifiers(folder, given.share) if given.share else None
        con = registers.connect(folder, given.memory)
        rows = registers.make(
            con, registers.Declared.read(), folder, scale=given.scale, rates_file=rates, only=("people",)
        )
        con.disconnect()
        (folder / "rows").write_bytes(pickle.dumps(rows["people"]))
        found = {side: beside(side, folder, given) for side in SIDES}
    for side, result in found.items():
        told = result["told"].replace("people: ", "")
        print(
            f"{side}: {result['seconds']:.1f} s ({result['cpu']:.1f} s of processor), {result['peak_gb']:.2f} GB at most"
        )
        print(f"  {result['timings']}\n  {told}")
    ratio = found["splink"]["seconds"] / found["xilin"]["seconds"]
    print(f"Splink took {ratio:.2f} times as long as ours")


def beside(side: str, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """One side in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--side",
        side,
        "--folder",
        str(folder),
        "--memory",
        str(given.memory),
    ]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    result: dict[str, Any] = json.loads(told.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
