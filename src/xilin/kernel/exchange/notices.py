"""Telling the gateways that what they remember of keys, grants and declarations is no longer so."""

from django.db import connection

CHANNEL = "xilin_grants"


def announce(what: str) -> None:
    """Notify every gateway when the transaction commits; `what` is a grant's number, or a client's, resource's or league's code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, what])
