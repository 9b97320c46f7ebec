"""`xilin exchange` on the operator's machine."""

from hashlib import sha256

import pytest
from typer.testing import CliRunner

from xilin.kernel.exchange import actions
from xilin.kernel.exchange.cli import app
from xilin.kernel.exchange.models import ClientKey

pytestmark = pytest.mark.django_db
run = CliRunner(env={"COLUMNS": "250"})


def test_requests_and_grants_are_listed(hub):
    request = hub.ask()
    assert request.number in run.invoke(app, ["requests", "--pending"]).output

    grant = actions.approve(request, by=hub.bob, at=hub.now)
    assert request.number not in run.invoke(app, ["requests", "--pending"]).output
    assert request.number in run.invoke(app, ["requests"]).output
    assert grant.number in run.invoke(app, ["grants"]).output

    actions.revoke(grant, by=hub.bob, at=hub.now, reason="x")
    assert grant.number not in run.invoke(app, ["grants"]).output
    assert grant.number in run.invoke(app, ["grants", "--all"]).output


def test_a_key_is_printed_once(hub):
    result = run.invoke(app, ["key", "means_check", "--user", "ann"])

    assert result.exit_code == 0
    assert ClientKey.objects.get().digest == sha256(result.output.strip().encode()).hexdigest()


@pytest.mark.parametrize("words", [["nobody", "--user", "ann"], ["means_check", "--user", "nobody"]])
def test_who_or_what_is_not_there_is_named(hub, words):
    result = run.invoke(app, ["key", *words])

    assert result.exit_code == 1
    assert "nobody" in result.output
    assert not ClientKey.objects.exists()


def test_a_stranger_gets_no_key(hub):
    result = run.invoke(app, ["key", "means_check", "--user", "bob"])

    assert result.exit_code == 1
    assert "核对系统" in result.output
    assert not ClientKey.objects.exists()
