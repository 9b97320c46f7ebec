"""Sources, connectors, batches, lineage."""
