"""Linking reads of the lake what came since: increments by their batches, full deliveries by their content."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions, linker
from xilin.kernel.registry.models import Entity, LinkRun
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
COLUMNS = ("rec_id", "given_name", "surname", "date_of_birth", "soc_sec_id")
SOURCE = """
code = "{code}"
resource = "persons"
department = "febrl"
name = {{ zh = "{code}", en = "{code}" }}
connector = "sqlite"
{mode}

[connection]
path = "{path}"
table = "{code}"

[columns]
"""


@pytest.fixture
def office(settings, tmp_path: Path, transactional_db) -> sqlite3.Connection:  # type: ignore[no-untyped-def]
    """Two tables of persons that are collected: `grows` by increments, `whole` in full."""
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    folder, path = tmp_path / "league", tmp_path / "office.db"
    shutil.copytree(REPO / "leagues" / "febrl", folder)
    shutil.rmtree(folder / "sources")
    (folder / "sources").mkdir()
    for code, mode in (("grows", 'mode = "incremental"\ncursor = "changed"'), ("whole", "")):
        text = SOURCE.format(code=code, mode=mode, path=path)
        text += "".join(f'{column} = {{ source = "{column}" }}\n' for column in COLUMNS)
        (folder / "sources" / f"{code}.toml").write_text(text, "utf-8")
    league, faults = read(folder, KINDS)
    assert faults == []
    standards.apply(league, at=NOW)
    database = sqlite3.connect(path, isolation_level=None)
    for code in ("grows", "whole"):
        database.execute(f"CREATE TABLE {code} ({', '.join(COLUMNS)}, changed TEXT)")
    return database


@pytest.fixture
def run(office: sqlite3.Connection) -> Callable[[], LinkRun]:
    """Collect both and link."""
    office.execute("INSERT INTO whole VALUES ('w1', 'ann', 'lee', '19800203', '1234567', '1')")
    for n in range(30):
        row = (f"g{n}", f"given{n}", f"sur{n}", f"19{50 + n}0101", f"99{n:05}", f"{n:03}")
        office.execute("INSERT INTO grows VALUES (?, ?, ?, ?, ?, ?)", row)

    def work() -> LinkRun:
        batches = [collect.collect(source, at=NOW) for source in ("grows", "whole")]
        assert [batch.state for batch in batches] == ["done", "done"]
        return actions.link("people", at=NOW, con=engine.connect(512))

    return work


def test_a_batch_of_an_increment_is_all_that_is_looked_at(
    office: sqlite3.Connection, run: Callable[[], LinkRun]
) -> None:
    first = run()
    assert first.counts["records"] == 31
    office.execute("UPDATE grows SET given_name = 'other', changed = '100' WHERE rec_id = 'g3'")
    office.execute("INSERT INTO grows VALUES ('g99', 'new', 'new', '19990909', '9988888', '101')")
    second = run()
    assert (second.counts["arrived"], second.counts["left"]) == (2, 0)
    assert (second.counts["records"], second.counts["new_entities"]) == (32, 1)
    assert second.batches["grows"] > first.batches["grows"]
    told = linker.about("people", engine.connect(512).con)
    assert told is not None
    assert [len(told.batches[source]) for source in ("grows", "whole")] == [2, 1]
    third = run()
    assert (third.counts["arrived"], third.counts["left"], third.counts["records"]) == (0, 0, 32)


def test_of_a_full_delivery_only_what_differs_has_changed(
    office: sqlite3.Connection, run: Callable[[], LinkRun]
) -> None:
    office.execute("INSERT INTO whole VALUES ('w2', 'bob', 'day', '19900203', '7654321', '1')")
    run()
    office.execute("DELETE FROM whole WHERE rec_id = 'w2'")
    office.execute("UPDATE whole SET surname = 'moon' WHERE rec_id = 'w1'")
    second = run()
    assert (second.counts["arrived"], second.counts["left"], second.counts["records"]) == (1, 1, 31)
    changed = Entity.objects.filter(changed_run=second.pk, ended_run=None)
    assert [entity.attributes["surname"] for entity in changed] == ["moon"]


def test_a_trained_model_links_everything_anew(run: Callable[[], LinkRun]) -> None:
    assert run().parameters["model"]["version"] == 1
    made = actions.train("people", at=NOW, con=engine.connect(512))
    assert made.version == 2
    after = run()
    assert "looked_at" not in after.counts
    assert after.parameters["model"]["version"] == 2
    assert "looked_at" in run().counts
