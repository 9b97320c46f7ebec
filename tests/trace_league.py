"""The league's own declarations of goods, with the areas, departments and deadlines they stand on, applied."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import remembered
from xilin.kernel.standards import actions
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

XILINGOL = Path(__file__).parents[1] / "leagues/xilingol"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
WANTED = ("league.toml", "departments.toml", "deadlines.toml", "regimes.toml", "holidays.toml")


def apply(folder: Path) -> None:
    """Write the folder and apply it."""
    for name in WANTED:
        if name != "regimes.toml":
            shutil.copy(XILINGOL / name, folder / name)
    shutil.copytree(XILINGOL / "trace", folder / "trace")
    (folder / "areas").mkdir()
    shutil.copy(XILINGOL / "areas/boundaries.geojson", folder / "areas")
    rows = (XILINGOL / "areas/areas.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for n, row in enumerate(rows) if n == 0 or ",league," in row or ",county," in row]
    (folder / "areas/areas.csv").write_text("".join(kept), encoding="utf-8")

    def really() -> None:
        league, faults = read(folder, KINDS)
        assert not faults, [fault.of("en") for fault in faults][:5]
        actions.apply(league, at=BEGIN)

    remembered.applied(folder, BEGIN, really)
