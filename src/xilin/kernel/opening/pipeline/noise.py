"""差分隐私 Counts with noise, so that nobody's being among the rows shows: OpenDP's discrete Laplace mechanism.

Adding or taking away one person changes the counts by at most `contribution` altogether (L1); the scale of the noise is that over
epsilon, which the library proves and this module asks it to confirm.
"""

import math
from collections.abc import Sequence
from typing import Any

import opendp.prelude as dp

CONFIDENCE = 0.95


def noisy(counts: Sequence[int], *, epsilon: float, contribution: int) -> list[int]:
    """Counts with noise, drawn once; who asks again learns more, so nobody may.

    Args:
        counts: of categories that were fixed without looking at the data, zeros among them.
        contribution: how many rows a person has at most, in all the counts together.

    Raises:
        ValueError: the mechanism would cost more than epsilon.
    """
    dp.enable_features("contrib")
    domain = dp.vector_domain(dp.atom_domain(T=int))
    mechanism: Any = dp.m.make_laplace(domain, dp.l1_distance(T=int), scale=scale(epsilon, contribution))
    if mechanism.map(contribution) > epsilon * (1 + 1e-9):
        raise ValueError("the noise is too small for this epsilon")
    return [int(n) for n in mechanism(list(counts))]


def scale(epsilon: float, contribution: int) -> float:
    """The scale of the noise."""
    return contribution / epsilon


def within(epsilon: float, contribution: int) -> int:
    """How far from the truth a noisy count is at most, 19 times of 20.

    >>> within(0.5, 1)
    6
    """
    # P(|noise| > t) = 2 r^(t + 1) / (1 + r), with r = exp(-1 / scale), for the discrete Laplace distribution.
    r = math.exp(-1 / scale(epsilon, contribution))
    return max(math.ceil(math.log((1 - CONFIDENCE) * (1 + r) / 2) / math.log(r)) - 1, 0)
