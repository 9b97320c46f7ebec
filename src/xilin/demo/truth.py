"""The truth about every record, kept apart: which person or organisation it truly is."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xilin.demo.records import Found

SCHEMA = pa.schema([("source", pa.string()), ("key", pa.string()), ("entity", pa.int64())])
REGISTRIES = ("people", "organisations")


class Truth:
    """Files `people.parquet` and `organisations.parquet` with source, key and entity, one row a key."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.files = {name: pq.ParquetWriter(folder / f"{name}.parquet", SCHEMA) for name in REGISTRIES}

    def add(self, source: str, found: Found) -> None:
        """Add the records of a source that feeds a registry."""
        if not found.registry:
            return
        keys = found.table.column(found.key).combine_chunks()
        # A record that stands twice has one key and one entity: its first row is enough.
        first = np.unique(keys.dictionary_encode().indices.to_numpy(False), return_index=True)[1]
        rows = pa.array(first)
        self.files[found.registry].write_table(
            pa.table(
                {
                    "source": pa.array([source] * len(first), pa.string()),
                    "key": keys.take(rows),
                    "entity": pa.array(found.entity[first].astype(np.int64)),
                },
                schema=SCHEMA,
            )
        )

    def close(self) -> None:
        """Finish the files."""
        for file in self.files.values():
            file.close()
