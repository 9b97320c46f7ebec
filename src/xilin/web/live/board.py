"""A board of panels: what changed is found by cheap looks, and drawn anew once for everyone who sees the same.

A look asks every watch, each a narrow question whose answer changes when what it watches does. A panel is drawn when one of
its watches answers differently, or when it has stood so long that the times on it no longer hold. Every drawing that
differs from the one before gets the next number, so that whoever saw up to a number is told what came after it.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from xilin.web.languages import drawn

Watch = Callable[[], Hashable]
Channel = tuple[str, str]
# Seconds for which a look holds while somebody looks regularly anyhow.
FRESH = 0.9


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a screen.

    `facts` is what its template is drawn from; `watches` are the names of those that tell when it changed; `lasts` is how
    many seconds it may stand though nothing did.
    """

    code: str
    template: str
    facts: Callable[[], Mapping[str, Any]]
    watches: tuple[str, ...]
    lasts: float = 30.0


@dataclass(slots=True)
class Drawn:
    """A panel as it stands: its number, what was seen when it was drawn, and when (seconds of a steady clock)."""

    number: int
    html: str
    seen: tuple[Hashable, ...]
    at: float


@dataclass(slots=True)
class _State:
    panels: dict[str, Drawn] = field(default_factory=dict)
    number: int = 0


class Board:
    """Panels by screen, drawn in each language that somebody reads.

    Args:
        watches: what is asked at every look, by name.
        screens: the panels of each screen, in their order.
    """

    def __init__(self, watches: Mapping[str, Watch], screens: Mapping[str, Sequence[Panel]]) -> None:
        self._watches, self._screens = watches, screens
        self._lock = threading.RLock()
        self.forget()
        self.watched = False

    def forget(self) -> None:
        """Begin anew: what was numbered before is known to nobody."""
        with self._lock:
            self._boot = uuid.uuid4().hex[:12]
            self._states: dict[Channel, _State] = {}
            self._seen: dict[str, Hashable] = {}
            self._number, self._looked = 0, float("-inf")
            self.at: datetime | None = None

    def panels(self, screen: str, language: str) -> dict[str, str]:
        """The panels of a screen as they stand now, drawn where they aren't yet."""
        self.look([(screen, language)], within=FRESH if self.watched or settings.KEPT_SECONDS else 0)
        with self._lock:
            return {code: drawn.html for code, drawn in self._states[screen, language].panels.items()}

    def mark(self, channel: Channel) -> str:
        """What has been seen by whoever sees the panels of a channel as they stand."""
        with self._lock:
            return f"{self._boot}-{self._states[channel].number if channel in self._states else 0}"

    def look(self, channels: Collection[Channel], *, within: float = 0) -> set[Channel]:
        """Draw what changed on some channels; which of them changed. An answer not older than `within` seconds is taken as it is."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= within or not self._seen:
                needed = {
                    name for screen, _ in channels for one in self._screens[screen] for name in one.watches
                }
                self._seen |= {name: self._watches[name]() for name in sorted(needed)}
                self._looked, self.at = now, timezone.now()
            return {channel for channel in channels if self._draw(channel, now)}

    def _draw(self, channel: Channel, now: float) -> bool:
        screen, language = channel
        state = self._states.setdefault(channel, _State())
        before = state.number
        with translation.override(language):
            for panel in self._screens[screen]:
                for name in panel.watches:
                    if name not in self._seen:
                        self._seen[name] = self._watches[name]()
                seen = tuple(self._seen[name] for name in panel.watches)
                known = state.panels.get(panel.code)
                if known is not None and known.seen == seen and now - known.at < panel.lasts:
                    continue
                html = drawn(partial(_rendered, panel))
                if known is not None and known.html == html:
                    known.seen, known.at = seen, now
                    continue
                self._number += 1
                state.panels[panel.code] = Drawn(self._number, html, seen, now)
                state.number = self._number
        return state.number != before

    def since(self, channel: Channel, mark: str) -> tuple[str, bytes]:
        """What came after a mark, as an event, and the mark that holds then; no bytes where nothing did.

        Whoever has no mark of this board is told everything.
        """
        with self._lock:
            boot, _, number = mark.partition("-")
            known = int(number) if boot == self._boot and number.isdigit() and len(number) < 16 else -1
            state = self._states.get(channel, _State())
            now = self.mark(channel)
            news = {code: one.html for code, one in state.panels.items() if one.number > known}
            if not news:
                return now, b""
            said = {"at": self.at.isoformat() if self.at else "", "panels": news}
            return now, b"id: %b\nevent: panels\ndata: %b\n\n" % (
                now.encode(),
                json.dumps(said, ensure_ascii=False).encode(),
            )


def _rendered(panel: Panel) -> str:
    return render_to_string(panel.template, dict(panel.facts()))
