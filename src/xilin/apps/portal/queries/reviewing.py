"""The review queue for its page: two records side by side, what speaks for and against their being one."""

import math
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.golden import Member, Part, Words, members
from xilin.kernel.registry import decisions, review
from xilin.kernel.registry import queries as registry
from xilin.web.charts import waterfall


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute of both sides; `state` is same, differs or missing."""

    name: str
    left: list[Part]
    right: list[Part]
    state: str
    masked: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One side: what it is called, its entity, the source of the record, all its records."""

    title: str
    entity: Any
    source: str
    key: str
    members: list[Member]


@dataclass(frozen=True, slots=True)
class Opened:
    """A pair before a reviewer."""

    pair: Any
    left: Side
    right: Side
    rows: list[Row]
    why: str
    chart: waterfall.Waterfall
    threshold: float
    differing: int
    run: int
    joined: bool


def opened(seen: review.Seen) -> Opened:
    """Both sides of a pair aligned by attribute, the reasons in words, the bits as a waterfall."""
    words = Words(seen.pair.registry)
    rows = [
        row
        for attribute in words.registry.attribute
        if (row := _row(words, attribute.code, seen.left.entity.attributes, seen.right.entity.attributes))
    ]
    threshold = bits(words.registry.threshold)
    return Opened(
        seen.pair,
        _side(words, seen.left),
        _side(words, seen.right),
        rows,
        _reused(words, seen.pair) or why(seen.pair, threshold),
        _chart(words, seen.pair, threshold),
        threshold,
        sum(1 for row in rows if row.state == "differs"),
        seen.run,
        seen.left.entity.pk == seen.right.entity.pk,
    )


def bits(probability: float) -> float:
    """A probability as bits of match weight."""
    return math.log2(probability / (1 - probability))


def _row(words: Words, code: str, left: dict[str, Any], right: dict[str, Any]) -> Row | None:
    one, two = left.get(code), right.get(code)
    if one is None and two is None:
        return None
    shown = words.sides(code, one, two)
    state = "missing" if one is None or two is None else "same" if one == two else "differs"
    return Row(words.attribute(code), *shown, state, words.masked(code))


def _side(words: Words, side: review.Side) -> Side:
    return Side(
        words.title(side.entity.attributes),
        side.entity,
        words.source(side.record.source),
        words.key(side.record.source, side.record.key),
        members(words, side.entity),
    )


def _chart(words: Words, pair: Any, threshold: float) -> waterfall.Waterfall:
    """From what two records of anyone are worth, comparison by comparison, to the pair's weight."""
    levels = pair.levels or {}
    order = [one.attribute for one in words.registry.comparison]
    codes = sorted(levels, key=lambda code: order.index(code) if code in order else len(order))
    steps = [
        (words.attribute(code), level_name(levels[code]["level"]), float(levels[code]["bits"]))
        for code in codes
        if levels[code].get("bits") is not None
    ]
    rest = (pair.weight or 0.0) - sum(value for _name, _said, value in steps)
    begin = (_("to begin with"), _("how seldom any two records are one"), rest)
    total = (_("together"), "")
    return waterfall.draw([begin, *steps], total=total, mark=threshold)


def why(pair: Any, threshold: float) -> str:
    """In a sentence, why a person should look."""
    facts = {"weight": f"{pair.weight or 0:.1f}", "threshold": f"{threshold:.1f}"}
    told = {
        "below": _(
            "It comes to %(weight)s bits and would need %(threshold)s: close, but not enough to join them."
        ),
        "margin": _(
            "It comes to %(weight)s bits, but one side fits another group nearly as well: joining either would be a guess."
        ),
        "guard": _("Both carry one identifier, but everything that should agree with it differs."),
        "crowd": _("They share an identifier that many others carry too, so that it decides nothing."),
        "reused": _("One of these records was judged when it was somebody else's."),
    }
    return told.get(pair.why, "") % facts


def _reused(words: Words, pair: Any) -> str:
    """In a sentence, what was decided and whose record is another's now; "" where nothing lapsed."""
    ruling = decisions.lapsed_about(pair) if pair.why == "reused" else None
    if ruling is None:
        return ""
    joint = "、" if words.language.startswith("zh") else ", "
    told = [
        _("the record of %(source)s has another %(fields)s")
        % {
            "source": words.source(getattr(ruling, f"source_{side}")),
            "fields": joint.join(map(words.attribute, names)),
        }
        for side, names in sorted((ruling.changed or {}).items())
    ]
    return _(
        "On %(day)s %(who)s decided: %(verdict)s. Since then %(changes)s, so that it seems to be of somebody else: "
        "the decision no longer applies."
    ) % {
        "day": timezone.localtime(ruling.decision.made_at).date().isoformat(),
        "who": ruling.decision.made_by,
        "verdict": ruling.get_verdict_display(),
        "changes": joint.join(told),
    }


def whys() -> dict[str, str]:
    """In few words, why pairs wait."""
    return {
        "below": _("just below the threshold"),
        "margin": _("fits several"),
        "guard": _("one identifier, the rest differs"),
        "crowd": _("identifier of many"),
        "reused": _("judged, now of somebody else"),
    }


def level_name(kind: str) -> str:
    """How alike two values are, in words."""
    known = {
        "exact": _("the same"),
        "exact_named": _("the same, and no other may bear it"),
        "similar": _("much alike"),
        "sounds_same": _("sounds the same"),
        "sounds_within": _("sounds much the same"),
        "distance": _("a slip of the pen apart"),
        "days": _("a few days apart"),
        "years": _("a few years apart"),
        "swapped_date": _("day and month swapped"),
        "same_day": _("another year, the same day"),
        "shares_token": _("a word in common"),
        "jaccard": _("most words in common"),
        "rare_words": _("the words that tell are in common"),
        "contains": _("one stands whole in the other"),
        "one_has": _("one alone has a word such as branch"),
        "other_number": _("other ordinals in it"),
        "crossed": _("swapped with another field"),
        "former": _("the other's former one"),
        "else": _("differs"),
        "missing": _("one side says nothing"),
    }
    return known.get(kind, kind)


def filters(user: Any, code: str) -> dict[str, list[tuple[str, str, int]]]:
    """What the queue can be narrowed to: code, words, how many."""
    words, named, counted = Words(code), whys(), review.tally(user, code)
    return {
        "why": [(one, named.get(one, one), n) for one, n in counted["why"]],
        "source": [(one, words.source(one), n) for one, n in counted["source"]],
    }


def linked(code: str) -> bool:
    """Whether a registry was linked at all."""
    return registry.latest_run(code) is not None
