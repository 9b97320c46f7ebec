"""异常规则 What a league folder says of unusual use: which patterns are alarms, from when, and which stop a grant."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Kind
from xilin.lib.text import Text


class Anomaly(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """异常规则 One pattern of use that is looked into.

    `sequence`: at least `least` look-ups in an hour under one grant whose number stands next to one looked up before.
    `off_hours`: at least `least` calls in the last day outside the hours `first` to `last` of working days.
    `volume`: at least `least` calls on a day, and `factor` times the mean of the 14 days before. `repeated`: one value
    asked for at least `least` times within a day, whoever asked. In force from `since` until before `until`; with
    `suspend` the grant is stopped until somebody has looked into it.
    """

    code: Code
    name: Name
    kind: Literal["sequence", "off_hours", "volume", "repeated"]
    least: Annotated[int, Meta(ge=1)]
    since: date
    source: str
    until: date | None = None
    factor: Annotated[float, Meta(ge=1)] = 1.0
    first: Annotated[int, Meta(ge=0, le=23)] = 7
    last: Annotated[int, Meta(ge=1, le=24)] = 20
    suspend: bool = False

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on a day."""
        return self.since <= on and (self.until is None or on < self.until)


ANOMALY = Kind("anomaly", Text(zh="异常规则", en="Anomaly rule"), Anomaly, "anomalies.toml", "anomaly")
