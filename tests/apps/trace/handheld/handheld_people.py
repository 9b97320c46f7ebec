"""People who record with a handheld, and events as a device makes them."""

import uuid
from datetime import UTC, datetime, timedelta

from xilin.apps.trace.handheld import actions
from xilin.apps.trace.handheld.tasks import NAMES
from xilin.apps.trace.models import Hand
from xilin.kernel.accounts.models import User

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
RANCH = "https://id.gs1.org/414/9520000000004"
PASSWORD = "out-on-the-steppe"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def ear_tag(number: int) -> str:
    """A sheep of Xilinhot."""
    return f"3152502{number:08}"


def hand(
    name: str = "herder", *, tasks: tuple[str, ...] = NAMES, party: str = "ranch_7", place: str = RANCH
) -> Hand:
    """Somebody who signs in and records for a party."""
    person = User.objects.create(username=name, full_name="其其格")
    person.set_password(PASSWORD)
    person.save()
    return actions.enter_hand(
        name, party, tasks=tasks, place=place, place_name="七号牧户", at=NOW - timedelta(days=9)
    )


def event(*things: str, at: datetime = NOW - timedelta(hours=1), **changed):
    """A lamb tagged an hour ago, as a device says it; what is None is left out."""
    said = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "epcList": list(things) or ["urn:xilin:eartag:" + ear_tag(1)],
        "eventID": f"urn:uuid:{uuid.uuid4()}",
        "eventTime": at.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": "+08:00",
        "readPoint": {"id": RANCH},
        "bizLocation": {"id": RANCH},
    } | changed
    return {name: value for name, value in said.items() if value is not None}
