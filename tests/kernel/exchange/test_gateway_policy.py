"""A small policy fuzz: no call gets around a grant. The whole one is `benchmarks/policy_fuzz.py`."""

import random
from typing import Any

import pytest
from policy_fuzz import build, people, run

from kernel.audit.conftest import emptied
from xilin.kernel.audit import queries as audit

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 1500


def test_no_call_gets_around_a_grant(tmp_path: Any) -> None:
    emptied()
    seed = random.randrange(2**32)
    result = run(build(people(tmp_path), seed), CALLS, seed)
    assert not result.bypasses, (seed, result.bypasses[:3])
    assert not result.wrong, (seed, result.wrong[:3])
    assert result.statuses["answered"] > CALLS // 10, result.statuses
    assert len(result.statuses) > 12, result.statuses
    assert not audit.verify_log()
