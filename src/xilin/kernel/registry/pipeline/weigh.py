"""What a pair of nodes is worth: the level of each comparison and its bits, as the model has them."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import math

from xilin.kernel.registry.pipeline.levels import condition
from xilin.kernel.registry.pipeline.model import ComparisonWorth, Model
from xilin.kernel.registry.pipeline.spec import Spec, name


def scored(spec: Spec, model: Model, pairs: str) -> str:
    """A query of `l`, `r`, `weight` and, of each comparison, `<attribute>__level` and `<attribute>__bits`.

    Args:
        spec: the registry.
        model: what its levels are worth.
        pairs: a query of `l` and `r`, nodes of `linking.nodes`.

    A level is its number among the declared ones, null where a side has no value (worth
    nothing either way). The weight is the prior and the sum of the bits, as Splink has it.
    """
    codes = [c.attribute for c in model.comparison]
    levels = ["*", *(f"{_level(spec, code)} AS {name(code + '__level')}" for code in codes)]
    bits = ["*", *(f"{_bits(worth)} AS {name(worth.attribute + '__bits')}" for worth in model.comparison)]
    columns = [*spec.matched, *(f"{c}__sound" for c in spec.sounded), *(f"{c}__tokens" for c in spec.tokened)]
    columns += [f"{worth.attribute}__share" for worth in model.comparison if worth.term_frequency]
    sides = [f"a.{name(c)} AS {name(c + '_l')}, b.{name(c)} AS {name(c + '_r')}" for c in columns]
    total = " + ".join([real(model.prior_bits), *(name(code + "__bits") for code in codes)])
    kept = ["l", "r", f"{total} AS weight"]
    kept += [f"{name(code + '__level')}, {name(code + '__bits')}" for code in codes]
    return (
        f"SELECT {', '.join(kept)} FROM (SELECT {', '.join(bits)} FROM (SELECT {', '.join(levels)} FROM ("
        f"SELECT {', '.join(['p.l', 'p.r', *sides])} FROM ({pairs}) p JOIN linking.nodes a ON a.node = p.l "
        "JOIN linking.nodes b ON b.node = p.r)))"
    )


def _level(spec: Spec, code: str) -> str:
    comparison = next(c for c in spec.registry.comparison if c.attribute == code)
    left, right = name(f"{code}_l"), name(f"{code}_r")
    cases = " ".join(
        f"WHEN {condition(code, level)} THEN {nth}"
        for nth, level in enumerate(comparison.level)
        if level.kind != "else"
    )
    return (
        f"CASE WHEN {left} IS NULL OR {right} IS NULL THEN NULL {cases} ELSE {len(comparison.level) - 1} END"
    )


def _bits(worth: ComparisonWorth) -> str:
    """A comparison's bits; of equal values the more, the rarer they are."""
    shares = name(f"{worth.attribute}__share_l"), name(f"{worth.attribute}__share_r")
    cases = []
    for nth, level in enumerate(worth.level):
        bits = real(level.bits)
        if level.kind == "exact" and worth.term_frequency:
            bits += f" + {real(math.log2(level.u))} - log2(greatest({shares[0]}, {shares[1]}))"
        cases.append(f"WHEN {nth} THEN {bits}")
    return f"CASE {name(worth.attribute + '__level')} {' '.join(cases)} ELSE 0e0 END"


def real(number: float) -> str:
    """A number as a DuckDB literal of type DOUBLE; without an exponent it would be a decimal."""
    text = repr(number)
    return text if "e" in text else f"{text}e0"
