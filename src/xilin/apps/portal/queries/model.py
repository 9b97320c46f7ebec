"""The model of a registry for its page: what each comparison is worth, what decided how many pairs."""

import math
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from xilin.apps.portal.queries.golden import Words
from xilin.apps.portal.queries.registries import ways
from xilin.apps.portal.queries.reviewing import bits, level_name
from xilin.kernel.registry import history
from xilin.kernel.registry import queries as registry
from xilin.web.charts import waterfall

AT_MOST = {"distance", "sounds_within", "days", "years"}


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a comparison: how often it is found among records of one thing (m) and of two (u)."""

    bar: waterfall.Bar
    kind: str
    threshold: float
    m: float
    u: float

    @property
    def sign(self) -> str:
        """Whether the threshold is the most or the least that is allowed."""
        return "≤" if self.kind in AT_MOST else "≥"


@dataclass(frozen=True, slots=True)
class Comparison:
    """An attribute as it is compared."""

    name: str
    levels: list[Level]
    frequency: bool
    learnt: bool


@dataclass(frozen=True, slots=True)
class Identifier:
    """An attribute that decides alone, with what guards and mends it."""

    name: str
    guard: str
    repair: str


@dataclass(frozen=True, slots=True)
class Model:
    """How one registry tells things apart."""

    code: str
    name: str
    run: Any
    identifiers: list[Identifier]
    comparisons: list[Comparison]
    blocks: list[str]
    threshold: float
    threshold_bits: float
    margin: float
    prior: float | None
    block_limit: int
    train: bool
    one_to_one: bool
    ways: list[tuple[str, int, str]]
    whole: Any
    counts: list[tuple[str, int]]

    @property
    def records(self) -> int:
        """All records that were placed."""
        return sum(count for _name, count, _kind in self.ways)


def model(code: str) -> Model:
    """A registry's model: its declaration, with what the newest run learnt and counted. NotFound where it isn't declared."""
    words, run, whole = Words(code), registry.latest_run(code), history.whole_run(code)
    declared, counts = words.registry, run.counts if run else {}
    worths = _worths(run)
    comparisons = [_levels(one, worths) for one in declared.comparison]
    reach = max((abs(worth.bits) for levels in comparisons for worth in levels), default=1.0)
    joined = _and(words)
    return Model(
        code,
        words.name,
        run,
        [
            Identifier(
                words.attribute(one.attribute),
                joined([words.attribute(code) for code in one.guard]),
                joined([words.attribute(code) for code in one.repair]),
            )
            for one in declared.identifier
        ],
        [
            _comparison(words, one, levels, reach)
            for one, levels in zip(declared.comparison, comparisons, strict=True)
        ],
        [joined([_key(words, part) for part in block]) for block in declared.blocks],
        declared.threshold,
        bits(declared.threshold),
        declared.margin,
        _prior(declared, run),
        declared.block_limit,
        declared.train,
        declared.one_to_one,
        [(name, counts["how"][way], kind) for way, name, kind in ways() if counts.get("how", {}).get(way)],
        whole,
        [(name, whole.counts[key]) for key, name in counted() if key in whole.counts] if whole else [],
    )


def counted() -> list[tuple[str, str]]:
    """What a run counts on its way from records to entities, in the order in which it happens."""
    return [
        ("by_identifier", _("records placed by an identifier")),
        ("contested", _("records whose identifier others carry with other names")),
        ("told_apart", _("groups that people told apart")),
        ("open", _("things without every identifier, left to compare")),
        ("pairs", _("pairs compared")),
        ("blocks_left_out", _("blocks left out as too large")),
        ("repairs", _("pairs by a mended identifier")),
        ("matches", _("pairs above the threshold, less its margin")),
        ("doubtful", _("matches not made because two fitted")),
        ("entities", _("golden records")),
    ]


@dataclass(frozen=True, slots=True)
class _Worth:
    kind: str
    threshold: float
    m: float
    u: float
    learnt: bool

    @property
    def bits(self) -> float:
        return math.log2(self.m / self.u)


def _worths(run: Any) -> dict[str, list[dict[str, Any]]]:
    """What the newest run's model says of the levels of each comparison, if it was kept with it."""
    kept = (run.parameters if run else {}).get("model") or {}
    return {one["attribute"]: one["level"] for one in kept.get("comparison", ())}


def _levels(comparison: Any, worths: dict[str, list[dict[str, Any]]]) -> list[_Worth]:
    """The levels whose m and u are known: as the run's model has them, else as they are declared."""
    found, known = [], worths.get(comparison.attribute, [])
    for nth, level in enumerate(comparison.level):
        worth = known[nth] if nth < len(known) else {"m": level.m, "u": level.u, "learnt": False}
        if worth["m"] and worth["u"]:
            found.append(
                _Worth(level.kind, level.threshold, worth["m"], worth["u"], bool(worth.get("learnt")))
            )
    return found


def _comparison(words: Words, comparison: Any, levels: list[_Worth], reach: float) -> Comparison:
    bars = waterfall.both_sides([(level_name(worth.kind), "", worth.bits) for worth in levels], reach=reach)
    return Comparison(
        words.attribute(comparison.attribute),
        [
            Level(bar, worth.kind, worth.threshold, worth.m, worth.u)
            for bar, worth in zip(bars, levels, strict=True)
        ],
        comparison.term_frequency,
        any(worth.learnt for worth in levels),
    )


def _prior(declared: Any, run: Any) -> float | None:
    """What two records of anyone are worth, in bits: how seldom they are one thing."""
    if run is None or not declared.comparison:
        return None
    known = (run.parameters.get("model") or {}).get("prior")
    things = run.counts.get("entities")
    if not known and not things:
        return None
    return bits(known or min(0.5, declared.prior_matches_per_record / max(things, 2)))


def _key(words: Words, part: str) -> str:
    """A key of a block in words."""
    function, _sign, rest = part.partition("(")
    if not rest:
        return words.attribute(part)
    code = rest.rstrip(")").split(",")[0]
    told = {
        "pinyin": _("sound of %(name)s"),
        "prefix": _("beginning of %(name)s"),
        "year": _("year of %(name)s"),
        "token": _("a word of %(name)s"),
    }
    return told.get(function, "%(name)s") % {"name": words.attribute(code)}


def _and(words: Words) -> Any:
    return ("、" if words.language.startswith("zh") else ", ").join
