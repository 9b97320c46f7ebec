"""Xilin: a region's data hub."""

__version__ = "0.1.0"
