"""What a grant allows, for pages: the gateway's own book and the grant's own OpenAPI, read outside the gateway."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from xilin import __version__
from xilin.kernel.exchange.gateway import book as books
from xilin.kernel.exchange.gateway import openapi
from xilin.kernel.exchange.gateway.book import Book, Held, Served
from xilin.kernel.exchange.models import Grant


@dataclass(frozen=True, slots=True)
class Described:
    """A grant as the gateway enforces it, the resource, and the document a system is given of it."""

    book: Book
    held: Held
    served: Served
    document: dict[str, Any]


def described(grant: Grant) -> Described | None:
    """What the gateway knows of a grant; None where it knows none, such as of a resource that is declared no more."""
    with connection.cursor() as cursor:
        book = books.of_grants(cursor, Path(settings.HOME))
    served = book.resources.get(grant.resource.code)
    for held in book.grants.get((grant.client_id, grant.resource.code), ()):
        if held.id == grant.pk and served is not None:
            return Described(book, held, served, openapi.grant_document(book, held, served, __version__))
    return None
