"""Look-ups on record: who may, for which purpose, what the log keeps, what is shown."""

from datetime import timedelta
from typing import Any

import pytest
from made_up import NOW
from searched import declare, declare_people, number, someone
from typer.testing import CliRunner

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.models import Entry
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.audit.queries import entries
from xilin.kernel.registry import cli, errors
from xilin.kernel.registry.inquiry import Inquiry, look_up, shown
from xilin.kernel.registry.lookup import Facts
from xilin.lib.errors import Refusal

pytestmark = pytest.mark.django_db
PURPOSE = {
    "code": "identity_verification",
    "name": {"zh": "身份核验", "en": "Verifying identity"},
    "basis": {"zh": "x"},
}
ANNA = Inquiry(facts=Facts("其其格", "1980年5月12日", "152502", "12000000001"))


@pytest.fixture(autouse=True)
def people(settings: Any, tmp_path: Any) -> None:
    """The registry and a purpose are declared."""
    settings.HOME = tmp_path
    declare_people()
    declare("purpose", "identity_verification", PURPOSE)


@pytest.fixture
def anna() -> Any:
    return someone("其其格", "1980-05-12", area="152502001000", phone="12000000001", nth=3)


def reviewer(role: str = "reviewer", active: bool = True) -> User:
    found, _ = User.objects.get_or_create(username=f"u{role}", role=role, is_active=active)
    return found


def logged() -> Entry:
    entry = entries(kind="registry.looked_up").order_by("-seq").first()
    assert entry is not None
    return entry


def ask(inquiry: Inquiry, **rest: Any) -> Any:
    settings: dict[str, Any] = {"at": NOW, "purpose": "identity_verification"}
    return look_up("people", inquiry, **(settings | rest))


def test_a_reviewer_finds_and_the_log_keeps_hashes_only(anna: Any) -> None:
    (found,) = ask(ANNA, by=reviewer(), case_number="2026-17")
    assert found.entity.pk == anna
    entry = logged()
    assert (entry.by, entry.subject) == ("ureviewer", "people")
    assert entry.fields["detail"]["given"] == {
        "name": keyed_hash("name=其其格", NOW),
        "born": keyed_hash("birth=1980-05-12", NOW),
        "area": keyed_hash("area=152502", NOW),
        "phone": keyed_hash("phone=12000000001", NOW),
    }
    assert entry.fields["detail"]["found"] == [str(anna)]
    assert entry.fields["detail"]["case_number"] == "2026-17"
    for personal in ("其其格", "1980-05-12", "12000000001"):
        assert personal not in entry.text


def test_an_identifier_has_one_hash_however_it_is_written(anna: Any) -> None:
    whole = number("1980-05-12", 3)
    for text in (whole, f" {whole.lower()} ", whole[:6] + whole[8:17]):
        assert len(ask(Inquiry(identifier=text), by=None)) == 1
        assert logged().fields["detail"]["given"] == {"identifier": keyed_hash(f"id_number={whole}", NOW)}


@pytest.mark.parametrize("role", [r for r in User.Role.values if r != "reviewer"])
def test_other_roles_may_not_and_the_attempt_is_on_record(anna: Any, role: str) -> None:
    with pytest.raises(errors.MayNotLookUp):
        ask(ANNA, by=reviewer(role))
    assert logged().fields["detail"]["decision"] == "registry.MayNotLookUp"


def test_a_person_looks_up_so_often_a_day_and_no_more(anna: Any, settings: Any) -> None:
    settings.LOOKUP_DAY = 2
    rita, rolf = reviewer(), User.objects.create(username="rolf", role="reviewer")
    ask(ANNA, by=rita)
    with pytest.raises(Refusal):
        ask(Inquiry(facts=Facts("其其格")), by=rita)
    with pytest.raises(errors.LookedUpTooOften):
        ask(ANNA, by=rita)
    assert logged().fields["detail"]["decision"] == "registry.LookedUpTooOften"
    assert ask(ANNA, by=rolf)
    assert ask(ANNA, by=None)
    assert ask(ANNA, by=rita, at=NOW + timedelta(days=1))


def test_someone_put_out_of_use_may_not(anna: Any) -> None:
    with pytest.raises(errors.MayNotLookUp):
        ask(ANNA, by=reviewer(active=False))


@pytest.mark.parametrize("purpose", ["", "curiosity", "身份"])
def test_nothing_is_found_without_a_declared_purpose(anna: Any, purpose: str) -> None:
    with pytest.raises(errors.PurposeMissing) as refused:
        ask(ANNA, by=reviewer(), purpose=purpose)
    assert "identity_verification" in refused.value.advice
    with pytest.raises(errors.PurposeMissing):
        ask(ANNA, purpose=purpose, full=True)


@pytest.mark.parametrize(
    "number_", ["其其格1", "A-12000000001", "no digit", "990101198005120033", "x" * 65 + "1", "1'; --"]
)
def test_a_case_number_with_the_person_in_it_is_refused(anna: Any, number_: str) -> None:
    with pytest.raises(errors.CaseNumberUnfit):
        ask(ANNA, by=reviewer(), case_number=number_)


def test_a_refused_look_up_is_on_record(anna: Any) -> None:
    with pytest.raises(Refusal):
        ask(Inquiry(facts=Facts("其其格")), by=reviewer())
    assert logged().fields["detail"]["decision"] == "registry.TooLittleGiven"
    with pytest.raises(Refusal):
        ask(Inquiry(id="990101198005120033"), by=reviewer())
    assert "990101198005120033" not in logged().text


def test_personal_values_are_masked_unless_asked_for_in_full(anna: Any) -> None:
    (found,) = ask(ANNA)
    plain = {one.code: one.value for one in shown("people", found)}
    assert plain == {
        "id_number": "9**",
        "name": "其**",
        "birth": "1980-**-**",
        "phone": "1**",
        "area": "152502001000",
    }
    full = {one.code: one.value for one in shown("people", found, full=True)}
    assert full["name"] == "其其格"


# The command


def command(*words: str, **rest: Any) -> Any:
    return CliRunner().invoke(cli.app, ["find", "people", *words], env={"COLUMNS": "200"}, **rest)


def test_the_command_finds_masked_and_says_why(anna: Any) -> None:
    done = command("--name", "琪琪格", "--birth", "1980-12-05", "--language", "en")
    assert done.exit_code == 0, done.output
    for said in (str(anna), "same sound", "day and month swapped", "其**", "1980-**-**"):
        assert said in done.output
    assert "12000000001" not in done.output
    assert "--language" not in done.output
    chinese = command("--name", "琪琪格", "--birth", "1980-05-12", "--language", "zh")
    assert "同音" in chinese.output


def test_the_command_shows_in_full_for_a_purpose_only(anna: Any) -> None:
    words = ("--name", "其其格", "--birth", "1980", "--full")
    refused = command(*words)
    assert refused.exit_code == 2
    assert "其其格" not in refused.output
    assert "12000000001" in command(*words, "--purpose", "identity_verification").output
    assert logged().fields["detail"]["shown"] == "full"


def test_the_command_asks_for_an_identifier_so_that_no_history_keeps_it(anna: Any) -> None:
    done = command("--identifier", "-", input=number("1980-05-12", 3) + "\n")
    assert done.exit_code == 0, done.output
    assert str(anna) in done.output
    assert number("1980-05-12", 3) not in done.output


def test_the_command_says_that_nobody_fits(anna: Any) -> None:
    done = command("--name", "王芳", "--birth", "1990-01-01", "--language", "en")
    assert done.exit_code == 1
    assert "Nobody fits" in done.output
