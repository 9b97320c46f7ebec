"""Rows have an order where nobody asks for one."""

from django.db import migrations

ORDERS = {
    "event": ("event", "events", ["-id"]),
    "eventkey": ("key of an event", "keys of events", ["key"]),
    "eventthing": ("thing of an event", "things of events", ["event", "role", "uri"]),
    "known": ("known value", "known values", ["kind", "value", "party"]),
    "orphan": (
        "error declaration that waits for its event",
        "error declarations that wait for their events",
        ["key", "event"],
    ),
    "pagetoken": ("page token", "page tokens", ["expires_at"]),
}


class Migration(migrations.Migration):
    """Options of models, nothing in the database."""

    dependencies = [("trace", "0014_lineage_last_sooner")]
    operations = [
        migrations.AlterModelOptions(
            name, {"verbose_name": one, "verbose_name_plural": many, "ordering": ordering}
        )
        for name, (one, many, ordering) in ORDERS.items()
    ]
