"""What a question about lineage is answered with: nodes, edges, events, and what is known and what isn't."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

NodeKind = Literal["item", "batch", "container", "process"]
EdgeKind = Literal["used", "made", "inside", "batch"]
Reason = Literal[
    "never_seen", "no_origin", "unknown_input", "unknown_output", "beginning_not_seen", "moved_unseen", "not_received",
    "quantity_only", "corrected", "withheld",
]  # fmt: skip


class Node(Struct, frozen=True):
    """An object, a batch, a container that carried goods, or a process (a transformation, by its id or `event:<number>`)."""

    id: str
    kind: NodeKind


class Edge(Struct, frozen=True):
    """A known link: `used` item to process, `made` process to item, `inside` child to parent, `batch` item to its batch.

    `since` is when it happened or began, `until` when a containment ended (None: it lasts). `events` are the
    numbers of the events that say so, `step` the business step of the first.
    """

    kind: EdgeKind
    source: str
    target: str
    since: datetime
    until: datetime | None
    events: tuple[int, ...]
    step: str | None = None
    quantity: float | None = None
    uom: str | None = None


class Happening(Struct, frozen=True):
    """What happened to goods of a trace: `about` are the goods themselves, `through` the containers they were seen in."""

    event: int
    time: datetime
    step: str | None
    disposition: str | None
    read_point: str | None
    location: str | None
    source: str | None
    destination: str | None
    about: tuple[str, ...]
    through: tuple[str, ...]


class Gap(Struct, frozen=True):
    """Something that isn't known of a node, why, and whether lineage stays open there.

    `no_origin`: neither made by a process nor commissioned; `unknown_input` / `unknown_output`: a process that says only one
    side; `beginning_not_seen`: seen inside a container nobody saw it put in; `moved_unseen`: put elsewhere without being
    taken out; `not_received`: shipped, and next seen without having been received; `quantity_only`: known by
    amounts of a batch, not item by item; `corrected`: an event about it was declared in error; `withheld`: there is more, which whoever asked may not see.
    """

    node: str
    reason: Reason
    open: bool
    event: int | None = None


class Completeness(Struct, frozen=True):
    """How far an answer goes: `known` links, ends that were reached (`closed`) and ends that stay open, and why."""

    complete: bool
    known: int
    closed: int
    gaps: tuple[Gap, ...]


class Trace(Struct, frozen=True):
    """The answer to back and forward: everything is as of `as_of`, None for all that is known."""

    roots: tuple[str, ...]
    direction: Literal["back", "forward"]
    as_of: datetime | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    events: tuple[Happening, ...]
    completeness: Completeness

    def goods(self) -> set[str]:
        """Identifiers of all items and batches of the trace, its roots among them."""
        return {node.id for node in self.nodes if node.kind in ("item", "batch")}


class Held(Struct, frozen=True):
    """Where an affected item was last: the place or party, in what state, seen by which event, inside what."""

    item: str
    state: Literal["held", "on_the_way", "sold", "destroyed", "used", "unseen"]
    holder: str | None
    time: datetime | None
    event: int | None
    container: str | None


class Reach(Struct, frozen=True):
    """The answer to a recall: every item and batch that anything of the roots is in, and where each is now."""

    roots: tuple[str, ...]
    as_of: datetime | None
    affected: tuple[str, ...]
    held: tuple[Held, ...]
    completeness: Completeness

    def holders(self) -> dict[tuple[str | None, str], int]:
        """How many items each holder has, by state."""
        found: dict[tuple[str | None, str], int] = {}
        for one in self.held:
            key = (one.holder, one.state)
            found[key] = found.get(key, 0) + 1
        return found
