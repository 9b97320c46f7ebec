"""Traces and recalls at the desk of goods (追溯与召回)."""
