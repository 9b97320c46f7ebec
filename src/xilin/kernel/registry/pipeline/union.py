"""Union-find that refuses: clusters that must not become one stay apart."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Components(Generic[T]):
    """Connected components of things; the smallest member names a component."""

    def __init__(self) -> None:
        self._parent: dict[T, T] = {}

    def root(self, thing: T) -> T:
        """The name of the component a thing is in."""
        parent = self._parent
        top = thing
        while parent.get(top, top) != top:
            top = parent[top]
        while parent.get(thing, thing) != top:
            parent[thing], thing = top, parent[thing]
        return top

    def join(self, one: T, two: T) -> T:
        """Make two components one; its name."""
        low, high = sorted((self.root(one), self.root(two)))  # type: ignore[type-var]
        self._parent[high] = low
        self._parent.setdefault(low, low)
        return low


class GuardedComponents(Components[int]):
    """Components each carrying marks; two that contradict each other are never joined.

    Args:
        identifiers: of a thing, its valid identifiers: attribute -> values. Components
            that both have an attribute and share none of its values contradict each other.
        sources: of a thing, the sources that must stand once in a component.
        apart: pairs of things that must never stand in one component.
    """

    def __init__(
        self,
        identifiers: dict[int, dict[str, frozenset[str]]],
        sources: dict[int, frozenset[str]],
        apart: Iterable[tuple[int, int]] = (),
    ) -> None:
        super().__init__()
        self._identifiers = dict(identifiers)
        self._sources = dict(sources)
        self._apart: dict[int, set[int]] = defaultdict(set)
        for one, two in apart:
            self._apart[one].add(two)
            self._apart[two].add(one)

    def apart(self, one: int, two: int) -> bool:
        """True where things of the two components were told apart."""
        return self.root(two) in self._apart.get(self.root(one), ())

    def contradict(self, one: int, two: int) -> bool:
        """True where the components of two things must stay apart."""
        a, b = self.root(one), self.root(two)
        if b in self._apart.get(a, ()):
            return True
        mine, theirs = self._identifiers.get(a, {}), self._identifiers.get(b, {})
        if any(not values & theirs[name] for name, values in mine.items() if name in theirs):
            return True
        return bool(self._sources.get(a, frozenset()) & self._sources.get(b, frozenset()))

    def join(self, one: int, two: int) -> int:
        """Make two components one, with the marks of both."""
        a, b = self.root(one), self.root(two)
        mine, theirs = self._identifiers.pop(a, {}), self._identifiers.pop(b, {})
        names = {*mine, *theirs}
        sources = self._sources.pop(a, frozenset()) | self._sources.pop(b, frozenset())
        top = super().join(a, b)
        if names:
            self._identifiers[top] = {
                n: mine.get(n, frozenset()) | theirs.get(n, frozenset()) for n in sorted(names)
            }
        if sources:
            self._sources[top] = sources
        if a in self._apart or b in self._apart:
            self._keep_apart(a, b, top)
        return top

    def _keep_apart(self, one: int, two: int, top: int) -> None:
        others = self._apart.pop(one, set()) | self._apart.pop(two, set())
        self._apart[top] = others
        for other in others:
            self._apart[other] = self._apart[other] - {one, two} | {top}


def components(edges: Iterable[tuple[T, T]], things: Iterable[T]) -> dict[T, T]:
    """The component of each thing, joined by edges."""
    found: Components[T] = Components()
    for one, two in edges:
        found.join(one, two)
    return {thing: found.root(thing) for thing in things}
