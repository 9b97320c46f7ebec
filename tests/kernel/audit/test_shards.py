"""A log for each month: its own name and key, the head of the month before carried into it, one chain for who verifies."""

import asyncio
import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections
from django.utils import translation
from typer.testing import CliRunner

from kernel.audit.conftest import START, a_wire, entry, grow, unguarded
from xilin.kernel.audit import cli, cosigning, keys, log, queries, quorum, shards, tasks, verifier
from xilin.kernel.audit.errors import KeyIsMissing
from xilin.kernel.audit.export import export
from xilin.kernel.audit.models import Cosignature, Shard
from xilin.kernel.audit.spans import span_of, spans
from xilin.kernel.audit.verifier import COSIGNING, Invalid, read_checkpoint, verify_export, verify_receipt
from xilin.kernel.audit.witness.book import Book
from xilin.kernel.audit.witness.judging import Witness
from xilin.kernel.audit.witness.protocol import compose
from xilin.kernel.audit.witness.server import Server

DECEMBER = datetime(2026, 12, 1, 0, 0, 30, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, 0, 0, 30, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 1, 0, 0, 30, tzinfo=UTC)


@pytest.fixture
def three_months(empty_log):
    """Three months' logs of 21, 301 and 8 entries."""
    grow(5, 15)
    shards.roll(at=DECEMBER)
    grow(1, 298)
    shards.roll(at=JANUARY)
    grow(7)


def test_a_month_begins_once(empty_log):
    assert shards.roll(at=DECEMBER) is None
    grow(3)
    assert shards.roll(at=START) is None
    assert shards.roll(at=START - timedelta(days=60)) is None

    begun = shards.roll(at=DECEMBER)

    assert (begun.id, begun.origin, begun.first) == (1, "xilin/xilingol/2026-12", 4)
    assert shards.roll(at=DECEMBER + timedelta(days=30)) is None
    assert [one.kind for one in queries.entries()][:2] == ["audit.shard.opened", "audit.shard.closed"]
    assert shards.roll(at=FEBRUARY).id == 2


def test_the_month_turns_at_midnight_utc(empty_log):
    grow(1)

    assert shards.roll(at=datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)) is None
    assert shards.roll(at=datetime(2026, 12, 1, tzinfo=UTC)) is not None


def test_each_month_has_a_name_and_a_key_of_its_own(three_months, settings):
    names = [span.origin for span in spans()]
    base = keys.signer().origin

    assert names == [base, f"{base}/2026-12", f"{base}/2027-01"]
    assert len({key.split("+", 2)[2] for key in queries.all_keys()}) == 3
    assert queries.key() == queries.all_keys()[2]
    assert [queries.key(name) for name in names] == queries.all_keys()
    assert queries.key("another") == ""
    kept = Path(settings.HOME) / "keys" / "audit-shards"
    assert {file.stat().st_mode & 0o777 for file in kept.iterdir()} == {0o600}


def test_entries_are_numbered_through_and_the_log_holds(three_months):
    assert [(span.first, span.end) for span in spans()] == [(0, 21), (21, 322), (322, None)]
    assert [one.seq for one in queries.entries().order_by("seq")] == list(range(queries.size()))
    assert queries.size() == 330
    assert queries.verify_log() == []
    assert (span_of(20).id, span_of(21).id, span_of(321).id, span_of(322).id) == (0, 1, 1, 2)


def test_the_last_checkpoint_names_the_next_key_and_the_first_entry_carries_it(three_months):
    opened = queries.entries(kind="audit.shard.opened").order_by("seq").first()
    note = opened.detail["previous"]["note"]

    final = verifier.verify_checkpoint(note, queries.all_keys()[0])
    assert (final.size, final.next) == (21, queries.all_keys()[1])
    newest = verifier.verify_checkpoint(queries.checkpoint(), queries.key())
    assert (newest.first, newest.size, newest.next) == (322, 8, "")


def test_every_entry_has_a_receipt_under_its_own_months_key(three_months):
    for seq in (0, 20, 21, 22, 276, 277, 321, 322, 329):
        receipt = queries.receipt(seq)
        own = queries.all_keys()[span_of(seq).id]
        assert verify_receipt(receipt, own)["seq"] == seq
        for key in queries.all_keys():
            if key != own:
                with pytest.raises(Invalid):
                    verify_receipt(receipt, key)
        with pytest.raises(Invalid):
            verify_receipt(receipt | {"index": receipt["index"] + 1}, own)


def test_the_receipt_of_an_entry_just_appended_holds_in_any_month(three_months):
    with connection.cursor() as cursor:
        appended = log.append_with(cursor, [entry(number) for number in range(70)])

    for one in appended:
        assert queries.receipt_from(one) == queries.receipt(one.seq)
    assert verify_receipt(queries.receipt_from(appended[9]), queries.key())["seq"] == 339


def test_checkpoints_of_a_month_extend_each_other(three_months):
    older = read_checkpoint(queries.checkpoint())
    grow(300)
    newest = read_checkpoint(queries.checkpoint())

    proof = queries.consistency(330)
    verifier.verify_consistency(older.size, newest.size, proof, older.root, newest.root)
    with pytest.raises(queries.NotFound):
        queries.consistency(322)


def test_the_gateways_append_goes_on_in_the_new_month(shared_log):
    grow(3)

    async def append():
        pen = log.Pen()
        async with (
            a_wire(shared_log) as wire,
            await psycopg.AsyncConnection.connect(shared_log, autocommit=True) as connection,
        ):
            await pen.append(wire, [entry(1)])
            await asyncio.to_thread(roll)
            (appended,) = await pen.append(wire, [entry(1)])
            return appended, await log.verifier_key(connection)

    def roll():
        shards.roll(at=DECEMBER)
        connections.close_all()

    appended, key = asyncio.run(append())
    assert verify_receipt(queries.receipt_from(appended), key)["seq"] == 6
    assert queries.verify_log() == []


def test_a_machine_without_the_months_key_enters_nothing(three_months, settings, tmp_path):
    settings.HOME = tmp_path
    settings.AUDIT_KEY = keys.new_key(keys.signer().origin)

    with pytest.raises(KeyIsMissing, match="2027-01"):
        grow(1)
    assert not (tmp_path / "keys" / "audit-shards").exists()


def test_two_that_begin_a_month_at_once_begin_one(shared_log):
    grow(3)
    begun = []

    def roll():
        begun.append(shards.roll(at=DECEMBER))
        connection.close()

    threads = [threading.Thread(target=roll) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one is not None for one in begun) == 1
    assert Shard.objects.count() == 1
    assert queries.verify_log() == []


def test_checkpoints_kept_of_any_month_are_compared(three_months):
    notes = [queries.receipt(seq)["checkpoint"] for seq in (0, 100, 329)]
    assert queries.verify_log(notes) == []

    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET text = replace(text, 'ann', 'eve') WHERE seq = 100")
    findings = queries.verify_log(notes)
    assert any(found.first == found.last == 100 for found in findings)
    assert all(found.first >= 21 for found in findings)
    other = keys.read_key(keys.new_key("example.org/other")).note(3, bytes(32))
    assert any("another log" in found.en for found in queries.verify_log([other]))


TAMPERS = {
    "a month's row is gone": ("DELETE FROM audit_shard WHERE id = 2", 322),
    "all months' rows are gone": ("DELETE FROM audit_shard", 21),
    "a month's key is another": ("UPDATE audit_shard SET key = %s WHERE id = 1", 21),
    "a month begins elsewhere": ("UPDATE audit_shard SET first = 25 WHERE id = 1", 21),
    "a month too many": ("INSERT INTO audit_shard VALUES (3, 'x', %s, 900, now())", 330),
    "the head is in another month": ("UPDATE audit_head SET shard = 1", 330),
    "the head begins elsewhere": ("UPDATE audit_head SET first = 300", 330),
    "the last checkpoint of a month is gone": ("DELETE FROM audit_checkpoint WHERE size = 21", 20),
    "a tile of a month": ("UPDATE audit_tile SET root = sha256('x') WHERE shard = 1", 50),
    "a tile in a month that is not there": ("UPDATE audit_tile SET shard = 9", 50),
    "a tile of a month too many": (
        "INSERT INTO audit_tile (shard, level, number, root) VALUES (0, 1, 0, sha256('x'))",
        330,
    ),
    "an entry of an earlier month": ("UPDATE audit_entry SET by = 'eve' WHERE seq = 7", 7),
    "a month's entries are gone": ("DELETE FROM audit_entry WHERE seq >= 21 AND seq < 322", 21),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_what_is_done_to_the_months_is_found_and_the_place_is_told(three_months, name):
    statement, at = TAMPERS[name]
    stranger = keys.read_key(keys.new_key("xilin/xilingol/2026-12")).verifier_key
    with unguarded() as cursor:
        cursor.execute(statement, [stranger] if "%s" in statement else [])

    findings = queries.verify_log()
    assert any(found.first <= at <= found.last for found in findings), findings


def test_a_month_forged_whole_with_another_key_is_found(empty_log):
    grow(20)
    shards.roll(at=DECEMBER)
    grow(30)
    thief = keys.read_key(keys.new_key("xilin/xilingol/2026-12"))
    frontier = verifier.Frontier()
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_shard SET key = %s", [thief.verifier_key])
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > 21")
        for one in queries.entries().order_by("seq"):
            if one.seq >= 21:
                frontier.append(bytes(one.leaf))
        note = thief.note(frontier.size, frontier.root(), "xilin-first 21")
        cursor.execute("INSERT INTO audit_checkpoint VALUES (%s, %s, %s, now())", [52, frontier.root(), note])

    assert [found.en for found in queries.verify_log()] == [
        "The table of months doesn't fit the checkpoints."
    ]


# Exports


def alone(*arguments):
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(verifier.__file__)), *map(str, arguments)],
        capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).decode()


def test_an_export_of_all_months_is_verified_with_the_first_key_alone(three_months, tmp_path):
    export(tmp_path / "out")

    code, said = alone(tmp_path / "out", "--key", tmp_path / "out" / "key.txt")
    assert (code, "The log holds: 330 entries" in said) == (0, True), said
    assert alone(tmp_path / "out", "--key", queries.key())[0] == 1
    kept = tmp_path / "kept.txt"
    for seq in (3, 100, 329):
        kept.write_text(queries.receipt(seq)["checkpoint"], encoding="utf-8")
        assert alone(tmp_path / "out", "--key", queries.all_keys()[0], "--checkpoint", kept)[0] == 0
    kept.write_text(queries.receipt(3)["checkpoint"].replace("\n21\n", "\n22\n"), encoding="utf-8")
    assert alone(tmp_path / "out", "--key", queries.all_keys()[0], "--checkpoint", kept)[0] == 1


def remade(path, change):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in change(lines)))


def drop_month(folder):
    for file in (folder / "shards" / "0001").iterdir():
        file.unlink()
    (folder / "shards" / "0001").rmdir()


def swap_months(folder):
    place = folder / "shards"
    (place / "0001").rename(place / "x")
    (place / "0002").rename(place / "0001")
    (place / "x").rename(place / "0002")


def drop_close(folder):
    remade(folder / "shards" / "0000" / "checkpoints.jsonl", lambda notes: notes[:-1])


def forge_opening(folder):
    path = folder / "shards" / "0001" / "entries.jsonl"
    path.write_bytes(
        path.read_bytes()
        .replace(b"2026-11-25T01:02:03", b"2026-11-25T01:02:04", 1)
        .replace(b"root", b"roof", 1)
    )


@pytest.mark.parametrize("harm", [drop_month, swap_months, drop_close, forge_opening])
def test_months_taken_out_or_put_elsewhere_are_found(three_months, tmp_path, harm):
    folder = tmp_path / "out"
    export(folder)
    harm(folder)

    checks = verify_export(folder, queries.all_keys()[0])
    findings = [found for check in checks for found in check.findings]
    assert any(found.first in (20, 21) or found.first <= 21 <= found.last for found in findings), findings
    assert alone(folder, "--key", queries.all_keys()[0])[0] == 1


def test_a_receipt_of_any_month_is_verified_with_a_file_of_all_keys(three_months, tmp_path):
    (tmp_path / "keys").write_text("\n".join(queries.all_keys()), encoding="utf-8")
    for seq in (3, 100, 329):
        (tmp_path / "receipt").write_text(json.dumps(queries.receipt(seq)), encoding="utf-8")
        assert alone(tmp_path / "receipt", "--key", tmp_path / "keys")[0] == 0


# Witnesses


@pytest.fixture
def witness(empty_log, tmp_path, settings):
    """One witness that knows the first month's key only."""
    signer = keys.read_key(keys.new_key("witness.example/w", COSIGNING), COSIGNING)
    book = Book(tmp_path / "w", signer.verifier_key)
    book.trust(queries.key())
    found = Witness(signer, book)
    settings.AUDIT_WITNESSES = tmp_path / "witnesses.toml"
    with Server(("127.0.0.1", 0), found) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        settings.AUDIT_WITNESSES.write_text(
            f'needed = 1\n[[witness]]\nkey = "{signer.verifier_key}"\nurl = "{url}"\n'
        )
        assert quorum.declared().needed == 1
        yield found
        server.shutdown()


def ask():
    return [(one.outcome, one.size) for one in cosigning.collect(at=datetime.now(UTC))]


def test_a_witness_follows_from_month_to_month(witness):
    grow(20)
    assert ask() == [("signed", 20)]
    shards.roll(at=DECEMBER)
    grow(3)
    assert ask() == [("signed", 25)]
    shards.roll(at=JANUARY)
    assert ask() == [("signed", 27)]
    grow(4)
    assert ask() == [("signed", 31)]

    assert [(one.size, one.closed) for one in witness.book.logs()] == [(21, True), (5, True), (5, False)]
    assert Cosignature.objects.count() == 6
    for seq in (3, 22, 30):
        receipt = queries.receipt(seq, under_witnesses=True)
        key = queries.all_keys()[span_of(seq).id]
        assert verify_receipt(receipt, key, quorum.declared().keys, 1)["seq"] == seq


def test_a_closed_month_grows_no_more(witness):
    grow(20)
    shards.roll(at=DECEMBER)
    assert ask() == [("signed", 22)]
    signer, book = keys.signer(), witness.book
    known = book.find(signer.origin)

    tree = verifier.Frontier()
    for one in queries.entries().order_by("seq")[:21]:
        tree.append(bytes(one.leaf))
    hashes = tree.hashes[::-1]
    tree.append(verifier.leaf_hash(b"more"))
    more = compose(21, [hashes[0], verifier.leaf_hash(b"more"), *hashes[1:]], signer.note(22, tree.root()))
    answer = witness.add_checkpoint(more, at=1)

    assert (int(answer.status), book.find(signer.origin)) == (422, known)


def test_a_next_key_nobody_can_read_is_not_cosigned(witness):
    grow(1)
    root = read_checkpoint(queries.checkpoint()).root
    note = keys.signer().note(1, root, "xilin-next nonsense")

    assert int(witness.add_checkpoint(compose(0, [], note), at=1).status) == 422
    assert witness.book.find(keys.signer().origin).size == 0


def test_a_next_key_takes_no_known_log_over(witness):
    stranger = keys.read_key(keys.new_key("example.org/log"))
    witness.book.trust(stranger.verifier_key)
    grow(1)
    root = read_checkpoint(queries.checkpoint()).root
    thief = keys.read_key(keys.new_key("example.org/log"))
    note = keys.signer().note(1, root, f"xilin-next {thief.verifier_key}")

    assert int(witness.add_checkpoint(compose(0, [], note), at=1).status) == 200
    assert witness.book.find("example.org/log").keys == (stranger.verifier_key,)


# The command line and the worker


def run(*arguments):
    with translation.override("en"):
        found = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    return found.exit_code, found.output


def test_the_worker_and_the_command_begin_the_month(empty_log):
    grow(2, at=datetime(2026, 1, 5, tzinfo=UTC))
    begun = tasks.roll(0)

    assert begun.startswith("xilin/xilingol/20")
    assert run("roll") == (0, "Nothing is to do.\n")
    assert run("key", "--all")[1].splitlines() == queries.all_keys()
    assert run("key")[1].strip() == queries.key()
    assert run("verify")[0] == 0
