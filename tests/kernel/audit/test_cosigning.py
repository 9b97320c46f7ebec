"""The log asks its witnesses, keeps what holds, and says who has seen how much; a witness's word outlives the log's."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from typer.testing import CliRunner

from kernel.audit.conftest import emptied, grow, unguarded
from xilin.kernel.audit import cli, cosigning, keys, queries, quorum, tasks, verifier
from xilin.kernel.audit.errors import NotWitnessed
from xilin.kernel.audit.export import export
from xilin.kernel.audit.models import Cosignature, Outcome
from xilin.kernel.audit.verifier import COSIGNING, verify_receipt
from xilin.kernel.audit.witness.book import Book
from xilin.kernel.audit.witness.judging import Witness
from xilin.kernel.audit.witness.server import Server
from xilin.lib.environment import BadSetting

# Witnesses sign by their own clocks, which may not run ahead: a test may come an hour after this line.
AT = datetime.now(UTC) + timedelta(hours=6)
SIGNERS = [keys.read_key(keys.new_key(f"witness.example/w{n}", COSIGNING), COSIGNING) for n in (1, 2, 3)]


class Running:
    """Witnesses that listen, and the file that declares them."""

    def __init__(self, folder, settings):
        self.folder, self.servers = folder, {}
        for number, signer in enumerate(SIGNERS, 1):
            book = Book(folder / f"w{number}", signer.verifier_key)
            book.trust(queries.key())
            self.start(number, Witness(signer, book))
        settings.AUDIT_WITNESSES = folder / "witnesses.toml"
        self.declare(2)

    def start(self, number, witness, port=0):
        server = Server(("127.0.0.1", port), witness)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.servers[number] = server

    def declare(self, needed):
        lines = [f"needed = {needed}"]
        for number, server in self.servers.items():
            url = f"http://127.0.0.1:{server.server_address[1]}"
            lines += ["[[witness]]", f'key = "{SIGNERS[number - 1].verifier_key}"', f'url = "{url}"']
        (self.folder / "witnesses.toml").write_text("\n".join(lines))

    def stop(self, *numbers):
        for number in numbers or tuple(self.servers):
            self.servers[number].shutdown()
            self.servers[number].server_close()

    def again(self, number):
        server = self.servers[number]
        self.start(number, server.witness, server.server_address[1])


@pytest.fixture
def witnesses(empty_log, tmp_path, settings):
    running = Running(tmp_path, settings)
    yield running
    running.stop()


def outcomes(found):
    return [one.outcome for one in found]


def test_every_witness_cosigns_each_newest_checkpoint(witnesses):
    for group in (1, 300, 7):
        grow(group)
        assert outcomes(cosigning.collect(at=AT)) == ["signed"] * 3
        found = queries.witnessed()
        assert (found.size, sorted(found.seen)) == (queries.size(), [signer.origin for signer in SIGNERS])

    assert Cosignature.objects.count() == 9
    assert outcomes(cosigning.collect(at=AT)) == ["signed"] * 3
    assert [(one.witness, one.size) for one in queries.standings()] == [(s.origin, 308) for s in SIGNERS]


def test_a_log_with_fewer_witnesses_than_are_needed_goes_on_and_says_how_far_it_is_witnessed(witnesses):
    grow(5)
    cosigning.collect(at=AT)
    witnesses.stop(2, 3)
    grow(5)

    assert outcomes(cosigning.collect(at=AT)) == ["signed", "unreachable", "unreachable"]
    assert (queries.size(), queries.witnessed().size) == (10, 5)
    witnesses.again(2)
    assert outcomes(cosigning.collect(at=AT)) == ["signed", "signed", "unreachable"]
    assert queries.witnessed().size == 10
    witnesses.again(3)


def test_a_witness_that_others_have_asked_meanwhile_is_asked_from_where_it_is(witnesses):
    grow(5)
    cosigning.collect(at=AT)
    with unguarded() as cursor:
        cursor.execute("TRUNCATE audit_cosignature")
    grow(7)

    assert outcomes(cosigning.collect(at=AT)) == ["signed"] * 3


def test_a_log_that_was_rolled_back_is_told_by_every_witness(witnesses):
    grow(50)
    cosigning.collect(at=AT)
    emptied()
    grow(20)

    assert queries.verify_log() == []
    assert outcomes(cosigning.collect(at=AT)) == ["ahead"] * 3
    told = queries.entries(kind="audit.witness.refused")
    assert [one.detail for one in told] == [{"outcome": "ahead", "size": 50}] * 3
    assert outcomes(cosigning.collect(at=AT)) == ["ahead"] * 3
    assert queries.entries(kind="audit.witness.refused").count() == 3
    assert queries.witnessed() is None


@pytest.mark.parametrize("size", [50, 80])
def test_a_log_that_was_rewritten_is_told_by_every_witness(witnesses, size):
    grow(50)
    cosigning.collect(at=AT)
    emptied()
    grow(size, by="eve")

    assert queries.verify_log() == []
    assert outcomes(cosigning.collect(at=AT)) == ["fork"] * 3
    assert queries.witnessed() is None
    assert witnesses.servers[1].witness.book.refused() == 1


def test_a_rewritten_log_that_keeps_the_cosignatures_is_told_too(witnesses):
    grow(50)
    cosigning.collect(at=AT)
    with unguarded() as cursor:
        cursor.execute("TRUNCATE audit_entry, audit_tile, audit_checkpoint")
        cursor.execute("UPDATE audit_head SET size = 0, frontier = ''")
    grow(50, by="eve")

    assert Cosignature.objects.count() == 3
    assert queries.witnessed() is None
    grow(5, by="eve")
    assert outcomes(cosigning.collect(at=AT)) == ["fork"] * 3


def test_a_witness_that_does_not_know_the_log_is_told(witnesses):
    grow(3)
    for file in (witnesses.folder / "w2").glob("*.json"):
        file.unlink()

    assert outcomes(cosigning.collect(at=AT)) == ["signed", "unknown", "signed"]


def answering(status, kind, text, headers=()):
    """A server that answers every POST with the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(text))), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_request(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def foreign_line():
    stranger = keys.read_key(keys.new_key(SIGNERS[0].origin, COSIGNING), COSIGNING)
    return stranger.cosign(queries.checkpoint().split("\n\n")[0] + "\n", int(AT.timestamp())).encode()


def future_line():
    later = int((AT + timedelta(days=1)).timestamp())
    return SIGNERS[0].cosign(queries.checkpoint().split("\n\n")[0] + "\n", later).encode()


def of_another_checkpoint():
    return SIGNERS[0].cosign("example.org/log\n3\nAAAA\n", int(AT.timestamp())).encode()


@pytest.mark.parametrize(
    ("status", "kind", "text", "outcome"),
    [
        (200, "text/plain", lambda: b"", "foreign"),
        (200, "text/plain", lambda: b"\xff\xfe\n" * 9, "foreign"),
        (200, "text/plain", foreign_line, "foreign"),
        (200, "text/plain", future_line, "foreign"),
        (200, "text/plain", of_another_checkpoint, "foreign"),
        (409, "text/x.tlog.size", lambda: b"1\n", "fork"),
        (409, "text/x.tlog.size", lambda: b"x\n", "refused"),
        (409, "text/x.tlog.size", lambda: b"9" * 99, "refused"),
        (409, "text/plain", lambda: b"1\n", "fork"),
        (302, "text/plain", lambda: b"", "refused"),
        (500, "text/plain", lambda: b"", "refused"),
        (503, "text/plain", lambda: b"", "refused"),
    ],
)
def test_an_answer_that_does_not_hold_is_never_kept(
    empty_log, tmp_path, settings, status, kind, text, outcome
):
    grow(3)
    away = [("Location", "http://127.0.0.1:1/")] if status == 302 else []
    server = answering(status, kind, text(), away)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    declared = quorum.Quorum(1, (quorum.Witness(SIGNERS[0].verifier_key, url),))

    assert outcomes(cosigning.collect(at=AT, quorum=declared)) == [outcome]
    assert not Cosignature.objects.exists()
    server.shutdown()
    server.server_close()


def test_a_witness_that_says_nothing_holds_nobody_up(empty_log, monkeypatch, witnesses):
    import socket

    grow(3)
    monkeypatch.setattr(cosigning, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        others = quorum.declared().witness[:2]
        silent = quorum.Witness(SIGNERS[2].verifier_key, url)

        found = cosigning.collect(at=AT, quorum=quorum.Quorum(2, (*others, silent)))

    assert outcomes(found) == ["signed", "signed", "unreachable"]


def test_nobody_is_asked_where_nobody_is_declared(empty_log):
    grow(3)

    assert cosigning.collect(at=AT) == []
    assert queries.witnessed() is None
    assert queries.standings() == []
    assert queries.checkpoint().count("— ") == 1


def test_the_workers_job_asks_and_says_how_each_stands(witnesses):
    grow(3)

    assert tasks.cosign(0) == {signer.origin: "signed" for signer in SIGNERS}
    assert "audit.cosign" in {task.queueing_lock for task in tasks.app.tasks.values()}


def test_cosignatures_are_only_added(witnesses):
    grow(3)
    cosigning.collect(at=AT)

    for statement in ("UPDATE audit_cosignature SET line = ''", "DELETE FROM audit_cosignature"):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            connection.cursor().execute(statement)


# What it proves


def alone(*arguments):
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(verifier.__file__)), *map(str, arguments)],
        capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).decode()


def test_a_receipt_under_witnesses_is_verified_alone_with_their_keys(witnesses, tmp_path):
    grow(20)
    cosigning.collect(at=AT)
    grow(5)
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(queries.receipt(7, under_witnesses=True)))
    given = [word for signer in SIGNERS for word in ("--witness", signer.verifier_key)]

    assert alone(path, "--key", queries.key(), *given)[0] == 0
    assert alone(path, "--key", queries.key(), *given, "--quorum", 2)[0] == 0
    assert alone(path, "--key", queries.key(), *given, "--quorum", 4)[0] == 1
    assert alone(path, "--key", queries.key(), "--quorum", 1)[0] == 1
    path.write_text(json.dumps(queries.receipt(7)))
    code, said = alone(path, "--key", queries.key(), *given)
    assert (code, "0 witnesses' cosignatures" in said) == (1, True)
    with pytest.raises(NotWitnessed):
        queries.receipt(22, under_witnesses=True)


def test_too_few_or_forged_cosignatures_prove_nothing(witnesses):
    grow(20)
    witnesses.stop(2, 3)
    cosigning.collect(at=AT)
    receipt = queries.receipt(7) | {"checkpoint": queries.checkpoint()}
    all_keys = [signer.verifier_key for signer in SIGNERS]

    verify_receipt(receipt, queries.key(), all_keys, 1)
    with pytest.raises(verifier.Invalid, match="1 witnesses"):
        verify_receipt(receipt, queries.key(), all_keys, 2)
    line = receipt["checkpoint"].splitlines()[-1]
    for name in ("w2", "w3"):
        receipt["checkpoint"] += line.replace("/w1 ", f"/{name} ") + "\n"
    with pytest.raises(verifier.Invalid, match="1 witnesses"):
        verify_receipt(receipt, queries.key(), all_keys, 2)
    for number in (2, 3):
        witnesses.again(number)


def test_an_export_says_alone_how_far_it_is_witnessed(witnesses, tmp_path):
    grow(20)
    cosigning.collect(at=AT)
    grow(5)
    export(tmp_path / "out")
    given = ["--key", queries.key(), "--witness", tmp_path / "out" / "witnesses.txt"]

    code, said = alone(tmp_path / "out", *given)
    assert code == 0, said
    assert "The first 20 entries were witnessed by 3 since 20" in said
    stranger = keys.read_key(keys.new_key("witness.example/w9", COSIGNING), COSIGNING)
    code, said = alone(tmp_path / "out", *given, "--witness", stranger.verifier_key)
    assert (code, "Not enough witnesses" in said) == (1, True)
    assert alone(tmp_path / "out", *given, "--witness", stranger.verifier_key, "--quorum", 3)[0] == 0


def test_a_rewritten_export_is_found_though_the_forger_holds_the_logs_key(witnesses, tmp_path):
    grow(20)
    cosigning.collect(at=AT)
    lines = Cosignature.objects.values_list("line", flat=True)
    emptied()
    grow(20, by="eve")
    export(tmp_path / "out")
    given = [word for signer in SIGNERS for word in ("--witness", signer.verifier_key)]

    assert alone(tmp_path / "out", "--key", queries.key())[0] == 0
    notes = (tmp_path / "out" / "checkpoints.jsonl").read_text()
    forged = json.dumps(json.loads(notes) + "".join(lines), ensure_ascii=False) + "\n"
    (tmp_path / "out" / "checkpoints.jsonl").write_text(forged)
    assert alone(tmp_path / "out", "--key", queries.key(), *given)[0] == 1


# How they are declared


@pytest.mark.parametrize(
    "text",
    [
        "needed = 1", "needed = 0\n{w1}", "needed = 2\n{w1}", "needed = 1\n{w1}{w1}", "needed = 1\n{twin}{w1}", "nonsense",
        "needed = 1\nmore = 2\n{w1}", "needed = 1\n[[witness]]\nkey = 'x'\nurl = 'http://x'\n", "needed = true\n{w1}",
        "needed = 1\n[[witness]]\nkey = '{log}'\nurl = 'http://x'\n", "needed = 1\n[[witness]]\nkey = '{key}'\nurl = 'file:///x'\n",
        "needed = 1\n[[witness]]\nkey = '{key}'\nurl = 'http://user:word@x'\n", "needed = 1\n[[witness]]\nkey = '{key}'\nurl = 'http://'\n",
        "needed = 1\n[[witness]]\nkey = '{key}'\nurl = 'http://x:99999'\n", "\xff",
    ],
)  # fmt: skip
def test_a_declaration_nobody_can_use_stops_the_start(tmp_path, settings, text):
    twin = keys.Signer("witness.example/twin", SIGNERS[0].key, COSIGNING).verifier_key
    block = "[[witness]]\nkey = '{}'\nurl = 'http://x'\n"
    filled = text.format(
        w1=block.format(SIGNERS[0].verifier_key), twin=block.format(twin), key=SIGNERS[0].verifier_key, log=keys.signer().verifier_key
    )  # fmt: skip
    settings.AUDIT_WITNESSES = tmp_path / "witnesses.toml"
    settings.AUDIT_WITNESSES.write_text(filled, encoding="latin-1")

    with pytest.raises(BadSetting, match="XILIN_WITNESSES"):
        apps.get_app_config("audit").ready()


# xilin audit


def run(*arguments, language="en"):
    with translation.override(language):
        found = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    return found.exit_code, found.output


def test_the_command_line_says_how_the_witnesses_stand(witnesses):
    grow(5)
    code, said = run("witnesses")
    assert (code, said) == (0, "! No checkpoint has 2 of 3 cosignatures yet.\n")
    assert run("checkpoint", "--witnessed")[0] == 1
    assert run("receipt", 3, "--witnessed")[0] == 1

    code, said = run("witnesses", "--ask", language="zh-hans")
    assert code == 0
    assert said.count("已见证") == 4
    assert "前 5 条记录已见证（3 个见证方中需 2 个）" in said
    code, note = run("checkpoint", "--witnessed")
    assert verifier.verify_cosigned(note, quorum.declared().keys, 3)
    assert run("checkpoint")[1] == note
    assert "5 entries are witnessed (2 of 3 needed)" in run("verify")[1]


def test_a_fork_seen_by_a_witness_ends_the_command_with_1(witnesses):
    grow(50)
    cosigning.collect(at=AT)
    emptied()
    grow(50, by="eve")

    code, said = run("witnesses", "--ask", language="zh-hans")
    assert (code, said.count("见过另一份日志")) == (1, 3)
    assert Outcome.FORK in [one.outcome for one in queries.standings()]


def test_the_command_line_says_where_none_is_declared(empty_log):
    assert run("witnesses") == (0, "No witness is declared; XILIN_WITNESSES says how.\n")
