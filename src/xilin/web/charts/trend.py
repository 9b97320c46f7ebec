"""Lines over time: a small one within a row, and round values for the axis of a large one."""

import math
from collections.abc import Sequence


def spark(values: Sequence[float], *, width: float = 96, height: float = 24) -> str:
    """The path of a small line within `width` by `height`; nothing for fewer than two values.

    >>> spark([1, 2], width=10, height=10)
    'M0.0 9.0L10.0 1.0'
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    return "M" + "L".join(
        f"{index / (len(values) - 1) * width:.1f} {height - 1 - (value - low) / span * (height - 2):.1f}"
        for index, value in enumerate(values)
    )


def ticks_of(values: Sequence[float], least: float = 0) -> list[float]:
    """Three to six round values that enclose all of these, no closer than `least`."""
    low, high = min(values), max(values)
    low = low if low > 0 and (high - low) < 0.2 * high and high > low else min(low, 0)
    span = (high - low) or abs(high) or 1
    raw = span / 4
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= raw)
    step = max(step, least)
    start = math.floor(low / step)
    count = math.ceil((high - start * step) / step - 1e-9) or 1
    return [round((start + index) * step, 10) for index in range(count + 1)]
