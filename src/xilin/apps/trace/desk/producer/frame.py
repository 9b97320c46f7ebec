"""What every page of the producers' desk shares: whose it is, and how a refused form is shown."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from xilin.apps.trace.desk import frame
from xilin.apps.trace.desk.seats import Producer, producer_of
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.queries import book as book_of
from xilin.lib.errors import NotFound, Refusal


class Desk:
    """A request at the producers' desk: the party, the declarations of the day, the moment."""

    __slots__ = ("at", "book", "producer", "request")

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.at: datetime = timezone.now()
        self.book: Book = book_of(self.at)
        found = found_for(request)
        if found is None:
            raise NotFound(kind=_("desk"), name="producer")
        self.producer: Producer = found

    @property
    def user(self) -> Any:
        """Who is signed in."""
        return self.request.user

    def show(self, template: str, tab: str, status: int = 200, **answer: Any) -> HttpResponse:
        """A page below `goods_desk/producer/`."""
        answer |= {"producer": self.producer}
        return frame.show(self.request, f"producer/{template}", f"producer_{tab}", status, **answer)


def found_for(request: HttpRequest) -> Producer | None:
    """The party of who is signed in, looked up once for a request."""
    if not hasattr(request, "_producer"):
        request._producer = producer_of(request.user, book_of(timezone.now()))  # type: ignore[attr-defined]
    found: Producer | None = request._producer  # type: ignore[attr-defined]
    return found


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """Carry an action out; where it is refused, the form says so and what to do, and None comes back.

    What isn't theirs is no matter of the form: NotFound goes on.
    """
    try:
        return act()
    except NotFound:
        raise
    except Refusal as refusal:
        form.add_error(None, f"{refusal} {refusal.advice}")
        return None
