"""Mongolian in Cyrillic letters: 2026 оны 11 сарын 26."""
