"""Files of releases in the installation's home, their digests, and the key that signs for them."""

import base64
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from pyarrow import csv, parquet

from xilin.kernel.exchange.keys import secret

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}
KEY = "opening"
# Spreadsheets take a file for UTF-8 only where it says so.
MARK = b"\xef\xbb\xbf"


def path(opening: str, version: int, form: str) -> Path:
    """Where a release's file of one format lies."""
    return Path(settings.HOME) / "open" / opening / str(version) / f"data.{form}"


def write(table: pa.Table, opening: str, version: int) -> dict[str, str]:
    """Write a release's files, whole or not at all; the SHA-256 of each in hex.

    What lies there of an attempt that was never committed is replaced.
    """
    final = path(opening, version, "csv").parent
    draft = final.with_name(f".{final.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    parquet.write_table(table, draft / "data.parquet", compression="zstd")
    with (draft / "data.csv").open("wb") as out:
        out.write(MARK)
        csv.write_csv(table, out)
    rows = table.to_pylist()
    (draft / "data.json").write_text(json.dumps(rows, ensure_ascii=False, default=str), encoding="utf-8")
    digests = {form: hashlib.sha256((draft / f"data.{form}").read_bytes()).hexdigest() for form in FORMATS}
    shutil.rmtree(final, ignore_errors=True)
    draft.rename(final)
    return digests


def statement(facts: Mapping[str, Any]) -> str:
    """What is signed: the facts as canonical JSON."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sign(text: str) -> str:
    """The Ed25519 signature of a statement in base64."""
    return base64.b64encode(_key().sign(text.encode())).decode()


def public() -> str:
    """The key signatures are checked with: 32 bytes in base64."""
    return base64.b64encode(_key().public_key().public_bytes_raw()).decode()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret(Path(settings.HOME), KEY))
