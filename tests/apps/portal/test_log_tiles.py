"""The log's tiles over HTTP: whoever has nothing else recomputes roots and proofs from them."""

import base64
import hashlib
import json

import pytest
from django.db import connection

from xilin.kernel.accounts.models import User
from xilin.kernel.audit import log, tiles, verifier
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.log import New


class Reader:
    """Somebody else's client of C2SP tlog-tiles: it knows the paths, SHA-256, and nothing of the platform."""

    def __init__(self, client, prefix="/audit/log/0"):
        self.client, self.prefix, self.fetched = client, prefix, {}
        lines = self.text("checkpoint").split("\n")
        self.size, self.root = int(lines[1]), base64.b64decode(lines[2])

    def get(self, path):
        answered = self.client.get(f"{self.prefix}/{path}")
        assert answered.status_code == 200, path
        return answered

    def text(self, path):
        return self.get(path).content.decode()

    def tile(self, level, number):
        """The hashes of a tile, in part where the tree ends in it."""
        whole = self.size >> 8 * level
        width = min(256, whole - 256 * number)
        groups = f"{number:03}" if number < 1000 else f"x{number // 1000:03}/{number % 1000:03}"
        path = f"tile/{level}/{groups}" + (f".p/{width}" if width < 256 else "")
        if path not in self.fetched:
            data = self.get(path).content
            assert len(data) == 32 * width
            self.fetched[path] = [data[at : at + 32] for at in range(0, len(data), 32)]
        return self.fetched[path]

    def node(self, height, index):
        """The hash of a complete subtree of 2**height leaves."""
        if height % 8 == 0:
            return self.tile(height // 8, index // 256)[index % 256]
        return pair(self.node(height - 1, 2 * index), self.node(height - 1, 2 * index + 1))

    def over(self, first, last):
        """RFC 9162, 2.1.1: the root over some leaves."""
        count = last - first
        if count & (count - 1) == 0:
            return self.node(count.bit_length() - 1, first // count)
        cut = first + (1 << ((count - 1).bit_length() - 1))
        return pair(self.over(first, cut), self.over(cut, last))

    def path(self, index):
        """RFC 9162, 2.1.3.1: the path of a leaf."""
        first, last, found = 0, self.size, []
        while last - first > 1:
            cut = first + (1 << ((last - first - 1).bit_length() - 1))
            if index < cut:
                found.insert(0, self.over(cut, last))
                last = cut
            else:
                found.insert(0, self.over(first, cut))
                first = cut
        return found


def pair(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.fixture
def grown(hub):
    """The log with some hundred entries more, so that tiles are full, and levels above them are there."""
    with connection.cursor() as cursor:
        made = [New("test.done", hub.now, detail={"n": n}) for n in range(700)]
        log.append_with(cursor, made)
    return hub


def test_root_and_proofs_are_recomputed_from_tiles_alone(client, grown):
    seen = Reader(client)

    assert seen.size == audit.size() > 700
    assert seen.over(0, seen.size) == seen.root
    for seq in (0, 1, 255, 256, 511, seen.size - 1):
        receipt = audit.receipt(seq)
        assert [base64.b64encode(one).decode() for one in seen.path(seq)] == receipt["path"]
        verifier.verify_receipt(receipt, audit.key())


def test_tiles_are_kept_by_anyone_and_for_ever_and_checkpoints_are_not(client, grown):
    full, part = client.get("/audit/log/0/tile/0/000"), client.get("/audit/log/0/tile/1/000.p/1")

    assert full.headers["Cache-Control"] == part.headers["Cache-Control"]
    assert "immutable" in full.headers["Cache-Control"]
    assert client.get("/audit/log/0/checkpoint").headers["Cache-Control"] == "no-cache"
    assert client.get("/audit/log/0/checkpoint").content.decode() == audit.checkpoint()


@pytest.mark.parametrize(
    "path",
    [
        "0/tile/0/999", "0/tile/0/000.p/0", "0/tile/0/000.p/256", "0/tile/0/0", "0/tile/0/x000/000", "0/tile/00/000",
        "0/tile/0/-01", "0/tile/64/000", "0/tile/1/000", "0/tile/0/000.p/01", "7/tile/0/000", "7/checkpoint",
        "0/tile/entries/000", "0/tile/a/000", "0/tile/0/000/000",
    ],
)  # fmt: skip
def test_what_there_is_not_is_not_found(client, grown, path):
    assert client.get(f"/audit/log/{path}").status_code == 404


def test_the_months_logs_are_listed_with_their_keys(client, grown):
    (first,) = client.get("/audit/logs").json()["logs"]

    assert first == {"origin": "xilin/small", "key": audit.key(), "first": 0, "prefix": "/audit/log/0"} | {
        "origin": audit.key().split("+")[0]
    }


def test_bundles_of_entries_are_the_audit_administrators_alone_and_leave_a_trace(client, grown):
    for user in (grown.bob, grown.engineer):
        client.force_login(user)
        assert client.get("/audit/log/0/tile/entries/000").status_code == 404
    client.force_login(grown.auditor)
    leaves = Reader(client).tile(0, 0)
    size = audit.size()
    answered = client.get("/audit/log/0/tile/entries/000")
    texts, at = [], 0
    while at < len(answered.content):
        length = int.from_bytes(answered.content[at : at + 2], "big")
        texts.append(answered.content[at + 2 : at + 2 + length])
        at += 2 + length

    assert [hashlib.sha256(b"\x00" + text).digest() for text in texts] == leaves
    assert answered.headers["Cache-Control"] == "no-store"
    (read,) = audit.entries(kind="audit.log.read").filter(seq__gte=size)
    assert (read.by, read.detail) == ("auditor", {"what": "entries", "entries": 256})
    assert json.loads(texts[0])["seq"] == 0
    assert grown.auditor.role == User.Role.AUDIT


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [(0, 256, "000"), (7, 8, "007.p/8"), (1000, 256, "x001/000"), (1234067, 1, "x001/x234/067.p/1")],
)
def test_a_path_says_number_and_width(number, width, path):
    assert tiles.path_of(number, width) == path
    assert tiles.placed(path) == (number, width)
