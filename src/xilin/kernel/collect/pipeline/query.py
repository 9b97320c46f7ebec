# ruff: noqa: S608 - SQL here is made of declared names and constants, quoted by `sql`.
"""The one query over a slice of raw rows, in steps that each take the last as a table.

    found   the columns as found
    looked_up  the place of codes in their lists, where they stand there as found
    clean   each trimmed and half-width
    text    each item's text: joined, cut, emptied where it means nothing
    typed   each item's value beside its text
    checked the conditions of its element, one column a check
    emptied values that broke a check emptied
    ruled   the conditions of authors' rules
    rows    standard columns, masks, and reasons for rows that stay out

`good` is the short way, for the many rows with which nothing is wrong: texts that stand as they would after cleaning
are taken as they are, and what breaks any check, or would be changed, is left for the long way.

Conditions come from `quality.rules` as Ibis expressions and are compiled here; the rest is SQL made of
declared names.
"""

from collections.abc import Callable, Sequence
from typing import Any

import ibis
from ibis.expr.types import Table

from xilin.kernel.collect.declarations import Column
from xilin.kernel.collect.pipeline import sql
from xilin.kernel.collect.pipeline.codes import Coded, is_plain_code
from xilin.kernel.collect.pipeline.dates import is_compact
from xilin.kernel.collect.pipeline.plan import SQL_TYPES, Plan, sources_of
from xilin.kernel.collect.pipeline.values import blank_end, cleaned, prepared, typed, unclean
from xilin.kernel.quality.rules import FOUND, MOST_FLAGS, TEXT, Check, applies, broken, row_checks
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.identifiers import upgrade_15

OWN = ("_row", "_batch")
MOST = MOST_FLAGS
# Checks that share much within themselves: engines work that out once in a column, but not inside a condition.
DEAR = ("check", "id_birth", "id_sex")
IBIS_TYPES = {"VARCHAR": "string", "BIGINT": "int64", "DOUBLE": "float64", "BOOLEAN": "boolean",
              "DATE": "date", "TIMESTAMP": "timestamp"}  # fmt: skip


def _place(key: str) -> str:
    """The column with an item's place among the texts looked up at once."""
    return sql.name(f"_place_{key}")


class Query:
    """SQL for one plan over files with the columns `found`."""

    def __init__(
        self, con: Any, plan: Plan, checks: Sequence[Check], found: Sequence[str], batch: int
    ) -> None:
        self.con, self.plan, self.batch = con, plan, batch
        self.raw = {name: f"_r{index}" for index, name in enumerate(n for n in found if n not in OWN)}
        self.checks = row_checks(checks)
        self.codes = {
            c.element.code_list: c.codes for c in self.checks if c.element and c.kind == "code_list"
        }
        self.of_elements = [check for check in self.checks if check.rule is None]
        self.of_rules = [check for check in self.checks if check.rule is not None]
        self.condition = {check.code: f"_c{index}" for index, check in enumerate(self.checks)}
        self.items = list(plan.items())
        self.found = [key + FOUND for key in plan.flagged]
        own = ("_source", "_key", "_batch", "_row", "_flags")
        self.columns = [sql.name(key) for key in (*(i.key for i, _, _ in self.items), *own, *self.found)]
        self._missing()
        self._place()

    def _missing(self) -> None:
        wanted = [name for _, _, column in self.items for name in sources_of(column)]
        missing = sorted({name for name in wanted if name not in self.raw})
        if missing:
            raise ValueError(f"Source {self.plan.source.code} lacks the columns {', '.join(missing)}.")

    def _place(self) -> None:
        """Bits: of checks that mark rows in `_flags`, of those that block in `_blocks`."""
        self.masks: dict[str, list[str]] = {"_flags": [], "_blocks": []}
        self.bits: dict[str, tuple[str, int]] = {}
        for check in self.checks:
            mask = "_flags" if check.severity == "warn" else "_blocks"
            self.bits[check.code] = (mask, len(self.masks[mask]))
            self.masks[mask].append(self.condition[check.code])
        if len(self.masks["_blocks"]) > MOST:
            raise ValueError(
                f"Resource {self.plan.resource.code} has more than {MOST} checks that block rows."
            )

    # ---- the steps

    def keys(self, source: str) -> str:
        """The hash `h` of each row's key, from as few columns as it takes."""
        keys = set(self.plan.resource.key)
        items = [found for found in self.items if found[0].key in keys]
        steps = self._texts(source, items, carried=())
        return f"{steps} SELECT hash({self._key()}) AS h FROM typed WHERE {self._key()} IS NOT NULL"

    def counts(self, table: str, *, rules_only: bool = False) -> str:
        """One row of counts over a table of `rows`: each rule's rows looked at; all rows, and each item's values."""
        types = {item.key: IBIS_TYPES[SQL_TYPES[element.type]] for item, element, _ in self.items}
        rows = ibis.table(types, name=table)
        counted = {self.condition[c.code]: applies(c, rows).sum() for c in self.of_rules}
        if not rules_only:
            counted |= {"_n": rows.count()} | {item.key: rows[item.key].count() for item, _, _ in self.items}
        return str(self.con.compile(rows.aggregate(**counted or {"_n": rows.count()})))

    def rows(self, source: str, *, again: str = "hash(_key) IN (SELECT h FROM _keys)") -> str:
        """Standard columns with masks, reasons and the row as found for each row of a source.

        `again` says of which rows the key is contested, as `_again`.
        """
        steps = self._texts(source, self.items, carried=tuple(self.raw.values()))
        checked = self._compiled("typed", self._conditions(self.of_elements))
        empty = {item.key for item, _, _ in self.items if self._broken(item.key)}
        emptied = ", ".join(
            f"{self._emptied(column)} AS {sql.name(column)}" if column in empty else sql.name(column)
            for column in self._after_elements()
        )
        ruled = self._compiled("emptied", self._conditions(self.of_rules), schema=self._after_elements())
        return (
            f"{steps}, checked AS NOT MATERIALIZED ({checked}), "
            f"emptied AS NOT MATERIALIZED (SELECT {emptied} FROM checked), "
            f"ruled AS NOT MATERIALIZED ({ruled}), "
            f"masked AS NOT MATERIALIZED (SELECT *, {self._masks()}, {self._key()} AS _key FROM ruled) "
            f"SELECT {self._standard()}, _blocks, "
            f"{again} AS _again, "
            f"CASE WHEN _blocks <> 0 THEN {self._reasons()} END AS _reasons, "
            f"CASE WHEN _blocks <> 0 THEN {self._json()} END AS _found FROM masked"
        )

    def good(self, source: str) -> str:
        """Standard columns of rows that pass every check as found, whose key stands once; not of all such rows.

        Columns of values beside (`<item>__found`) are left out: there are none, and each costs as much as a date.
        """
        steps = self._texts(source, self.items, carried=(), direct=True)
        dear = [check for check in self.checks if check.kind in DEAR]
        cheap = [check for check in self.checks if check.kind not in DEAR]
        tried = self._compiled(
            "typed",
            lambda table: {
                **self._conditions(dear)(table),
                **(
                    {"_cheap": ibis.cases((sum(broken(c, table).ifelse(1, 0) for c in cheap) > 0, True))}
                    if cheap
                    else {}
                ),
            },
            schema=self._schema(self.items, own=("_row", "_unclean")) | {"_unclean": "boolean"},
        )
        wrong = ["_unclean", *(["_cheap"] if cheap else []), *(self.condition[check.code] for check in dear)]
        return (
            f"{steps}, tried AS NOT MATERIALIZED ({tried}), "
            f"fine AS NOT MATERIALIZED (SELECT *, {self._key()} AS _key, 0::BIGINT AS _flags, "
            f"CASE WHEN {' OR '.join(wrong)} THEN NULL ELSE 1 END AS _fine FROM tried) "
            f"SELECT {self._standard(found=False)} FROM fine "
            # One condition of both: what stands alone is moved to where the files are read, and worked out twice.
            "WHERE CASE WHEN hash(_key) IN (SELECT h FROM _keys) THEN NULL ELSE _fine END = 1"
        )

    def _direct(self, column: Column) -> bool:
        """Whether an item's text, where it is clean, is one column's as found."""
        others = column.join or column.value is not None or column.part is not None or column.nulls
        return bool(column.source) and not others

    def _unclean(self) -> str:
        """Whether texts taken as found would have to be cleaned first, where no check of theirs tells."""
        parts = []
        for _, element, column in self.items:
            x = self.raw.get(column.source, "")
            if not self._direct(column):
                continue
            if element.type == "string" and not element.check and not is_plain_code(element):
                parts.append(unclean(x))
            if element.type in ("date", "datetime") and is_compact(column.formats):
                parts.append(blank_end(x))
        return f"CASE WHEN {' OR '.join(dict.fromkeys(parts)) or 'false'} THEN true END"

    def _texts(
        self, source: str, items: Sequence[Any], *, carried: Sequence[str], direct: bool = False
    ) -> str:
        """The steps `found` to `typed` for some items; `direct` takes texts as found where they can be."""
        read = {name for _, _, column in items for name in sources_of(column)}
        wanted = self.raw if carried else {n: alias for n, alias in self.raw.items() if n in read}
        straight = {item.key for item, _, column in items if direct and self._direct(column)}
        found = ", ".join(
            ["_row", *(f"CAST({sql.name(n)} AS VARCHAR) AS {alias}" for n, alias in wanted.items())]
        )
        listed = {
            item.key: (column.source, coded)
            for item, element, column in items
            if (coded := self._coded(element, column)) is not None
        }
        looked_up = [
            f"{coded.looked_up(self.raw[name])} AS {_place(key)}" for key, (name, coded) in listed.items()
        ]
        places = [_place(key) for key in listed]
        known = {name: _place(key) for key, (name, _) in listed.items()}
        clean = {
            (name, signs): f"{self.raw[name]}{'s' if signs else 't'}"
            for item, element, column in items
            if item.key not in straight
            for signs in [element.type != "string"]
            for name in sources_of(column)
        }
        cleans = [
            f"{self._cleaned(name, signs, known.get(name))} AS {alias}"
            for (name, signs), alias in clean.items()
        ]
        joined = [
            f"{self.raw[column.source] if item.key in straight else self._joined(column, clean, element)} "
            f"AS {sql.name(item.key + TEXT)}"
            for item, element, column in items
        ]
        texts = [
            f"{prepared(sql.name(item.key + TEXT), column, element, checked=item.key in straight)} "
            f"AS {sql.name(item.key + TEXT)}"
            for item, element, column in items
        ]
        values = [
            f"{self._value(item.key, column, element, listed, direct=item.key in straight)} "
            f"AS {sql.name(item.key)}"
            for item, element, column in items
        ]
        flags = ["_unclean"] if direct else []
        own = ", ".join(["_row", *carried, *flags])
        kept = ", ".join(["_row", *carried, *flags, *places])
        unclean_ = [f"{self._unclean()} AS _unclean"] if direct else []
        raws = [alias for name, alias in wanted.items() if name in read] if direct else []
        names = ", ".join(sql.name(item.key + TEXT) for item, _, _ in items)
        numbers = [
            item.key
            for item, element, _ in items
            if element.check == "citizen_id" and item.key not in straight
        ]
        upgraded = self._compiled(
            "valued",
            lambda t: {key: upgrade_15(t[key]) for key in numbers},
            schema=self._schema(items, own=("_row", *carried, *flags)),
        )
        return (
            f"WITH found AS NOT MATERIALIZED (SELECT {found} FROM {source}), "
            f"looked_up AS NOT MATERIALIZED (SELECT {', '.join(['*', *looked_up, *unclean_])} FROM found), "
            f"clean AS NOT MATERIALIZED (SELECT {', '.join([kept, *raws, *cleans])} FROM looked_up), "
            f"joined AS NOT MATERIALIZED (SELECT {', '.join([kept, *joined])} FROM clean), "
            f"text AS NOT MATERIALIZED (SELECT {', '.join([kept, *texts])} FROM joined), "
            f"valued AS NOT MATERIALIZED (SELECT {', '.join([own, names, *values])} FROM text), "
            f"typed AS NOT MATERIALIZED ({upgraded})"
        )

    def _coded(self, element: Element, column: Column) -> Coded | None:
        """How an item with a code list alone, from one column as it stands, is looked up; None for others."""
        codes = self.codes.get(element.code_list, ()) if is_plain_code(element) else ()
        one = bool(column.source) and not column.join and column.value is None and column.part is None
        return Coded.of(column, codes) if codes and one else None

    def _cleaned(self, name: str, signs: bool, known: str | None) -> str:
        """A column cleaned; what was looked up at once is clean."""
        slow = cleaned(self.raw[name], signs=signs)
        return f"CASE WHEN {known} IS NOT NULL THEN {self.raw[name]} ELSE {slow} END" if known else slow

    def _value(
        self,
        key: str,
        column: Column,
        element: Element,
        listed: dict[str, tuple[str, Coded]],
        *,
        direct: bool,
    ) -> str:
        """An item's value: null where its text is none of its type, or no code of its list."""
        text = sql.name(key + TEXT)
        value = typed(text, column, element)
        if not element.code_list:
            return f"CAST({value} AS {SQL_TYPES[element.type]})"
        codes = self.codes[element.code_list]
        if not codes:
            return f"CAST(NULL AS {SQL_TYPES[element.type]})"
        if not is_plain_code(element):
            return f"CAST(CASE WHEN {value} IN ({sql.texts(codes)}) THEN {value} END AS {SQL_TYPES[element.type]})"
        if direct and key in listed:
            return listed[key][1].known(_place(key))
        slow = f"TRY_CAST({value} AS {sql.enum(codes)})"
        return listed[key][1].value(_place(key), slow) if key in listed else slow

    @staticmethod
    def _joined(column: Column, clean: dict[tuple[str, bool], str], element: Element) -> str:
        if column.value is not None:
            return sql.text(column.value) if column.value else "CAST(NULL AS VARCHAR)"
        parts = [clean[name, element.type != "string"] for name in sources_of(column)]
        if not parts:
            return "CAST(NULL AS VARCHAR)"
        if not column.join:
            return parts[0]
        return f"nullif(concat_ws({sql.text(column.separator)}, {', '.join(parts)}), '')"

    def _schema(self, items: Sequence[Any], *, own: Sequence[str]) -> dict[str, str]:
        types = {name: "int64" if name == "_row" else "string" for name in own}
        types |= {item.key + TEXT: "string" for item, _, _ in items}
        return types | {item.key: IBIS_TYPES[SQL_TYPES[element.type]] for item, element, _ in items}

    def _compiled(
        self, name: str, extra: Callable[[Table], dict[str, Any]], *, schema: dict[str, str] | None = None
    ) -> str:
        """`SELECT *` of a step with more columns, worked out by Ibis."""
        table = ibis.table(schema or self._schema(self.items, own=("_row", *self.raw.values())), name=name)
        more = extra(table)
        return str(self.con.compile(table.mutate(**more) if more else table.select(*table.columns)))

    def _conditions(self, checks: Sequence[Check]) -> Callable[[Table], dict[str, Any]]:
        """The conditions of checks as columns."""
        return lambda table: {self.condition[check.code]: broken(check, table) for check in checks}

    def _after_elements(self) -> dict[str, str]:
        types = self._schema(self.items, own=("_row", *self.raw.values()))
        return types | {self.condition[check.code]: "boolean" for check in self.of_elements}

    # ---- the pieces of the last steps

    def _broken(self, item: str) -> list[str]:
        """The conditions that empty an item's value."""
        kept = ("required", "type")
        return [self.condition[c.code] for c in self.of_elements if c.column == item and c.kind not in kept]

    def _emptied(self, item: str) -> str:
        return f"CASE WHEN {' OR '.join(self._broken(item))} THEN NULL ELSE {sql.name(item)} END"

    def _masks(self) -> str:
        """Conditions as bits of two numbers; engines add the branches of a CASE faster than products."""
        return ", ".join(
            f"CAST({' + '.join(self._bit(*one) for one in enumerate(bits)) or '0'} AS BIGINT) AS {mask}"
            for mask, bits in self.masks.items()
        )

    @staticmethod
    def _bit(place: int, condition: str) -> str:
        return f"CASE WHEN {condition} THEN {1 << place} ELSE 0 END"

    def _key(self) -> str:
        """The key as one text; a bar within one of several parts is written twice, so that parts stay apart."""
        parts = [f"CAST({sql.name(key)} AS VARCHAR)" for key in self.plan.resource.key]
        if len(parts) > 1:
            parts = [f"replace({part}, '|', '||')" for part in parts]
        return " || '|' || ".join(parts)

    def _standard(self, *, found: bool = True) -> str:
        columns = [sql.name(item.key) for item, _, _ in self.items]
        source = sql.text(self.plan.source.code)
        columns += [
            f"CAST({source} AS {sql.enum([self.plan.source.code])}) AS _source", "_key", f"{int(self.batch)}::BIGINT AS _batch",
            "_row", "_flags",
        ]  # fmt: skip
        for item, _, column in self.items if found else ():
            if item.key + FOUND in self.found:
                bad = [
                    self.condition[c.code]
                    for c in self.of_elements
                    if c.column == item.key and c.kind != "required"
                ]
                kept = (
                    f"CASE WHEN {' OR '.join(bad)} THEN {self._as_found(column)} END"
                    if bad
                    else "NULL::VARCHAR"
                )
                columns.append(f"{kept} AS {sql.name(item.key + FOUND)}")
        return ", ".join(columns)

    def _as_found(self, column: Column) -> str:
        """The text of an item before anything was done to it."""
        if column.value is not None:
            return sql.text(column.value)
        names = [self.raw[name] for name in sources_of(column)]
        if not names:
            return "NULL::VARCHAR"
        return names[0] if not column.join else f"concat_ws({sql.text(column.separator)}, {', '.join(names)})"

    def _reasons(self) -> str:
        """Every check a row broke, with the text as found of its item."""
        mappings = {item.key: column for item, _, column in self.items}
        parts = [
            f"CASE WHEN {self.condition[c.code]} THEN {{'code': {sql.text(c.code)}, 'column': {sql.text(c.column)}, "
            f"'value': {self._as_found(mappings[c.column])}}} END"
            for c in self.checks
        ]
        return f"list_filter([{', '.join(parts)}], lambda reason: reason IS NOT NULL)"

    def _json(self) -> str:
        pairs = ", ".join(f"{sql.text(name)}, {alias}" for name, alias in self.raw.items())
        return f"CAST(json_object({pairs}) AS VARCHAR)"
