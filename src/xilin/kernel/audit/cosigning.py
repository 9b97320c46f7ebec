"""Asking the witnesses to cosign the newest checkpoint: C2SP tlog-witness, the log's side.

Nothing waits for a witness: the log goes on without them, and says how far it is witnessed.
"""

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
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
from xilin.kernel.audit.spans import Span, spans
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


@dataclass(frozen=True, slots=True)
class Target:
    """A checkpoint to be cosigned: of which month's log, its note, and its size within that log."""

    span: Span
    note: str
    size: int


def collect(*, at: datetime, quorum: Quorum | None = None) -> list[Standing]:
    """Ask every declared witness that has not yet cosigned the newest checkpoint; how each stands now.

    The last checkpoint of the month before comes first: from it a witness learns the key of the month's log.
    A cosignature is kept only where it holds. Where a witness has seen another log than this one, or more
    of it, that is entered in the log itself.
    """
    witnesses = (declared() if quorum is None else quorum).witness
    found: dict[Witness, tuple[Outcome, int, str, Target]] = {}
    for target in targets() if witnesses else ():
        # Who stands badly with one month is not asked about the next.
        asked = [one for one in witnesses if one not in found or found[one][0] == Outcome.SIGNED]
        for one, (outcome, size, line) in _ask(target, asked, at).items():
            if line:
                row = Cosignature(size=target.span.first + target.size, witness=one.name, line=line, at=at)
                Cosignature.objects.bulk_create([row], ignore_conflicts=True)
            found[one] = outcome, size, line, target
    return [_stands(one, found[one][0], found[one][3].span.first + found[one][1], at) for one in found]


def targets() -> list[Target]:
    """The last checkpoint of the month before, where there is one, and the newest."""
    made = []
    for span in spans()[-2:]:
        rows = Checkpoint.objects.filter(size__gt=span.first)
        row = (rows if span.end is None else rows.filter(size__lte=span.end)).first()
        if row is not None:
            made.append(Target(span, row.note, row.size - span.first))
    return made


def _ask(
    target: Target, witnesses: Sequence[Witness], at: datetime
) -> dict[Witness, tuple[Outcome, int, str]]:
    """Ask witnesses about one checkpoint: how it ended, the size each has seen, and the cosignature's line."""
    first, end = target.span.first, target.span.first + target.size
    rows = Cosignature.objects.filter(witness__in=[one.name for one in witnesses], size__gt=first)
    rows = rows if target.span.end is None else rows.filter(size__lte=end)
    known = dict(rows.values_list("witness").annotate(Max("size")).order_by())
    sizes = {one: known.get(one.name, first) - first for one in witnesses}
    found: dict[Witness, tuple[Outcome, int, str]] = {
        one: (Outcome.SIGNED, size, "") if size == target.size else _ahead(size, target)
        for one, size in sizes.items()
        if size >= target.size
    }
    for _ in range(ROUNDS):
        waiting = {one: size for one, size in sizes.items() if one not in found}
        if not waiting:
            break
        bodies = {
            one: compose(size, extension(target.span, size, target.size) if size else [], target.note)
            for one, size in waiting.items()
        }
        for one, reply in _posted(bodies).items():
            judged = _judged(one, reply, waiting[one], target, at)
            if isinstance(judged, int):
                sizes[one] = judged
            else:
                found[one] = judged
    return {one: found.get(one, (Outcome.REFUSED, sizes[one], "")) for one in witnesses}


def _judged(
    witness: Witness, reply: Reply, asked: int, target: Target, at: datetime
) -> int | tuple[Outcome, int, str]:
    """What a reply means: the size to ask again from, or how it ended, the size seen, and the cosignature's line."""
    if reply.status == 200:
        line = _cosignature(witness, reply.text, target.note, at)
        return (Outcome.SIGNED, target.size, line) if line else (Outcome.FOREIGN, asked, "")
    if reply.status == 409 and reply.type.split(";")[0].strip() == SIZE_TYPE:
        seen = reply.text.strip()
        if not (seen.isascii() and seen.isdigit() and len(seen) < 19):
            return Outcome.REFUSED, asked, ""
        if int(seen) > target.size:
            return _ahead(int(seen), target)
        # The same size, and still in conflict: it stands for another root.
        return (Outcome.FORK, asked, "") if int(seen) == asked else int(seen)
    if reply.status in (409, 422):
        return Outcome.FORK, asked, ""
    if reply.status == 404:
        return Outcome.UNKNOWN, asked, ""
    return (Outcome.REFUSED if reply.status else Outcome.UNREACHABLE), asked, ""


def _ahead(seen: int, target: Target) -> tuple[Outcome, int, str]:
    """A witness may be ahead of what was just read, as another process asks it too; ahead of the log it can't be."""
    now = next((one for one in targets() if one.span.id == target.span.id), None)
    return (Outcome.REFUSED if now is not None and seen <= now.size else Outcome.AHEAD), seen, ""


def _cosignature(witness: Witness, text: str, note: str, at: datetime) -> str:
    """The line of a reply that holds as the witness's cosignature of a checkpoint, or ""."""
    for line in text.split("\n"):
        signed = cosigned(f"{note}{line}\n", [witness.key], holds).get(witness.name)
        if signed is not None and signed <= (at + AHEAD).timestamp():
            return f"{line}\n"
    return ""


@transaction.atomic
def _stands(witness: Witness, outcome: Outcome, size: int, at: datetime) -> Standing:
    """Keep how a witness stands; what is alarming goes into the log once, when it begins."""
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
