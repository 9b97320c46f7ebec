"""Addresses read from the county down to the door, and coded to the 12-digit code of their village.

An address names areas from the largest to the smallest, and people leave some out, shorten their names, or write them as
they sound. Every reading is tried; the one that explains most of the text with the fewest liberties wins, and where two
that differ are as good the code stops at the area they share.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from xilin.kernel.places.declarations import NameRules
from xilin.kernel.places.pipeline.names import bare, one_apart, plain, sound

Level = Literal["county", "town", "village"]
How = Literal["exact", "alias", "other_ending", "other_kind", "no_ending", "sound", "one_wrong", "implied"]
LEVELS: tuple[Level, ...] = ("county", "town", "village")
WORTH: dict[How, float] = {
    "exact": 1.0, "alias": 0.97, "other_ending": 0.97, "no_ending": 0.92, "sound": 0.88, "other_kind": 0.8,
    "one_wrong": 0.8, "implied": 0.97,
}  # fmt: skip
OMITTED = {"county": 0.95, "town": 0.9}
LEAST = 2
CLOSE = 0.75
SURER = 0.02
NOISE = re.compile(r"[\s,，.。;；:：、·]+")
NUMBER = r"[0-9A-Za-z一二三四五六七八九十]+"
REST = (
    ("group", re.compile(rf"({NUMBER})(?:组|队)")),
    ("estate", re.compile(r"^([一-鿿\w]{2,20}?(?:小区|家园|花园|公寓|新村|嘉园|佳苑|苑|大院|楼盘))")),
    ("building", re.compile(rf"({NUMBER})(?:号楼|栋|幢|楼|座)")),
    ("unit", re.compile(rf"({NUMBER})单元")),
    ("floor", re.compile(rf"({NUMBER})层")),
    ("room", re.compile(rf"({NUMBER})(?:室|户)")),
    ("number", re.compile(rf"({NUMBER})号(?!楼)")),
)
DASHED = re.compile(r"^(\d{1,3})[-－—](\d{1,2})[-－—](\d{2,4})$")


@dataclass(frozen=True, slots=True)
class Area:
    """An area that an address may name; `names` are others it goes by."""

    code: str
    name: str
    level: Level
    parent: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One area of a reading: how its name stood in the text; `implied` where it didn't."""

    area: Area
    how: How
    text: str


@dataclass(frozen=True, slots=True)
class Coded:
    """An address coded: the code of the smallest area that is certain, how sure (0 to 1), and what is left."""

    code: str = ""
    level: str = ""
    confidence: float = 0.0
    steps: tuple[Step, ...] = ()
    rest: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stem:
    """An area's name without its endings, the endings, and how it sounds."""

    area: Area
    stem: str
    ending: str
    sound: str


@dataclass(slots=True)
class _Reading:
    steps: tuple[Step, ...]
    rest: str
    worth: float
    explained: float

    @property
    def deepest(self) -> Area | None:
        return self.steps[-1].area if self.steps else None


def tidy(text: str, rules: NameRules) -> str:
    """An address without spaces and punctuation between its parts, half-width, with the usual characters."""
    return plain(NOISE.sub("", unicodedata.normalize("NFKC", text)), rules)


class Gazetteer:
    """The areas of a league, ready to be found at the beginning of a text."""

    def __init__(self, areas: Iterable[Area], rules: NameRules) -> None:
        self.rules = rules
        self.areas = {area.code: area for area in areas}
        self.prefixes = sorted(rules.prefixes, key=len, reverse=True)
        self.endings: dict[Level, tuple[str, ...]] = {
            level: tuple(sorted(rules.endings.get(level, ()), key=len, reverse=True)) for level in LEVELS
        }
        self.foreign: dict[Level, tuple[str, ...]] = {
            level: tuple(
                ending
                for other in LEVELS
                if other != level
                for ending in self.endings[other]
                if not any(ending.startswith(own) for own in self.endings[level])
            )
            for level in LEVELS
        }
        self.children: dict[tuple[Level, str], list[Area]] = defaultdict(list)
        for area in self.areas.values():
            for above in self._above(area):
                self.children[area.level, above].append(area)
        self.forms = {key: self._forms(found) for key, found in self.children.items()}
        stems = {area.code: list(self._stems(area)) for area in self.areas.values()}
        self.stems = {
            key: [stem for area in found for stem in stems[area.code]] for key, found in self.children.items()
        }

    def _above(self, area: Area) -> Iterator[str]:
        """Every area under which it may be named, the whole league ("") last."""
        code, seen = area.parent, set[str]()
        while code and code not in seen:
            seen.add(code)
            yield code
            above = self.areas.get(code)
            code = (
                self.rules.within.get(code, "") if above is None or above.level == "county" else above.parent
            )
        yield ""

    def _forms(self, areas: list[Area]) -> dict[str, list[tuple[Area, How]]]:
        found: dict[str, list[tuple[Area, How]]] = defaultdict(list)
        for area in areas:
            for name in (area.name, *area.names):
                full = plain(name, self.rules)
                short = bare(name, self.rules)
                forms: dict[str, How] = {full: "exact" if name == area.name else "alias"}
                while short not in forms and len(short) >= LEAST:
                    forms[short] = "no_ending"
                    short = bare(short, self.rules)
                for form, how in forms.items():
                    if all(known is not area for known, _ in found[form]):
                        found[form].append((area, how))
        return dict(found)

    def _stems(self, area: Area) -> Iterator[_Stem]:
        for name in (area.name, *area.names):
            full = stem = plain(name, self.rules)
            while (shorter := bare(stem, self.rules)) != stem:
                stem = shorter
            yield _Stem(area, stem, full[len(stem) :], sound(stem))

    def _alike_endings(self, own: str, told: str) -> bool:
        """Whether one ending may be written for the other."""
        return (
            not own
            or not told
            or own.startswith(told)
            or told.startswith(own)
            or any(own in group and told in group for group in self.rules.alike)
        )

    # Reading

    def code(self, text: str) -> Coded:
        """Code an address."""
        tidied = self._without_prefix(tidy(text, self.rules))
        readings: list[_Reading] = []
        for omitting, alike in ((False, False), (True, False), (True, True)):
            readings = sorted(
                self._readings(tidied, omitting=omitting, alike=alike),
                key=lambda one: (-one.explained, -one.worth),
            )
            if readings and readings[0].deepest and readings[0].deepest.level == "village":
                break
        if not readings or readings[0].deepest is None:
            return Coded(rest=tidied, parts=parts(tidied))
        best = readings[0]
        rivals = [
            one
            for one in readings
            if one.deepest is not None
            and best.explained - one.explained < CLOSE
            and best.worth - one.worth < SURER
            and one.deepest.level == best.steps[-1].area.level
            and one.deepest.code != best.steps[-1].area.code
        ]
        if rivals:
            return self._shared(best, rivals)
        return self._coded(best, best.steps, best.worth)

    def _without_prefix(self, text: str) -> str:
        """The text after province and league; a county that begins like one of them stays whole."""
        changed = True
        while changed:
            changed = False
            for prefix in self.prefixes:
                if (
                    text.startswith(prefix)
                    and len(text) > len(prefix)
                    and not self._begins(text, len(prefix))
                ):
                    text, changed = text[len(prefix) :], True
                    break
        return text

    def _begins(self, text: str, least: int) -> bool:
        """Whether the text begins with an area's name that is longer than a prefix."""
        forms = (self.forms.get(("county", ""), {}), self.forms.get(("town", ""), {}))
        return any(
            text[:size] in known for known in forms for size in range(least + 1, min(len(text), 20) + 1)
        )

    def _coded(
        self, best: _Reading, steps: tuple[Step, ...], worth: float, rivals: tuple[str, ...] = ()
    ) -> Coded:
        last = steps[-1].area if steps else None
        return Coded(
            code=last.code if last else "",
            level=last.level if last else "",
            confidence=round(worth, 3) if last else 0.0,
            steps=steps,
            rest=best.rest,
            parts=parts(best.rest),
            candidates=rivals,
        )

    def _shared(self, best: _Reading, rivals: list[_Reading]) -> Coded:
        """What readings that are as good have in common."""
        steps = best.steps
        for rival in rivals:
            codes = {step.area.code for step in rival.steps}
            steps = tuple(step for step in steps if step.area.code in codes)
        candidates = sorted({one.steps[-1].area.code for one in (best, *rivals)})
        return self._coded(best, steps, best.worth / len(candidates), tuple(candidates))

    def _readings(self, text: str, *, omitting: bool, alike: bool) -> Iterator[_Reading]:
        """Readings of a text; `omitting`: a county or a town may be left out; `alike`: names may be misspelt."""
        start = _Reading((), text, 1.0, 0.0)
        for county in (
            (start, *self._next(start, "county", "", alike))
            if omitting
            else self._next(start, "county", "", alike)
        ):
            above = county.deepest.code if county.deepest else ""
            for town in (county, *self._next(county, "town", above, alike)):
                within = town.deepest.code if town.deepest else ""
                yield town
                if omitting or town is not county:
                    yield from self._next(town, "village", within, alike)

    def _next(self, before: _Reading, level: Level, within: str, alike: bool) -> Iterator[_Reading]:
        """Readings that go on with an area of a level; what was left out above it is filled in."""
        forms = self.forms.get((level, within))
        if not forms or len(before.rest) < LEAST:
            return
        found = list(self._found(before.rest, level, within, forms))
        if not found and alike and within:
            found = list(self._alike(before.rest, level, within))
        for area, how, size in found:
            steps, worth = self._filled(before, area, how, before.rest[:size])
            shown = sum(len(step.text) * WORTH[step.how] for step in steps)
            yield _Reading(steps, before.rest[size:], worth, shown)

    def _filled(self, before: _Reading, area: Area, how: How, text: str) -> tuple[tuple[Step, ...], float]:
        steps = [*before.steps, Step(area, how, text)]
        worth = before.worth * WORTH[how]
        known = {step.area.code for step in steps}
        chain, code = [], area.parent
        while code in self.areas:
            chain.append(self.areas[code])
            code = self.areas[code].parent
        for above in chain:
            if above.code not in known and not any(step.area.level == above.level for step in steps):
                steps.append(Step(above, "implied", ""))
                worth *= OMITTED.get(above.level, 1.0)
        return tuple(sorted(steps, key=lambda step: LEVELS.index(step.area.level))), worth

    def _found(
        self, text: str, level: Level, within: str, forms: dict[str, list[tuple[Area, How]]]
    ) -> Iterator[tuple[Area, How, int]]:
        """Areas whose name stands at the beginning of the text, with how and how many characters."""
        for size in range(min(len(text), 20), LEAST - 1, -1):
            for area, how in forms.get(text[:size], ()):
                if how != "no_ending":
                    yield area, how, size
                    continue
                ending = self._ending(text, size, level)
                if ending:
                    own = plain(area.name, self.rules)[size:]
                    like = self._alike_endings(own, ending)
                    yield area, "other_ending" if like else "other_kind", size + len(ending)
                elif text.startswith(self.foreign[level], size):
                    continue
                if within or level != "village":  # a few characters anywhere in a league say nothing
                    yield area, "no_ending", size

    def _ending(self, text: str, at: int, level: Level) -> str:
        """The endings of a level that follow one another at a position."""
        end = at
        while ending := next((e for e in self.endings[level] if text.startswith(e, end)), ""):
            end += len(ending)
        return text[at:end]

    def _alike(self, text: str, level: Level, within: str) -> Iterator[tuple[Area, How, int]]:
        """Areas whose name sounds like what stands before an ending of the level, or differs in one character."""
        for start in range(LEAST, min(len(text), 14)):
            if ending := self._ending(text, start, level):
                break
        else:
            return
        stem, size = text[:start], start + len(ending)
        heard = sound(stem)
        for known in self.stems[level, within]:
            if not self._alike_endings(known.ending, ending):
                continue
            if known.sound == heard:
                yield known.area, "sound", size
            elif len(known.stem) > LEAST and len(stem) > LEAST and one_apart(known.stem, stem):
                yield known.area, "one_wrong", size


def parts(rest: str) -> dict[str, str]:
    """What an address says below its village: estate, building, unit, floor, room, house number, group.

    >>> parts("3号楼2单元501室")
    {'building': '3', 'unit': '2', 'room': '501'}
    >>> parts("5-2-301")
    {'building': '5', 'unit': '2', 'room': '301'}
    """
    if dashed := DASHED.match(rest):
        return dict(zip(("building", "unit", "room"), dashed.groups(), strict=True))
    found = {}
    for name, pattern in REST:
        if one := pattern.search(rest):
            found[name] = one[1]
            if name == "estate":
                rest = rest[one.end() :]
    return found
