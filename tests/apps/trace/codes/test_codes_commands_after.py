"""What an operator does with codes after issuing them, on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from issued_codes import GTIN, issued
from typer.testing import CliRunner

import trace_league
from xilin.apps.trace.cli import app
from xilin.apps.trace.codes import commands_after, secrets
from xilin.apps.trace.models import Allotment, Code, CodeRelease, Notice
from xilin.kernel.accounts.models import Department, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(secrets, "_folder", lambda: tmp_path / "secrets")
    return tmp_path


def run(*words: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, ["codes", *words])
    assert result.exit_code == exit_code, result.output
    return result.output


def states(batch: Any) -> list[int]:
    return list(Code.objects.filter(batch=batch).order_by("pk").values_list("state", flat=True))


def test_codes_are_activated_and_declared_void_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_after, "PIECE", 3)
    batch = issued(8)
    run("void", str(batch.pk), "--first", "6", "--count", "2")
    assert "2" in run("activate", str(batch.pk))
    assert states(batch) == [Code.State.ACTIVE] * 6 + [Code.State.VOID] * 2
    for wrong in (("--first", "8"), ("--count", "9"), ("--first", "-1", "--count", "1"), ("--count", "0")):
        run("activate", str(batch.pk), *wrong, exit_code=1)
    run("activate", "0", exit_code=1)


def test_codes_are_allotted_and_a_batch_is_told_of(tmp_path: Path) -> None:
    trace_league.apply(tmp_path)
    batch = issued(5)
    run("allot", str(batch.pk), "league", "--count", "3")
    assert Allotment.objects.get().count == 3
    run("allot", str(batch.pk), "nowhere", exit_code=1)
    run("notice", "stolen", GTIN, "L1", "--number", "7")
    run("notice", "stolen", GTIN, "L1", "--end")
    assert Notice.objects.get().until is not None
    run("notice", "stolen", GTIN, "L1", "--end", exit_code=1)


def test_a_proof_is_verified_with_nothing_but_the_keys(folder: Path, django_db_blocker: Any) -> None:
    batch = issued(300)
    code = Code.objects.filter(batch=batch).last()
    assert code is not None
    proof, keys = folder / "proof.json", folder / "keys.json"
    run("prove", GTIN, code.serial, "--out", str(proof))
    run("keys", "--out", str(keys))
    assert json.loads(run("prove", GTIN, code.serial))["code"].endswith(code.serial)
    with django_db_blocker.block():
        assert code.serial in run("verify", str(proof), "--keys", str(keys))
    assert batch.key_id in run("verify", str(proof))
    proof.write_text(proof.read_text().replace(code.serial, "0" * 16))
    run("verify", str(proof), exit_code=1)
    run("verify", str(keys), exit_code=1)
    run("prove", GTIN, "0" * 16, exit_code=1)


def test_keys_and_secrets_follow_each_other() -> None:
    batch = issued(1)
    assert "2" in run("rotate", "secrets")
    assert batch.key_id not in run("rotate", "ed25519", "--days", "10")
    assert len(run("keys").splitlines()) == 2
    run("withdraw", batch.key_id, "--why", "lost")
    assert batch.key_id not in run("keys")
    run("withdraw", "0" * 16, "--why", "lost", exit_code=1)
    run("rotate", "rsa", exit_code=2)


def test_two_people_release_codes(tmp_path: Path) -> None:
    trace_league.apply(tmp_path)
    for name in ("one", "other"):
        User.objects.create(
            username=name, department=Department.objects.get(code="nmj"), role=User.Role.STEWARD
        )
    asked = ("release", "09520001000010", "50", "--lot", "L1", "--why", "迟报")
    run(*asked, "--by", "nobody", exit_code=1)
    run(*asked, "--by", "one")
    case = CodeRelease.objects.get().case
    run("decide", case, "--by", "one", exit_code=1)
    run("decide", case, "--by", "other", "--remark", "核实")
    assert CodeRelease.objects.get().granted
    run(*asked, "--by", "one")
    second = CodeRelease.objects.exclude(case=case).get().case
    run("decide", second, "--by", "other", "--refuse")
    assert CodeRelease.objects.get(case=second).granted is False
