"""DuckDB's spatial functions, from the wheel that is installed with the platform; nothing is fetched."""

from importlib.resources import files
from typing import Any

import duckdb


def path() -> str:
    """Where the extension of this DuckDB's version lies.

    Raises:
        RuntimeError: none is installed for this version.
    """
    found = (
        files("duckdb_extension_spatial")
        / "extensions"
        / f"v{duckdb.__version__}"
        / "spatial.duckdb_extension"
    )
    if not found.is_file():
        raise RuntimeError(f"duckdb-extension-spatial has no build for DuckDB {duckdb.__version__}")
    return str(found)


def load(con: Any) -> None:
    """Load the extension into a DuckDB connection; it is signed, and DuckDB checks that."""
    quoted = path().replace("'", "''")
    con.execute(f"LOAD '{quoted}'")
