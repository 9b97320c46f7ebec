"""`xilin trace codes`: issue, print, bind, check on the command line."""

from pathlib import Path
from uuid import uuid4

import pytest
from issued_codes import AT, GTIN, SITE, issued
from typer.testing import CliRunner

from xilin.apps.trace.cli import app
from xilin.apps.trace.codes import chips, issuing, printing
from xilin.apps.trace.models.codes import Chip, Code, CodeBatch
from xilin.apps.trace.proof import claims, keys, sun

pytestmark = pytest.mark.django_db


def run(*words: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, ["codes", *words])
    assert result.exit_code == exit_code, result.output
    return result.output


def test_an_order_is_issued_once_and_listed() -> None:
    number = str(uuid4())
    words = ("issue", GTIN, "7", "--kind", "scratch", "--site", SITE, "--lot", "L9", "--request", number)
    said = run(*words)
    assert number in said
    assert CodeBatch.objects.get().state == CodeBatch.State.READY
    run(*words)
    assert Code.objects.count() == 7
    assert "L9" in run("batches", "--gtin", GTIN)


@pytest.mark.parametrize(
    "words", [("issue", "123", "7"), ("print", "0", "x.csv"), ("forget", "0"), ("bind", "04", GTIN, "0")]
)
def test_what_cannot_be_done_is_told(words: tuple[str, ...]) -> None:
    assert "✗" in run(*words, exit_code=1)


@pytest.mark.parametrize("option", [("--request", "x"), ("--algorithm", "rsa")])
def test_an_option_nobody_can_use_is_refused(option: tuple[str, str]) -> None:
    run("issue", GTIN, "1", *option, exit_code=2)


def test_a_print_file_is_for_its_owner_alone_and_ends_with_forgetting(tmp_path: Path) -> None:
    batch = issued(3, kind="scratch")
    out = tmp_path / "labels.csv"
    run("print", str(batch.pk), str(out))
    assert out.stat().st_mode & 0o077 == 0
    assert len(out.read_text("utf-8-sig").splitlines()) == 4
    run("print", str(batch.pk), str(tmp_path / "labels.pdf"), "--count", "1")
    assert (tmp_path / "labels.pdf").read_bytes().startswith(b"%PDF")
    run("forget", str(batch.pk))
    run("print", str(batch.pk), str(out), exit_code=1)


def test_a_signed_code_is_checked_by_its_link_and_by_itself() -> None:
    batch = issued(1, kind="signed")
    (label,) = printing.labels(batch, at=AT)
    assert batch.key_id in run("check", label.link)
    other = "A" if label.link[-9] != "A" else "B"
    assert "✗" in run("check", label.link[:-9] + other + label.link[-8:], exit_code=1)
    assert batch.key_id in run("keys")
    code = Code.objects.get(batch_id=batch.pk)
    stranger = claims.text(keys.generate(keys.ED25519), issuing.path_of(batch, code.serial))
    run("check", stranger, exit_code=1)
    assert batch.key_id not in run("check", label.link.partition("?")[0])
    run("check", "https://example.org", exit_code=1)


def test_a_chip_is_bound_and_its_message_checked_without_using_it_up() -> None:
    batch = issued(1, kind="chip")
    code = Code.objects.get(batch_id=batch.pk)
    assert "file offset" in run("bind", "04AABBCCDDEE81", GTIN, code.serial, "--sealed")
    said = run("bind", "04AABBCCDDEE81", GTIN, code.serial, "--keys")
    lines = dict(line.split(" ", 1) for line in said.splitlines())
    chip = Chip.objects.get()
    assert bytes.fromhex(lines["file"]) == chips.keys_for(chip)["file"]
    picc, _, mac = sun.write(
        sun.Mode.AES,
        sun.Picc(bytes.fromhex(chip.uid), 3),
        meta_key=bytes.fromhex(lines["reading"]),
        file_key=bytes.fromhex(lines["file"]),
    )
    link = lines["url"].partition("?")[0]
    assert chip.uid in run("check", f"{link}?p={picc.hex()}&m={mac.hex()}")
    run("check", f"{link}?p={picc.hex()}&m={'0' * 16}", exit_code=1)
    assert Chip.objects.get().counter == -1
