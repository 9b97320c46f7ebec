"""What the operator of the machine reads: counts and names, never a value of a row."""

from quality_plan import Batch, outcome
from typer.testing import CliRunner

from xilin.kernel.quality import actions
from xilin.kernel.quality.cli import app
from xilin.kernel.quality.scoring import Delivery


def told(*arguments):
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_quarantine_is_counted_by_source_and_check_without_values(hub):
    rows = [hub.row(n, f"R{n}", ("person_name.required", "person_name", None), 姓名="某某") for n in range(3)]
    rows.append(
        hub.row(9, "R9", ("sex.code_list", "sex", "七"), ("person_name.required", "person_name", None))
    )
    actions.keep(Batch(1), hub.plan, outcome(), [hub.file("q", rows)])
    said = told("quarantine")

    assert "gaj_hukou: 4" in said
    assert "4  person_name.required" in said
    assert "1  sex.code_list" in said
    assert not {"某某", "七", "R9"} & set(said.split())
    assert "某某" not in said


def test_scores_and_the_checks_of_a_resource_are_listed(hub):
    actions.keep(Batch(1), hub.plan, outcome(), [])
    delivery = Delivery("gaj_hukou", hub.now, last_succeeded=True, batches=1, succeeded=1)
    actions.score(hub.plan.resource, {}, batches=[1], deliveries=[delivery], at=hub.now)

    assert "households" in told("scores")
    assert "95.00%" in told("scores")
    assert "出生日期与号码一致" in told("scores", "households") or "Birth date agrees" in told(
        "scores", "households"
    )


def test_an_empty_quarantine_says_so(db):
    assert told("quarantine").strip() in ("No row is held back.", "没有被隔离的数据。")
