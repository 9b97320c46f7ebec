"""Which entries stand in which month's log, and under which key."""

from dataclasses import dataclass

from xilin.kernel.audit.keys import signer
from xilin.kernel.audit.models import Shard


@dataclass(frozen=True, slots=True)
class Span:
    """A shard as proofs need it: its number, its key, and the entries from `first` to before `end` (None while it grows)."""

    id: int
    key: str
    first: int
    end: int | None

    @property
    def origin(self) -> str:
        """The shard's name."""
        return self.key.split("+", 1)[0]


def spans() -> list[Span]:
    """Every shard, the first one first."""
    rows = [(0, signer().verifier_key, 0), *Shard.objects.values_list("id", "key", "first")]
    ends = [*(first for _, _, first in rows[1:]), None]
    return [Span(*row, end) for row, end in zip(rows, ends, strict=True)]


def span_of(seq: int) -> Span:
    """The shard an entry stands in."""
    return next(span for span in reversed(spans()) if span.first <= seq or span.id == 0)
