"""Households that are published, and a grant of them in force today: what a console tries."""

from datetime import timedelta

import ibis
import pyarrow as pa
from django.utils import timezone

from xilin.kernel.exchange import actions, publishing
from xilin.kernel.standards.queries import declaration, declared

ID, NAME, ADDRESS = "990101198502291234", "其其格", "某某苏木一队"


def granted(hub, **changed):
    """A row of one person published, and what the department of `hub.ann` may see of it; lists too."""
    row = {"id_number": ID, "person_name": NAME, "address": ADDRESS, "_source": "hukou", "_batch": 1}
    publishing.publish_table(
        declaration("resource", "households"), declared("element"), ibis.memtable(pa.Table.from_pylist([row])), at=hub.now
    )  # fmt: skip
    now = timezone.now()
    request = hub.ask(listing=True, valid_until=timezone.localdate() + timedelta(days=60), at=now)
    return actions.approve(request, by=hub.bob, at=now, **({"listing": True} | changed))
