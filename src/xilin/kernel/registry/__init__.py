"""Base registries: linking, golden records, history."""
