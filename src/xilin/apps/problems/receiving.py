"""Who receives a report: parts that know better than the kind of problem put themselves before it."""

from collections.abc import Callable
from dataclasses import dataclass

from xilin.kernel.standards.queries import declaration


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a report when it is to be received: its kind, the area, and the point where there is one."""

    kind: str
    area: str
    longitude: float | None = None
    latitude: float | None = None


# Answers with the code of the department that gets the report, or "" where it is not its business.
Receiver = Callable[[Told], str]
RECEIVERS: list[Receiver] = []


def offer(receiver: Receiver) -> None:
    """Let a part receive reports, such as the grids theirs. Called from `apps.ready()`; the last one is asked first."""
    if receiver not in RECEIVERS:
        RECEIVERS.append(receiver)


def by_kind(told: Told) -> str:
    """The department that the league folder names for the kind."""
    return str(declaration("problem_kind", told.kind).department)


def department_for(told: Told) -> str:
    """The code of the department that gets a report: of the first receiver that takes it, else by its kind."""
    for receiver in reversed(RECEIVERS):
        if found := receiver(told):
            return found
    return by_kind(told)
