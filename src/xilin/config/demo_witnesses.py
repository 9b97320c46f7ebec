"""Witnesses of the demo's log: processes of their own, each with its own key and folder, two of three of them needed.

In service witnesses stand on others' machines; here they show what the audit page says of them, and that a log which is
rewritten loses them.
"""

import os
import subprocess
import sys
from pathlib import Path

from xilin.config.serve import Processes
from xilin.demo.servers import ports
from xilin.kernel.audit.keys import kept, new_key, read_key, signer
from xilin.kernel.audit.spans import spans
from xilin.kernel.audit.verifier import COSIGNING
from xilin.kernel.audit.witness.book import Book

NAMES = ("audit-bureau.demo/witness", "xilinhot.demo/witness", "duolun.demo/witness")
NEEDED = 2
FIRST_PORT = 8010
# Whoever declares witnesses of their own keeps them: only a file that begins so is written anew.
MARK = "# Witnesses of the demo, declared anew at each start."


def start(home: Path, processes: Processes) -> int:
    """Start the witnesses and declare them; how many, 0 where others are declared already."""
    declared = home / "witnesses.toml"
    if declared.exists() and not declared.read_text("utf-8").startswith(MARK):
        return 0
    lines = [MARK, f"needed = {NEEDED}"]
    for number, name in enumerate(NAMES):
        folder = home / "demo" / "witnesses" / name.partition("/")[0]
        port = ports.free(FIRST_PORT + number)
        lines += ["", "[[witness]]", f'key = "{_key(folder, name)}"', f'url = "http://127.0.0.1:{port}"']
        processes.children[f"witness {number + 1}"] = subprocess.Popen(
            [sys.executable, "-m", "xilin.config.witness", "serve", "--port", str(port)],
            env=os.environ | {"XILIN_WITNESS_HOME": str(folder), "XILIN_WITNESS_NAME": name},
            stdout=subprocess.DEVNULL,
        )
    declared.write_text("\n".join(lines) + "\n", "utf-8")
    return len(NAMES)


def _key(folder: Path, name: str) -> str:
    """A witness's verifier key, made at its first start; it knows the log's first key from then on."""
    folder.mkdir(parents=True, exist_ok=True)
    own = read_key(kept(folder / "key", lambda: new_key(name, COSIGNING).encode()).decode(), COSIGNING)
    book = Book(folder / "logs", own.verifier_key)
    for key in dict.fromkeys([signer().verifier_key, *(span.key for span in spans())]):
        book.trust(key)
    return own.verifier_key
