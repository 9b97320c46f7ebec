"""Where a thing came from and where it went, as an index kept at capture."""
