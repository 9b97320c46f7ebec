"""What every test may use."""

from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
TESTDATA = REPO.parent / "shared" / "testdata"


@pytest.fixture(scope="session")
def testdata() -> Path:
    """Third-party test material; tests that need it say plainly when it is not there."""
    if not TESTDATA.is_dir():
        pytest.skip(f"third-party test data is not at {TESTDATA}")
    return TESTDATA
