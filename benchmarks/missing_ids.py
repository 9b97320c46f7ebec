"""How right people and organisations are where every source lacks identifiers in a share of its rows.

    python benchmarks/missing_ids.py [--scale 0.1] [--share 0.2] [--registry people]

The demo's league with its usual mistakes, but ID numbers and credit codes missing for this share of the rows of every
source; standardised and linked by the league folder's declarations. Says what is below the targets, and then ends
with 1. `--share 0` leaves the rates as they are.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import registers

from xilin.kernel.registry.scoring import Score

# Least precision, recall, B-cubed F1; most that the number of entities may be off, as a share.
TARGETS = {"people": (0.9995, 0.995, 0.998, 0.0005), "organisations": (0.999, 0.99, 0.0, 1.0)}


def short(registry: str, score: Score) -> list[str]:
    """What is below its target, in words."""
    precision, recall, b_f1, off = TARGETS[registry]
    told = {
        "precision": score.precision >= precision,
        "recall": score.recall >= recall,
        "B-cubed F1": score.b_f1 >= b_f1,
        "number of entities": abs(score.difference) <= off,
    }
    return [name for name, reached in told.items() if not reached]


def trial(
    folder: Path, *, scale: float, share: float, memory_mb: int, only: tuple[str, ...] = tuple(TARGETS)
) -> dict[str, Score]:
    """Make, standardise and link; the score of each registry, told on the way."""
    declared, con = registers.Declared.read(), registers.connect(folder, memory_mb)
    rates = registers.rates_without_identifiers(folder, share) if share else None
    begun = time.perf_counter()
    rows = registers.make(con, declared, folder, scale=scale, rates_file=rates, only=only)
    print(f"made and standardised in {time.perf_counter() - begun:.1f} s", flush=True)
    scores = {}
    for registry in only:
        begun = time.perf_counter()
        scores[registry], outcome = registers.link(con, declared.spec(registry), rows[registry], folder)
        print(scores[registry].told("en"))
        print(f"linked in {time.perf_counter() - begun:.1f} s: {outcome.timings}", flush=True)
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--memory", type=int, default=3000, help="DuckDB's memory in MB")
    parser.add_argument("--registry", action="append", choices=list(TARGETS))
    given = parser.parse_args()
    only = tuple(given.registry or TARGETS)
    with tempfile.TemporaryDirectory(prefix="xilin-missing-ids-") as folder:
        scores = trial(Path(folder), scale=given.scale, share=given.share, memory_mb=given.memory, only=only)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    below = {registry: short(registry, score) for registry, score in scores.items()}
    for registry, names in below.items():
        print(f"{registry}: {'below target: ' + ', '.join(names) if names else 'every target reached'}")
    sys.exit(any(below.values()))


if __name__ == "__main__":
    main()
