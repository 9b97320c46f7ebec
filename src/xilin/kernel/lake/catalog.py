"""The Iceberg catalog: rows in the platform's own PostgreSQL, files in the warehouse folder."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection


def address() -> str:
    """The SQLAlchemy URL of the database Django is connected to, sockets and test databases included."""
    from sqlalchemy.engine import URL

    told = connection.settings_dict
    query = {key: str(value) for key, value in told.get("OPTIONS", {}).items() if key != "pool"}
    host = str(told.get("HOST") or "")
    if host.startswith("/"):
        query["host"], host = host, ""
    url = URL.create(
        "postgresql+psycopg",
        username=str(told["USER"]) or None,
        password=str(told["PASSWORD"]) or None,
        host=host or None,
        port=int(told["PORT"]) if told.get("PORT") else None,
        database=str(told["NAME"]),
        query=query,
    )
    return url.render_as_string(hide_password=False)


def load() -> Any:
    """The catalog of the configured warehouse, a pyiceberg `SqlCatalog`.

    Each warehouse folder is a catalog of its own in the same tables. Connections are not
    pooled: a commit is rare and takes longer than connecting.
    """
    from pyiceberg.catalog.sql import SqlCatalog
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    warehouse = Path(settings.LAKE).resolve()
    url = address()
    catalog = SqlCatalog(
        str(warehouse),
        uri=url,
        warehouse=str(warehouse),
        init_catalog_tables="false",
        schema_version="v1",
    )
    catalog.engine.dispose()
    catalog.engine = create_engine(url, poolclass=NullPool)
    return catalog
