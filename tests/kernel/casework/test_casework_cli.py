"""`xilin casework` as an operator uses it."""

from datetime import UTC, datetime

import pytest
from django.utils import translation
from typer.testing import CliRunner

import small_league
from xilin.config import doctor
from xilin.kernel.accounts.models import Department
from xilin.kernel.casework import actions
from xilin.kernel.casework.cli import app

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def late(tmp_path):
    """A case of the police that is overdue by months."""
    small_league.apply(tmp_path)
    return opened(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))


def opened(at):
    return actions.open(
        kind="sharing_conditional",
        subject="民政局: 户籍",
        department=Department.objects.get(code="police"),
        step="reply",
        at=at,
        by=None,
    )


def told(*words):
    return CliRunner().invoke(app, list(words))


def test_the_report_is_printed_and_written(tmp_path, late, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    actions.close(late, at=datetime(2026, 3, 3, 2, 0, tzinfo=UTC), by=None, outcome="approved")
    file = tmp_path / "report.xlsx"

    printed = told("report", "--since", "2026-01-01", "--until", "2026-12-31")
    written = told("report", "--xlsx", str(file))

    assert "100.0%" in printed.output
    assert written.exit_code == 0
    assert file.read_bytes()[:2] == b"PK"


def test_cards_are_listed_and_an_overdue_one_is_an_error(late):
    found = told("cards")

    assert found.exit_code == 1
    assert late.number in found.output
    actions.close(late, at=datetime(2026, 3, 3, 2, 0, tzinfo=UTC), by=None, outcome="approved")
    assert told("cards").exit_code == 0


def test_a_missing_holiday_table_is_told_by_command_and_doctor():
    assert told("alarms").exit_code == 0
    assert doctor.holidays() == ""
    opened(datetime(2026, 12, 24, 2, 0, tzinfo=UTC))

    with translation.override("en"):
        found = told("alarms")
    assert found.exit_code == 1
    assert "2027" in found.output
    assert "2027 (1)" in doctor.holidays()
