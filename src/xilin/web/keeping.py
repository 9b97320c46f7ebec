"""Answers that everybody gets alike, kept for some seconds within a process."""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.utils.translation import get_language

from xilin.web.languages import is_pairing

MOST = 500
Given = ParamSpec("Given")
Found = TypeVar("Found")


def kept(make: Callable[Given, Found]) -> Callable[Given, Found]:
    """Keep what a function answers for `settings.KEPT_SECONDS`, for each language and each of its (hashable) arguments.

    Only for what depends on nobody who asks. Two threads that ask at once may both make it; nothing else is shared.
    """
    known: dict[object, tuple[float, Found]] = {}

    @wraps(make)
    def answer(*args: Given.args, **named: Given.kwargs) -> Found:
        key = (get_language(), is_pairing(), args, tuple(sorted(named.items())))
        found, now = known.get(key), time.monotonic()
        if found is not None and now - found[0] < settings.KEPT_SECONDS:
            return found[1]
        made = make(*args, **named)
        if settings.KEPT_SECONDS:
            if len(known) >= MOST:
                known.clear()
            known[key] = (now, made)
        return made

    return answer
