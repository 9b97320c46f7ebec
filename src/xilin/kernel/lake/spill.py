"""Where the engine spills: a folder a process, removed once the process is gone.

A process locks its folder as long as it lives, and the system lets go of the lock when it dies, however it
dies. Numbers of processes are given again and differ between containers: they don't tell whether one lives.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The folder of each process and root, with the handle that keeps it locked: children know their parent's.
_held: dict[tuple[int, Path], tuple[Path, int]] = {}


def folder(root: Path) -> Path:
    """The folder of this process below `root`; those of processes that are gone are removed."""
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        own = _own(root)
        for other in root.iterdir():
            if other != own and other.is_dir() and _is_left(other):
                shutil.rmtree(other, ignore_errors=True)
    return own


def _own(root: Path) -> Path:
    own, handle = _held.get((os.getpid(), root), (None, -1))
    if own is not None and own.exists() and os.path.samestat(own.stat(), os.fstat(handle)):
        return own
    own = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=root))
    handle = os.open(own, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    _held[os.getpid(), root] = (own, handle)
    return own


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One process at a time, so that none removes a folder that another has made and not yet locked."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_left(other: Path) -> bool:
    """Whether no process holds a folder; one that may not be looked into is somebody's."""
    try:
        handle = os.open(other, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
