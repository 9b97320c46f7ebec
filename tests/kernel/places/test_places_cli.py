"""The commands of places say what the store says."""

import pytest
from typer.testing import CliRunner

from xilin.kernel.places.cli import app

pytestmark = pytest.mark.django_db


def run(*command):
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_address_a_code_and_the_lists(areas):
    assert run("code", "东乌旗乌里雅斯太镇翁图嘎查90号").startswith("152525100209  ")
    assert "number: 90" in run("code", "东乌旗乌里雅斯太镇翁图嘎查90号")
    assert "伊克昭盟" in run("meaning", "1525", "--on", "1981-06-01")
    assert "伊克昭盟" not in run("meaning", "1525", "--on", "1990-06-01")
    told = run("lists")
    assert "巴彦锡勒街道" in told
    assert "上都镇" not in told
