"""The cockpit's board: what is watched, and which panels the public and those who are signed in see.

A panel that isn't named here is seen by nobody: the public's screen is what may be told to anyone.
"""

from xilin.apps.portal.queries import operations
from xilin.web.live.board import Board, Panel

WATCHES = {
    "league": operations.declarations_pulse,
    "batches": operations.batches_pulse,
}
FLOW = Panel("flow", "portal/cockpit/flow.html", operations.flow, ("league", "batches"))
BATCHES = Panel("batches", "portal/cockpit/batches.html", operations.latest_batches, ("league", "batches"))
BATCHES_INSIDE = Panel(
    "batches", "portal/cockpit/batches.html", operations.latest_batches_inside, ("league", "batches")
)
SOURCES = Panel("sources", "portal/cockpit/sources.html", operations.sources, ("league", "batches"))

COCKPIT = Board(
    WATCHES,
    {"public": (FLOW, SOURCES, BATCHES), "inside": (FLOW, SOURCES, BATCHES_INSIDE)},
)
BOARDS = {"cockpit": COCKPIT}
