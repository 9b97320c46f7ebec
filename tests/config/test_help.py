"""The help of every command speaks Chinese where the reader does."""

import subprocess
import sys

import pytest
import typer
from typer import rich_utils
from typer.testing import CliRunner

from xilin.config import cli, spoken


@pytest.fixture
def app(monkeypatch):
    """The whole command line, built anew."""
    whole = typer.Typer(help=cli.app.info.help, no_args_is_help=True, add_completion=False)
    whole.callback()(cli.root)
    monkeypatch.setattr(cli, "app", whole)
    for name in (*cli.COMMANDS, *cli.GROUPS, *cli.DEVELOPERS):
        cli.add(name)
    for name in spoken.PANELS:
        monkeypatch.setattr(rich_utils, name, getattr(rich_utils, name))
    return whole


def sentences(command):
    """All help of a command and of what is below it."""
    given = [command.get_help_option(typer.Context(command)), *command.params]
    found = {words.strip() for one in (command, *given) if (words := getattr(one, "help", None))}
    for below in getattr(command, "commands", {}).values():
        found |= sentences(below)
    return found


def test_every_sentence_of_the_help_has_its_chinese_and_no_other_is_kept(app):
    assert sentences(typer.main.get_command(app)) == set(spoken.ZH)


def test_the_help_of_a_command_is_read_in_chinese(app, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    command = typer.main.get_command(app)
    spoken.in_chinese(command)
    monkeypatch.setattr("typer.testing._get_command", lambda _: command)

    said = CliRunner().invoke(app, ["registry", "find", "--help"]).output

    for words in ("用法：", "参数", "选项", "每次查询都记入审计日志", "[必填]", "显示本说明后退出"):
        assert words in said
    assert "Show" not in said


def test_the_list_of_commands_says_of_each_what_it_says_of_itself(app):
    commands = typer.main.get_command(app).commands

    assert {
        name: command.help.split("\n\n")[0].replace("\n", " ") for name, command in commands.items()
    } == cli.PURPOSES


def test_the_list_of_commands_is_there_without_importing_what_they_need():
    code = (
        "import sys; sys.argv = ['xilin', '--help']\n"
        "from xilin.config import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'ibis', 'numpy', 'splink', 'procrastinate'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "exchange" in said
    assert said.splitlines()[-1] == "[]"


def test_a_command_starts_without_the_packages_of_others():
    code = (
        "import sys\n"
        "from xilin.config.start import django\n"
        "django(database=False)\n"
        "print(sorted({'ibis', 'splink', 'opendp', 'pypinyin', 'xlsxwriter', 'shapely', 'httpx'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.splitlines()[-1] == "[]"
