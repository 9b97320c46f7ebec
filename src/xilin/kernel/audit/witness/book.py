"""What a witness remembers: for each log it knows, the log's keys and the last checkpoint it cosigned.

One file a log in one folder. A log whose file is not there is not known: whoever takes the memory away takes
the trust away with it, so no log can be made to begin again by that.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from xilin.kernel.audit.verifier import Invalid, key_of, read_checkpoint, verify_checkpoint, verify_cosigned

# As many submissions that were validly signed and still no extension are kept, as proof of what a log did.
MOST_REFUSED = 1000


class Unreadable(Exception):
    """A log's file doesn't hold what this witness wrote; nothing is cosigned until someone looks."""


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A log that a witness cosigns: its name, its verifier keys, its last cosigned checkpoint ("" before the first).

    `closed` once that checkpoint named the key of a following log.
    """

    origin: str
    keys: tuple[str, ...]
    last: str = ""
    closed: bool = False

    @property
    def size(self) -> int:
        """How many entries the last cosigned checkpoint has."""
        return read_checkpoint(self.last).size if self.last else 0

    @property
    def root(self) -> bytes:
        """The root of the last cosigned checkpoint; "" before the first."""
        return read_checkpoint(self.last).root if self.last else b""


class Book:
    """The folder of a witness's memory, for one witness's key.

    Args:
        folder: made where it is not there, for its owner only.
        key: the witness's verifier key; what it did not sign itself it does not believe.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder, self._key = folder, key
        for one in (folder, folder / "refused"):
            one.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the memory alone, among threads and processes."""
        with (self._folder / ".lock").open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def trust(self, key: str) -> bool:
        """Know a log by its verifier key, one more where it has one already; False where it is known. Raises Invalid."""
        origin = key_of(key)[0]
        with self.locked():
            known = self.find(origin) or Known(origin, ())
            if key.strip() in known.keys:
                return False
            self._write(msgspec.structs.replace(known, keys=(*known.keys, key.strip())))
        return True

    def logs(self) -> list[Known]:
        """Every log that is known, by name. Raises Unreadable."""
        found = [self._read(path) for path in self._folder.glob("*.json")]
        return sorted(found, key=lambda known: known.origin)

    def find(self, origin: str) -> Known | None:
        """A log by its name, or None where it is not known. Raises Unreadable."""
        path = self._path(origin)
        known = self._read(path) if path.exists() else None
        if known is not None and known.origin != origin:
            raise Unreadable(path.name)
        return known

    def keep(self, known: Known, note: str) -> None:
        """Remember a cosigned checkpoint as a log's last; it is on the disk when this returns.

        Where it names the key of a following log, that one is known from then on, and this one closed: it first,
        so that a witness killed between the two only is asked again.
        """
        following = read_checkpoint(note).next
        if following and not known.closed:
            origin = key_of(following)[0]
            if self.find(origin) is None:
                self._write(Known(origin, (following,)))
        self._write(msgspec.structs.replace(known, last=note, closed=bool(following)))

    def refuse(self, note: str) -> None:
        """Keep a checkpoint that the log signed and that is no extension of what it showed before."""
        folder = self._folder / "refused"
        path = folder / f"{hashlib.sha256(note.encode()).hexdigest()[:32]}.txt"
        if not path.exists() and sum(1 for _ in folder.iterdir()) < MOST_REFUSED:
            self._put(path, note.encode())

    def refused(self) -> int:
        """How many such checkpoints are kept."""
        return sum(1 for _ in (self._folder / "refused").glob("*.txt"))

    def _path(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"

    def _read(self, path: Path) -> Known:
        try:
            known = msgspec.json.decode(path.read_bytes(), type=Known)
            if known.last:
                checkpoint = read_checkpoint(known.last)
                verify_cosigned(known.last, [self._key], 1)
                for key in known.keys:
                    if key_of(key)[0] != checkpoint.origin:
                        raise Unreadable(path.name)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, Invalid) as error:
            raise Unreadable(path.name) from error
        return known

    def _write(self, known: Known) -> None:
        self._put(self._path(known.origin), msgspec.json.encode(known))

    def _put(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all, through to the disk, its name too."""
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def signed(note: str, known: Known) -> bool:
    """Whether one of the keys a log is known by signed a checkpoint."""
    for key in known.keys:
        try:
            verify_checkpoint(note, key)
        except Invalid:
            continue
        return True
    return False
