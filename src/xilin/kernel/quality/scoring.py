"""From counts to a score in six dimensions; no database, no clock.

GB/T 36344-2018 measures each as a share X = A/B. How the shares are weighed into one figure it leaves
to the user: `WEIGHTS` is this platform's choice. A dimension nothing was checked in has no
share, and its weight falls to the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from xilin.lib.text import Text

DIMENSIONS = ("conformity", "completeness", "accuracy", "consistency", "timeliness", "accessibility")
WEIGHTS = {
    "conformity": 0.20,
    "completeness": 0.20,
    "accuracy": 0.25,
    "consistency": 0.20,
    "timeliness": 0.10,
    "accessibility": 0.05,
}
# 更新周期 The longest a cycle may last, with a little room for the run itself.
CYCLES = {
    "realtime": timedelta(days=1),
    "daily": timedelta(days=2),
    "weekly": timedelta(days=9),
    "monthly": timedelta(days=35),
    "quarterly": timedelta(days=100),
    "yearly": timedelta(days=380),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One dimension: how many were checked, how many passed."""

    checked: int
    passed: int

    @property
    def share(self) -> float | None:
        """X = A/B, 0 to 1; None where nothing was checked."""
        return self.passed / self.checked if self.checked else None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one source has delivered: its newest batch that came through, and the latest batches' fates."""

    source: str
    newest_at: datetime | None
    last_succeeded: bool
    batches: int
    succeeded: int
    name: Text | None = None

    @property
    def called(self) -> Text:
        """The source's name; its code where it has none."""
        name = self.name or Text(zh=self.source)
        return Text(zh=name.zh, en=name.en or name.zh)


@dataclass(frozen=True, slots=True)
class Counted:
    """A check that no data element or author wrote: of filling, of duplicates, of time, of delivery."""

    code: str
    column: str
    kind: str
    dimension: str
    name: Text
    basis: str
    checked: int
    broken: int


def filling(filled: Mapping[str, int], rows: int, names: Mapping[str, Text]) -> list[Counted]:
    """元素填充率 The share of values that are there, for each item that every record ought to have (`names`)."""
    return [
        Counted(
            f"{item}.filled",
            item,
            "filled",
            "completeness",
            Text(zh=f"{names[item].zh}：填充率", en=f"{names[item].en or names[item].zh}: filled"),
            "GB/T 36344-2018",
            rows,
            rows - count,
        )
        for item, count in filled.items()
        if item in names
    ]


def repetition(duplicate: int, rows: int) -> Counted:
    """数据重复率 Rows of a full delivery that repeat a key."""
    name = Text(zh="记录不重复", en="No record twice")
    return Counted("record.unique", "", "duplicate", "accuracy", name, "GB/T 36344-2018", rows, duplicate)


def timeliness(
    deliveries: Sequence[Delivery], cycle: str, newest_row: date | datetime | None, at: datetime
) -> list[Counted]:
    """及时性 Whether each source delivered within the update cycle, and whether the newest record lies within it."""
    limit = CYCLES[cycle]
    found = [
        _once(
            f"{delivery.source}.delivered",
            "timeliness",
            Text(
                zh=f"{delivery.called.zh}：更新周期内已采集",
                en=f"{delivery.called.en}: collected within its cycle",
            ),
            delivery.newest_at is not None and at - delivery.newest_at <= limit,
        )
        for delivery in deliveries
    ]
    if newest_row is not None:
        day = newest_row.date() if isinstance(newest_row, datetime) else newest_row
        name = Text(zh="更新周期内有新记录", en="The newest record lies within the cycle")
        found.append(_once("record.recent", "timeliness", name, at.date() - day <= limit))
    return found


def accessibility(deliveries: Iterable[Delivery]) -> list[Counted]:
    """可访问性 Whether each source could be reached the last time, and the share of batches that came through."""
    found = []
    for delivery in deliveries:
        source, called = delivery.source, delivery.called
        last = Text(zh=f"{called.zh}：最近一次采集成功", en=f"{called.en}: the last collection succeeded")
        found.append(_once(f"{source}.reached", "accessibility", last, delivery.last_succeeded))
        share = Text(zh=f"{called.zh}：采集成功率", en=f"{called.en}: collections that succeeded")
        found.append(
            Counted(
                f"{source}.batches",
                "",
                "delivery",
                "accessibility",
                share,
                "GB/T 36344-2018",
                delivery.batches,
                delivery.batches - delivery.succeeded,
            )
        )
    return found


def disputes(answered: int, wrong: int) -> list[Counted]:
    """异议校核 Of the values that users disputed and departments answered, those that were wrong; nothing where none was."""
    if not answered:
        return []
    name = Text(zh="被使用方提出异议的数据经核实无误", en="Values that users disputed were right")
    basis = "《政务数据共享条例》（国务院令第809号）第二十六条"
    return [Counted("record.undisputed", "", "dispute", "accuracy", name, basis, answered, wrong)]


def parts(counts: Iterable[tuple[str, int, int]]) -> dict[str, Part]:
    """Each dimension's part from (dimension, checked, broken) of its checks."""
    checked = dict.fromkeys(DIMENSIONS, 0)
    broken = dict.fromkeys(DIMENSIONS, 0)
    for dimension, rows, bad in counts:
        checked[dimension] += rows
        broken[dimension] += bad
    return {name: Part(checked[name], checked[name] - broken[name]) for name in DIMENSIONS}


def overall(dimensions: Mapping[str, Part]) -> float | None:
    """The weighted mean of the shares there are; None where nothing was checked at all."""
    shares = {name: part.share for name, part in dimensions.items()}
    weight = sum(WEIGHTS[name] for name, share in shares.items() if share is not None)
    if not weight:
        return None
    return sum(WEIGHTS[name] * share for name, share in shares.items() if share is not None) / weight


def _once(code: str, dimension: str, name: Text, passed: bool) -> Counted:
    return Counted(code, "", "delivery", dimension, name, "GB/T 36344-2018", 1, 0 if passed else 1)
