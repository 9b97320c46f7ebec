"""Iceberg tables in the lake, and the engine over them."""
