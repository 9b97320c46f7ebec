"""What pages and operators see of a registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import NOW
from typer.testing import CliRunner

from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions, cli, queries
from xilin.kernel.registry.errors import NotLinked, NoTruth
from xilin.kernel.registry.models import Entity, EntityRecord
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.models import Declaration
from xilin.lib.declared import read
from xilin.lib.errors import NotFound

REPO = Path(__file__).parents[3]
HEAD = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n"
ROWS = {
    "dataset4a": "rec-1-org,anna,berg,1,elm street,,yass,2582,nsw,19800203,1000001\n"
    "rec-2-org,ben,cole,2,oak street,,yass,2582,nsw,19910405,1000002\n",
    "dataset4b": "rec-1-dup-0,anna,berg,1,elm street,,yass,2582,nsw,19800203,1000001\n"
    "rec-3-dup-0,carl,dunn,3,ash street,,ballina,2478,nsw,19700809,1000003\n",
}
# The set's registry, with the social security number deciding and nothing to learn from so few rows.
REGISTRY = """
code = "people"
name = { zh = "人员", en = "People" }
truth_column = "rec_id"
truth_pattern = "^rec-([0-9]+)-"
identifier = [{ attribute = "soc_sec_id" }]
attribute = [
  { code = "given_name", element = "given_name" },
  { code = "state", element = "state" },
  { code = "soc_sec_id", element = "soc_sec_id" },
]
"""


@pytest.fixture
def people(settings, tmp_path, monkeypatch, transactional_db) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Four records of three people, collected and declared; not linked yet."""
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    monkeypatch.setenv("XILIN_TESTDATA", str(tmp_path))
    (tmp_path / "er" / "febrl").mkdir(parents=True)
    for name, rows in ROWS.items():
        (tmp_path / "er" / "febrl" / f"{name}.csv").write_text(HEAD + rows)
    folder = tmp_path / "league"
    for file in sorted((REPO / "leagues" / "febrl").rglob("*.*")):
        copy = folder / file.relative_to(REPO / "leagues" / "febrl")
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text("utf-8")
        if file.name == "person.toml":
            text = text.replace('source = "FEBRL" }', 'source = "FEBRL", personal = "personal" }')
            for public in ("State", "Record number"):
                text = text.replace(
                    f'en = "{public}" }}, type = "string", source = "FEBRL", personal = "personal"',
                    f'en = "{public}" }}, type = "string", source = "FEBRL"',
                )
        copy.write_text(REGISTRY if file.parent.name == "registries" else text, "utf-8")
    league, faults = read(folder, KINDS)
    assert faults == []
    standards.apply(league, at=NOW)
    for source in ("originals", "copies"):
        assert collect.collect(source, at=NOW).state == "done"
    return


def link() -> None:
    actions.link("people", at=NOW, con=engine.connect(256))


def test_a_registry_that_was_never_linked_has_nothing(people: None) -> None:
    assert (queries.count("people"), queries.how("people"), queries.records_by_source("people")) == (
        0,
        {},
        {},
    )
    assert queries.latest_run("people") is None
    with pytest.raises(NotLinked):
        actions.score("people", None, engine.connect(256))


def test_counts_of_a_linked_registry(people: None) -> None:
    link()
    assert queries.count("people") == queries.living("people").count() == 3
    assert queries.count_by("people", "state") == {"nsw": 3}
    assert queries.count_by("people", "address") == {"": 3}
    assert queries.records_by_source("people") == {"originals": 2, "copies": 2}
    assert queries.how("people") == {"identifier": 4}


def test_an_entity_is_found_by_its_identifier_and_tells_its_sources(people: None) -> None:
    link()
    anna = queries.entity_by_identifier("people", "soc_sec_id", "1000001")
    assert anna is not None
    assert queries.entity("people", anna.pk) == anna
    assert [member.key for member in queries.members(anna)] == ["rec-1-dup-0", "rec-1-org"]
    fields = queries.provenance(anna)
    assert [(field.code, field.value) for field in fields] == [
        ("given_name", "anna"),
        ("state", "nsw"),
        ("soc_sec_id", "1000001"),
    ]
    assert {(field.source, field.recorded) for field in fields} == {("copies", None)}
    assert queries.entity_by_identifier("people", "soc_sec_id", "9") is None


@pytest.mark.parametrize("id", ["no id", "00000000-0000-0000-0000-000000000000"])
def test_an_entity_that_is_not_there_is_not_found(people: None, id: str) -> None:
    with pytest.raises(NotFound):
        queries.entity("people", id)


def test_an_undeclared_registry_is_not_found(people: None) -> None:
    with pytest.raises(NotFound):
        actions.link("horses", at=NOW, con=engine.connect(256))


def test_a_registry_without_a_truth_is_not_scored(people: None, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    link()
    plain = actions._registry("people")
    from msgspec.structs import replace

    monkeypatch.setattr(actions, "_registry", lambda code: replace(plain, truth_column=""))
    with pytest.raises(NoTruth):
        actions.score("people", None, engine.connect(256))


def test_an_operator_links_scores_and_sees_no_personal_value(people: None) -> None:
    run = CliRunner()
    linked = run.invoke(cli.app, ["link", "people"])
    assert linked.exit_code == 0, linked.output
    scored = run.invoke(cli.app, ["score", "people"])
    assert scored.exit_code == 0, scored.output
    assert "1.00000" in scored.output
    anna = EntityRecord.objects.get(key="rec-1-org").entity_id
    shown = run.invoke(cli.app, ["show", "people", str(anna)], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    assert "rec-1-dup-0" in shown.output
    assert "copies" in shown.output
    assert "nsw" in shown.output
    for personal in ("anna", "1000001"):
        assert personal not in shown.output


def test_a_key_that_says_who_someone_is_is_not_shown(people: None) -> None:
    link()
    Declaration.objects.filter(kind="element", code="rec_id").update(
        content={
            "code": "rec_id",
            "name": {"zh": "号码"},
            "type": "string",
            "source": "x",
            "personal": "sensitive",
        }
    )
    anna = EntityRecord.objects.get(key="rec-1-org").entity_id

    shown = CliRunner().invoke(cli.app, ["show", "people", str(anna)], env={"COLUMNS": "200"})

    assert shown.exit_code == 0, shown.output
    assert "rec-1" not in shown.output


def test_an_operator_asking_for_nothing_known_is_told_so(people: None) -> None:
    run = CliRunner()
    for command in (["link", "horses"], ["score", "people"], ["show", "people", "x"]):
        refused = run.invoke(cli.app, command)
        assert refused.exit_code == 2
        assert refused.stderr.strip()
    assert not Entity.objects.exists()
