"""Verify receipts and the exported log of Xilin with nothing but Python's standard library.

    python verifier.py receipt.json --key KEY
    python verifier.py exported-folder --key KEY --checkpoint one-you-kept.txt
    python verifier.py receipt.json --key KEY --witness KEY1 --witness KEY2 --quorum 2

KEY is the log's verifier key (`name+hash+key`, as C2SP signed notes write it) or a file with
it; get it from the log's owner by another way than the receipt. A witness's key, or a file with
keys line by line, comes from the witness. Ends with 0 where everything holds, 1 where something
doesn't, 2 where the input can't be read.

Sources: RFC 9162 section 2.1 (tree, proofs), C2SP tlog-checkpoint, signed-note and
tlog-cosignature, RFC 8032 section 5.1.7 (Ed25519).
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RECEIPT = "xilin-receipt/1"
TILE_HEIGHT = 8
# What a verifier key is good for, by the byte in front of it: signing checkpoints, or cosigning them.
SIGNING, COSIGNING = 1, 4
# Further lines of a checkpoint: the number of the first entry where it is not 0, and the key of the log that follows.
FIRST, NEXT = "xilin-first", "xilin-next"
# A checkpoint with more signatures than this is read no further.
MOST_SIGNATURES = 100
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Invalid(Exception):
    """A proof, signature or file does not hold; says why in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} {en}")


# Tree: RFC 9162, 2.1


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256 over 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, the largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf hash; return the tiles it completed as (level from 1, number, root)."""
        tiles: list[tuple[int, int, bytes]] = []
        found, size, height = leaf, self.size, 0
        while size & 1:
            found = node_hash(self.hashes.pop(), found)
            size >>= 1
            height += 1
            if height % TILE_HEIGHT == 0:
                tiles.append((height // TILE_HEIGHT, size, found))
        self.hashes.append(found)
        self.size += 1
        return tiles

    def root(self) -> bytes:
        """The tree's root; SHA-256 of nothing for the empty tree."""
        if not self.hashes:
            return EMPTY_ROOT
        found = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            found = node_hash(left, found)
        return found


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at an index (from 0) of a tree; Invalid otherwise. RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        raise Invalid("序号不在树内。", "The index is outside the tree.")
    _hashes(leaf, root, *path)
    node, last, found = index, size - 1, leaf
    for hash_ in path:
        if last == 0:
            raise Invalid("证明路径过长。", "The proof's path is too long.")
        if node & 1 or node == last:
            found = node_hash(hash_, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Invalid("证明路径过短。", "The proof's path is too short.")
    if found != root:
        raise Invalid("记录不在该检查点的日志中。", "The entry is not in the log of this checkpoint.")


def verify_consistency(first: int, second: int, path: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check that the tree of size `second` extends that of size `first`; Invalid otherwise. RFC 9162, 2.1.4.2."""
    if not 0 < first <= second:
        raise Invalid("两个大小不构成延伸关系。", "The sizes don't make an extension.")
    if first == second:
        if path or root1 != root2:
            raise Invalid(
                "大小相同而根不同，或带有多余证明。", "Equal sizes with different roots, or a proof too many."
            )
        return
    _hashes(root1, root2, *path)
    hashes = [root1, *path] if first & (first - 1) == 0 else list(path)
    if not hashes:
        raise Invalid("一致性证明为空。", "The consistency proof is empty.")
    if _both_roots(first, second, hashes) != (root1, root2):
        raise Invalid(
            "新日志不是旧日志的延伸：发生过改写或分叉。",
            "The log is no extension of the older one: rewritten or forked.",
        )


def _hashes(*values: bytes) -> None:
    if any(len(value) != 32 for value in values):
        raise Invalid("证明中有不是哈希的内容。", "Something in the proof is no hash.")


def _both_roots(first: int, second: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of the older and the newer tree that a consistency proof's hashes lead to."""
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for hash_ in hashes[1:]:
        if last == 0:
            raise Invalid("证明路径过长。", "The proof's path is too long.")
        if node & 1 or node == last:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, hash_)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Invalid("证明路径过短。", "The proof's path is too short.")
    return old, new


# Ed25519: RFC 8032, 5.1; points in extended homogeneous coordinates (X, Y, Z, T)

Point = tuple[int, int, int, int]
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % _P, y * z % _P, x * y % _P, w * z % _P)


def _multiply(times: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while times > 0:
        if times & 1:
            found = _add(found, point)
        point = _add(point, point)
        times >>= 1
    return found


def _decode(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        raise ValueError("coordinate out of range")
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_M1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


_BASE = _decode((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature (64 bytes) of a message is that of a public key (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= _L:
        return False
    try:
        key, commitment = _decode(public), _decode(signature[:32])
    except ValueError:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    a = _multiply(scalar, _BASE)
    b = _add(commitment, _multiply(int.from_bytes(digest, "little") % _L, key))
    return (a[0] * b[2] - b[0] * a[2]) % _P == 0 and (a[1] * b[2] - b[1] * a[2]) % _P == 0


# Checkpoints: C2SP tlog-checkpoint, a signed note


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement that a log had a size and a root; which number its first entry has, and the key of its successor."""

    origin: str
    size: int
    root: bytes
    first: int = 0
    next: str = ""


def key_of(text: str, use: int = SIGNING) -> tuple[str, bytes, bytes]:
    """Name, key id (4 bytes) and public key (32 bytes) of a verifier key `name+hash+key` of that use."""
    try:
        name, id_text, key_text = text.strip().split("+", 2)
        key_id, key = bytes.fromhex(id_text), base64.b64decode(key_text, validate=True)
    except (ValueError, binascii.Error):
        raise Invalid("验证公钥格式不对。", "The verifier key can't be read.") from None
    if not name or len(key) != 33 or key[0] != use or key_id != key_id_of(name, key):
        raise Invalid("验证公钥格式不对。", "The verifier key can't be read.")
    return name, key_id, key[1:]


def key_id_of(name: str, key: bytes) -> bytes:
    """The 4-byte id of a key with its algorithm byte in front."""
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


def read_checkpoint(text: str) -> Checkpoint:
    """The statement of a checkpoint, its signatures not looked at; Invalid where it isn't one."""
    try:
        text.encode()  # lone surrogates are no text
        body, _ = text.split("\n\n", 1)
        origin, size, root, *more = body.split("\n")
        told = dict(line.split(" ", 1) for line in more if line.startswith((f"{FIRST} ", f"{NEXT} ")))
        first = told.get(FIRST, "0")
        if not origin or any(str(int(number)) != number or int(number) < 0 for number in (size, first)):
            raise ValueError
        found = Checkpoint(
            origin, int(size), base64.b64decode(root, validate=True), int(first), told.get(NEXT, "")
        )
    except (ValueError, binascii.Error):
        raise Invalid("检查点格式不对。", "The checkpoint can't be read.") from None
    if len(found.root) != 32:
        raise Invalid("检查点格式不对。", "The checkpoint can't be read.")
    return found


def verify_checkpoint(
    text: str, key: str, holds: Callable[[bytes, bytes, bytes], bool] = ed25519_holds
) -> Checkpoint:
    """The statement of a checkpoint that the key signed; Invalid otherwise."""
    found = read_checkpoint(text)
    name, key_id, public = key_of(key)
    if found.origin != name:
        raise Invalid("检查点出自别的日志。", "The checkpoint is of another log.")
    body = text.split("\n\n", 1)[0] + "\n"
    for signer, data in signatures(text):
        if signer == name and data[:4] == key_id and holds(public, body.encode(), data[4:]):
            return found
    raise Invalid("检查点的签名不成立。", "The checkpoint's signature doesn't hold.")


def signatures(text: str) -> list[tuple[str, bytes]]:
    """Who signed a note, each with what follows the name: key id and signature. Lines that are none are passed over."""
    found: list[tuple[str, bytes]] = []
    for line in text.partition("\n\n")[2].split("\n")[:MOST_SIGNATURES]:
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.partition(" ")
        try:
            data = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            continue
        if dash == "—" and signer:
            found.append((signer, data))
    return found


# Witnesses: C2SP tlog-cosignature, version 1 (Ed25519)


def cosigned_text(body: str, at: int) -> bytes:
    """What a witness signs of a checkpoint's body (its lines, each with its end) at a time in seconds since 1970."""
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def cosigned(
    text: str, witnesses: Iterable[str], holds: Callable[[bytes, bytes, bytes], bool] = ed25519_holds
) -> dict[str, int]:
    """Which witnesses, given by their verifier keys, cosigned a checkpoint, and when (seconds since 1970).

    One key counts once, under however many names it is given. Invalid where a witness's key can't be read.
    """
    body, lines = text.split("\n\n", 1)[0] + "\n", signatures(text)
    found: dict[str, int] = {}
    counted: set[bytes] = set()
    for witness in witnesses:
        name, key_id, public = key_of(witness, COSIGNING)
        for signer, data in lines:
            if signer != name or data[:4] != key_id or len(data) != 76 or public in counted:
                continue
            at = int.from_bytes(data[4:12], "big")
            if at < 1 << 63 and name not in found and holds(public, cosigned_text(body, at), data[12:]):
                found[name] = at
                counted.add(public)
    return found


def verify_cosigned(
    text: str,
    witnesses: Sequence[str],
    quorum: int,
    holds: Callable[[bytes, bytes, bytes], bool] = ed25519_holds,
) -> dict[str, int]:
    """Which witnesses cosigned a checkpoint, and when; Invalid where they are fewer than `quorum`."""
    found = cosigned(text, witnesses, holds)
    if len(found) < quorum:
        raise Invalid(
            f"检查点只有 {len(found)} 个见证签名成立，应有 {quorum} 个。",
            f"{len(found)} witnesses' cosignatures of the checkpoint hold where {quorum} are needed.",
        )
    return found


# Receipts


def verify_receipt(
    receipt: dict[str, Any], key: str, witnesses: Sequence[str] = (), quorum: int = 0
) -> dict[str, Any]:
    """The entry a receipt proves to be in the log; Invalid where it doesn't prove it, or too few witnesses saw it."""
    try:
        index, entry = receipt["index"], str(receipt["entry"]).encode()
        if receipt["format"] != RECEIPT or type(index) is not int:
            raise ValueError
        path = [base64.b64decode(hash_, validate=True) for hash_ in receipt["path"]]
        fields = json.loads(entry)
        stated = fields["seq"]
        note = str(receipt["checkpoint"])
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error):
        raise Invalid("不是回执文件。", "This is no receipt.") from None
    checkpoint = verify_checkpoint(note, key)
    verify_cosigned(note, witnesses, quorum)
    verify_inclusion(index, checkpoint.size, leaf_hash(entry), path, checkpoint.root)
    if type(stated) is not int or stated != index + checkpoint.first:
        raise Invalid("记录自述的序号与位置不符。", "The entry's own number is not its place.")
    return dict(fields)


# The whole log


@dataclass(frozen=True)
class Finding:
    """Something wrong between two entries: `first` and `last` are indices from 0, both included."""

    first: int
    last: int
    zh: str
    en: str


class LogCheck:
    """Checks a log entry by entry against its checkpoints; memory does not grow with the log.

    A signed checkpoint whose root fits proves every entry before it. So only one signature in
    `every` is checked, and the last; where one doesn't hold, those before it are tried.

    Args:
        checkpoints: the log's own, by rising size.
        key: the log's verifier key.
        kept: checkpoints somebody kept elsewhere; the log must contain what they state.
        every: how many checkpoints share one check of a signature; 1 checks each.
        holds: checks a signature, as `ed25519_holds` does.
        first: the number of the log's first entry.
        witnesses: verifier keys of witnesses.
        quorum: how many of them must have cosigned a checkpoint. Once `finish` was called, `witnessed` says how
            many entries stand under the newest such checkpoint that fits, `seen` who cosigned it, and when.
    """

    def __init__(
        self,
        checkpoints: Iterable[str],
        key: str,
        kept: Iterable[str] = (),
        *,
        every: int = 256,
        holds: Callable[[bytes, bytes, bytes], bool] = ed25519_holds,
        first: int = 0,
        witnesses: Sequence[str] = (),
        quorum: int = 0,
    ) -> None:
        self.first, self.last = (
            first,
            "",
        )  # the newest checkpoint that covers everything, once `finish` was called
        self.witnessed, self.seen = 0, dict[str, int]()
        self._witnesses, self._quorum = witnesses, quorum
        self._cosigned: deque[tuple[int, str]] = deque(maxlen=MOST_COSIGNED)
        self.findings: list[Finding] = []
        self.tree = Frontier()
        self.covered = 0
        self.completed: list[tuple[int, int, bytes]] = []  # the tiles the last entry completed
        self._key, self._every, self._holds = key, every, holds
        self._matched: list[tuple[int, str]] = []
        self._spoilt = self._diverged = self._forked = False
        self._agreed = 0
        self._kept: dict[int, list[tuple[Checkpoint, str]]] = {}
        for text in kept:
            if self._signed(text):
                self._kept.setdefault(read_checkpoint(text).size, []).append((read_checkpoint(text), text))
            else:
                self._find(
                    0, 0, "所给检查点的签名不成立。", "The signature of a checkpoint you gave doesn't hold."
                )
        self._stated = self._readable(checkpoints)
        self._next = next(self._stated, None)
        self._meet()

    def add(self, entry: bytes) -> None:
        """Take the next entry, exactly as it stands in the log."""
        index = self.tree.size
        if not self._spoilt and not _stands_at(entry, self.first + index):
            self._spoilt = True
            self._find(
                index, index,
                "此处记录被修改、删除、插入或调换。", "An entry was edited, deleted, inserted or moved here.",
            )  # fmt: skip
        self.completed = self.tree.append(leaf_hash(entry))
        self._meet()

    def finish(self) -> list[Finding]:
        """What was found, once every entry was added."""
        self._prove()
        size = self.tree.size
        ahead = [one for kept in self._kept.values() for one in kept if one[0].size > size]
        if self._next is not None:
            ahead.append(self._next)
            ahead.extend(self._stated)
        last = max((found.size for found, text in ahead if self._signed(text)), default=0)
        if last:
            self._find(
                size, last - 1,
                "日志被截断：检查点之内的记录缺失。", "The log was cut short: entries under a checkpoint are missing.",
            )  # fmt: skip
        elif ahead:
            self._unsigned(size, size)
        if self.covered < size and not self._diverged:
            self._find(
                self.covered, size - 1,
                "这一段记录不在任何有效签名的检查点之下。", "No validly signed checkpoint covers these entries.",
            )  # fmt: skip
        self._witness()
        return self.findings

    def _witness(self) -> None:
        """Find the newest checkpoint that fits the log and that enough witnesses cosigned."""
        for size, text in sorted(self._cosigned, reverse=True):
            seen = cosigned(text, self._witnesses, self._holds)
            if len(seen) >= self._quorum and self._signed(text):
                self.witnessed, self.seen = size, seen
                return
        if self._quorum:
            self._find(
                0, max(self.tree.size - 1, 0),
                "没有足够的见证方见证过这份日志。", "Not enough witnesses have cosigned any state of this log.",
            )  # fmt: skip

    def _fits(self, size: int, text: str) -> None:
        """Remember a checkpoint that fits, where somebody beside the log signed it."""
        if self._quorum and len(signatures(text)) > 1:
            self._cosigned.append((size, text))

    def _readable(self, checkpoints: Iterable[str]) -> Iterator[tuple[Checkpoint, str]]:
        last = 0
        for text in checkpoints:
            try:
                found = read_checkpoint(text)
            except Invalid as error:
                self._find(last, last, error.zh, error.en)
                continue
            if found.size < last:
                self._find(found.size, last, "检查点次序颠倒。", "The checkpoints are out of order.")
                continue
            last = found.size
            yield found, text

    def _meet(self) -> None:
        """Compare the tree with the checkpoints of its size, those kept elsewhere first."""
        size = self.tree.size
        if size in self._kept:
            self._agree(size, self.tree.root())
        while self._next is not None and self._next[0].size == size:
            found, text = self._next
            self._next = next(self._stated, None)
            if self._diverged:
                continue
            if found.root == self.tree.root():
                self._matched.append((size, text))
                self._fits(size, text)
                if len(self._matched) >= self._every:
                    self._prove()
            elif self._signed(text):
                self._prove()
                self._diverged = True
                self._find(
                    self.covered, max(size - 1, self.covered),
                    "这一段记录与检查点不符。", "The entries of this stretch don't fit the checkpoint.",
                )  # fmt: skip
            else:
                self._unsigned(size - 1, size - 1)

    def _agree(self, size: int, root: bytes) -> None:
        """Compare with checkpoints kept elsewhere; told once, from the last that fits to the first that doesn't."""
        if self._forked:
            return
        self._forked = any(found.root != root for found, _ in self._kept[size])
        if self._forked:
            self._find(
                self._agreed, max(size - 1, self._agreed),
                "这一段记录与所给检查点不符：发生过改写或分叉。",
                "The entries of this stretch don't fit a checkpoint you gave: rewritten or forked.",
            )  # fmt: skip
        else:
            self._agreed = size
            for _, text in self._kept[size]:
                self._fits(size, text)

    def _prove(self) -> None:
        """Check the newest signature among those whose root fits; where it fails, find the last that holds."""
        bad = 0
        for size, text in reversed(self._matched):
            if self._signed(text):
                if size >= self.covered:
                    self.covered, self.last = size, text
                break
            bad += 1
        if bad:
            self._unsigned(self._matched[-bad][0] - 1, self._matched[-1][0] - 1)
        self._matched.clear()

    def _signed(self, text: str) -> bool:
        try:
            found = verify_checkpoint(text, self._key, self._holds)
        except Invalid:
            return False
        return found.first == self.first

    def _unsigned(self, first: int, last: int) -> None:
        zh, en = "此处检查点的签名不成立。", "The signature of the checkpoint here doesn't hold."
        if self.findings and self.findings[-1].zh == zh:
            self.findings[-1] = Finding(self.findings[-1].first, self.first + last, zh, en)
        else:
            self._find(max(first, 0), max(last, 0), zh, en)

    def _find(self, first: int, last: int, zh: str, en: str) -> None:
        self.findings.append(Finding(self.first + first, self.first + last, zh, en))


# How many of the newest cosigned checkpoints are tried for one that enough witnesses cosigned.
MOST_COSIGNED = 4096

# In canonical form `seq` and `subject` end the object: no quote can stand bare within a string, so what
# matches here is the outermost object's own number, found without reading the JSON before it.
_TAIL = re.compile(rb',"seq":(0|[1-9][0-9]*),"subject":"(?:[^"\\]|\\.)*"\}', re.DOTALL)


def _stands_at(entry: bytes, index: int) -> bool:
    """Whether an entry says that it stands at this index."""
    tail = _TAIL.fullmatch(entry, max(entry.rfind(b',"seq":'), 0))
    return tail is not None and tail[1] == b"%d" % index


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(fields: dict[str, Any]) -> bytes:
    """The one form of an entry: JSON in UTF-8 with sorted keys and no white space; ValueError on NaN."""
    return _ENCODER.encode(fields).encode()


def verify_export(
    folder: Path,
    key: str,
    kept: Iterable[str] = (),
    *,
    every: int = 256,
    witnesses: Sequence[str] = (),
    quorum: int = 0,
) -> list[LogCheck]:
    """Check a folder written by `xilin audit export`, and checkpoints someone kept elsewhere; month by month.

    Args:
        folder: with the log in it, or with a folder for each month in `shards`.
        key: the verifier key of the first; each names the next one's.
    """
    shards = sorted((folder / "shards").iterdir()) if (folder / "shards").is_dir() else [folder]
    kept, checks = list(kept), list[LogCheck]()
    for number, shard in enumerate(shards):
        own = [text for text in kept if len(shards) == 1 or origin_of(text) == key_of(key)[0]]
        kept = [text for text in kept if text not in own]
        first = checks[-1].first + checks[-1].tree.size if checks else 0
        with (
            (shard / "checkpoints.jsonl").open("rb") as notes,
            (shard / "entries.jsonl").open("rb") as entries,
        ):
            check = LogCheck(
                (str(json.loads(line)) for line in notes), key, own,
                every=every, first=first, witnesses=witnesses, quorum=quorum,
            )  # fmt: skip
            for line in entries:
                entry = line.removesuffix(b"\n")
                if checks and not check.tree.size:
                    verify_carried(checks[-1], check, entry)
                check.add(entry)
            check.finish()
        checks.append(check)
        if number + 1 < len(shards):
            following = key_after(check)
            if not following:
                return checks
            key = following
    if kept:
        checks[-1].findings.append(
            Finding(0, 0, "所给检查点出自别的日志。", "A checkpoint you gave is of another log.")
        )
    return checks


def origin_of(text: str) -> str:
    """The name of the log that a checkpoint is of; "" where it can't be read."""
    try:
        return read_checkpoint(text).origin
    except Invalid:
        return ""


def key_after(check: LogCheck) -> str:
    """The key of the month after one that was checked, "" where its last checkpoint names none; that is a finding."""
    following = read_checkpoint(check.last).next if check.last and check.covered == check.tree.size else ""
    try:
        key_of(following)
    except Invalid:
        end = check.first + check.tree.size
        check.findings.append(
            Finding(
                end,
                end,
                "上一月的日志没有以指明下一月公钥的检查点封存。",
                "The month before was not closed with a checkpoint that names the next one's key.",
            )
        )
        return ""
    return following


def verify_carried(before: LogCheck, check: LogCheck, entry: bytes) -> None:
    """Check that a month's first entry carries the head of the month before; a finding where it doesn't."""
    try:
        note = str(json.loads(entry)["detail"]["previous"]["note"])
        found = read_checkpoint(note)
        carried = (found.size, found.root, found.first) == (
            before.tree.size,
            before.tree.root(),
            before.first,
        )
    except (KeyError, TypeError, ValueError, RecursionError, Invalid):
        carried = False
    if not carried:
        check.findings.append(
            Finding(
                check.first,
                check.first,
                "本月首条记录没有承接上一月的树头。",
                "The month's first entry doesn't carry the head of the month before.",
            )
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(
        description="Verify a receipt or an exported log. 验证回执或导出的日志。"
    )
    parser.add_argument("target", type=Path, help="a receipt (JSON) or the folder of an export")
    parser.add_argument("--key", required=True, help="the log's verifier key, or a file with it")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="a checkpoint you kept")
    parser.add_argument("--every", action="store_true", help="check the signature of every checkpoint (slow)")
    parser.add_argument("--witness", action="append", default=[], help="a witness's key, or a file with keys")
    parser.add_argument(
        "--quorum", type=int, default=-1, help="how many witnesses must have signed; else all"
    )
    given = parser.parse_args(arguments)
    try:
        keys = [line for line in _given(given.key).split("\n") if line.strip()]
        names = [key_of(one)[0] for one in keys]
        key = keys[0] if keys else ""
        key_of(key)
        witnesses = [line for text in given.witness for line in _given(text).split("\n") if line.strip()]
        quorum = _quorum(given.quorum, witnesses)
        if given.target.is_dir():
            kept = [path.read_text("utf-8") for path in given.checkpoint]
            every = 1 if given.every else 256
            return _tell_log(
                verify_export(given.target, key, kept, every=every, witnesses=witnesses, quorum=quorum)
            )
        receipt = json.loads(given.target.read_text("utf-8"))
        origin = origin_of(str(receipt.get("checkpoint", "")))
        key = keys[names.index(origin)] if origin in names else key
        entry = verify_receipt(receipt, key, witnesses, quorum)
    except Invalid as error:
        _say(f"✗ {error.zh}", f"✗ {error.en}")
        return 1
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        _say("? 无法读取输入。", f"? The input can't be read: {type(error).__name__}")
        return 2
    _say(
        f"✓ 回执成立：第 {entry['seq']} 条记录在日志中。",
        f"✓ The receipt holds: entry {entry['seq']} is in the log.",
    )
    _say(json.dumps(entry, ensure_ascii=False, indent=2, sort_keys=True))
    return 0


def _given(text: str) -> str:
    """What a file of that name says, or the text itself."""
    return Path(text).read_text("utf-8") if Path(text).is_file() else text


def _quorum(wanted: int, witnesses: Sequence[str]) -> int:
    """How many witnesses must have signed: as said, else all; Invalid where so many can't or a key can't be read."""
    publics = {key_of(witness, COSIGNING)[2] for witness in witnesses}
    if wanted > len(publics) or (wanted < 1 and wanted != -1):
        raise Invalid("所需见证签名数与所给公钥不符。", "The quorum doesn't fit the witnesses' keys given.")
    return len(publics) if wanted == -1 else wanted


def _tell_log(checks: Sequence[LogCheck]) -> int:
    findings = [found for check in checks for found in check.findings]
    for found in findings:
        place = f"{found.first}" if found.first == found.last else f"{found.first}–{found.last}"
        _say(f"✗ [{place}] {found.zh}", f"✗ [{place}] {found.en}")
    if findings:
        return 1
    newest = checks[-1]
    size = newest.first + newest.tree.size
    _say(f"✓ 日志完整：{size} 条记录，全部在有签名的检查点之下。")
    _say(f"✓ The log holds: {size} entries, all of them under a signed checkpoint.")
    if newest.seen:
        # A witness may name any time; years beyond four figures are told as they stand.
        first = min(newest.seen.values())
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(first)) if first < 1 << 37 else str(first)
        who, n = ", ".join(newest.seen), newest.first + newest.witnessed
        _say(f"✓ 前 {n} 条记录有 {len(newest.seen)} 个见证方见证（{at} 起）：{who}")
        _say(f"✓ The first {n} entries were witnessed by {len(newest.seen)} since {at}: {who}")
    return 0


def _say(*lines: str) -> None:
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())


if __name__ == "__main__":
    sys.exit(main())
