"""解释 Why a record belongs to an entity: the way it came there, and its comparison with the record most like it."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from django.utils.translation import gettext as _

from xilin.kernel.collect.queries import current
from xilin.kernel.registry import lookup, queries
from xilin.kernel.registry.declarations import Comparison, Level, Registry
from xilin.kernel.registry.lookup import about
from xilin.kernel.registry.models import Entity, EntityRecord
from xilin.kernel.registry.pipeline.forms import formed, keep_sounds, keep_weights, prepare, with_tokens
from xilin.kernel.registry.pipeline.levels import condition
from xilin.kernel.registry.pipeline.records import Found, rows, take
from xilin.kernel.registry.pipeline.spec import Spec, name
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

# Of a larger entity only so many records are compared; the explanation is of one pair anyway.
MOST = 200
HOW = {
    "identifier": Text(
        zh="号码有效并与本实体其他记录的号码相同，先按号码归并。",
        en="A valid identifier that other records of this one carry decided.",
    ),
    "repaired": Text(
        zh="号码差一处，其余各项相符，按录入差错归并。",
        en="The identifier is one keying error away and the rest agrees: taken as a typing error.",
    ),
    "compared": Text(
        zh="没有可用的号码，各项比对的权重之和超过阈值。",
        en="Without a usable identifier, what the comparisons are worth together is above the threshold.",
    ),
    "decided": Text(zh="由核对员裁定。", en="A person decided it."),
    "alone": Text(zh="没有找到与它相同的记录。", en="Nothing like it was found."),
}
LEVELS = {
    "exact": Text(zh="{name}相同", en="{name}: the same"),
    "exact_named": Text(zh="{name}相同，且不得重名", en="{name}: the same, and no other may bear it"),
    "similar": Text(zh="{name}很接近", en="{name}: much alike"),
    "distance": Text(zh="{name}至多差 {at} 处", en="{name}: at most {at} edits apart"),
    "sounds_same": Text(zh="{name}同音，用字不同", en="{name}: same sound, other characters"),
    "sounds_within": Text(
        zh="{name}读音至多差 {at} 个字母", en="{name}: sounds alike, at most {at} letters apart"
    ),
    "days": Text(zh="{name}至多差 {at} 天", en="{name}: at most {at} days apart"),
    "years": Text(zh="{name}至多差 {at} 年", en="{name}: at most {at} years apart"),
    "swapped_date": Text(zh="{name}月日对调", en="{name}: day and month swapped"),
    "shares_token": Text(zh="{name}有相同的词", en="{name}: a word in common"),
    "jaccard": Text(zh="{name}大部分用词相同", en="{name}: most words in common"),
    "rare_words": Text(zh="{name}有区分度的词相同", en="{name}: the words that tell are in common"),
    "same_day": Text(zh="{name}月日相同，年份不同", en="{name}: another year, the same day"),
    "contains": Text(zh="{name}一个含有另一个", en="{name}: one stands whole in the other"),
    "one_has": Text(zh="{name}只有一方带有分支等字样", en="{name}: one alone has a word such as branch"),
    "other_number": Text(zh="{name}中的序号不同", en="{name}: other ordinals in it"),
    "crossed": Text(zh="{name}与另一项对调", en="{name}: swapped with another field"),
    "former": Text(zh="{name}与对方的曾用名相同", en="{name}: the same as the other's former one"),
    "else": Text(zh="{name}不同", en="{name}: another"),
    "missing": Text(zh="{name}有一方没有", en="{name}: one side has none"),
}

# By attribute and the number of a level.
Bits = Mapping[tuple[str, int], float | None]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One attribute of two records: both values, how alike they are in words, and what that is worth.

    `bits` is log2(m/u) of the level, as the model of the newest linking has it or else as they are
    declared; 0 where a side has no value, None where neither tells; how rare a value is does not count in it.
    """

    attribute: str
    name: Text
    left: Any
    right: Any
    level: str
    said: Text
    bits: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a record belongs to its entity.

    `reasons` say it in words. `beside` is the record most like it among the entity's others,
    None where it is alone or the lake no longer has it, and `agreements` compare the two.
    """

    record: EntityRecord
    entity: Entity
    reasons: tuple[Text, ...]
    beside: EntityRecord | None
    agreements: tuple[Agreement, ...]

    @property
    def bits(self) -> float | None:
        """What all comparisons are worth together; None where one of them is not known."""
        known = [one.bits for one in self.agreements]
        return None if None in known else sum(bits for bits in known if bits is not None)


def explain(code: str, source: str, key: str, *, con: Any) -> Explanation:
    """Why a source's record belongs to its entity: the registry's comparisons carried out again on two records.

    Args:
        code: the registry.
        source: the record's source.
        key: its key there.
        con: an Ibis connection to DuckDB.

    NotFound for a record that belongs to no entity.
    """
    value = lookup.registry(code)
    record = (
        EntityRecord.objects.filter(registry=code, source=source, key=key).select_related("entity").first()
    )
    if record is None:
        raise NotFound(kind=_("record"), name=source)
    others = list(queries.members(record.entity).exclude(pk=record.pk)[:MOST])
    elements = declared("element")
    names = {
        a.code: Text(zh=n.zh, en=n.en) for a in value.attribute if (n := a.name or elements[a.element].name)
    }
    reasons = [HOW[record.how]]
    bits = _bits(value)
    compared = _compared(value, elements, record, others, con, bits)
    if compared is None:
        return Explanation(record, record.entity, tuple(reasons), None, ())
    (beside_source, beside_key), row = compared
    beside = next(one for one in others if (one.source, one.key) == (beside_source, beside_key))
    for identifier in value.identifier:
        left, right = row[f"{identifier.attribute}_l"], row[f"{identifier.attribute}_r"]
        if left is not None and left == right:
            reasons.append(about(LEVELS["exact"], names[identifier.attribute]))
    agreements = tuple(_agreement(one, row, names, bits) for one in value.comparison)
    return Explanation(record, record.entity, tuple(reasons), beside, agreements)


def _agreement(comparison: Comparison, row: dict[str, Any], names: dict[str, Text], bits: Bits) -> Agreement:
    code = comparison.attribute
    nth = row[f"{code}__level"]
    level = Level("else") if nth is None else comparison.level[nth]
    kind = "missing" if nth is None else level.kind
    words = LEVELS[kind]
    at = f"{level.threshold:g}"
    said = about(Text(zh=words.zh.replace("{at}", at), en=words.en.replace("{at}", at)), names[code])
    worth = 0.0 if nth is None else bits[code, nth]
    return Agreement(code, names[code], row[f"{code}_l"], row[f"{code}_r"], kind, said, worth)


def _bits(value: Registry) -> Bits:
    """What each level of each comparison is worth: as the newest linking's model has it, else as m and u are declared."""
    run = queries.latest_run(value.code)
    model = (run.parameters.get("model") if run else None) or {}
    learnt = {one["attribute"]: one["level"] for one in model.get("comparison", ())}
    found: dict[tuple[str, int], float | None] = {}
    for comparison in value.comparison:
        told = learnt.get(comparison.attribute, ())
        same = [one["kind"] for one in told] == [level.kind for level in comparison.level]
        for nth, level in enumerate(comparison.level):
            declared = None if level.m is None or level.u is None else math.log2(level.m / level.u)
            found[comparison.attribute, nth] = float(told[nth]["bits"]) if same else declared
    return found


def _compared(
    value: Registry,
    elements: dict[str, Element],
    record: EntityRecord,
    others: list[EntityRecord],
    con: Any,
    bits: Bits,
) -> tuple[tuple[str, str], dict[str, Any]] | None:
    """The other record that most speaks for, with values and levels; None where there is nothing to compare."""
    spec = Spec(value, {a.code: elements[a.element].type for a in value.attribute})
    wanted = [(one.source, one.key) for one in (record, *others)]
    with _workplace(con.con), _rows(con, value.code, wanted) as found:
        take(con.con, rows(spec, found))
        keep_sounds(con.con, spec, "linking.records")
        keep_weights(con.con, spec)
        forms = with_tokens(spec, spec.matched, f"({formed(spec, 'linking.records')})")
        con.con.execute(f"CREATE TABLE linking.forms AS SELECT * FROM {forms}")
        answer = con.con.execute(_query(spec), [record.source, record.key])
        columns = [column[0] for column in answer.description]
        pairs = [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
    best = max(pairs, key=lambda row: (_worth(value, row, bits), row["source_r"], row["key_r"]), default=None)
    return ((best["source_r"], best["key_r"]), best) if best else None


def _worth(value: Registry, row: dict[str, Any], bits: Bits) -> float:
    """How much speaks for a pair: equal identifiers before all else, then the bits; a level counts where there are none."""
    total = 0.0
    for identifier in value.identifier:
        left, right = row[f"{identifier.attribute}_l"], row[f"{identifier.attribute}_r"]
        total += 1000 * (left is not None and left == right)
    for comparison in value.comparison:
        nth = row[f"{comparison.attribute}__level"]
        if nth is not None:
            worth = bits[comparison.attribute, nth]
            total += len(comparison.level) - 1 - nth if worth is None else worth
    return total


def _query(spec: Spec) -> str:
    """The record beside each of the others, with both values of every attribute and the level of every comparison.

    Parameters: source and key of the record.
    """
    codes = dict.fromkeys([*spec.identifiers, *(c.attribute for c in spec.registry.comparison)])
    forms = [*spec.matched, *(f"{c}__sound" for c in spec.sounded), *(f"{c}__tokens" for c in spec.tokened)]
    sides = ", ".join(f"a.{name(c)} AS {name(c + '_l')}, b.{name(c)} AS {name(c + '_r')}" for c in forms)
    levels = ", ".join(f"{_level(c)} AS {name(c.attribute + '__level')}" for c in spec.registry.comparison)
    values = ", ".join(
        f"l.{name(c)}::VARCHAR AS {name(c + '_l')}, r.{name(c)}::VARCHAR AS {name(c + '_r')}" for c in codes
    )
    return (
        f"SELECT r.source AS source_r, r.key AS key_r, {values}, p.* EXCLUDE (l, r) FROM ("
        f"SELECT l, r{', ' if levels else ''}{levels} FROM (SELECT a.rid AS l, b.rid AS r, {sides or '1 AS one'} "
        "FROM linking.forms a JOIN linking.forms b ON a.rid <> b.rid)) p "
        "JOIN linking.records l ON l.rid = p.l JOIN linking.records r ON r.rid = p.r "
        "WHERE l.source = ? AND l.key = ?"
    )


def _level(comparison: Comparison) -> str:
    """The number of a comparison's level; null where a side has no value."""
    code = comparison.attribute
    cases = " ".join(
        f"WHEN {condition(code, level)} THEN {nth}"
        for nth, level in enumerate(comparison.level)
        if level.kind != "else"
    )
    missing = f"{name(code + '_l')} IS NULL OR {name(code + '_r')} IS NULL"
    return f"CASE WHEN {missing} THEN NULL {cases} ELSE {len(comparison.level) - 1} END"


@contextmanager
def _workplace(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The database `linking` in memory: so few records need no file."""
    con.execute("ATTACH ':memory:' AS linking")
    prepare(con)
    try:
        yield
    finally:
        con.execute("DETACH linking")


@contextmanager
def _rows(con: Any, code: str, wanted: Sequence[tuple[str, str]]) -> Iterator[list[Found]]:
    """The wanted records among the rows in force."""
    keys = pa.table({"_source": [s for s, _key in wanted], "_key": [key for _source, key in wanted]})
    sources = {source for source, _key in wanted}
    feeding = {one.resource for one in declared("source").values() if one.code in sources}
    con.con.register("explained_keys", keys)
    found, views = [], []
    for resource in declared("resource").values():
        feeds = resource.registry == code and not resource.base and resource.code in feeding
        table = current(con, resource.code) if feeds else None
        if table is None:
            continue
        view = f"explained_rows_{resource.code}"
        narrowed = table.filter(table._key.isin([key for _source, key in wanted]))
        con.create_view(view, narrowed, overwrite=True)
        views.append(view)
        query = f"SELECT * FROM {name(view)} SEMI JOIN explained_keys USING (_source, _key)"
        found.append(Found(query, tuple(table.columns)))
    try:
        yield found
    finally:
        for view in views:
            con.con.execute(f"DROP VIEW IF EXISTS {name(view)}")
        con.con.unregister("explained_keys")
