"""What a hand may do, each task told by the event it makes; the same list as `static/handheld/tasks.js`."""

from xilin.apps.trace.epcis.events import Event

# (type, action, business step) -> task.
TASKS: dict[tuple[str, str | None, str], str] = {
    ("ObjectEvent", "ADD", "commissioning"): "commission",
    ("TransformationEvent", None, "killing"): "slaughter",
    ("AggregationEvent", "ADD", "packing"): "pack",
    ("AggregationEvent", "DELETE", "unpacking"): "unpack",
    ("ObjectEvent", "OBSERVE", "shipping"): "ship",
    ("ObjectEvent", "OBSERVE", "receiving"): "receive",
    ("ObjectEvent", "OBSERVE", "inspecting"): "inspect",
}
NAMES = tuple(TASKS.values())


def task_of(event: Event) -> str | None:
    """The task an event comes from; None where it comes from none."""
    return TASKS.get((event.type, event.action, event.biz_step or ""))
