"""Against chains of links: two groups become one only where enough of their pairs match by themselves."""

from collections import defaultdict
from collections.abc import Callable, Iterable


class Density:
    """Members and matches of groups that grow.

    Args:
        matches: pairs of things that match by themselves.
        share: how many of the pairs between two groups must match, as a share of all of them; 0 asks for none.
        root: the name of the group a thing is in.
    """

    def __init__(self, matches: Iterable[tuple[int, int]], share: float, root: Callable[[int], int]) -> None:
        self._share, self._root = share, root
        self._members: dict[int, list[int]] = {}
        self._around: dict[int, list[int]] = defaultdict(list)
        if share > 0:
            for left, right in set(matches):
                self._around[left].append(right)
                self._around[right].append(left)

    def enough(self, one: int, two: int) -> bool:
        """Whether the groups of two things match well enough as wholes."""
        if self._share <= 0:
            return True
        few, many = sorted((self._root(one), self._root(two)), key=lambda top: len(self._of(top)))
        hits = sum(self._root(other) == many for thing in self._of(few) for other in self._around[thing])
        return hits >= self._share * len(self._of(few)) * len(self._of(many))

    def joined(self, one: int, two: int, top: int) -> None:
        """Two groups, by their names of before, are now one of this name."""
        if self._share > 0 and one != two:
            few, many = sorted((one, two), key=lambda name: len(self._of(name)))
            members = self._members.pop(many, [many])
            members += self._members.pop(few, [few])
            self._members[top] = members

    def _of(self, top: int) -> list[int]:
        return self._members.get(top, [top])
