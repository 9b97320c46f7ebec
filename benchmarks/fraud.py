"""How well the rules of verdicts tell frauds from honest looks, on seeds they were not tuned on.

python benchmarks/fraud.py [seeds, default 101-110] [items a seed, default 20000] [frauds of each kind, default 25]

Plays made-up worlds (`xilin.demo.chain.scans`) through the rules as declared in leagues/xilingol/trace, in memory, and
prints for each kind of fraud how many were found, alerts in vain for each genuine item, and how sure the rules were
against how often they were right. With `--fit` it prints the weights that logistic regression would give soft rules.
"""

import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from xilin.apps.trace.declarations import KINDS
from xilin.apps.trace.verdicts.book import Book, make
from xilin.demo.chain.scans import generate
from xilin.demo.chain.trial import Trial, run
from xilin.kernel.accounts.declarations import DEPARTMENT
from xilin.kernel.standards.declarations import AREA
from xilin.lib.declared import read

LEAGUE = Path(__file__).parents[1] / "leagues/xilingol"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def declared() -> Book:
    league, _ = read(LEAGUE, [AREA, DEPARTMENT, *KINDS])

    def all_of(kind: str) -> list:
        return [one.value for one in league.all(kind).values()]

    return make(
        BEGIN.date(),
        products=all_of("trace_product"),
        regions=all_of("trace_region"),
        spots=all_of("trace_spot"),
        networks=all_of("trace_network"),
        rules=all_of("trace_rule"),
        weighings=all_of("trace_weighing"),
        disclosures=all_of("trace_disclosure"),
    )


def evidence(trial: Trial, book: Book, names: list[str]) -> tuple[list[list[float]], list[int], list[float]]:
    """For each look at an issued code that no hard rule decided: strengths of soft rules, whether doubles are about, certainty."""
    rows, labels, sure = [], [], []
    for scan, judgement in trial.judged:
        if scan.typo or any(one.hard and one.level != "unknown" and one.alert for one in judgement.findings):
            continue
        bits = {
            one.rule: one.bits / book.rules[one.rule].weight for one in judgement.findings if not one.hard
        }
        since = trial.world.copied_from.get(f"{scan.gtin}/{scan.serial}")
        rows.append([bits.get(name, 0.0) for name in names])
        labels.append(int(since is not None and scan.at >= since))
        sure.append(judgement.certainty)
    return rows, labels, sure


def fitted(rows: list[list[float]], labels: list[int]) -> np.ndarray:
    """Weights of a logistic regression in bits, the constant last; a small ridge keeps what never occurs at nothing."""
    x = np.column_stack([np.array(rows), np.ones(len(rows))])
    y, w = np.array(labels), np.zeros(x.shape[1])
    ridge = np.eye(x.shape[1]) * 0.5
    ridge[-1, -1] = 0
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -40, 40)))
        w += np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (y - p) - ridge @ w)
        w[:-1] = np.maximum(w[:-1], 0)  # evidence of copies never speaks against them
    return w / np.log(2)


def calibration(labels: list[int], sure: list[float]) -> list[tuple[float, float, int]]:
    """Mean certainty, share that was right, how many looks; in bands of certainty."""
    found = []
    for low, high in pairwise((0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.01)):
        inside = [(y, p) for y, p in zip(labels, sure, strict=True) if low <= p < high]
        if inside:
            found.append(
                (
                    sum(p for _, p in inside) / len(inside),
                    sum(y for y, _ in inside) / len(inside),
                    len(inside),
                )
            )
    return found


def seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def main() -> None:
    given = [one for one in sys.argv[1:] if one != "--fit"]
    wanted = seeds(given[0] if given else "101-110")
    items = int(given[1]) if len(given) > 1 else 20_000
    frauds = int(given[2]) if len(given) > 2 else 25
    book = declared()
    names = sorted(code for code, rule in book.rules.items() if rule.kind == "soft" and code != "diversion")
    rows, labels, sure = [], [], []
    found: Counter[str] = Counter()
    there: Counter[str] = Counter()
    vain: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    genuine = in_vain = looks = 0
    for seed in wanted:
        world = generate(seed, book, items=items, frauds=frauds, begin=BEGIN)
        trial = run(world, book)
        for fraud, (seen, count) in trial.found().items():
            found[fraud] += seen
            there[fraud] += count
        for subject, rules in trial.in_vain().items():
            vain.update(rules)
            kinds[subject[0]] += 1
        for held, more in zip((rows, labels, sure), evidence(trial, book, names), strict=True):
            held += more
        genuine, in_vain, looks = (
            genuine + world.items,
            in_vain + len(trial.in_vain()),
            looks + len(world.scans),
        )
        print(
            f"seed {seed}: {world.items} items, {len(world.scans)} looks, recall {trial.recall:.4f}, in vain {trial.false_share:.5%}"
        )
    for fraud, count in sorted(there.items()):
        print(f"{fraud:>10} {found[fraud]:>5} of {count:<5} {found[fraud] / count:.4f}")
    print(f"recall {sum(found.values()) / sum(there.values()):.4f}")
    print(
        f"in vain {in_vain} of {genuine} genuine items: {in_vain / genuine:.4%}; {looks} looks; by rule {dict(vain)}; by subject {dict(kinds)}"
    )
    for said, right, count in calibration(labels, sure):
        print(f"certainty {said:.4f}: right {right:.4f} of {count} looks")
    if "--fit" in sys.argv:
        for name, bits in zip([*names, "prior"], fitted(rows, labels), strict=True):
            print(f"{name:>18} {bits:6.2f} bits")


if __name__ == "__main__":
    main()
