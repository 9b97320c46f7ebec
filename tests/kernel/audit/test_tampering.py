"""Whatever is done to the log behind its back is found, and told where."""

import random

import pytest

from kernel.audit.conftest import START, entry, grow, unguarded
from xilin.kernel.audit import keys, queries, replay
from xilin.kernel.audit.models import Entry
from xilin.kernel.audit.verifier import Frontier, LogCheck, canonical, leaf_hash

SIGNER = keys.read_key(keys.new_key("example.org/log"))


def signed(texts, ends, signer=SIGNER):
    """The checkpoints an honest log of these entries has after each group."""
    frontier, notes = Frontier(), []
    for number, text in enumerate(texts, 1):
        frontier.append(leaf_hash(text))
        if number in ends:
            notes.append(signer.note(number, frontier.root()))
    return notes


def written(count, **more):
    return [entry(number, **more).text(number).encode() for number in range(count)]


def ends_of(rng, count):
    return sorted({*rng.sample(range(1, count + 1), rng.randint(0, count // 3)), count})


def checked(texts, notes, kept=(), every=1, signer=SIGNER):
    check = LogCheck(notes, signer.verifier_key, kept, every=every, holds=replay.holds)
    for text in texts:
        check.add(text)
    return check.finish()


def edit(rng, texts):
    at = rng.randrange(len(texts))
    texts[at] = texts[at].replace(b'"ann"', b'"eve"')
    return at


def spoil(rng, texts):
    at = rng.randrange(len(texts))
    texts[at] = texts[at].replace(b'"ann"', b' "ann"')
    return at


def delete(rng, texts):
    at = rng.randrange(len(texts))
    del texts[at]
    return at


def insert(rng, texts):
    at = rng.randrange(len(texts) + 1)
    texts.insert(at, entry(5, by="eve").text(at).encode())
    return at


def reorder(rng, texts):
    first, second = sorted(rng.sample(range(len(texts)), 2))
    texts[first], texts[second] = texts[second], texts[first]
    return first


def truncate(rng, texts):
    at = rng.randrange(len(texts))
    del texts[at:]
    return at


def stretch(ends, at):
    """The entries that were signed together with the one at a place."""
    last = next((end for end in ends if end > at), ends[-1] + 1)
    return max((end for end in ends if end <= at), default=0), last - 1


@pytest.mark.parametrize("every", [1, 7, 256])
@pytest.mark.parametrize("tamper", [edit, spoil, delete, insert, reorder, truncate])
def test_a_changed_log_is_found_and_the_place_is_told(tamper, every):
    rng = random.Random(f"{tamper.__name__}{every}")
    for _ in range(60):
        texts = written(rng.randint(2, 40))
        ends = ends_of(rng, len(texts))
        notes = signed(texts, ends)
        at = tamper(rng, texts)

        findings = checked(texts, notes, every=every)

        first, last = stretch(ends, at)
        assert any(found.first <= at <= found.last and found.first >= first for found in findings), findings
        assert tamper is truncate or any(found.last <= max(last, at) for found in findings)
        assert min(found.first for found in findings) >= first


@pytest.mark.parametrize("every", [1, 7, 256])
def test_a_log_that_was_rewritten_and_signed_with_another_key_is_found_where_it_begins(every):
    rng = random.Random(every)
    thief = keys.read_key(keys.new_key("example.org/log"))
    for _ in range(60):
        texts = written(rng.randint(2, 60))
        ends = ends_of(rng, len(texts))
        at = rng.randrange(len(texts))
        forged = [*texts[:at], *(text.replace(b'"ann"', b'"eve"') for text in texts[at:])]
        notes = [
            honest if end <= at else false
            for end, honest, false in zip(ends, signed(texts, ends), signed(forged, ends, thief), strict=True)
        ]

        findings = checked(forged, notes, every=every)

        first, _ = stretch(ends, at)
        uncovered = findings[-1]
        assert (uncovered.first, uncovered.last) == (first, len(texts) - 1)
        assert "No validly signed checkpoint" in uncovered.en


def test_a_fork_signed_with_the_right_key_is_found_by_who_kept_a_checkpoint():
    rng = random.Random(3)
    for _ in range(60):
        texts = written(rng.randint(3, 40))
        ends = ends_of(rng, len(texts))
        at = rng.randrange(len(texts))
        (kept,) = signed(texts, {rng.randint(at + 1, len(texts))})
        forged = [*texts[:at], *(text.replace(b'"ann"', b'"eve"') for text in texts[at:])]

        assert checked(forged, signed(forged, ends)) == []
        findings = checked(forged, signed(forged, ends), [kept])

        assert any(found.first <= at <= found.last for found in findings)


def test_a_log_rolled_back_with_its_checkpoints_is_found_by_who_kept_one():
    texts = written(30)
    (kept,) = signed(texts, {25})
    shorter = texts[:20]

    assert checked(shorter, signed(shorter, {10, 20})) == []
    (found,) = checked(shorter, signed(shorter, {10, 20}), [kept])
    assert (found.first, found.last) == (20, 24)
    assert "cut short" in found.en


def test_a_kept_checkpoint_of_another_log_is_told():
    texts = written(5)
    other = keys.read_key(keys.new_key("example.org/other"))

    (found,) = checked(texts, signed(texts, {5}), signed(texts, {5}, other))
    assert "you gave" in found.en


def test_entries_under_no_checkpoint_are_told():
    texts = written(9)

    (found,) = checked(texts, signed(texts[:6], {3, 6}))
    assert (found.first, found.last) == (6, 8)
    (found,) = checked(texts, [])
    assert (found.first, found.last) == (0, 8)


def test_one_damaged_signature_is_told_and_the_entries_stay_proven():
    texts = written(30)
    notes = signed(texts, range(1, 31))
    notes[10] = signed(texts, {11}, keys.read_key(keys.new_key("example.org/log")))[0]

    (found,) = checked(texts, notes)
    assert (found.first, found.last) == (10, 10)
    assert "signature" in found.en
    assert checked(texts, notes, every=256) == []


@pytest.mark.parametrize(
    "harm",
    [
        lambda notes: notes.insert(0, notes.pop()),
        lambda notes: notes.insert(1, "no note"),
        lambda notes: notes.insert(1, notes[1].replace("example.org/log\n", "example.org/lot\n", 1)),
    ],
    ids=["order", "garbage", "another name"],
)
def test_spoilt_checkpoints_are_told(harm):
    texts = written(12)
    notes = signed(texts, range(2, 13, 2))
    harm(notes)

    assert checked(texts, notes)


@pytest.mark.parametrize("entries", [b"", b"[]", b"null", b"{", b'{"seq":true}', b"\xff", b"[" * 100_000])
def test_what_is_no_entry_is_told_and_breaks_nothing(entries):
    texts = written(3)
    texts[1] = entries

    assert any(found.first == found.last == 1 for found in checked(texts, signed(written(3), {1, 2, 3})))


# In the tables


def rewritten(cursor, at, **changed):
    """Change an entry's text and leaf hash as a careful forger would."""
    fields = Entry.objects.get(seq=at).fields | changed
    text = canonical(fields)
    cursor.execute(
        "UPDATE audit_entry SET text = %s, leaf = %s WHERE seq = %s", [text.decode(), leaf_hash(text), at]
    )


def shifted(cursor):
    cursor.execute("DELETE FROM audit_entry WHERE seq = 70")
    cursor.execute("UPDATE audit_entry SET seq = seq + 1000 WHERE seq > 70")
    cursor.execute("UPDATE audit_entry SET seq = seq - 1001 WHERE seq > 1000")


TAMPERS = {
    "text": ("UPDATE audit_entry SET text = replace(text, 'ann', 'eve') WHERE seq = 70", 70),
    "leaf": ("UPDATE audit_entry SET leaf = sha256('x') WHERE seq = 70", 70),
    "who": ("UPDATE audit_entry SET by = 'eve' WHERE seq = 70", 70),
    "when": ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 70", 70),
    "text and leaf": (lambda cursor: rewritten(cursor, 70, by="eve"), 70),
    "deleted": ("DELETE FROM audit_entry WHERE seq = 70", 70),
    "last deleted": ("DELETE FROM audit_entry WHERE seq = 299", 299),
    "all deleted": ("DELETE FROM audit_entry", 0),
    "swapped": (
        """
        UPDATE audit_entry a SET text = b.text, leaf = b.leaf FROM audit_entry b
        WHERE (a.seq, b.seq) IN ((70, 71), (71, 70))
        """,
        70,
    ),
    "tile": ("UPDATE audit_tile SET root = sha256('x')", 255),
    "no tile": ("DELETE FROM audit_tile", 255),
    "tile too many": ("INSERT INTO audit_tile VALUES (1, 1, sha256('x'))", 300),
    "entry too many": (
        """
        INSERT INTO audit_entry SELECT 300, at, kind, by, department, provider, subject, text, leaf
        FROM audit_entry WHERE seq = 299
        """,
        300,
    ),
    "frontier": ("UPDATE audit_head SET frontier = ''", 300),
    "shorter head": ("UPDATE audit_head SET size = 250", 250),
    "longer head": ("UPDATE audit_head SET size = 310", 310),
    "note": ("UPDATE audit_checkpoint SET note = replace(note, '+', '/') WHERE size = 90", 89),
    "root beside a note": ("UPDATE audit_checkpoint SET root = sha256('x') WHERE size = 90", 89),
    "no last checkpoint": ("DELETE FROM audit_checkpoint WHERE size = 300", 299),
    "no checkpoint": ("DELETE FROM audit_checkpoint", 0),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_a_change_in_the_tables_is_found_and_the_place_is_told(empty_log, name):
    grow(60, 30, 210)
    statement, at = TAMPERS[name]
    assert queries.verify_log() == []

    with unguarded() as cursor:
        statement(cursor) if callable(statement) else cursor.execute(statement)
    if name == "note":
        # base64 of a signature without a plus sign has nothing to replace
        with unguarded() as cursor:
            cursor.execute("UPDATE audit_checkpoint SET note = left(note, -6) || E'\\n' WHERE size = 90")

    findings = queries.verify_log()
    assert any(found.first <= at <= found.last for found in findings), findings


def test_an_entry_taken_out_with_all_later_ones_moved_up_is_found(empty_log):
    grow(60, 30, 210)

    with unguarded() as cursor:
        shifted(cursor)

    assert any(found.first == found.last == 70 for found in queries.verify_log())


def test_an_insert_the_triggers_allow_is_found(empty_log):
    grow(3)
    with unguarded() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry VALUES (3, %s, 'x', '', '', '', '', '{}', sha256('x'))", [START]
        )

    assert [(found.first, found.en) for found in queries.verify_log()] == [
        (3, "There are entries, tiles or checkpoints beyond the head.")
    ]


def test_a_log_begun_anew_is_found_by_who_kept_a_checkpoint(empty_log):
    grow(40)
    kept = queries.checkpoint()
    with unguarded() as cursor:
        cursor.execute("TRUNCATE audit_entry, audit_tile, audit_checkpoint")
        cursor.execute("UPDATE audit_head SET size = 0, frontier = ''")
    grow(30, by="eve")

    assert queries.verify_log() == []
    assert any("cut short" in found.en for found in queries.verify_log([kept]))
    grow(30, by="eve")
    assert [(found.first, found.last) for found in queries.verify_log([kept])] == [(0, 39)]


def test_a_healthy_log_holds_against_every_checkpoint_ever_kept(empty_log):
    kept = []
    for group in (1, 5, 300, 2):
        grow(group)
        kept.append(queries.checkpoint())

    assert queries.verify_log(kept) == []


def test_a_thousand_wrong_rows_are_told_as_the_first_hundred(empty_log):
    grow(400)
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET by = 'eve'")

    findings = queries.verify_log()
    assert [found.first for found in findings] == list(range(replay.TOLD))
