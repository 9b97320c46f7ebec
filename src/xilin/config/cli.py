"""The `xilin` command: every part's commands under one roof, each loaded when it is asked for."""

import importlib
import os
import sys
from typing import Annotated

import typer

from xilin import __version__

app = typer.Typer(
    name="xilin",
    help="Xilin: a region's data hub.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

# Command, and where it stands. Those that change the code need no database.
DEVELOPERS = {"test": "develop:run_tests", "check": "develop:check", "words": "words:words"}
COMMANDS = {
    "demo": "demonstrate:demo",
    "plan": "league:plan",
    "apply": "league:apply",
    "run": "run:run_command",
    "score": "run:score",
    "report": "run:report",
    "web": "serve:web",
    "gateway": "serve:gateway",
    "epcis": "serve:epcis",
    "verify": "serve:verify",
    "worker": "serve:worker",
    "doctor": "doctor:doctor",
    "pictures": "demonstrate:pictures",
}
GROUPS = {
    name: f"xilin.kernel.{name}.cli"
    for name in ("collect", "quality", "registry", "places", "casework", "exchange", "audit")
}
GROUPS["economy"] = "xilin.kernel.economy.cli"
GROUPS["catalogue"] = "xilin.kernel.catalog.cli"
GROUPS["opening"] = "xilin.kernel.opening.cli"
GROUPS["trace"] = "xilin.apps.trace.cli"
# A witness stands beside the platform: it has no part in its database or its settings.
GROUPS["witness"] = "xilin.config.witness"
ALONE = {"witness"}
# Its commands spare the files of batches at work, which `lake` itself knows nothing of.
GROUPS["lake"] = "xilin.kernel.collect.lake_cli"
# What each is for, said without importing it: the list of commands is there at once. A test compares it with their own words.
PURPOSES = {
    "demo": "Show the main job: build the departments' systems, collect, link, share, report, and serve it all.",
    "plan": "Show what `apply` would change; exit 1 where a file has faults, each told with its line.",
    "apply": "Bring the database to what the league folder declares, in one transaction.",
    "run": "Run the way of data: collect, standardise, link, assess, publish, compute.",
    "score": "Compare the base registries with the truth: pairwise precision, recall and F1, and counts.",
    "report": "Write the status report as HTML, DOCX and PDF, in Chinese, Mongolian and English.",
    "web": "Serve the pages.",
    "gateway": "Serve the gateway, the only door by which data leaves.",
    "epcis": "Serve the repository of events (EPCIS 2.0).",
    "verify": "Serve checks of codes on goods for programs.",
    "worker": "Carry out jobs: collection by schedule, and what pages leave to be done.",
    "doctor": "Check what this installation needs: database, disk, keys; exit 1 where something is wrong, with what to do.",
    "pictures": "Take a picture of every page of a running site, at both widths and in both languages.",
    "collect": "Batches: from the sources into the lake.",
    "quality": "Quality: scores in six dimensions, rows held back.",
    "registry": "Base registries: link, score, show.",
    "places": "Places: renew, load, lists, codes, addresses.",
    "casework": "Deadlines: cards, alarms, the compliance report.",
    "exchange": "Requests, grants and keys of the exchange.",
    "audit": "The audit log: verify it, export it, hand out receipts.",
    "economy": "Series of the economy: list, show, export.",
    "catalogue": "The catalogue: one source of each element, sheets, reports upward.",
    "opening": "Open data, privacy budgets, joint questions.",
    "trace": "Traceability of goods.",
    "witness": "A witness: cosigns a log's checkpoints as long as it only grows.",
    "lake": "The lake's upkeep.",
    "test": "Run every test; installs what they use from the distribution when it may.",
    "check": "Run the checks of the code: ruff, mypy, the import contracts, djlint, the tests of the docs.",
    "words": "List the words of public pages that a language lacks, or that nobody has confirmed; exit 1 where some are missing.",
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """One command for everything."""


def add(name: str) -> None:
    """Hang one command or group of commands on the root."""
    if name in GROUPS:
        app.add_typer(importlib.import_module(GROUPS[name]).app, name=name)
        return
    module, function = (COMMANDS | DEVELOPERS)[name].split(":")
    # What follows `test` is pytest's, options too.
    passed_on = {"ignore_unknown_options": True} if name == "test" else None
    app.command(name, context_settings=passed_on)(
        getattr(importlib.import_module(f"xilin.config.{module}"), function)
    )


def name_all() -> None:
    """Hang the names and purposes of all commands on the root, for its help; none can be run."""
    for name, purpose in PURPOSES.items():
        app.command(name, help=purpose)(lambda: None)


def speak() -> None:
    """Speak the reader's language, and let tables be wide where no terminal limits them."""
    from django.utils import translation

    from xilin.config.language import language

    translation.activate(language())
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", "200")


def main() -> None:
    """Load what the command needs, Django among it, then hand over; the help of the whole needs none of it."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if wanted in DEVELOPERS or wanted in ALONE:
        add(wanted)
    elif wanted in COMMANDS or wanted in GROUPS:
        from xilin.config.start import django

        asked = "--help" not in sys.argv and not (wanted in GROUPS and sys.argv[-1] == wanted)
        django(database=asked)
        speak()
        if asked and wanted in GROUPS:
            refuse_without_tables()
        add(wanted)
    else:
        name_all()
    hand_over()


def refuse_without_tables() -> None:
    """Exit 1 in words where the database lacks tables; the commands above the groups make them themselves."""
    from xilin.config.language import language
    from xilin.config.tables import NOT_MADE, missing

    if missing():
        typer.echo(NOT_MADE.of(language()), err=True)
        sys.exit(1)


def hand_over() -> None:
    """Run the command; a refusal, or a database that is gone, ends it in words, with what to do, and exit code 1."""
    import psycopg
    from django.db import OperationalError

    from xilin.config.database import lost
    from xilin.config.language import language
    from xilin.config.spoken import in_chinese
    from xilin.lib.errors import Refusal

    command = typer.main.get_command(app)
    if language() != "en":
        in_chinese(command)
    try:
        command(prog_name="xilin")
    except Refusal as refusal:
        typer.echo(f"{refusal} {refusal.advice}", err=True)
        sys.exit(1)
    except (OperationalError, psycopg.OperationalError) as error:
        if (words := lost(error)) is None:
            raise
        typer.echo(words.of(language()), err=True)
        sys.exit(1)
