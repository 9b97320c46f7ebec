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
from xilin.kernel.catalog.actions.importing import Imported, sheet_of, take_in
from xilin.kernel.catalog.actions.reporting import Sent, queue_all, send_due, try_again
from xilin.kernel.catalog.actions.reviewing import pass_on, publish, send_back
from xilin.kernel.catalog.actions.sourcing import decide_source, end_decision

__all__ = [
    "Imported",
    "Sent",
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
    "queue_all",
    "send_back",
    "send_due",
    "sheet_of",
    "submit",
    "take_back",
    "take_in",
    "try_again",
    "withdraw",
]
