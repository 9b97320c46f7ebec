"""Steps on places that run without Django: names, lists, geometries, addresses, tiles."""
