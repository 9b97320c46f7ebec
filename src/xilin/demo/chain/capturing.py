"""What the chain's people tell, captured by the platform's own repository, party by party, in runs of days."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from xilin.apps.trace.epcis import facts
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.repository.capture import capture
from xilin.demo.chain.bodies import CONTEXT
from xilin.demo.chain.season import Told

MOST = 2_000
"""Events in one capture."""


class Run:
    """Events of one party that reach the platform together."""

    __slots__ = ("at", "events", "party")

    def __init__(self, party: str, at: datetime, events: Sequence[Event]) -> None:
        self.party, self.at, self.events = party, at, events


def runs(told: Iterable[Told], *, days: float = 7) -> Iterator[Run]:
    """What was told in each span of days, put together by party, as events."""
    names = Names(CONTEXT)
    held: dict[str, list[Told]] = defaultdict(list)
    until: datetime | None = None
    for one in told:
        if until is not None and one.recorded >= until:
            yield from _emptied(held, names)
            until = None
        if until is None:
            until = one.recorded + timedelta(days=days)
        held[one.party].append(one)
        if len(held[one.party]) >= MOST:
            yield _run(one.party, held.pop(one.party), names)
    yield from _emptied(held, names)


def _emptied(held: dict[str, list[Told]], names: Names) -> Iterator[Run]:
    for party in sorted(held):
        yield _run(party, held.pop(party), names)


def _run(party: str, told: Sequence[Told], names: Names) -> Run:
    return Run(party, told[-1].recorded, [facts.event(one.body, names) for one in told])


def capture_all(told: Iterable[Told], *, tell: Callable[[int], object] = lambda _: None) -> int:
    """Capture everything that is told; how many events there were. `tell` hears how many are in after each run."""
    count = 0
    for run in runs(told):
        capture(run.events, party=run.party, at=run.at)
        count += len(run.events)
        tell(count)
    return count
