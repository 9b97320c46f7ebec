"""Proofs of a Merkle tree whose nodes are kept in tiles: RFC 9162 2.1.3.1 and 2.1.4.1, C2SP tlog-tiles.

Only leaf hashes and the roots of complete 256-wide tiles are kept; everything between is
hashed again when a proof is asked for, at most 255 hashes a level.
"""

from collections.abc import Callable, Sequence

from xilin.kernel.audit.verifier import EMPTY_ROOT, TILE_HEIGHT, node_hash

WIDTH = 1 << TILE_HEIGHT
Reader = Callable[[int, int, int], Sequence[bytes]]


class Tree:
    """A tree of a given size over kept hashes.

    Args:
        size: number of leaves.
        read: `read(level, first, count)` gives kept hashes of a level in order: level 0 are
            leaf hashes, level n the roots of complete subtrees of 256**n leaves.
    """

    def __init__(self, size: int, read: Reader) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self) -> bytes:
        """The tree's root; SHA-256 of nothing for the empty tree."""
        return self._hash(0, self.size) if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """The path from a leaf to the root, the leaf's neighbour first. RFC 9162, 2.1.3.1."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        path: list[bytes] = []
        first, last = 0, self.size
        while last - first > 1:
            cut = first + _split(last - first)
            if index < cut:
                path.append(self._hash(cut, last))
                last = cut
            else:
                path.append(self._hash(first, cut))
                first = cut
        return path[::-1]

    def consistency(self, older: int) -> list[bytes]:
        """The proof that this tree extends its own first `older` leaves. RFC 9162, 2.1.4.1."""
        if not 0 < older <= self.size:
            raise IndexError(older)
        path: list[bytes] = []
        first, last, whole = 0, self.size, True
        while older != last:
            cut = first + _split(last - first)
            if older <= cut:
                path.append(self._hash(cut, last))
                last = cut
            else:
                path.append(self._hash(first, cut))
                first, whole = cut, False
        return ([] if whole else [self._hash(first, last)]) + path[::-1]

    def _hash(self, first: int, last: int) -> bytes:
        """The root over the leaves from `first` to before `last`, a subtree of this tree."""
        count = last - first
        if count & (count - 1) == 0:
            return self._node(count.bit_length() - 1, first // count)
        cut = first + _split(count)
        return node_hash(self._hash(first, cut), self._hash(cut, last))

    def _node(self, height: int, index: int) -> bytes:
        """The root of a complete subtree of 2**height leaves."""
        level, above = divmod(height, TILE_HEIGHT)
        width = 1 << above
        first = index * width
        tile = self._tile(level, first // WIDTH)
        hashes = list(tile[first % WIDTH : first % WIDTH + width])
        while len(hashes) > 1:
            hashes = [node_hash(a, b) for a, b in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    def _tile(self, level: int, number: int) -> Sequence[bytes]:
        found = self._tiles.get((level, number))
        if found is None:
            first = number * WIDTH
            count = min(WIDTH, (self.size >> (level * TILE_HEIGHT)) - first)
            found = self._tiles[level, number] = self._read(level, first, count)
            if len(found) != count:
                raise LookupError(f"{count - len(found)} hashes of level {level} are missing from {first} on")
        return found


def spans_about(size: int, *indices: int) -> list[tuple[int, int, int]]:
    """What proofs about some leaves of a tree can need of the kept hashes, as (level, first, count), tile by tile.

    On every level these are the tiles above those leaves, and the last one, which the tree's right edge is made of.
    """
    found: set[tuple[int, int, int]] = set()
    level, there = 0, size
    while there:
        for place in {there - 1, *(min(index >> TILE_HEIGHT * level, there - 1) for index in indices)}:
            first = place // WIDTH * WIDTH
            found.add((level, first, min(WIDTH, there - first)))
        level, there = level + 1, there >> TILE_HEIGHT
    return sorted(found)


class Grown(Tree):
    """A tree just after an append, for proofs of the new leaves from memory alone.

    A path from a new leaf needs only new leaves and the roots of the subtrees that were
    complete before, so nothing is read.

    Args:
        before: the tree's size before the append.
        frontier: the roots of its complete subtrees then, the largest first.
        leaves: the hashes of the new leaves.
    """

    def __init__(self, before: int, frontier: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        super().__init__(before + len(leaves), _nothing_kept)
        self._before = before
        self._paths: dict[int, tuple[bytes, ...]] = {}
        self._nodes = {(0, before + place): leaf for place, leaf in enumerate(leaves)}
        self._spans: dict[tuple[int, int], bytes] = {}
        heights = [height for height in range(before.bit_length()) if before >> height & 1]
        for height, root in zip(reversed(heights), frontier, strict=True):
            self._nodes[height, (before >> height) - 1] = root

    def inclusion(self, index: int) -> list[bytes]:
        """The path from a leaf to the root, the leaf's neighbour first. RFC 9162, 2.1.3.1."""
        if index not in self._paths and self._before <= index < self.size:
            self._walk(0, self.size, ())
        found = self._paths.get(index)
        return super().inclusion(index) if found is None else list(found)

    def _walk(self, first: int, last: int, above: tuple[bytes, ...]) -> None:
        """Find the paths of all new leaves from `first` to before `last`, the root of which has the path `above`."""
        if last - first == 1:
            self._paths[first] = above
            return
        cut = first + _split(last - first)
        if self._before < cut:
            self._walk(first, cut, (self._hash(cut, last), *above))
        self._walk(cut, last, (self._hash(first, cut), *above))

    def _hash(self, first: int, last: int) -> bytes:
        found = self._spans.get((first, last))
        if found is None:
            found = self._spans[first, last] = super()._hash(first, last)
        return found

    def _node(self, height: int, index: int) -> bytes:
        found = self._nodes.get((height, index))
        if found is None:
            if height == 0:
                raise LookupError(f"leaf {index} is not one of this append")
            children = self._node(height - 1, 2 * index), self._node(height - 1, 2 * index + 1)
            found = self._nodes[height, index] = node_hash(*children)
        return found


def _nothing_kept(level: int, first: int, count: int) -> Sequence[bytes]:
    raise LookupError(f"{count} hashes of level {level} from {first} on are not at hand")


def _split(count: int) -> int:
    """The largest power of two below a number above 1."""
    return 1 << ((count - 1).bit_length() - 1)
