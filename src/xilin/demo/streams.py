"""Random numbers: one seeded stream for every purpose, so that a change in one source moves no other."""

from zlib import crc32

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The random numbers for a purpose; equal seeds and purposes give equal numbers."""
    return np.random.default_rng([seed, crc32(purpose.encode())])
