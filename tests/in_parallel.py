"""How tests are handed out to several processes: by files, dear ones first, together what shares a dear set-up.

A process takes a file at a time, so that what a module sets up is set up once. The dearest come first: no long file is left
for the end, when the other processes have nothing to do.
"""

import tomllib
from collections import Counter
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

TABLE = Path(__file__).with_name("in_parallel.toml")
FOUND = tomllib.loads(TABLE.read_text(encoding="utf-8"))
SECONDS: dict[str, float] = FOUND["seconds"]
TOGETHER: dict[str, str] = {file: name for name, files in FOUND["together"].items() for file in files}
USUAL = 0.25  # seconds of a test in a file that the table doesn't name
NOTED = 4  # seconds from which a file is worth a line in the table


class ByFiles(LoadFileScheduling):
    """One file, or several that share a dear set-up, to one process, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """What is handed out at once: the file of a test, or the name of several."""
    file = nodeid.split("::", 1)[0]
    return TOGETHER.get(file, file)


def dearest_first(items: list[pytest.Item]) -> None:
    """Put what takes longest first; within a file the order stays."""
    tests = Counter(item.nodeid.split("::", 1)[0] for item in items)
    seconds: Counter[str] = Counter()
    for file, count in tests.items():
        seconds[scope(file)] += SECONDS.get(file, USUAL * count)
    items.sort(key=lambda item: -seconds[scope(item.nodeid)])


class Watch:
    """How long the tests of each file took, set-up and teardown with them."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid.split("::", 1)[0]] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """After many files, what they took together and which took most."""
        if len(self.seconds) < 20:
            return
        terminalreporter.write_line(f"{sum(self.seconds.values()):.0f} s of tests; the longest files:")
        for file, seconds in self.seconds.most_common():
            if seconds < NOTED:
                break
            terminalreporter.write_line(f'"{file}" = {seconds:.0f}')
