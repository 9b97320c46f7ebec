"""What the tests of places have in common."""

from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "leagues" / "xilingol"
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LEVELS = ("counties", "towns", "villages")
