"""Servers of the departments' own that the demo runs for them."""
