"""People of the demo's departments sign in; their passwords are this machine's own."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth import authenticate

from xilin.demo import accounts, first_steps
from xilin.demo.sharing import Told
from xilin.kernel.accounts.models import User
from xilin.kernel.standards import actions

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def made(db, declared, tmp_path):
    """The demo's accounts, in a league that was applied."""
    actions.apply(declared, at=NOW)
    return accounts.make(tmp_path, at=NOW)


def test_everyone_signs_in_with_the_password_that_is_printed(made):
    one = made[0]

    assert authenticate(username=one.name, password=one.password).department.code == "mzj"
    assert len({account.password for account in made}) == len(made) == User.objects.count()
    assert {user.role for user in User.objects.all()} >= {"steward", "approver", "engineer", "audit"}


def test_made_again_nobody_gets_another_password_and_nothing_is_logged_twice(made, tmp_path):
    before = User.objects.get(username="auditor").password

    assert accounts.make(tmp_path, at=NOW) == made
    assert User.objects.get(username="auditor").password == before


def test_the_file_of_passwords_is_its_owners_alone(made, tmp_path):
    assert stat.S_IMODE(accounts.path(tmp_path).stat().st_mode) == 0o600
    assert accounts.kept(tmp_path) == {account.name: account.password for account in made}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("served", [True, False])
def test_the_first_steps_name_every_address_account_and_the_receipt(language, served):
    people = [accounts.Account("mzj_steward", "secret-1", first_steps.YES_NO[True])]
    told = Told("GX2026-1", "SQ2026-1", {"person_name": "王*"}, Path("/h/receipt.json"), 7, 9, True, False)

    said = first_steps.text(
        language,
        site="http://127.0.0.1:8000/",
        gateway="http://127.0.0.1:8001/",
        checks="http://127.0.0.1:8003/",
        report=Path("/h/report"),
        accounts=people,
        accounts_file=Path("/h/accounts"),
        told=told,
        served=served,
    )

    for word in ("http://127.0.0.1:8000/", "8001", "/h/report", "mzj_steward", "secret-1", "/h/receipt.json",
                 "GX2026-1", "王*", "Ctrl-C" if served else "--no-serve"):  # fmt: skip
        assert word in said
    assert "{" not in said
    assert first_steps.YES_NO[False].of(language) in said
