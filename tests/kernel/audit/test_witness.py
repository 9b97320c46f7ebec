"""A witness cosigns what extends the last checkpoint it saw, and nothing else, whatever becomes of its process."""

import base64
import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import threading

import pytest

from xilin.kernel.audit import keys
from xilin.kernel.audit.merkle import Tree
from xilin.kernel.audit.replay import holds
from xilin.kernel.audit.verifier import COSIGNING, EMPTY_ROOT, Frontier, cosigned, leaf_hash, verify_cosigned
from xilin.kernel.audit.witness import book as books
from xilin.kernel.audit.witness import protocol, server
from xilin.kernel.audit.witness.book import Book, Known, Unreadable
from xilin.kernel.audit.witness.judging import Witness
from xilin.kernel.audit.witness.protocol import compose

LOG = keys.read_key(keys.new_key("example.org/log"))
SIGNER = keys.read_key(keys.new_key("witness.example/w1", COSIGNING), COSIGNING)
AT = 1_679_315_147


class History:
    """A log's tree that can be looked at at every size."""

    def __init__(self, count, word="entry"):
        self.leaves = [leaf_hash(f"{word} {number}".encode()) for number in range(count)]

    def tree(self, size):
        frontier, kept = Frontier(), {0: self.leaves[:size]}
        for leaf in self.leaves[:size]:
            for level, _, root in frontier.append(leaf):
                kept.setdefault(level, []).append(root)
        return Tree(size, lambda level, first, count: kept[level][first : first + count])

    def note(self, size, signer=LOG):
        return signer.note(size, self.tree(size).root())

    def sent(self, old, size):
        """The request that shows the log of a size to who saw it at another."""
        return compose(old, self.tree(size).consistency(old) if old else [], self.note(size))


HONEST = History(300)
FORKED = History(300, "other")


@pytest.fixture
def witness(tmp_path):
    book = Book(tmp_path / "logs", SIGNER.verifier_key)
    book.trust(LOG.verifier_key)
    return Witness(SIGNER, book)


def asked(witness, data):
    answer = witness.add_checkpoint(data, at=AT)
    return int(answer.status), answer.text


def test_what_extends_the_last_checkpoint_is_cosigned(witness):
    old = 0
    for size in (1, 2, 255, 256, 300):
        status, line = asked(witness, HONEST.sent(old, size))
        assert status == 200
        assert cosigned(HONEST.note(size) + line, [SIGNER.verifier_key]) == {"witness.example/w1": AT}
        assert witness.book.find(LOG.origin).size == size
        old = size


def test_the_same_checkpoint_again_is_cosigned_again(witness):
    asked(witness, HONEST.sent(0, 20))

    assert asked(witness, HONEST.sent(20, 20))[0] == 200


def test_a_fork_of_the_same_size_is_a_conflict_and_is_kept_as_proof(witness):
    asked(witness, HONEST.sent(0, 20))
    status, said = asked(witness, compose(20, [], FORKED.note(20)))

    assert (status, said) == (409, "20\n")
    assert witness.book.refused() == 1
    assert witness.book.find(LOG.origin).root == HONEST.tree(20).root()


@pytest.mark.parametrize("size", [21, 64, 300])
def test_a_fork_that_grew_is_not_cosigned(witness, size):
    asked(witness, HONEST.sent(0, 20))

    assert asked(witness, FORKED.sent(20, size))[0] == 422
    mixed = compose(20, HONEST.tree(size).consistency(20), FORKED.note(size))
    assert asked(witness, mixed)[0] == 422
    assert asked(witness, HONEST.sent(20, size))[0] == 200


def test_a_log_that_was_rolled_back_is_told_the_size_the_witness_saw(witness):
    asked(witness, HONEST.sent(0, 200))
    answer = witness.add_checkpoint(HONEST.sent(0, 100), at=AT)

    assert (int(answer.status), answer.text, answer.type) == (409, "200\n", "text/x.tlog.size")
    assert asked(witness, compose(200, [], HONEST.note(100)))[0] == 400
    assert asked(witness, HONEST.sent(100, 200)) == (409, "200\n")


def test_a_log_nobody_made_it_know_is_refused(witness):
    other = keys.read_key(keys.new_key("example.org/other"))

    assert asked(witness, compose(0, [], HONEST.note(5, other)))[0] == 404


def test_a_checkpoint_signed_by_another_key_of_that_name_is_refused(witness):
    thief = keys.read_key(keys.new_key(LOG.origin))

    assert asked(witness, compose(0, [], HONEST.note(5, thief)))[0] == 403
    assert asked(witness, compose(0, [], HONEST.note(5, thief) + HONEST.note(5).split("\n\n")[1]))[0] == 200


def test_a_proof_from_nothing_must_be_empty(witness):
    assert asked(witness, compose(0, [bytes(32)], HONEST.note(5)))[0] == 422
    assert asked(witness, compose(0, [], LOG.note(0, bytes(32))))[0] == 422
    assert asked(witness, compose(0, [], LOG.note(0, EMPTY_ROOT)))[0] == 200
    assert asked(witness, HONEST.sent(0, 5))[0] == 200


NOTE = HONEST.note(5)
HASH = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "data",
    [
        "", "\n", "old 0\n", f"old 00\n\n{NOTE}", f"old -1\n\n{NOTE}", f"old  0\n\n{NOTE}", f"old ٠\n\n{NOTE}",
        f"new 0\n\n{NOTE}", f"old 0\n{NOTE}", f"old 0\n!\n\n{NOTE}", f"old 0\nAAAA\n\n{NOTE}", f"old 0\n\n{NOTE[:-1]}",
        "old 0\n\n\n\n\n", f"old 0\n{(HASH + chr(10)) * 64}\n{NOTE}", f"old {2**70}\n\n{NOTE}",
        f"old 0\n\n{NOTE.replace(chr(10) + '5' + chr(10), chr(10) + '05' + chr(10))}",
        f"old 0\n\n{NOTE.replace(chr(10) + '5' + chr(10), chr(10) + str(2**63) + chr(10))}",
    ],
)  # fmt: skip
def test_what_is_no_submission_is_a_bad_request(witness, data):
    assert asked(witness, data.encode())[0] == 400
    assert witness.book.find(LOG.origin).size == 0


def test_bytes_that_are_no_text_are_a_bad_request(witness):
    assert asked(witness, b"old 0\n\xff\n\n" + NOTE.encode())[0] == 400


def test_extension_lines_are_cosigned_with_the_rest(witness):
    body = NOTE.split("\n\n")[0] + "\nextension\n"
    note = f"{body}\n{LOG._line(LOG.key.sign(body.encode()))}"
    status, line = asked(witness, compose(0, [], note))

    assert status == 200
    assert cosigned(note + line, [SIGNER.verifier_key], holds)
    assert not cosigned(NOTE + line, [SIGNER.verifier_key], holds)


def test_of_many_at_once_no_two_are_cosigned_that_contradict_each_other(witness):
    asked(witness, HONEST.sent(0, 10))
    requests = [log.sent(10, size) for size in range(11, 40) for log in (HONEST, FORKED)]
    granted = []

    def ask(data):
        status, line = asked(witness, data)
        if status == 200:
            granted.append((data, line))

    threads = [threading.Thread(target=ask, args=(data,)) for data in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(granted) == 1
    data, line = granted[0]
    assert witness.book.find(LOG.origin).size == protocol.read(data).checkpoint.size
    assert cosigned(protocol.read(data).note + line, [SIGNER.verifier_key], holds)


# What it remembers


def test_nothing_is_cosigned_from_a_memory_that_was_changed(witness, tmp_path):
    asked(witness, HONEST.sent(0, 20))
    (path,) = (tmp_path / "logs").glob("*.json")
    honest = path.read_bytes()

    forged = Known(LOG.origin, (LOG.verifier_key,), FORKED.note(10))
    for spoilt in (b"", b"{}", honest[:-9], honest.replace(b"20", b"10"), books.msgspec.json.encode(forged)):
        path.write_bytes(spoilt)
        assert asked(witness, FORKED.sent(10, 30))[0] == 500
        with pytest.raises(Unreadable):
            witness.book.logs()
    path.write_bytes(honest)
    assert asked(witness, HONEST.sent(20, 30))[0] == 200


def test_who_takes_the_memory_away_takes_the_trust_away(witness, tmp_path):
    asked(witness, HONEST.sent(0, 20))
    (path,) = (tmp_path / "logs").glob("*.json")
    path.unlink()

    assert asked(witness, FORKED.sent(0, 20))[0] == 404


def test_a_checkpoint_that_cannot_be_written_down_is_not_cosigned(witness, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(books.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        witness.add_checkpoint(HONEST.sent(0, 20), at=AT)
    monkeypatch.undo()

    assert witness.book.find(LOG.origin).size == 0


def test_refused_checkpoints_do_not_fill_the_disk(witness, monkeypatch):
    monkeypatch.setattr(books, "MOST_REFUSED", 3)
    asked(witness, HONEST.sent(0, 20))
    for size in range(21, 30):
        asked(witness, FORKED.sent(20, size))

    assert witness.book.refused() == 3


def test_a_second_key_of_a_log_is_known_beside_the_first(witness):
    second = keys.read_key(keys.new_key(LOG.origin))

    assert witness.book.trust(second.verifier_key)
    assert not witness.book.trust(second.verifier_key)
    assert asked(witness, compose(0, [], HONEST.note(5, second)))[0] == 200
    assert asked(witness, HONEST.sent(5, 9))[0] == 200


# Cosignatures, as a verifier sees them


def test_one_witness_counts_once():
    twin = keys.Signer("witness.example/w2", SIGNER.key, COSIGNING)
    body = NOTE.split("\n\n")[0] + "\n"
    note = NOTE + SIGNER.cosign(body, AT) + SIGNER.cosign(body, AT + 1) + twin.cosign(body, AT)

    assert list(cosigned(note, [SIGNER.verifier_key, twin.verifier_key])) == ["witness.example/w1"]


def test_a_cosignature_holds_for_its_time_its_text_and_its_key_alone():
    body = NOTE.split("\n\n")[0] + "\n"
    line = SIGNER.cosign(body, AT)
    data = bytearray(base64.b64decode(line.split(" ")[2]))
    data[11] ^= 1
    later = f"— {SIGNER.origin} {base64.b64encode(data).decode()}\n"
    other = keys.read_key(keys.new_key(SIGNER.origin, COSIGNING), COSIGNING)

    assert cosigned(NOTE + line, [SIGNER.verifier_key])
    assert not cosigned(NOTE + later, [SIGNER.verifier_key])
    assert not cosigned(HONEST.note(6) + line, [SIGNER.verifier_key])
    assert not cosigned(NOTE + line, [other.verifier_key])


def test_a_published_cosignature_holds():
    """The example of C2SP tlog-cosignature in form: what is signed begins as it says there."""
    message = SIGNER.cosign("example.com/behind-the-sofa\n20852163\nCsUY=\n", AT)
    signature = base64.b64decode(message.split(" ")[2])[12:]
    text = b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUY=\n"

    SIGNER.key.public_key().verify(signature, text)


def test_a_logs_key_cosigns_nothing_and_a_witnesses_key_signs_nothing():
    with pytest.raises(ValueError, match="cosigns nothing"):
        LOG.cosign("x\n", AT)
    with pytest.raises(ValueError, match="no checkpoint"):
        SIGNER.note(1, bytes(32))
    with pytest.raises(ValueError, match="can't be read"):
        keys.read_key(keys.new_key("w", COSIGNING))


# As a process


class Process:
    """`xilin witness serve` in a folder of its own, without any setting of the platform."""

    def __init__(self, folder, name="witness.example/w1"):
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = {
            **kept, "XILIN_WITNESS_HOME": str(folder), "XILIN_WITNESS_NAME": name, "XILIN_LANGUAGE": "en",
            "XILIN_HOME": str(folder / "nothing"),
        }  # fmt: skip

    def run(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "xilin.config", "witness", *arguments],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def start(self):
        self.child = subprocess.Popen(
            [sys.executable, "-m", "xilin.config", "witness", "serve", "--port", "0"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        said = self.child.stdout.readline()
        assert "listens at http://127.0.0.1:" in said, said + self.child.stderr.read()
        self.port = int(said.rsplit(":", 1)[1].split()[0].rstrip("."))
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self, how=signal.SIGTERM):
        self.child.send_signal(how)
        self.child.communicate(timeout=10)
        return self.child.returncode

    def ask(self, data, path="/add-checkpoint", method="POST"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, data)
        response = connection.getresponse()
        found = response.status, response.read().decode(), response.getheader("Content-Type")
        connection.close()
        return found


@pytest.fixture
def process(tmp_path):
    found = Process(tmp_path / "w1")
    assert found.run("trust", LOG.verifier_key)[0] == 0
    found.start()
    yield found
    if found.child.poll() is None:
        found.stop()


def test_a_process_cosigns_refuses_a_fork_and_remembers_when_it_is_killed(process):
    _, key, _ = process.ask(None, "/", "GET")
    status, line, _ = process.ask(HONEST.sent(0, 20))
    assert status == 200
    assert verify_cosigned(HONEST.note(20) + line, [key], 1)

    assert process.stop(signal.SIGKILL) == -signal.SIGKILL
    process.start()

    assert process.ask(FORKED.sent(20, 30))[0] == 422
    assert process.ask(compose(20, [], FORKED.note(20))) == (409, "20\n", "text/x.tlog.size")
    assert process.ask(HONEST.sent(0, 10)) == (409, "20\n", "text/x.tlog.size")
    assert process.ask(HONEST.sent(20, 30))[0] == 200
    assert process.stop() == 0
    code, said = process.run("logs")
    assert (code, "30  example.org/log" in said, "2 checkpoints were refused" in said) == (0, True, True)


def test_the_key_is_for_its_owner_alone(process):
    path = process.folder / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(file.stat().st_mode) for file in (process.folder / "logs").glob("*.json")} == {0o600}

    path.chmod(0o644)
    code, said = process.run("key")
    assert (code, "chmod 600" in said) == (1, True)


def test_other_requests_are_refused_and_the_next_is_served(process):
    assert process.ask(b"x", "/other")[0] == 404
    assert process.ask(None, "/other", "GET")[0] == 404
    assert process.ask(b"x" * (protocol.LARGEST + 1))[0] == 413
    with socket.create_connection(("127.0.0.1", process.port)) as raw:
        raw.sendall(
            b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        )
        assert b" 411 " in raw.recv(200)
    assert process.ask(HONEST.sent(0, 20))[0] == 200


def test_wrong_words_are_answered_in_words(process, monkeypatch):
    code, said = process.run("trust", "nonsense")
    assert (code, "no log's verifier key" in said) == (1, True)
    assert "known already" in process.run("trust", LOG.verifier_key)[1]
    next((process.folder / "logs").glob("*.json")).write_text("{}")
    code, said = process.run("logs")
    assert (code, "Begin a new witness" in said) == (1, True)
    process.environment["XILIN_WITNESS_KEY"] = "PRIVATE+KEY+secret"
    code, said = process.run("key")
    assert code != 0
    assert "XILIN_WITNESS_KEY" in said
    assert "secret" not in said


def test_more_than_enough_at_once_are_told_to_come_later(witness, monkeypatch):
    monkeypatch.setattr(server, "MOST_AT_ONCE", 1)
    with server.Server(("127.0.0.1", 0), witness) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        assert running.room.acquire(blocking=False)
        connection = http.client.HTTPConnection("127.0.0.1", running.server_address[1], timeout=5)
        connection.request("POST", "/add-checkpoint", HONEST.sent(0, 5))
        assert connection.getresponse().status == 503
        connection.close()
        running.shutdown()


def test_the_command_needs_no_platform(process):
    assert process.ask(HONEST.sent(0, 20))[0] == 200
    assert not (process.folder / "nothing").exists()
