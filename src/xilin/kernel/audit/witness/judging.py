"""Whether a witness cosigns: only a known log's own checkpoint, and only where it extends the last one it saw."""

from dataclasses import dataclass
from http import HTTPStatus

from xilin.kernel.audit.keys import Signer
from xilin.kernel.audit.verifier import EMPTY_ROOT, Invalid, key_of, verify_consistency
from xilin.kernel.audit.witness.book import Book, Known, Unreadable, signed
from xilin.kernel.audit.witness.protocol import SIZE_TYPE, Malformed, Submission, read

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers, and what it notes down about it for its keeper."""

    status: HTTPStatus
    text: str
    type: str = PLAIN
    about: str = ""


class Witness:
    """A witness's key and its memory.

    Args:
        signer: its cosigning key.
        book: what it remembers.
    """

    def __init__(self, signer: Signer, book: Book) -> None:
        self.signer, self.book = signer, book

    def add_checkpoint(self, data: bytes, *, at: int) -> Answer:
        """Judge one submission; a cosignature is answered only once the checkpoint stands in the book. `at` is in seconds since 1970."""
        try:
            given = read(data)
        except Malformed as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        about = f"{given.checkpoint.origin} {given.checkpoint.size}"
        # From the comparison with the last checkpoint to its replacement nobody else may come between.
        with self.book.locked():
            try:
                known = self.book.find(given.checkpoint.origin)
            except Unreadable:
                return Answer(
                    HTTPStatus.INTERNAL_SERVER_ERROR,
                    "this witness can't read its memory\n",
                    about=about,
                )
            return self._judge(given, known, at, about)

    def _judge(self, given: Submission, known: Known | None, at: int, about: str) -> Answer:
        if known is None:
            return Answer(HTTPStatus.NOT_FOUND, "this witness doesn't know that log\n", about=about)
        if not signed(given.note, known):
            return Answer(HTTPStatus.FORBIDDEN, "no key of that log signed the checkpoint\n", about=about)
        if given.old > given.checkpoint.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old size is above the checkpoint's\n", about=about)
        if given.old != known.size:
            return Answer(HTTPStatus.CONFLICT, f"{known.size}\n", SIZE_TYPE, about)
        if known.last and given.checkpoint.size == known.size and given.checkpoint.root != known.root:
            self.book.refuse(given.note)
            return Answer(HTTPStatus.CONFLICT, f"{known.size}\n", SIZE_TYPE, f"{about} FORK")
        if not _extends(given, known) or (known.closed and given.checkpoint.size > known.size):
            self.book.refuse(given.note)
            return Answer(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "the checkpoint is not shown to extend the last one\n",
                about=f"{about} NO EXTENSION",
            )
        if given.checkpoint.next and not _names(given.checkpoint.next):
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the next log's key can't be read\n", about=about)
        line = self.signer.cosign(given.body, at)
        self.book.keep(known, f"{given.body}\n{line}")
        return Answer(HTTPStatus.OK, line, about=about)


def _names(key: str) -> bool:
    """Whether a text is a log's verifier key."""
    try:
        key_of(key)
    except Invalid:
        return False
    return True


def _extends(given: Submission, known: Known) -> bool:
    """Whether the proof shows that the checkpoint extends the last one; from nothing everything goes, without proof."""
    if given.old == 0:
        return not given.proof and (given.checkpoint.size > 0 or given.checkpoint.root == EMPTY_ROOT)
    try:
        verify_consistency(given.old, given.checkpoint.size, given.proof, known.root, given.checkpoint.root)
    except Invalid:
        return False
    return True
