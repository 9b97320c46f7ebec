"""What an event from a handheld must keep to beyond being valid EPCIS: it is its maker's to record, at their place, by now."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.handheld.tasks import task_of
from xilin.lib.text import Text

# How far a device's clock may be ahead; offline it may lag behind for weeks.
AHEAD = timedelta(minutes=10)
OWN = "urn:uuid:"


class Why(msgspec.Struct, frozen=True):
    """Why an event was refused, and what to do about it."""

    code: str
    what: Text
    remedy: Text

    def told(self) -> dict[str, object]:
        """As the device keeps it, in both languages."""
        return {
            "code": self.code,
            "zh": {"what": self.what.zh, "remedy": self.remedy.zh},
            "en": {"what": self.what.en, "remedy": self.remedy.en},
        }


class May(msgspec.Struct, frozen=True):
    """What a hand may record: the tasks, and the place where they work (canonical, "" where it is anywhere)."""

    tasks: frozenset[str]
    place: str


_AGAIN = Text(
    zh="修改后重新记录，或写明原因作废。", en="Mend it and record it again, or drop it with a reason."
)
_WHY = {
    "name": Why(
        "name",
        Text(zh="事件没有本设备给的编号。", en="The event has no number made on the device."),
        Text(zh="更新手持端后重新记录。", en="Update the handheld and record it again."),
    ),
    "declaration": Why(
        "declaration",
        Text(zh="手持端不能声明别的事件有误。", en="A handheld can't declare other events wrong."),
        Text(zh="请在企业工作台更正。", en="Correct it at the producers' desk."),
    ),
    "task": Why(
        "task",
        Text(zh="您的账号没有这项作业的权限。", en="Your account may not record this task."),
        Text(zh="请联系单位管理员开通，或作废。", en="Ask whoever runs your accounts, or drop it with a reason."),
    ),
    "place": Why(
        "place",
        Text(zh="记录的地点不是您现在的作业地点。", en="The place in the record is not where you work now."),
        _AGAIN,
    ),
    "ahead": Why(
        "ahead",
        Text(zh="记录的时间在将来：本机时钟快了。", en="The time of the record lies ahead: the device's clock is fast."),
        Text(zh="校准本机时间后修改并重新记录。", en="Set the device's clock, then mend and record it again."),
    ),
    "nothing": Why(
        "nothing", Text(zh="记录里没有任何物品。", en="Nothing is recorded in it."), _AGAIN
    ),
}  # fmt: skip

_CHECKS: Sequence[tuple[str, Callable[[Event, May, datetime], bool]]] = (
    ("name", lambda event, may, at: not (event.event_id or "").lower().startswith(OWN)),
    ("declaration", lambda event, may, at: event.error is not None),
    ("task", lambda event, may, at: task_of(event) not in may.tasks),
    ("place", lambda event, may, at: _elsewhere(event, may.place)),
    ("ahead", lambda event, may, at: event.time > at + AHEAD),
    ("nothing", lambda event, may, at: not event.things),
)


def refused(event: Event, may: May, at: datetime) -> Why | None:
    """The first reason why this hand can't record this event; None where there is none."""
    return next((_WHY[code] for code, broken in _CHECKS if broken(event, may, at)), None)


def _elsewhere(event: Event, place: str) -> bool:
    """Whether the event says it was somewhere else than where its maker works."""
    return bool(place) and (event.read_point != place or event.biz_location not in (None, place))
