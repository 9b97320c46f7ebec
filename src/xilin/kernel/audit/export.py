"""Writing the log into a folder that anyone can verify without us."""

import json
import shutil
from pathlib import Path

from xilin.kernel.audit import verifier
from xilin.kernel.audit.keys import signer
from xilin.kernel.audit.models import Cosignature, Head
from xilin.kernel.audit.quorum import declared
from xilin.kernel.audit.replay import BATCH, notes, rows


def export(folder: Path) -> int:
    """Write entries, checkpoints, the verifier key and the verifier into a folder; how many entries.

    `entries.jsonl` holds each entry's text, exactly as hashed, one a line; `checkpoints.jsonl`
    each signed note as a JSON string, with what witnesses signed of it, by rising size; `witnesses.txt`
    the keys of the declared witnesses. FileExistsError where an export is there.
    """
    size = Head.objects.get(id=1).size
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "entries.jsonl").open("xb") as entries:
        for batch in rows(size):
            entries.writelines(row.text.encode() + b"\n" for row in batch)
    with (folder / "checkpoints.jsonl").open("xb") as checkpoints:
        cosigned = Cosignature.objects.filter(size__lte=size).order_by("size", "witness")
        lines = cosigned.values_list("size", "line").iterator(chunk_size=BATCH)
        ahead = next(lines, None)
        for row in notes(size):
            note = row.note
            while ahead is not None and ahead[0] <= row.size:
                note += ahead[1] if ahead[0] == row.size else ""
                ahead = next(lines, None)
            checkpoints.write(json.dumps(note, ensure_ascii=False).encode() + b"\n")
    (folder / "key.txt").write_text(signer().verifier_key + "\n", encoding="utf-8")
    (folder / "witnesses.txt").write_text("".join(f"{key}\n" for key in declared().keys), encoding="utf-8")
    shutil.copy(verifier.__file__, folder / "verifier.py")
    return size
