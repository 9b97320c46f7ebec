"""What holds while a request is answered: read once, by whoever of its parts asks first."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.queries import book


def booked(request: HttpRequest, at: datetime) -> Book:
    """The book of a moment of a request; read again only where midnight came between."""
    known: Book | None = getattr(request, "_book", None)
    if known is None or known.on != timezone.localtime(at).date():
        known = book(at)
        request._book = known  # type: ignore[attr-defined]
    return known
