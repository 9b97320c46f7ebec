"""码的生命周期 The life of a code as one table: from which state which act leads to which, and what events mean by it."""

from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum

from msgspec import Struct


class State(IntEnum):
    """Where a code stands, as `trace_code.state` keeps it."""

    ISSUED = 1
    ACTIVE = 2
    SOLD = 3
    OPENED = 4
    RETURNED = 5
    RECALLED = 6
    VOID = 7


ISSUED, ACTIVE, SOLD, OPENED, RETURNED, RECALLED, VOID = State

TRANSITIONS: dict[str, dict[State, State]] = {
    # 激活 the code is on its goods and they leave the plant
    "activate": {ISSUED: ACTIVE},
    # 售出 a till, or a buyer, says that it is sold
    "sell": {ACTIVE: SOLD},
    # 开封 somebody opened it; not every till says what it sold
    "open": {ACTIVE: OPENED, SOLD: OPENED},
    # 退回 the buyer brings it back; what was opened stays opened
    "return": {ACTIVE: RETURNED, SOLD: RETURNED},
    # 重新上架 it is on sale again
    "restock": {RETURNED: ACTIVE},
    # 召回
    "recall": {ISSUED: RECALLED, ACTIVE: RECALLED, SOLD: RECALLED, OPENED: RECALLED, RETURNED: RECALLED},
    # 解除召回 it was recalled by mistake: on sale again
    "release": {RECALLED: ACTIVE},
    # 作废 printed wrongly, destroyed, used up; nothing follows
    "void": {ISSUED: VOID, ACTIVE: VOID, SOLD: VOID, OPENED: VOID, RETURNED: VOID, RECALLED: VOID},
}
ACTS = tuple(TRANSITIONS)

# What an event says of the items it names: its disposition where that says anything, else its business step (CBV 2.0).
BY_DISPOSITION = {
    "active": "activate",
    "retail_sold": "sell",
    "sold": "sell",
    "returned": "return",
    "sellable_accessible": "restock",
    "sellable_not_accessible": "restock",
    "recalled": "recall",
    "destroyed": "void",
    "disposed": "void",
    "inactive": "void",
}
BY_STEP = {
    "commissioning": "activate",
    "retail_selling": "sell",
    "decommissioning": "void",
    "destroying": "void",
}


class Step(Struct, frozen=True):
    """An act on a code at a moment; `key` tells it from others of the same moment."""

    at: datetime
    act: str
    key: int


def act_of(step: str | None, disposition: str | None) -> str | None:
    """The act an event stands for, None where it says nothing of a code's life.

    >>> act_of("retail_selling", "retail_sold"), act_of("commissioning", None), act_of("shipping", "in_transit")
    ('sell', 'activate', None)
    """
    return BY_DISPOSITION.get(disposition or "") or BY_STEP.get(step or "")


def after(state: State, act: str) -> State | None:
    """The state an act leads to, None where the state doesn't allow it; what is so already stays so.

    >>> after(State.SOLD, "open"), after(State.VOID, "sell")
    (<State.OPENED: 4>, None)
    """
    allowed = TRANSITIONS[act]
    if state in allowed:
        return allowed[state]
    return state if state in allowed.values() else None


def fold(steps: Iterable[Step]) -> tuple[State, set[int]]:
    """The state after all acts in the order they happened, and the keys of those that weren't allowed.

    The order in which they became known doesn't matter: a late event falls into its place.
    """
    state, refused = State.ISSUED, set[int]()
    for step in sorted(steps, key=lambda one: (one.at, one.key)):
        following = after(state, step.act)
        if following is None:
            refused.add(step.key)
        else:
            state = following
    return state, refused
