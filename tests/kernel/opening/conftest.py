"""The two departments whose data is opened and counted together."""

import pytest
import two_departments


@pytest.fixture
def hub(settings, tmp_path, db):
    """Residents as golden records."""
    return two_departments.make(settings, tmp_path, golden=True)


@pytest.fixture
def linked(settings, tmp_path, db):
    """Both departments' rosters, collected and linked."""
    return two_departments.make(settings, tmp_path, golden=False)
