"""What a batch leaves on the disk between its files and its counts, so that a crash can be finished."""

import os
import shutil
from pathlib import Path

import msgspec
from django.conf import settings

from xilin.kernel.collect.pipeline import Outcome, Plan


class Left(msgspec.Struct):
    """A batch's outcome with the declarations it was worked out by; written before the lake is touched. `taken` are mends."""

    plan: Plan
    outcome: Outcome
    read: int
    cursor: str
    timings: dict[str, float]
    notices: list[dict[str, str]]
    taken: list[int] = []


def root() -> Path:
    """The folder of all batches at work."""
    return Path(settings.HOME) / "staging"


def folder(batch: int) -> Path:
    """The folder of a batch."""
    return root() / str(batch)


def make(batch: int) -> Path:
    """The folder of a batch, new and empty."""
    path = folder(batch)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def write(batch: int, left: Left) -> None:
    """Keep what is left to do, whole or not at all, safe from a loss of power."""
    path = folder(batch) / "left.json"
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        file.write(msgspec.json.encode(left))
        file.flush()
        os.fsync(file.fileno())
    for made in (*quarantine(batch), *repeated(batch)):
        _sync(made)
    unfinished.replace(path)
    _sync(path.parent)


def read(batch: int) -> Left:
    """What a batch left; FileNotFoundError where it left nothing."""
    return msgspec.json.decode((folder(batch) / "left.json").read_bytes(), type=Left, strict=False)


def quarantine(batch: int) -> list[Path]:
    """The files of rows that stayed out."""
    return sorted(folder(batch).glob("quarantine-*.parquet"))


def repeated(batch: int) -> list[Path]:
    """The files of rows that came again as they are in force."""
    return sorted(folder(batch).glob("repeated/std-*.parquet"))


def remove(batch: int) -> None:
    """Forget a batch's folder."""
    shutil.rmtree(folder(batch), ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
