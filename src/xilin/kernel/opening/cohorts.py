"""人群 Whom answers were about: kept as keyed hashes, and compared, so that no two answers differ by a few people.

An answer partitions its people into groups and publishes figures of some of them and of their unions (the totals). Two sets that
were published, of two answers, may be the same or differ by at least so many people: else the difference of
their figures would be a figure about those few.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from xilin.kernel.exchange.keys import secret
from xilin.kernel.opening.models import Cohort, Question
from xilin.kernel.opening.pipeline.cubes import TOTAL, Cell

FOLDER, KEY = "cleanroom", "cleanroom"

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]


def hashes(entities: Sequence[str]) -> Hashes:
    """Keyed hashes of entities, 64 bits each: they say nothing without the installation's key."""
    key = secret(Path(settings.HOME), KEY)
    digests = (hmac.digest(key, entity.encode(), hashlib.sha256)[:8] for entity in entities)
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def too_alike(
    registry: str, people: Mapping[str, Cell], published: Collection[Cell], *, least: int
) -> tuple[Cohort, int] | None:
    """An earlier answer that differs from this one by fewer than `least` people in something both publish, and by how many.

    Args:
        people: the group of each entity of the new answer, without totals.
        published: the groups and totals whose figures it would give.
    """
    order = list(people)
    now, cells = hashes(order), sorted(set(people.values()))
    group = _index(order, people, cells)
    for cohort in Cohort.objects.filter(registry=registry).select_related("question"):
        before, their_group, their_cells = read(cohort)
        meeting = _meeting(now, group, len(cells), before, their_group, len(their_cells))
        differing = _differing(
            meeting, _sets(cells, published), _sets(their_cells, [tuple(one) for one in cohort.published])
        )
        close = differing[(differing > 0) & (differing < least)]
        if close.size:
            return cohort, int(close.max())
    return None


def keep(
    question: Question, registry: str, people: Mapping[str, Cell], published: Collection[Cell]
) -> Cohort:
    """Keep whom an answer was about, in a file that only the installation reads."""
    cells = sorted(set(people.values()))
    folder = Path(settings.HOME) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{question.number}.npz"
    order = list(people)
    with path.open("wb") as out:
        path.chmod(0o600)
        np.savez_compressed(
            out,
            people=hashes(order),
            group=_index(order, people, cells),
            cells=np.array(["\x1f".join(cell) for cell in cells], dtype=np.str_),
        )
    return Cohort.objects.create(
        question=question,
        registry=registry,
        file=path.name,
        people=len(order),
        published=sorted(map(list, published)),
    )


def read(cohort: Cohort) -> tuple[Hashes, Numbers, list[Cell]]:
    """The people of an answer, the number of each one's group, and the groups."""
    with np.load(Path(settings.HOME) / FOLDER / cohort.file, allow_pickle=False) as kept:
        cells = [tuple(str(cell).split("\x1f")) for cell in kept["cells"]]
        return kept["people"], kept["group"], cells


def _index(order: Sequence[str], people: Mapping[str, Cell], cells: Sequence[Cell]) -> Numbers:
    numbers = {cell: n for n, cell in enumerate(cells)}
    return np.array([numbers[people[entity]] for entity in order], dtype=np.int64)


def _meeting(
    now: Hashes, group: Numbers, groups: int, before: Hashes, theirs: Numbers, others: int
) -> Numbers:
    """How many people stand in each group now and each one then; the last of either are in none."""
    everyone = np.union1d(now, before)
    here = np.full(everyone.size, groups, dtype=np.int64)
    there = np.full(everyone.size, others, dtype=np.int64)
    here[np.searchsorted(everyone, now)] = group
    there[np.searchsorted(everyone, before)] = theirs
    table = np.zeros((groups + 1, others + 1), dtype=np.int64)
    np.add.at(table, (here, there), 1)
    return table


def _sets(cells: Sequence[Cell], published: Collection[Cell]) -> Numbers:
    """Each published group or total as a row that says which groups it is made of; nobody is in the last column."""
    rows = [
        [all(p in (TOTAL, c) for p, c in zip(one, cell, strict=False)) for cell in cells] + [False]
        for one in published
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(cells) + 1)


def _differing(meeting: Numbers, mine: Numbers, theirs: Numbers) -> Numbers:
    """By how many people each of my sets differs from each of theirs."""
    both = mine @ meeting @ theirs.T
    differing: Numbers = (
        (mine @ meeting.sum(axis=1))[:, None] + (theirs @ meeting.sum(axis=0))[None, :] - 2 * both
    )
    return differing
