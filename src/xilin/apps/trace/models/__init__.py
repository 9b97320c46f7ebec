"""The tables of traceability."""
