"""Why a record belongs to a person: on records that were really collected and linked."""

from pathlib import Path
from typing import Any

import pytest
from made_up import NOW
from typer.testing import CliRunner

from xilin.kernel.audit.queries import entries
from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions, cli
from xilin.kernel.registry.explain import Explanation, explain
from xilin.kernel.registry.models import LinkRun
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read
from xilin.lib.errors import NotFound

REPO = Path(__file__).parents[3]
HEAD = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n"
ROWS = {
    "dataset4a": "rec-1-org,anna,berg,1,elm street,,yass,2582,nsw,19800203,1000001\n"
    "rec-2-org,ben,cole,2,oak street,,yass,2582,nsw,19910405,1000002\n",
    "dataset4b": "rec-1-dup-0,hanna,berg,1,elm street,,yass,2582,,19800203,1000001\n"
    "rec-2-dup-0,ben,coles,2,oak street,,yass,2582,nsw,19910405,\n"
    "rec-3-dup-0,carl,dunn,3,ash street,,ballina,2478,nsw,19700809,1000003\n",
}
REGISTRY = """
code = "people"
name = { zh = "人员", en = "People" }
identifier = [{ attribute = "soc_sec_id" }]
blocks = [["date_of_birth"]]
attribute = [
  { code = "given_name", element = "given_name" },
  { code = "surname", element = "surname" },
  { code = "state", element = "state" },
  { code = "date_of_birth", element = "date_of_birth" },
  { code = "soc_sec_id", element = "soc_sec_id" },
]
comparison = [
  { attribute = "given_name", level = [{ kind = "exact", m = 0.9, u = 0.01 }, { kind = "distance", threshold = 1, m = 0.05, u = 0.01 }, { kind = "else", m = 0.05, u = 0.98 }] },
  { attribute = "surname", level = [{ kind = "exact", m = 0.9, u = 0.01 }, { kind = "similar", threshold = 0.8, m = 0.08, u = 0.01 }, { kind = "else", m = 0.02, u = 0.98 }] },
  { attribute = "state", level = [{ kind = "exact", m = 0.5, u = 0.25 }, { kind = "else", m = 0.5, u = 0.75 }] },
  { attribute = "date_of_birth", level = [{ kind = "exact", m = 0.9, u = 0.0001 }, { kind = "else", m = 0.1, u = 0.9999 }] },
]
"""


@pytest.fixture
def linked(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    """Five records of three people, collected and linked."""
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    monkeypatch.setenv("XILIN_TESTDATA", str(tmp_path))
    (tmp_path / "er" / "febrl").mkdir(parents=True)
    for name, rows in ROWS.items():
        (tmp_path / "er" / "febrl" / f"{name}.csv").write_text(HEAD + rows)
    folder = tmp_path / "league"
    for file in sorted((REPO / "leagues" / "febrl").rglob("*.*")):
        copy = folder / file.relative_to(REPO / "leagues" / "febrl")
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text("utf-8").replace(
            'source = "FEBRL" }', 'source = "FEBRL", personal = "personal" }'
        )
        copy.write_text(REGISTRY if file.parent.name == "registries" else text, "utf-8")
    league, faults = read(folder, KINDS)
    assert faults == []
    standards.apply(league, at=NOW)
    for source in ("originals", "copies"):
        assert collect.collect(source, at=NOW).state == "done"
    actions.link("people", at=NOW, con=engine.connect(256))


def why(source: str, key: str) -> Explanation:
    return explain("people", source, key, con=engine.connect(256))


def test_a_record_placed_by_its_number_is_compared_with_the_other_that_has_it(linked: None) -> None:
    found = why("copies", "rec-1-dup-0")
    assert found.beside is not None
    assert (found.beside.source, found.beside.key) == ("originals", "rec-1-org")
    assert any("identifier" in reason.en for reason in found.reasons)
    assert [(one.attribute, one.level) for one in found.agreements] == [
        ("given_name", "distance"),
        ("surname", "exact"),
        ("state", "missing"),
        ("date_of_birth", "exact"),
    ]
    given, surname, state, birth = (one.bits for one in found.agreements)
    assert given == pytest.approx(2.3219, abs=1e-3)
    assert surname == pytest.approx(6.4919, abs=1e-3)
    assert state == 0
    assert found.bits == pytest.approx((given or 0) + (surname or 0) + (birth or 0))
    assert found.agreements[0].said.en.endswith("at most 1 edits apart")


def test_a_record_that_was_compared_says_so_with_its_levels(linked: None) -> None:
    found = why("copies", "rec-2-dup-0")
    assert found.record.how == "compared"
    assert found.beside is not None
    assert found.beside.key == "rec-2-org"
    assert [one.level for one in found.agreements] == ["exact", "similar", "exact", "exact"]
    assert found.agreements[1].left == "coles"
    assert found.agreements[1].right == "cole"


def test_what_a_model_learnt_is_what_levels_are_worth(linked: None) -> None:
    run = LinkRun.objects.get()
    for comparison in run.parameters["model"]["comparison"]:
        for nth, level in enumerate(comparison["level"]):
            level["bits"] = 7.5 - nth
    run.save()
    found = why("copies", "rec-2-dup-0")
    assert [one.bits for one in found.agreements] == [7.5, 6.5, 7.5, 7.5]
    assert found.bits == 29


def test_a_record_alone_has_nothing_beside_it(linked: None) -> None:
    found = why("copies", "rec-3-dup-0")
    assert (found.beside, found.agreements) == (None, ())


def test_a_record_of_nobody_is_not_found(linked: None) -> None:
    with pytest.raises(NotFound):
        why("copies", "rec-9' OR 1=1 --")


def test_nothing_is_left_on_the_connection(linked: None) -> None:
    con = engine.connect(256)
    for _ in range(2):
        explain("people", "copies", "rec-1-dup-0", con=con)
    assert not any("explained" in table for table in con.list_tables())


def command(*words: str) -> Any:
    return CliRunner().invoke(cli.app, ["explain", "people", *words], env={"COLUMNS": "200"})


def test_the_command_explains_masked_and_on_record(linked: None) -> None:
    done = command("copies", "rec-2-dup-0", "--language", "en")
    assert done.exit_code == 0, done.output
    assert "much alike" in done.output
    assert "coles" not in done.output
    entry = entries(kind="registry.looked_up").order_by("-seq").first()
    assert entry is not None
    assert entry.fields["detail"]["way"] == "record"
    assert "rec-2-dup-0" not in entry.text


def test_the_command_shows_values_for_a_purpose_only(linked: None) -> None:
    assert command("copies", "rec-2-dup-0", "--full").exit_code == 2
    assert "coles" in command("copies", "rec-2-dup-0", "--full", "--purpose", "checking").output


def test_the_command_refuses_a_record_of_nobody(linked: None) -> None:
    assert command("copies", "nothing").exit_code == 2
