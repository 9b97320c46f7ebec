"""Receipts: what they prove, with nothing but the verifier, and what they refuse to prove."""

import copy
import json

import pytest
from django.db import connection

from kernel.audit.conftest import entry, grow
from xilin.kernel.audit import log, queries
from xilin.kernel.audit.verifier import (
    Invalid,
    read_checkpoint,
    verify_consistency,
    verify_receipt,
)
from xilin.lib.errors import NotFound


def test_every_entry_has_a_receipt_under_the_newest_checkpoint(empty_log):
    grow(1, 2, 64, 255, 1)

    for seq in (0, 1, 2, 3, 66, 67, 200, 255, 256, 321, 322):
        receipt = queries.receipt(seq)
        assert verify_receipt(receipt, queries.key())["subject"] == queries.entries().get(seq=seq).subject
        assert read_checkpoint(receipt["checkpoint"]).size == 323


def test_the_receipt_of_an_entry_just_appended_reads_no_database(empty_log, django_assert_num_queries):
    for group in (1, 2, 5, 64, 200, 3):
        appended = grow(group)
        with django_assert_num_queries(0):
            receipts = [queries.receipt_from(one) for one in appended]
        for one, receipt in list(zip(appended, receipts, strict=True))[:: 1 + group // 8]:
            assert receipt == queries.receipt(one.seq)
            assert verify_receipt(receipt, queries.key()) == json.loads(one.text)


def test_a_receipt_takes_two_statements_however_large_the_log(empty_log, django_assert_num_queries):
    grow(1, 600)

    for seq in (0, 255, 256, 600):
        with django_assert_num_queries(2):
            queries.receipt(seq)


def test_an_entry_that_is_not_there_has_no_receipt(empty_log):
    grow(3)

    for seq in (-1, 3, 10**12):
        with pytest.raises(NotFound):
            queries.receipt(seq)


def test_each_checkpoint_extends_each_older_one(empty_log):
    older = []
    for group in (1, 3, 60, 200, 30):
        grow(group)
        older.append(read_checkpoint(queries.checkpoint()))
    newest = older[-1]

    for one in older:
        proof = queries.consistency(one.size)
        verify_consistency(one.size, newest.size, proof, one.root, newest.root)
    for size in (0, newest.size + 1):
        with pytest.raises(NotFound):
            queries.consistency(size)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.update(entry=r["entry"].replace("ann", "eve")),
        lambda r: r.update(index=r["index"] + 1),
        lambda r: r.update(index=str(r["index"])),
        lambda r: r.update(index=True),
        lambda r: r.update(index=-1),
        lambda r: r.update(path=r["path"][::-1]),
        lambda r: r.update(path=r["path"][:-1]),
        lambda r: r.update(path=[*r["path"], r["path"][0]]),
        lambda r: r.update(path=["no base64!"]),
        lambda r: r.update(path=None),
        lambda r: r.update(checkpoint=r["checkpoint"].replace("\n7\n", "\n8\n")),
        lambda r: r.update(checkpoint="\ud800\n\n"),
        lambda r: r.update(entry="[" * 100_000),
        lambda r: r.update(entry="[]"),
        lambda r: r.update(format="xilin-receipt/2"),
        lambda r: r.pop("path"),
        lambda r: r.clear(),
    ],
)
def test_a_spoilt_receipt_is_refused(empty_log, spoil):
    grow(7)
    receipt = copy.deepcopy(queries.receipt(2))
    spoil(receipt)

    with pytest.raises(Invalid):
        verify_receipt(receipt, queries.key())


def test_an_entry_that_states_another_place_is_no_proof(empty_log):
    class Elsewhere(log.New):
        def text(self, seq):
            return super().text(seq + 1)

    with connection.cursor() as cursor:
        fields = entry(0)
        (appended,) = log.append_with(cursor, [Elsewhere(fields.kind, fields.at)])

    with pytest.raises(Invalid, match="own number"):
        verify_receipt(queries.receipt_from(appended), queries.key())
