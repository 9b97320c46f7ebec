"""Batches for tests: small, of a demonstration product, at a fixed moment."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from xilin.apps.trace.codes import issuing
from xilin.apps.trace.models.codes import CodeBatch

GTIN = "09520123456788"
SITE = "https://id.example.org"
AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def ordered(
    count: int = 12, *, kind: str = "link", lot: str = "L1", request: UUID | None = None
) -> CodeBatch:
    """An order of codes."""
    return issuing.order(
        GTIN,
        count,
        request=request or uuid4(),
        kind=kind,
        site=SITE,
        at=AT,
        by="maker",
        producer="91152500MA0MY1XYX2",
        lot=lot,
    )


def issued(count: int = 12, *, kind: str = "link", lot: str = "L1", algorithm: str = "ed25519") -> CodeBatch:
    """A batch that is ready."""
    return issuing.issue(ordered(count, kind=kind, lot=lot), at=AT, algorithm=algorithm)
