"""Places over HTTP: OGC API - Features parts 1 and 2, vector tiles, addresses and codes."""
