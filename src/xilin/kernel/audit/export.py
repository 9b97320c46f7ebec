"""Writing the log into a folder that anyone can verify without us."""

import json
import shutil
from pathlib import Path

from xilin.kernel.audit import verifier
from xilin.kernel.audit.keys import signer
from xilin.kernel.audit.models import Head
from xilin.kernel.audit.replay import notes, rows


def export(folder: Path) -> int:
    """Write entries, checkpoints, the verifier key and the verifier into a folder; how many entries.

    `entries.jsonl` holds each entry's text, exactly as hashed, one a line; `checkpoints.jsonl`
    each signed note as a JSON string, by rising size. FileExistsError where an export is there.
    """
    size = Head.objects.get(id=1).size
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "entries.jsonl").open("xb") as entries:
        for batch in rows(size):
            entries.writelines(row.text.encode() + b"\n" for row in batch)
    with (folder / "checkpoints.jsonl").open("xb") as checkpoints:
        for row in notes(size):
            checkpoints.write(json.dumps(row.note, ensure_ascii=False).encode() + b"\n")
    (folder / "key.txt").write_text(signer().verifier_key + "\n", encoding="utf-8")
    shutil.copy(verifier.__file__, folder / "verifier.py")
    return size
