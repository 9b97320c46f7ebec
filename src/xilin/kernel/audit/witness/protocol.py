"""What a log sends to a witness, taken apart and put together: C2SP tlog-witness, `add-checkpoint`."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from xilin.kernel.audit.verifier import Checkpoint, Invalid, read_checkpoint

PATH = "/add-checkpoint"
# What comes with a refusal that names the size the witness has seen.
SIZE_TYPE = "text/x.tlog.size"
LARGEST = 64 * 1024
MOST_HASHES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Malformed(ValueError):
    """What was sent is no submission of a checkpoint."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint that a witness shall cosign, with the proof that it extends what the witness saw last."""

    old: int
    proof: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint

    @property
    def body(self) -> str:
        """The checkpoint's lines, which are signed."""
        return self.note.split("\n\n", 1)[0] + "\n"


def compose(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body of a request."""
    lines = [f"old {old}", *(base64.b64encode(hash_).decode() for hash_ in proof)]
    return ("\n".join(lines) + f"\n\n{note}").encode()


def read(data: bytes) -> Submission:
    """The submission in the body of a request, or Malformed."""
    try:
        head, blank, note = data.decode().partition("\n\n")
        first, *hashes = head.split("\n")
        old = _OLD.fullmatch(first)
        if old is None or not blank or not note.endswith("\n") or len(hashes) > MOST_HASHES:
            raise Malformed("no submission of a checkpoint")
        proof = tuple(base64.b64decode(line, validate=True) for line in hashes)
        checkpoint = read_checkpoint(note)
    except (UnicodeDecodeError, binascii.Error, Invalid) as error:
        raise Malformed("no submission of a checkpoint") from error
    if any(len(hash_) != 32 for hash_ in proof) or checkpoint.size >= 1 << 63:
        raise Malformed("no submission of a checkpoint")
    return Submission(int(old[1]), proof, note, checkpoint)
