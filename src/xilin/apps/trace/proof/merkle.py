"""Merkle trees over a batch of codes (RFC 9162, 2.1), built in one pass and asked for single paths."""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree that leaves are added to in order; keeps one hash for each complete subtree, a few dozen at most."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[bytes] = []

    def add(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes."""
        sha256, stack, size = hashlib.sha256, self._stack, self.size
        for leaf in leaves:
            size += 1
            whole, number = leaf, size
            while not number & 1:
                whole = sha256(b"\x01" + stack.pop() + whole).digest()
                number >>= 1
            stack.append(whole)
        self.size = size

    def root(self) -> bytes:
        """The root over all leaves so far; SHA-256 of nothing for none."""
        if not self._stack:
            return EMPTY
        whole = self._stack[-1]
        for left in reversed(self._stack[:-1]):
            whole = node_hash(left, whole)
        return whole


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
