"""The verifier alone: one file, Python's standard library, nothing of ours; and the command line beside it."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation
from typer.testing import CliRunner

from kernel.audit.conftest import grow, unguarded
from xilin.kernel.audit import cli, queries, verifier
from xilin.kernel.audit.export import export

FILE = Path(verifier.__file__)


def alone(*arguments, file=FILE):
    """Run the verifier isolated from everything installed; its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(file), *map(str, arguments)], capture_output=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture
def exported(empty_log, tmp_path):
    grow(1, 2, 300, 64)
    export(tmp_path / "out")
    return tmp_path / "out"


def test_the_verifier_imports_the_standard_library_alone():
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(FILE.read_text(encoding="utf-8")))
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            if isinstance(node, ast.Import) else []
        )
    }  # fmt: skip

    assert imported <= sys.stdlib_module_names


def test_an_export_is_verified_alone_with_the_verifier_that_lies_in_it(exported):
    code, said = alone(exported, "--key", exported / "key.txt", file=exported / "verifier.py")

    assert code == 0, said
    assert "367 条记录" in said
    assert "The log holds: 367 entries" in said
    assert alone(exported, "--key", exported / "key.txt", "--every")[0] == 0


def test_an_edited_export_is_told_with_its_place(exported):
    path = exported / "entries.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[5] = lines[5].replace(b'"ann"', b'"eve"')
    path.write_bytes(b"\n".join(lines))

    code, said = alone(exported, "--key", queries.key())

    assert code == 1
    assert "✗ [3–302] 这一段记录与检查点不符。" in said


def test_a_kept_checkpoint_is_compared_alone(exported, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(queries.checkpoint(), encoding="utf-8")
    assert alone(exported, "--key", queries.key(), "--checkpoint", kept)[0] == 0

    grow(5)
    kept.write_text(queries.checkpoint(), encoding="utf-8")
    code, said = alone(exported, "--key", queries.key(), "--checkpoint", kept)

    assert (code, "[367–371]" in said) == (1, True)


def test_a_receipt_is_verified_alone(empty_log, tmp_path):
    grow(20)
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(queries.receipt(7)), encoding="utf-8")

    code, said = alone(path, "--key", queries.key())
    assert code == 0
    assert '"subject": "案-7"' in said

    path.write_text(path.read_text().replace('"index": 7', '"index": 8'), encoding="utf-8")
    assert alone(path, "--key", queries.key())[0] == 1


@pytest.mark.parametrize("content", ["", "[]", "no json", '"text"'])
def test_what_is_no_receipt_is_told_in_words(tmp_path, empty_log, content):
    path = tmp_path / "receipt.json"
    path.write_text(content, encoding="utf-8")

    code, said = alone(path, "--key", queries.key())
    assert code in (1, 2)
    assert "Traceback" not in said


def test_a_missing_file_or_a_wrong_key_is_told_in_words(tmp_path, exported):
    code, said = alone(tmp_path / "nothing.json", "--key", queries.key())
    assert (code, "Traceback" in said) == (2, False)
    assert alone(exported, "--key", "nonsense")[0] == 1


# xilin audit


def run(*arguments, language="zh-hans"):
    with translation.override(language):
        found = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    return found.exit_code, found.output


def test_verify_says_that_the_log_holds_in_both_languages(empty_log):
    grow(5)

    assert run("verify") == (
        0,
        "✓ 日志完整：5 条记录，全部在有签名的检查点之下。\n请与另存的检查点比对，以排除最新的记录被撤回。\n",
    )
    assert "The log holds: 5 entries" in run("verify", language="en")[1]


def test_verify_tells_faults_and_exits_1(empty_log):
    grow(5)
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET by = 'eve' WHERE seq = 2")

    assert run("verify") == (1, "✗ [2] 检索列与记录原文不符。\n")
    assert run("verify", language="en") == (1, "✗ [2] The columns for searching don't fit the entry.\n")


def test_verify_compares_with_kept_checkpoints(empty_log, tmp_path):
    grow(5)
    kept = tmp_path / "kept"
    kept.write_text(run("checkpoint")[1], encoding="utf-8")
    assert run("verify", "--checkpoint", kept)[0] == 0

    grow(1)
    kept.write_text(run("checkpoint")[1], encoding="utf-8")
    with unguarded() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE seq = 5")
        cursor.execute("DELETE FROM audit_checkpoint WHERE size = 6")

    code, said = run("verify", "--checkpoint", kept, language="en")
    assert code == 1
    assert "[5] The log was cut short" in said


def test_an_export_is_logged_and_does_not_overwrite_another(empty_log, tmp_path):
    grow(5)

    code, said = run("export", tmp_path / "out", language="en")
    assert code == 0
    assert "5 entries are in" in said
    assert queries.entries(kind="audit.log.exported").get().detail == {"size": 5}
    assert run("export", tmp_path / "out")[0] == 1
    assert alone(tmp_path / "out", "--key", queries.key())[0] == 0


def test_a_receipt_a_key_and_a_checkpoint_are_printed(empty_log):
    grow(5)
    code, said = run("receipt", 3)

    assert code == 0
    assert verifier.verify_receipt(json.loads(said), run("key")[1])["seq"] == 3
    assert verifier.verify_checkpoint(run("checkpoint")[1], run("key")[1]).size == 6
    read = queries.entries(kind="audit.log.read").get()
    assert (read.seq, read.subject, read.detail) == (5, "3", {"what": "receipt", "entries": 1})
    code, said = run("receipt", 6)
    assert (code, "没有日志记录“6”" in said) == (1, True)
