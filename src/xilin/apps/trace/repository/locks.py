"""Numbers of the repository's advisory locks, all in one place so that no two mean different things."""

MONTHS = 0x78696C01
"""Held while partitions are made."""
DECLARING = 0x78696C02
"""Shared by captures; held alone by one that declares errors, so that a declaration and its event find each other."""
PLACING = 0x78696C03
"""Held while jobs get their positions for subscribers."""
