"""Asking the witnesses to cosign the newest checkpoint: C2SP tlog-witness, the log's side.

Nothing waits for a witness: the log goes on without them, and says how far it is witnessed.
"""

import http.client
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Max

from xilin.kernel.audit.actions import record
from xilin.kernel.audit.models import Checkpoint, Cosignature, Outcome, Standing
from xilin.kernel.audit.queries import extension
from xilin.kernel.audit.quorum import Quorum, Witness, declared
from xilin.kernel.audit.replay import holds
from xilin.kernel.audit.verifier import cosigned
from xilin.kernel.audit.witness.protocol import PATH, SIZE_TYPE, compose

SECONDS = 5
LARGEST = 16 * 1024
# A witness that was restored or was asked by others may answer twice with a size before it signs.
ROUNDS = 3
# How far a witness's clock may run ahead.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; status 0 where nothing did."""

    status: int
    type: str = ""
    text: str = ""


def collect(*, at: datetime, quorum: Quorum | None = None) -> list[Standing]:
    """Ask every declared witness that has not yet cosigned the newest checkpoint; how each stands now.

    A cosignature is kept only where it holds. Where a witness has seen another log than this one, or more
    of it, that is entered in the log itself.
    """
    witnesses = (declared() if quorum is None else quorum).witness
    newest = Checkpoint.objects.first()
    if not witnesses or newest is None:
        return []
    rows = Cosignature.objects.filter(witness__in=[one.name for one in witnesses])
    known = dict(rows.values_list("witness").annotate(Max("size")).order_by())
    sizes = {one: known.get(one.name, 0) for one in witnesses}
    found: dict[Witness, tuple[Outcome, int, str]] = {
        one: (Outcome.SIGNED, size, "") if size == newest.size else _ahead(size)
        for one, size in sizes.items()
        if size >= newest.size
    }
    for _ in range(ROUNDS):
        waiting = {one: size for one, size in sizes.items() if one not in found}
        if not waiting:
            break
        bodies = {
            one: compose(size, extension(size, newest.size) if size else [], newest.note)
            for one, size in waiting.items()
        }
        for one, reply in _posted(bodies).items():
            judged = _judged(one, reply, waiting[one], newest, at)
            if isinstance(judged, int):
                sizes[one] = judged
            else:
                found[one] = judged
    for one in sizes:
        found.setdefault(one, (Outcome.REFUSED, sizes[one], ""))
    return [_stands(one, *found[one], newest=newest, at=at) for one in witnesses]


def _judged(
    witness: Witness, reply: Reply, asked: int, newest: Checkpoint, at: datetime
) -> int | tuple[Outcome, int, str]:
    """What a reply means: the size to ask again from, or how it ended, the size seen, and the cosignature's line."""
    if reply.status == 200:
        line = _cosignature(witness, reply.text, newest.note, at)
        return (Outcome.SIGNED, newest.size, line) if line else (Outcome.FOREIGN, asked, "")
    if reply.status == 409 and reply.type.split(";")[0].strip() == SIZE_TYPE:
        seen = reply.text.strip()
        if not (seen.isascii() and seen.isdigit() and len(seen) < 19):
            return Outcome.REFUSED, asked, ""
        if int(seen) > newest.size:
            return _ahead(int(seen))
        # The same size, and still in conflict: it stands for another root.
        return (Outcome.FORK, asked, "") if int(seen) == asked else int(seen)
    if reply.status in (409, 422):
        return Outcome.FORK, asked, ""
    if reply.status == 404:
        return Outcome.UNKNOWN, asked, ""
    return (Outcome.REFUSED if reply.status else Outcome.UNREACHABLE), asked, ""


def _ahead(seen: int) -> tuple[Outcome, int, str]:
    """A witness may be ahead of what was just read, as another process asks it too; ahead of the log it can't be."""
    now = Checkpoint.objects.first()
    return (Outcome.REFUSED if now is not None and seen <= now.size else Outcome.AHEAD), seen, ""


def _cosignature(witness: Witness, text: str, note: str, at: datetime) -> str:
    """The line of a reply that holds as the witness's cosignature of a checkpoint, or ""."""
    for line in text.split("\n"):
        signed = cosigned(f"{note}{line}\n", [witness.key], holds).get(witness.name)
        if signed is not None and signed <= (at + AHEAD).timestamp():
            return f"{line}\n"
    return ""


@transaction.atomic
def _stands(
    witness: Witness, outcome: Outcome, size: int, line: str, *, newest: Checkpoint, at: datetime
) -> Standing:
    """Keep what came of it; what is alarming goes into the log once, when it begins."""
    if line:
        row = Cosignature(size=newest.size, witness=witness.name, line=line, at=at)
        Cosignature.objects.bulk_create([row], ignore_conflicts=True)
    before = Standing.objects.filter(witness=witness.name).first()
    now = Standing(witness=witness.name, outcome=outcome, size=size, at=at)
    now.save()
    if now.alarming and (before is None or before.outcome != outcome):
        record(
            "audit.witness.refused", subject=witness.name, detail={"outcome": outcome, "size": size}, at=at
        )
    return now


def _posted(bodies: Mapping[Witness, bytes]) -> dict[Witness, Reply]:
    """Send each witness its request, all at once; none can hold the others up, nor this process."""
    replies: dict[Witness, Reply] = {}

    def ask(witness: Witness, body: bytes) -> None:
        replies[witness] = post(witness.url, body)

    threads = [threading.Thread(target=ask, args=one, daemon=True) for one in bodies.items()]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 2 * SECONDS
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return {one: replies.get(one, Reply(0)) for one in bodies}


def post(url: str, body: bytes) -> Reply:
    """One request to a witness; no redirect is followed, no proxy asked, and little is read."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        connection.request("POST", parts.path.rstrip("/") + PATH, body, {"Content-Type": "text/plain"})
        response = connection.getresponse()
        text = response.read(LARGEST).decode("utf-8", "replace")
        return Reply(response.status, response.getheader("Content-Type", ""), text)
    except (OSError, http.client.HTTPException):
        return Reply(0)
    finally:
        connection.close()
