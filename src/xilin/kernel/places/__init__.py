"""The base registry of places: areas and their lists, features with geometry, addresses."""
