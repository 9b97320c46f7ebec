"""A thousand random tampers of a log in the database and of an export: each is found, and the place is told.

Each kind knows which entry it touched first. Something told must hold that entry and begin no earlier than the last
checkpoint that still proves what stands before it; nothing told may begin before the last one kept elsewhere that does.
"""

import json
import random
from bisect import bisect_right
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from kernel.audit.conftest import entry, grow, unguarded
from xilin.kernel.audit import log, queries
from xilin.kernel.audit.export import export
from xilin.kernel.audit.keys import signer
from xilin.kernel.audit.models import Checkpoint, Entry, Head
from xilin.kernel.audit.verifier import Frontier, canonical, leaf_hash, verify_export

SIZE = 300
IN_DATABASE, IN_EXPORTS = 700, 300


@pytest.fixture
def honest(empty_log):
    """A log of many appends, its state after each, and the checkpoints somebody kept of a few."""
    rng = random.Random(20261125)
    ends = sorted({*rng.sample(range(1, SIZE), 24), SIZE})
    heads = {0: b""}
    for first, last in pairwise([0, *ends]):
        with connection.cursor() as cursor:
            log.append_with(cursor, [entry(number) for number in range(first, last)])
        heads[last] = bytes(Head.objects.get(id=1).frontier)
    kept = [*sorted(rng.sample(ends[:-1], 2)), SIZE]
    notes = {row.size: row.note for row in Checkpoint.objects.all()}
    return SimpleNamespace(
        ends=ends,
        heads=heads,
        kept=kept,
        notes=notes,
        kept_notes=[notes[size] for size in kept],
        texts=[row.text.encode() for row in Entry.objects.order_by("seq")],
    )


def before(sizes, at):
    """The last of some sizes that covers no entry from a place on; 0 where there is none."""
    place = bisect_right(sizes, at)
    return sizes[place - 1] if place else 0


def told(honest, findings, at, earliest, what):
    """Whether something is found, the place is among it, and nothing is told of what is still proven."""
    assert findings, f"{what} at {at} is not found"
    told = [found for found in findings if found.first <= at <= found.last and found.first >= earliest]
    assert told, (what, at, earliest, findings)
    # A tile is told as a whole: its root is kept beside the entries, and says nothing of them one by one.
    others = [found.first for found in findings if "tile doesn't" not in found.en]
    assert min(others) >= before(honest.kept, at), (what, at, findings)


# In the database; each gives the first entry that is not as it was, and from where on something may be told


def sql(cursor, statement, *values):
    cursor.execute(statement, values)


def edit(rng, cursor, honest):
    at = rng.randrange(SIZE)
    how = rng.randrange(5)
    forged = canonical(json.loads(honest.texts[at]) | {"by": "eve"})
    if how == 0:
        sql(cursor, "UPDATE audit_entry SET text = %s WHERE seq = %s", forged.decode(), at)
    elif how == 1:
        hashed = leaf_hash(forged)
        sql(cursor, "UPDATE audit_entry SET text = %s, leaf = %s WHERE seq = %s", forged.decode(), hashed, at)
    elif how == 2:
        column = rng.choice(("by", "department", "provider", "subject", "kind"))
        sql(cursor, f"UPDATE audit_entry SET {column} = 'x' WHERE seq = %s", at)
    elif how == 3:
        sql(cursor, "UPDATE audit_entry SET leaf = %s WHERE seq = %s", rng.randbytes(32), at)
    else:
        by = f"{rng.choice('+-')}{rng.randint(1, 10**9)} microseconds"
        sql(cursor, "UPDATE audit_entry SET at = at + %s::interval WHERE seq = %s", by, at)
    return at, before(honest.ends, at)


def delete(rng, cursor, honest):
    at, count = rng.randrange(SIZE), rng.choice((1, 1, rng.randint(2, 50)))
    sql(cursor, "DELETE FROM audit_entry WHERE seq >= %s AND seq < %s", at, at + count)
    if rng.random() < 0.5:
        shift(cursor, at + count, -min(count, SIZE - at))
    return at, before(honest.ends, at)


def insert(rng, cursor, honest):
    at = rng.randrange(SIZE + 1)
    shift(cursor, at, 1)
    text = entry(at, by="eve").text(at).encode()
    sql(
        cursor,
        """
        INSERT INTO audit_entry SELECT %s, at, kind, 'eve', department, provider, subject, %s, %s
        FROM audit_entry LIMIT 1
        """,
        at, text.decode(), leaf_hash(text),
    )  # fmt: skip
    return at, before(honest.ends, at)


def reorder(rng, cursor, honest):
    first, second = sorted(rng.sample(range(SIZE), 2))
    sql(cursor, "UPDATE audit_entry SET seq = 9999 WHERE seq = %s", first)
    sql(cursor, "UPDATE audit_entry SET seq = %s WHERE seq = %s", first, second)
    sql(cursor, "UPDATE audit_entry SET seq = %s WHERE seq = 9999", second)
    return first, before(honest.ends, first)


def truncate(rng, cursor, honest):
    at = rng.randrange(SIZE)
    sql(cursor, "DELETE FROM audit_entry WHERE seq >= %s", at)
    if rng.random() < 0.5:
        frontier = Frontier()
        for text in honest.texts[:at]:
            frontier.append(leaf_hash(text))
        hashes = b"".join(frontier.hashes)
        sql(cursor, "UPDATE audit_head SET size = %s, frontier = %s", at, hashes)
    return at, before(honest.ends, at)


def roll_back(rng, cursor, honest):
    """All tables as they were, as from a backup; only what was kept elsewhere knows better."""
    at = rng.choice([0, *honest.ends[:-1]])
    restore(cursor, honest, at)
    return at, at


def fork(rng, cursor, honest):
    """Another history from some entry on, appended and signed by the platform itself."""
    at = rng.randrange(SIZE)
    boundary = before(honest.ends, at)
    restore(cursor, honest, boundary)
    for first, last in pairwise([boundary, *(end for end in honest.ends if end > boundary)]):
        entries = [entry(number, by="eve" if number >= at else "ann") for number in range(first, last)]
        log.append_with(cursor, entries)
    return at, before(honest.kept, at)


def shift(cursor, first, by):
    """Number the entries from one on anew, in their columns alone."""
    sql(cursor, "UPDATE audit_entry SET seq = seq + 10000 WHERE seq >= %s", first)
    sql(cursor, "UPDATE audit_entry SET seq = seq - 10000 + %s WHERE seq >= 10000", by)


def restore(cursor, honest, size):
    sql(cursor, "DELETE FROM audit_entry WHERE seq >= %s", size)
    sql(cursor, "DELETE FROM audit_checkpoint WHERE size > %s", size)
    sql(cursor, "DELETE FROM audit_tile WHERE (number + 1) * 256 > %s", size)
    sql(cursor, "UPDATE audit_head SET size = %s, frontier = %s", size, honest.heads[size])


KINDS = (edit, delete, insert, reorder, truncate, roll_back, fork)


def test_every_tamper_of_the_database_is_found_and_the_place_is_told(honest):
    rng = random.Random(1)
    assert queries.verify_log(honest.kept_notes) == []
    with unguarded() as cursor:
        for number in range(IN_DATABASE):
            kind = KINDS[number % len(KINDS)]
            with transaction.atomic():
                at, earliest = kind(rng, cursor, honest)
                findings = queries.verify_log(honest.kept_notes)
                transaction.set_rollback(True)
            told(honest, findings, at, earliest, kind.__name__)
    assert queries.verify_log(honest.kept_notes) == []


# In an export


def edited(rng, texts, notes, honest):
    at = rng.randrange(SIZE)
    place = rng.randrange(len(texts[at]))
    texts[at] = texts[at][:place] + bytes([texts[at][place] ^ 1 << rng.randrange(7)]) + texts[at][place + 1 :]
    # What becomes a line's end cuts the entry in two.
    texts[at] = texts[at].replace(b"\n", b"\r")
    return at, before(honest.ends, at)


def deleted(rng, texts, notes, honest):
    at = rng.randrange(SIZE)
    del texts[at : at + rng.choice((1, 1, rng.randint(2, 50)))]
    return at, before(honest.ends, at)


def inserted(rng, texts, notes, honest):
    at = rng.randrange(SIZE + 1)
    texts.insert(at, rng.choice((texts[at - 1], entry(at, by="eve").text(at).encode(), b"")))
    return at, before(honest.ends, at)


def reordered(rng, texts, notes, honest):
    first, second = sorted(rng.sample(range(SIZE), 2))
    texts[first], texts[second] = texts[second], texts[first]
    return first, before(honest.ends, first)


def truncated(rng, texts, notes, honest):
    at = rng.randrange(SIZE)
    del texts[at:]
    return at, before(honest.ends, at)


def rolled_back(rng, texts, notes, honest):
    at = rng.choice([0, *honest.ends[:-1]])
    del texts[at:]
    notes[:] = [honest.notes[size] for size in honest.ends if size <= at]
    return at, at


def forked(rng, texts, notes, honest):
    at = rng.randrange(SIZE)
    texts[at:] = [entry(number, by="eve").text(number).encode() for number in range(at, SIZE)]
    frontier, notes[:] = Frontier(), []
    for number, text in enumerate(texts, 1):
        frontier.append(leaf_hash(text))
        if number in honest.notes:
            notes.append(signer().note(number, frontier.root()))
    return at, before(honest.kept, at)


OF_EXPORTS = (edited, deleted, inserted, reordered, truncated, rolled_back, forked)


def test_every_tamper_of_an_export_is_found_by_the_single_file_and_the_place_is_told(honest, tmp_path):
    rng = random.Random(2)
    folder = tmp_path / "out"
    export(folder)
    (check,) = verify_export(folder, queries.key(), honest.kept_notes)
    assert check.findings == []
    for number in range(IN_EXPORTS):
        kind = OF_EXPORTS[number % len(OF_EXPORTS)]
        texts, notes = list(honest.texts), [honest.notes[size] for size in honest.ends]
        at, earliest = kind(rng, texts, notes, honest)
        (folder / "entries.jsonl").write_bytes(b"".join(text + b"\n" for text in texts))
        (folder / "checkpoints.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))

        (check,) = verify_export(folder, queries.key(), honest.kept_notes)
        told(honest, check.findings, at, earliest, kind.__name__)


def test_no_tamper_is_needed_for_nothing_to_be_found(honest):
    grow(5)

    assert queries.verify_log(honest.kept_notes) == []
