"""Merkle trees over a batch of codes (RFC 9162, 2.1), built in one pass and asked for single paths."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Complete subtrees of 2^8 leaves and more are kept: a quarter of a byte for each leaf of a large tree.
LEVEL = 8
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree that leaves are added to in order; keeps the complete subtrees of at least 2^`level` leaves.

    Those are what paths are made from later (`wanted`): two hashes for each 2^`level` leaves.
    """

    def __init__(self, level: int = LEVEL) -> None:
        self._width = 1 << level
        self._rest: list[bytes] = []
        self._levels: list[list[bytes]] = [[]]
        self._stack: list[bytes] = []

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0]) * self._width + len(self._rest)

    def add(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes."""
        rest, width = self._rest, self._width
        rest.extend(leaves)
        whole = len(rest) - len(rest) % width
        for start in range(0, whole, width):
            self._stand(_folded(rest[start : start + width]))
        self._rest = rest[whole:]

    def _stand(self, node: bytes) -> None:
        """Put a complete subtree beside those that are there, and join those that are of one size."""
        self._levels[0].append(node)
        number, level = len(self._levels[0]), 0
        while not number & 1:
            node = node_hash(self._stack.pop(), node)
            number, level = number >> 1, level + 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node)
        self._stack.append(node)

    def root(self) -> bytes:
        """The root over all leaves so far; SHA-256 of nothing for none."""
        nodes = [*self._stack, *([_ragged(self._rest)] if self._rest else [])]
        return joined(nodes) if nodes else EMPTY

    def nodes(self) -> bytes:
        """The nodes that paths are made from, one after another: level by level, then what is left at the end."""
        levels = b"".join(b"".join(level) for level in self._levels)
        return levels + (_ragged(self._rest) if self._rest else b"")


def joined(nodes: Sequence[bytes]) -> bytes:
    """The root over subtrees that stand side by side, larger ones first."""
    whole = nodes[-1]
    for left in reversed(nodes[:-1]):
        whole = node_hash(left, whole)
    return whole


def _folded(leaves: list[bytes]) -> bytes:
    """The root over a power of two of leaves."""
    sha256 = hashlib.sha256
    while len(leaves) > 1:
        leaves = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(leaves[::2], leaves[1::2], strict=True)
        ]
    return leaves[0]


def _ragged(leaves: Sequence[bytes]) -> bytes:
    """The root over any number of leaves but none."""
    parts, first = [], 0
    while first < len(leaves):
        width = 1 << (len(leaves) - first).bit_length() - 1
        parts.append(_folded(list(leaves[first : first + width])))
        first += width
    return joined(parts)


class Wanted(NamedTuple):
    """What a path is made from: leaves `first` to `last` (their own path first), then for each step up the kept nodes that
    are joined, by their numbers among `Growing.nodes`."""

    first: int
    last: int
    steps: list[list[int]]


def wanted(size: int, index: int, level: int = LEVEL) -> Wanted:
    """What the path of a leaf is made from, in a tree whose nodes were kept from `level` on; IndexError outside the tree."""
    if not 0 <= index < size:
        raise IndexError(index)
    first, last, steps = 0, size, list[list[int]]()
    while last - first > 1 << level:
        cut = first + (1 << ((last - first - 1).bit_length() - 1))
        if index < cut:
            steps.append(_kept(size, cut, last, level))
            last = cut
        else:
            steps.append(_kept(size, first, cut, level))
            first = cut
    return Wanted(first, last, steps[::-1])


def _kept(size: int, first: int, last: int, level: int) -> list[int]:
    """The numbers of the kept nodes that cover leaves from `first` to `last`, from the left."""
    counts = [size >> height for height in range(level, max(size.bit_length(), level))]
    found = []
    while last - first >= 1 << level:
        height = (last - first).bit_length() - 1
        found.append(sum(counts[: height - level]) + (first >> height))
        first += 1 << height
    if first < last:
        found.append(sum(counts))
    return found


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Growing()
    tree.add(leaves)
    return tree.root()


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path from a leaf to the root, its neighbour first (RFC 9162, 2.1.3.1); IndexError outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    found: list[bytes] = []
    first, last = 0, len(leaves)
    while last - first > 1:
        cut = first + (1 << ((last - first - 1).bit_length() - 1))
        if index < cut:
            found.append(root(leaves[cut:last]))
            last = cut
        else:
            found.append(root(leaves[first:cut]))
            first = cut
    return found[::-1]


def root_from_path(leaf: bytes, index: int, size: int, nodes: Sequence[bytes]) -> bytes | None:
    """The root a path leads to (RFC 9162, 2.1.3.2); None where the path has another length than the tree wants."""
    if not 0 <= index < size:
        return None
    place, last, whole, at = index, size - 1, leaf, 0
    while last:
        if place & 1 or place == last:
            if at == len(nodes):
                return None
            whole = node_hash(nodes[at], whole)
            at += 1
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            if at == len(nodes):
                return None
            whole = node_hash(whole, nodes[at])
            at += 1
        place, last = place >> 1, last >> 1
    return whole if at == len(nodes) else None
