"""Writing the log into a folder that anyone can verify without us."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from xilin.kernel.audit import verifier
from xilin.kernel.audit.models import Cosignature, Head
from xilin.kernel.audit.quorum import declared
from xilin.kernel.audit.replay import BATCH, notes, rows
from xilin.kernel.audit.spans import spans


def export(folder: Path) -> int:
    """Write entries, checkpoints, the verifier key and the verifier into a folder; how many entries.

    `entries.jsonl` holds each entry's text, exactly as hashed, one a line; `checkpoints.jsonl`
    each signed note as a JSON string, with what witnesses signed of it, by rising size; `witnesses.txt`
    the keys of the declared witnesses. Where there is more than one month, the two stand in a folder for each
    below `shards`. FileExistsError where an export is there.
    """
    size = Head.objects.get(id=1).size
    months = [span for span in spans() if not span.id or span.first < size]
    folder.mkdir(parents=True, exist_ok=True)
    for span in months:
        place = folder if len(months) == 1 else folder / "shards" / f"{span.id:04d}"
        place.mkdir(parents=True, exist_ok=True)
        end = size if span.end is None else min(span.end, size)
        with (place / "entries.jsonl").open("xb") as entries:
            for batch in rows(end, span.first):
                entries.writelines(row.text.encode() + b"\n" for row in batch)
        with (place / "checkpoints.jsonl").open("xb") as checkpoints:
            for note in _cosigned(span.first, end):
                checkpoints.write(json.dumps(note, ensure_ascii=False).encode() + b"\n")
    (folder / "key.txt").write_text(months[0].key + "\n", encoding="utf-8")
    (folder / "witnesses.txt").write_text("".join(f"{key}\n" for key in declared().keys), encoding="utf-8")
    shutil.copy(verifier.__file__, folder / "verifier.py")
    return size


def _cosigned(start: int, size: int) -> Iterator[str]:
    """The checkpoints of more than `start` and up to `size` entries, each with what witnesses signed of it."""
    found = Cosignature.objects.filter(size__gt=start, size__lte=size).order_by("size", "witness")
    lines = found.values_list("size", "line").iterator(chunk_size=BATCH)
    ahead = next(lines, None)
    for row in notes(size, start):
        note = row.note
        while ahead is not None and ahead[0] <= row.size:
            note += ahead[1] if ahead[0] == row.size else ""
            ahead = next(lines, None)
        yield note
