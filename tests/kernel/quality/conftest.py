"""The small league with a deadline for corrections, and people of two departments and none."""

from types import SimpleNamespace

import pytest
from quality_plan import Hub

import small_league
from xilin.kernel.accounts.models import Department, User


@pytest.fixture
def hub(tmp_path, db):
    """The small league with a deadline for corrections, and people of two departments and none."""
    folder = tmp_path / "league"
    folder.mkdir()
    small_league.apply(folder)
    from xilin.kernel.standards.models import Declaration, LeagueVersion

    Declaration.objects.create(
        kind="deadline",
        code="correction_answer",
        content={
            "code": "correction_answer", "regime": "national", "case_kind": "correction", "step": "answer", "days": 10,
            "unit": "working_day", "since": "2025-08-01", "source": "test", "confirmed": False, "warn": 2,
        },
        digest="x", file="deadlines.toml", line=1, since=LeagueVersion.objects.first(),
    )  # fmt: skip

    def person(name, department, role):
        found = Department.objects.get(code=department) if department else None
        return User.objects.create(username=name, department=found, role=role)

    people = SimpleNamespace(
        owner=person("owner", "police", User.Role.STEWARD),
        other=person("other", "civil", User.Role.STEWARD),
        security=person("security", "police", User.Role.SECURITY),
        auditor=person("auditor", None, User.Role.AUDIT),
        nobody=person("nobody", None, User.Role.STEWARD),
    )
    return Hub(tmp_path, Department.objects.get(code="police"), people)
