"""What can be done in the catalogue; each action is one transaction with its audit event."""

from xilin.kernel.catalog.actions.applying import apply_elements, apply_resources, index
from xilin.kernel.catalog.actions.compiling import (
    abandon,
    amend,
    begin,
    change,
    problems,
    submit,
    take_back,
    withdraw,
)
from xilin.kernel.catalog.actions.reviewing import pass_on, publish, send_back
from xilin.kernel.catalog.actions.sourcing import decide_source, end_decision

__all__ = [
    "abandon",
    "amend",
    "apply_elements",
    "apply_resources",
    "begin",
    "change",
    "decide_source",
    "end_decision",
    "index",
    "pass_on",
    "problems",
    "publish",
    "send_back",
    "submit",
    "take_back",
    "withdraw",
]
