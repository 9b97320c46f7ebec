"""Addresses of goods whose pages are worth a picture: each verdict, with and without a way, in Chinese and in Mongolian."""

from django.db import connection

from xilin.apps.trace.codes.serials import random_serials
from xilin.apps.trace.models import Alert, Code

# What is shown, and which codes it is: their state, and whether events tell of them.
WANTED: tuple[tuple[str, Code.State, bool], ...] = (
    ("genuine", Code.State.ACTIVE, True),
    ("sold", Code.State.SOLD, True),
    ("opened", Code.State.OPENED, False),
    ("bare", Code.State.ACTIVE, False),
    ("void", Code.State.VOID, True),
)
CODES = """
SELECT c.gtin, c.serial FROM trace_code c JOIN trace_codebatch k ON k.id = c.batch_id
WHERE c.state = %(state)s AND k.kind = ANY(%(kinds)s) AND NOT EXISTS (SELECT FROM trace_alert a WHERE a.subject = c.gtin || '/' || c.serial)
    AND NOT EXISTS (SELECT FROM trace_notice n JOIN trace_codebatch b ON b.id = c.batch_id WHERE n.gtin = c.gtin AND n.lot = b.lot)
    AND EXISTS (SELECT FROM trace_event_thing t WHERE t.uri = 'https://id.gs1.org/01/' || c.gtin || '/21/' || c.serial) = %(told)s
ORDER BY c.id LIMIT 1
"""
# Of a lot that is recalled as a whole, or a single code.
NOTICED = """
SELECT gtin, serial FROM (
    (SELECT c.gtin, c.serial, n.id FROM trace_notice n JOIN trace_codebatch b ON b.gtin = n.gtin AND b.lot = n.lot
     JOIN trace_code c ON c.batch_id = b.id WHERE n.kind = 'recalled' AND n.until IS NULL AND n.code IS NULL
     AND c.state IN (2, 3) ORDER BY n.id, c.id LIMIT 1)
    UNION ALL
    (SELECT c.gtin, c.serial, n.id FROM trace_notice n JOIN trace_code c ON c.id = n.code
     WHERE n.kind = 'recalled' AND n.until IS NULL AND c.state IN (2, 3) ORDER BY n.id LIMIT 1)
) found ORDER BY id LIMIT 1
"""
# Looked at by more people than one item is.
MANY = """
SELECT a.subject FROM trace_alert a WHERE a.kind = 'item' AND a.rule = ANY(%s) AND a.closed_at IS NULL ORDER BY a.id LIMIT 1
"""


def samples() -> list[tuple[str, str]]:
    """Name and address of each page there is a code for; those in columns end with `-mn`."""
    found: dict[str, tuple[str, str]] = {}
    with connection.cursor() as cursor:
        for name, state, told in WANTED:
            cursor.execute(
                CODES,
                {
                    "state": int(state),
                    "told": told,
                    "kinds": ["scratch", "chip"] if name == "opened" else ["link"],
                },
            )
            if row := cursor.fetchone():
                found[name] = row
        cursor.execute(NOTICED)
        if row := cursor.fetchone():
            found["recalled"] = row
        cursor.execute(MANY, [["many_devices", "spread", "burst"]])
        if row := cursor.fetchone():
            gtin, _, serial = row[0].partition("/")
            found["many"] = (gtin, serial)
    alert = Alert.objects.filter(kind="item", rule="before_active", closed_at=None).order_by("pk").first()
    if alert:
        gtin, _, serial = alert.subject.partition("/")
        found["suspected"] = (gtin, serial)
    if not found:
        return []
    gtin = next(iter(found.values()))[0]
    found["fake"], found["unknown"] = (gtin, random_serials(1)[0]), (gtin, "AAAABBBBCCCCDDDD")
    addresses = {f"item-{name}": f"/01/{gtin}/21/{serial}" for name, (gtin, serial) in found.items()}
    addresses["item-product"] = f"/01/{gtin}"
    links = ("item-links", f"/01/{gtin}?linkType=linkset")
    columns = {f"{name}-mn": f"{address}?lang=mn" for name, address in addresses.items()}
    return [
        *addresses.items(),
        links,
        *columns.items(),
        ("item-check-mn", "/check/?lang=mn"),
        ("item-none-mn", "/01/1/21/1?lang=mn"),
    ]
