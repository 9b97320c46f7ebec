"""The collected EPCIS documents (third-party test data): where they are and what is known of them."""

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

JSON = (".json", ".jsonld")


class Item(NamedTuple):
    """One document: its place in the corpus, its bytes, and the verdict of the standard's schema ("" if none)."""

    name: str
    content: bytes
    verdict: str

    @property
    def kind(self) -> str:
        """The folder it lies in, such as `invalid-json`."""
        return self.name.split("/")[0]

    @property
    def media_type(self) -> str:
        """What a client would send it as."""
        return "application/xml" if self.name.endswith(".xml") else "application/ld+json"


def items(testdata: Path) -> list[Item]:
    """Every JSON and XML document of the corpus."""
    root = testdata / "epcis"
    with (root / "manifest.tsv").open(newline="") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Item(row["file"], (root / row["file"]).read_bytes(), row["schema_verdict"])
        for row in rows
        if row["file"].endswith((".xml", *JSON))
    ]


def decoded(item: Item) -> Any:
    """A JSON document as Python values; None for what isn't JSON."""
    try:
        return json.loads(item.content.decode("utf-8-sig"))
    except ValueError:
        return None
