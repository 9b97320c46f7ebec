"""Levels of a comparison as SQL over the two sides of a pair, and as Splink settings."""

from typing import Any

from xilin.kernel.registry.declarations import NAMING, Comparison, Level
from xilin.kernel.registry.pipeline.spec import Spec, literal, name

DAYS_PER_YEAR = 366
# Levels that tell two apart.
AGAINST = ("one_has", "other_number")
# Ordinals as Chinese writes them, or any run of digits.
NUMBERS = "第[一二三四五六七八九十百〇零两0-9]+|[0-9]+"


def condition(code: str, level: Level) -> str:
    """One level as a condition over `<attribute>_l` and `<attribute>_r`."""
    left, right = name(f"{code}_l"), name(f"{code}_r")
    bytes_of = f"one_byte({left}, {left}, {right})", f"one_byte({right}, {left}, {right})"
    sounds = name(f"{code}__sound_l"), name(f"{code}__sound_r")
    words = name(f"{code}__tokens_l"), name(f"{code}__tokens_r")
    apart = f"abs(date_diff('day', try_cast({left} AS DATE), try_cast({right} AS DATE)))"
    at = level.threshold
    other = name(f"{level.other}_l"), name(f"{level.other}_r")
    return {
        "exact": f"{left} = {right}",
        "exact_named": f"{left} = {right} AND ({_has(left, level.words)}) AND NOT ({_has(left, level.without)})",
        "distance": f"damerau_levenshtein({bytes_of[0]}, {bytes_of[1]}) <= {int(at)}",
        "similar": f"jaro_winkler_similarity({bytes_of[0]}, {bytes_of[1]}) >= {at}",
        "sounds_same": f"{sounds[0]} = {sounds[1]}",
        "sounds_within": f"damerau_levenshtein({sounds[0]}, {sounds[1]}) <= {int(at)}",
        "days": f"{apart} <= {int(at)}",
        "years": f"{apart} <= {int(at * DAYS_PER_YEAR)}",
        "swapped_date": f"left({left}, 5) = left({right}, 5)"
        f" AND substr({left}, 6, 2) = substr({right}, 9, 2)"
        f" AND substr({left}, 9, 2) = substr({right}, 6, 2)",
        "shares_token": f"list_has_any({words[0]}, {words[1]})",
        "jaccard": f"share_of_words({words[0]}, {words[1]}) >= {at}",
        "rare_words": f"rare_words({words[0]}, {words[1]}) >= {at}",
        "contains": f"least(length({left}), length({right})) >= {int(at)}"
        f" AND (contains({left}, {right}) OR contains({right}, {left}))",
        "same_day": f"right({left}, 6) = right({right}, 6)",
        "one_has": f"({_has(left, level.words)}) <> ({_has(right, level.words)})",
        "other_number": f"{_numbers(left)} <> {_numbers(right)} AND {_numbers(left)} <> [] AND {_numbers(right)} <> []",
        "crossed": f"{left} = {other[1]} AND {right} = {other[0]}",
        "former": f"{left} = {other[1]} OR {right} = {other[0]} OR {other[0]} = {other[1]}",
        "else": "ELSE",
    }[level.kind]


def _has(value: str, words: tuple[str, ...]) -> str:
    """Whether a value has one of some words."""
    return " OR ".join(f"contains({value}, {literal(word.lower())})" for word in words) or "false"


def _numbers(value: str) -> str:
    """The numbers in a value, in their order."""
    return f"regexp_extract_all({value}, '{NUMBERS}')"


def differs(spec: Spec, code: str) -> str:
    """True where both sides have the attribute and are alike at no level of its comparison (unequal if it has none).

    Levels that look at another attribute are left out: only the one that is asked about stands in the sides.
    """
    left, right = name(f"{code}_l"), name(f"{code}_r")
    comparison = spec.registry.compared(code)
    levels = comparison.level if comparison else (Level("exact"), Level("else"))
    cases = " ".join(
        f"WHEN {condition(code, level)} THEN {'true' if level.kind in AGAINST else 'false'}"
        for level in levels
        if level.kind not in ("else", *NAMING)
    )
    apart = f"CASE {cases} ELSE true END" if cases else "true"
    return f"({left} IS NOT NULL AND {right} IS NOT NULL AND {apart})"


def agrees(spec: Spec, code: str) -> str:
    """True where both sides have the attribute and it doesn't differ."""
    left, right = name(f"{code}_l"), name(f"{code}_r")
    return f"({left} IS NOT NULL AND {right} IS NOT NULL AND NOT {differs(spec, code)})"


def splink_comparison(comparison: Comparison) -> dict[str, Any]:
    """A comparison as Splink takes it: a level for missing values first, then ours."""
    code = comparison.attribute
    left, right = name(f"{code}_l"), name(f"{code}_r")
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": f"{left} IS NULL OR {right} IS NULL",
            "label_for_charts": "missing",
            "is_null_level": True,
        }
    ]
    for level in comparison.level:
        settings: dict[str, Any] = {
            "sql_condition": condition(code, level),
            "label_for_charts": f"{level.kind} {level.threshold or ''}".strip(),
        }
        if level.m is not None:
            settings["m_probability"] = level.m
        if level.u is not None:
            settings["u_probability"] = level.u
        if level.kind == "exact" and comparison.term_frequency:
            settings["tf_adjustment_column"] = code
        levels.append(settings)
    return {"output_column_name": code, "comparison_levels": levels}
