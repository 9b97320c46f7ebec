"""Chips: bound to codes, their messages checked, each counter accepted once.

Of all clients who bring the same message at the same moment exactly one is told that it is fresh: one UPDATE moves the
highest counter, and only from below. The same session may repeat its own message for some seconds (a page is loaded
twice); for everybody else it is a replay.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from django.db import IntegrityError, connection, transaction

from xilin.apps.trace.codes import secrets
from xilin.apps.trace.codes.errors import BadOrder, ChipTaken
from xilin.apps.trace.models.codes import Chip, Code
from xilin.apps.trace.proof import sun
from xilin.kernel.audit.actions import record

REPEAT = timedelta(seconds=20)
# A counter that leaps further than this between two taps we saw was read many times by somebody who told nobody.
LEAP = 50

Outcome = Literal["fresh", "repeat", "replay"]

# The code goes with the answer: a second question to the database would take longer than the first.
_ACCEPT = """
UPDATE trace_chip SET counter = %(counter)s, counter_at = %(at)s, session = %(session)s,
    jumps = jumps + CASE WHEN counter >= 0 AND %(counter)s - counter > %(leap)s THEN 1 ELSE 0 END,
    tamper = CASE WHEN tamper = 'O' OR %(tamper)s = '' THEN tamper ELSE %(tamper)s END,
    opened_at = CASE WHEN %(tamper)s = 'O' AND opened_at IS NULL THEN %(at)s ELSE opened_at END
WHERE uid = %(uid)s AND counter < %(counter)s
RETURNING jumps, tamper, code_id,
    (SELECT gtin FROM trace_code WHERE id = code_id), (SELECT serial FROM trace_code WHERE id = code_id)
"""
_REFUSE = """
UPDATE trace_chip SET replays = replays + CASE
    WHEN counter = %(counter)s AND session = %(session)s AND counter_at >= %(since)s THEN 0 ELSE 1 END
WHERE uid = %(uid)s
RETURNING jumps, tamper, code_id,
    (SELECT gtin FROM trace_code WHERE id = code_id), (SELECT serial FROM trace_code WHERE id = code_id),
    counter = %(counter)s AND session IS NOT NULL AND session = %(session)s AND counter_at >= %(since)s
"""


class Bound(msgspec.Struct, frozen=True):
    """The code a chip is bound to."""

    id: int
    gtin: str
    serial: str


class Tap(msgspec.Struct, frozen=True):
    """轻触结果 What a genuine message of a bound chip said.

    `outcome`: `fresh` this is the first to show this counter, `repeat` the same session again within seconds, `replay`
    anything else. `leaps` counts leaps of the counter so far. `seal` is what the chip remembers of its loop: "" not
    told, "C" closed, "O" opened, "I" not set up.
    """

    uid: str
    code: Bound | None
    counter: int
    outcome: Outcome
    leaps: int
    seal: str


def bind(uid: str, code: Code, *, mode: str = Chip.Mode.AES, at: datetime, by: str = "") -> Chip:
    """Bind a chip to a code before it goes on the thing; raises BadOrder, ChipTaken. The same binding again changes nothing."""
    name = uid.upper()
    if len(name) != 2 * sun.UID or not all(digit in "0123456789ABCDEF" for digit in name):
        raise BadOrder(why=f"UID {uid}")
    if mode not in Chip.Mode.values:
        raise BadOrder(why=f"mode {mode}")
    try:
        with transaction.atomic():
            chip, new = Chip.objects.get_or_create(
                uid=name,
                defaults={"code": code, "mode": mode, "key_version": secrets.begin(), "bound_at": at},
            )
    except IntegrityError:  # the code has another chip
        raise ChipTaken(uid=name) from None
    if not new and chip.code_id != code.pk:
        raise ChipTaken(uid=name)
    if new:
        record("trace.chip_bound", at=at, by=by, subject=f"chips/{name}", detail={"code": code.pk})
    return chip


def keys_for(chip: Chip) -> dict[str, bytes]:
    """The keys an encoding station writes onto a chip: `reading` (who it is), `file`, `master`. Never kept, never logged."""
    uid = bytes.fromhex(chip.uid)
    return {
        "master": secrets.chip_key(uid, secrets.CHIP_KEYS[0], chip.key_version),
        "reading": secrets.reading_key(chip.key_version),
        "file": secrets.chip_key(uid, secrets.FILE_KEY, chip.key_version),
    }


def read(
    picc: str, mac: str, *, enc: str = "", parameter: str = "m", versions: Sequence[int] = ()
) -> sun.Reading:
    """Check the parts of a chip's link, hexadecimal; raises sun.NotGenuine for anything no chip of ours made.

    `parameter` is the name of the MAC in the link: with file data it stands between them and the MAC, and is MACed too.
    """
    try:
        picc_data, given, data = bytes.fromhex(picc), bytes.fromhex(mac), bytes.fromhex(enc)
    except ValueError:
        raise sun.NotGenuine from None
    message = sun.mac_input(data, parameter)
    for version in versions or secrets.versions():
        try:
            return sun.read(
                picc_data,
                given,
                meta_key=secrets.reading_key(version),
                file_key=lambda uid, version=version: secrets.chip_key(uid, secrets.FILE_KEY, version),  # type: ignore[misc]
                file_data=data or None,
                message=message,
            )
        except sun.NotGenuine:
            continue
    raise sun.NotGenuine


def accept(reading: sun.Reading, *, session: str, at: datetime, seal_at: int = 0) -> Tap | None:
    """Decide whether a genuine message is fresh, in one statement; None where the chip was never bound or counts nothing.

    `session` says who asks (a page's own random number); only its keyed hash is kept. `seal_at` is where in the file
    the seal's two characters stand.
    """
    if reading.counter is None:
        return None
    seal = sun.seal(reading.file_data, seal_at) if reading.file_data else None
    facts: dict[str, str | int | bytes | datetime] = {
        "uid": reading.uid.hex().upper(),
        "counter": reading.counter,
        "at": at,
        "session": secrets.session_hash(session),
        "leap": LEAP,
        "since": at - REPEAT,
        "tamper": "" if seal is None else "O" if seal.opened else seal.now,
    }
    outcome: Outcome = "fresh"
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPT, facts)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(_REFUSE, facts)
            row = cursor.fetchone()
            if row is None:
                return None
            outcome = "repeat" if row[5] else "replay"
    leaps, told, code, gtin, serial = row[:5]
    bound = Bound(code, gtin, serial) if code is not None else None
    return Tap(str(facts["uid"]), bound, reading.counter, outcome, leaps, told)
