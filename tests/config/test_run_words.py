"""What `xilin run` and the processes tell whoever started them."""

import sys
from io import StringIO

import pytest
import typer
from rich.console import Console

from xilin.config import run, serve
from xilin.kernel.collect.models import Batch


def test_names_of_columns_are_told_as_they_stand_whatever_signs_they_have():
    note = "a.csv has columns that are not mapped: [XM], [/remark]"
    done = Batch(source="office", state="done", notices=[{"zh": note, "en": note}])
    error = {"code": "x", "zh": note, "en": note, "detail": "errno [/111] {x}"}
    refused = Batch(source="school", state="refused", error=error)
    out = StringIO()

    run.show(Console(file=out, width=300), run.Summary(batches=[done, refused]))

    assert out.getvalue().count(note) == 2
    assert "errno [/111] {x}" in out.getvalue()


@pytest.mark.django_db
def test_a_process_that_ended_by_itself_ends_its_command_with_exit_1(monkeypatch):
    monkeypatch.setattr(serve.start, "server", lambda: None)
    monkeypatch.setattr(serve, "migrate", lambda: None)
    monkeypatch.setattr(serve.signal, "signal", lambda *_: None)
    ended = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr(serve, "command_for", lambda *_: ended)

    with pytest.raises(typer.Exit) as told:
        serve.worker()

    assert told.value.exit_code == 1
