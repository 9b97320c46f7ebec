"""People who sign in."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import authenticate

import small_league
from xilin.kernel.accounts.actions import add_user
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit import queries as audit

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def police(tmp_path, db):
    small_league.apply(tmp_path)
    return Department.objects.get(code="police")


def test_someone_added_signs_in_and_belongs_to_a_department(police):
    add_user("bob", role=User.Role.APPROVER, department=police, password="a long one 7", at=NOW)

    bob = authenticate(username="bob", password="a long one 7")

    assert bob is not None
    assert (bob.department, bob.role) == (police, User.Role.APPROVER)


def test_nobody_signs_in_without_a_password(police):
    add_user("eve", role=User.Role.AUDIT, at=NOW)

    assert authenticate(username="eve", password="") is None
    assert not User.objects.get(username="eve").has_usable_password()


def test_adding_someone_again_changes_them_and_both_stand_in_the_log(police):
    add_user("bob", role=User.Role.STEWARD, department=police, password="first one 7", at=NOW)

    add_user("bob", role=User.Role.APPROVER, department=police, password="second one 7", at=NOW)

    assert authenticate(username="bob", password="first one 7") is None
    assert User.objects.get(username="bob").role == User.Role.APPROVER
    entries = audit.entries(subject="bob")
    assert sorted(entry.kind for entry in entries) == ["accounts.user.added", "accounts.user.changed"]
    assert all("7" not in str(entry.detail) for entry in entries)
