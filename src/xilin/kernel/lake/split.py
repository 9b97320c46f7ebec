"""Which part of a query a cluster does itself, and which its workers ask DuckDB for.

Joins, groups, windows, orders and comparisons mean the same in DuckDB and in Spark. What is made of
the values of one row (hashes, likenesses, folded texts, numbers as text) often doesn't, down to
the last bit: such expressions are lifted out of a query and evaluated by DuckDB itself, on the
workers, over the rows that Spark brings. There is no second definition of any function.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp
from sqlglot.transforms import eliminate_qualify

# What has one meaning in both; anything else of a row's values is DuckDB's.
SAME: tuple[type[exp.Expr], ...] = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Star, exp.Alias, exp.TableAlias),
    *(exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
    *(exp.Is, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Exists, exp.Subquery),
    *(exp.Coalesce, exp.Case, exp.If, exp.Least, exp.Greatest, exp.Add, exp.Sub, exp.Mul, exp.Neg),
    *(exp.BitwiseAnd, exp.Count, exp.CountIf, exp.Min, exp.Max, exp.Sum, exp.AnyValue, exp.IgnoreNulls),
    *(exp.LogicalOr, exp.LogicalAnd, exp.BitwiseOrAgg, exp.ArgMin, exp.ArgMax, exp.ArrayAgg),
    *(exp.RowNumber, exp.Rank, exp.DenseRank, exp.Distinct, exp.Filter, exp.Where, exp.Window),
    *(exp.WindowSpec, exp.Order, exp.Ordered, exp.Explode, exp.DataType, exp.Group),
)
# What a query works out over many rows, or into many: what stands around it is done afterwards.
KERNELS = (exp.AggFunc, exp.Window, exp.Filter, exp.IgnoreNulls, exp.Explode)
# What a kernel is built of, besides values.
FRAME = (*KERNELS, exp.Where, exp.Order, exp.Ordered, exp.Distinct, exp.WindowSpec)

Columns = list[tuple[str, str]]


class NotForCluster(ValueError):
    """A statement that can't be carried out on a cluster; says which part of it."""


class Engine(Protocol):
    """What splitting asks of the cluster's side."""

    def table(self, node: exp.Table) -> str:
        """The name of the view in which a table's rows stand."""

    def columns(self, query: exp.Query) -> Columns:
        """The names and Spark types of a query's columns; the query is in Spark's tables."""

    def view(self, query: exp.Query) -> str:
        """A view of a query, by its name."""

    def mapped(self, rows: exp.Query, statement: exp.Select, tables: dict[str, exp.Table]) -> str:
        """A view of what DuckDB makes of rows (`_rows` of the statement), in which `tables` may be read."""


@dataclass
class Splitter:
    """Takes queries in DuckDB's words apart for an engine."""

    engine: Engine
    named: list[dict[str, str]] = field(default_factory=list)

    def query(self, node: exp.Expr) -> exp.Query:
        """The same query over the engine's views, in what Spark and DuckDB have in common."""
        if isinstance(node, exp.Subquery):
            return self.query(node.this)
        if not isinstance(node, exp.Query):
            raise NotForCluster(node.sql("duckdb"))
        clause = node.args.get("with_")
        self.named.append({})
        try:
            if clause is not None:
                node.set("with_", None)
                for one in clause.expressions:
                    self.named[-1][one.alias] = self.engine.view(self.query(one.this))
            if isinstance(node, exp.SetOperation):
                for side in ("this", "expression"):
                    node.set(side, self.query(node.args[side]))
                return node
            if isinstance(node, exp.Select):
                return self._select(node)
        finally:
            self.named.pop()
        raise NotForCluster(node.sql("duckdb"))

    def _select(self, select: exp.Select) -> exp.Query:
        if select.args.get("qualify"):
            select = eliminate_qualify(select)  # type: ignore[assignment]
        self._sources(select)
        for condition in _parts(select):
            self._within(condition)
        self._stars(select)
        self._casts(select)
        wanted = [*select.expressions, *_conditions(select), *_rest(select)]
        if not any(map(foreign, wanted)):
            return select
        if _kernels(select):
            return self._kerneled(select)
        return self._rows(select)

    def _sources(self, select: exp.Select) -> None:
        """The tables and queries that a query reads, replaced by views; names that rows go by stay."""
        for source in (select.args.get("from_"), *(select.args.get("joins") or ())):
            if source is None:
                continue
            if source.args.get("on") is not None and foreign(source.args["on"]):
                # Every row of one side would have to be brought together with every row of the other.
                raise NotForCluster(source.args["on"].sql("duckdb"))
            node = source.this
            if isinstance(node, exp.Table):
                called = node.alias or node.name
                known = next(
                    (n[node.name] for n in reversed(self.named) if node.name in n and not node.db), ""
                )
                new = exp.to_table(known or self.engine.table(node))
                if called:
                    new.set("alias", exp.TableAlias(this=exp.to_identifier(called, quoted=True)))
                source.set("this", new)
            elif isinstance(node, exp.Subquery):
                node.set("this", self.query(node.this))
            else:
                raise NotForCluster(node.sql("duckdb"))

    def _within(self, condition: exp.Expr) -> None:
        """The queries within a condition or a value; those of a value that DuckDB must answer stay as they are."""
        for node in list(_topmost(condition, lambda n: isinstance(n, exp.Query | exp.Subquery))):
            query = node.this if isinstance(node, exp.Subquery) else node
            if isinstance(node.parent, exp.In):
                _untupled(node.parent, query)
            if not (isinstance(node, exp.Subquery) and _verbatim(node)):
                query.replace(self.query(query.copy()))

    def _stars(self, select: exp.Select) -> None:
        """Columns in place of stars, where one leaves out or replaces some, or where rows go to DuckDB."""
        stars = [e for e in select.expressions if e.is_star and not isinstance(e, exp.Count)]
        plain = all(not _star(e).args.get("replace") and not _star(e).args.get("except_") for e in stars)
        if not stars or (plain and not any(map(foreign, [*select.expressions, *_conditions(select)]))):
            return
        columns: list[exp.Expr] = []
        for one in select.expressions:
            if not one.is_star:
                columns.append(one)
                continue
            star, table = _star(one), one.args.get("table")
            whole = exp.Select(
                expressions=[exp.Column(this=exp.Star(), table=table) if table else exp.Star()]
            )
            names = [name for name, _ in self._of(select, whole)]
            without = {e.name for e in star.args.get("except_") or ()}
            instead = {e.alias: e for e in star.args.get("replace") or ()}
            columns += [
                instead.get(n) or exp.column(n, table=table.copy() if table else None, quoted=True)
                for n in names
                if n not in without
            ]
        select.set("expressions", columns)

    def _casts(self, select: exp.Select) -> None:
        """No cast where a column is of the type already."""
        casts = [
            node
            for part in (*select.expressions, *_conditions(select))
            for node in part.find_all(exp.Cast)
            if isinstance(node.this, exp.Column)
        ]
        if not casts:
            return
        types = dict(self._of(select, exp.Select(expressions=[exp.Star()])))
        for node in casts:
            wanted = node.to.sql("spark").lower()
            if types.get(node.this.name) == wanted:
                named = isinstance(node.parent, exp.Select)
                node.replace(exp.alias_(node.this, node.this.name, quoted=True) if named else node.this)

    def _of(self, select: exp.Select, whole: exp.Select) -> Columns:
        for part in ("from_", "joins"):
            found = select.args.get(part)
            whole.set(
                part, [one.copy() for one in found] if isinstance(found, list) else found and found.copy()
            )
        return self.engine.columns(whole)

    def _rows(self, select: exp.Select) -> exp.Query:
        """A query row by row: what DuckDB must say is asked for over what Spark joins and filters."""
        flat: dict[str, exp.Expr] = {}
        tables: dict[str, exp.Table] = {}
        ours = [_named(e.copy(), n) for n, e in enumerate(select.expressions)]
        names = [one.alias for one in ours]
        for nth, one in enumerate(select.args["order"].expressions if select.args.get("order") else ()):
            if not isinstance(one.this, exp.Literal) and one.this.name not in names:
                ours.append(exp.alias_(one.this.copy(), f"_o{nth}", quoted=True))
                one.set("this", exp.column(f"_o{nth}", quoted=True))
        theirs: list[exp.Expr] = []
        mine: list[exp.Expr] = []
        for condition in _conditions(select):
            (theirs if foreign(condition) else mine).append(condition.copy())
        # Under a root each, so that any of them can be replaced.
        roots = [exp.Paren(this=e) if not isinstance(e, exp.Alias) else e for e in [*ours, *theirs]]
        for root in roots:
            self._flatten(root, select, flat, tables)
        statement = exp.Select(expressions=roots[: len(ours)])
        statement.set("from_", exp.From(this=exp.to_table("_rows")))
        if theirs:
            statement.set("where", exp.Where(this=exp.and_(*(root.this for root in roots[len(ours) :]))))
        columns = [exp.alias_(column, name, quoted=True) for name, column in flat.items()]
        rows = exp.Select(expressions=columns or [exp.alias_(exp.Literal.number(1), "_one")])
        for part in ("from_", "joins"):
            rows.set(part, select.args.get(part))
        if mine:
            rows.set("where", exp.Where(this=exp.and_(*mine)))
        whole = exp.Select(expressions=[exp.column(name, quoted=True) for name in names])
        whole = whole.from_(exp.to_table(self.engine.mapped(rows, statement, tables)))
        for part in ("distinct", "order", "limit"):
            whole.set(part, select.args.get(part))
        return whole

    def _flatten(
        self, root: exp.Expr, select: exp.Select, flat: dict[str, exp.Expr], tables: dict[str, exp.Table]
    ) -> None:
        """Columns of a row by one name each, noted in `flat`; tables that DuckDB reads itself in `tables`."""
        for node in list(_topmost(root, lambda n: isinstance(n, exp.Column | exp.Subquery))):
            if isinstance(node, exp.Column):
                name = flat_name(node)
                flat[name] = node.copy()
                node.replace(exp.column(name, quoted=True))
            elif isinstance(node, exp.Subquery) and _verbatim(node):
                for table in node.find_all(exp.Table):
                    name = f"_t{len(tables)}"
                    tables[name] = table.copy()
                    called = table.alias or table.name
                    table.replace(exp.alias_(exp.to_table(name), called, table=True, quoted=True))
                names = {column.name for column in node.find_all(exp.Column) if not column.table}
                for name, _ in self._of(select, exp.Select(expressions=[exp.Star()])):
                    if name in names:
                        flat[name] = exp.column(name, quoted=True)
            else:
                name = f"_q{len(flat)}"
                flat[name] = node.copy()
                node.replace(exp.column(name, quoted=True))

    def _kerneled(self, select: exp.Select) -> exp.Query:
        """A query with groups or windows: what DuckDB says of rows before them, and of what they give afterwards."""
        before = _lifted(select)
        if before or any(map(foreign, _conditions(select))):
            self._before(select, before)
        if not any(foreign(e, but=KERNELS) for e in select.expressions):
            return select
        middle: dict[str, exp.Expr] = {}
        outer = exp.Select(expressions=[_named(e.copy(), n) for n, e in enumerate(select.expressions)])
        for root in outer.expressions:
            for node in list(_topmost(root, lambda n: isinstance(n, (*KERNELS, exp.Column, exp.Subquery)))):
                if isinstance(node, exp.Subquery) and _verbatim(node):
                    raise NotForCluster(node.sql("duckdb"))
                name = flat_name(node) if isinstance(node, exp.Column) else f"_k{len(middle)}"
                middle[name] = node.copy()
                node.replace(exp.column(name, quoted=True))
        for part in ("distinct", "order", "limit"):
            outer.set(part, select.args.get(part))
            select.set(part, None)
        if select.args.get("group") and select.args["group"].args.get("all"):
            keys = [c for c in middle.values() if isinstance(c, exp.Column)]
            select.set("group", exp.Group(expressions=[c.copy() for c in keys]) if keys else None)
        select.set("expressions", [exp.alias_(e, n, quoted=True) for n, e in middle.items()])
        outer.set("from_", exp.From(this=exp.to_table(self.engine.view(select))))
        return self._rows(outer)

    def _before(self, select: exp.Select, before: dict[str, exp.Expr]) -> None:
        """Let a query read a view that has the values DuckDB works out, and flat columns."""
        parts = [*select.expressions, *_rest(select)]
        columns = {
            flat_name(column): column.copy()
            for part in parts
            for column in part.find_all(exp.Column)
            if column.name not in before and not isinstance(column.this, exp.Star)
        }
        select.set("expressions", [_named(e, n) for n, e in enumerate(select.expressions)])
        for part in [*select.expressions, *_rest(select)]:
            for column in list(part.find_all(exp.Column)):
                if column.table:
                    column.replace(exp.column(flat_name(column), quoted=True))
        rows = exp.Select(expressions=[exp.alias_(e, n, quoted=True) for n, e in (columns | before).items()])
        for name in ("from_", "joins", "where"):
            rows.set(name, select.args.get(name))
            select.set(name, None)
        select.set("from_", exp.From(this=exp.to_table(self.engine.view(self._rows(rows)))))


def foreign(node: exp.Expr, but: tuple[type, ...] = ()) -> bool:
    """Whether DuckDB must say what an expression is; what lies within `but` isn't looked at."""
    if isinstance(node, exp.Subquery):
        return _verbatim(node)
    if isinstance(node, (exp.Query, *but)):
        return False
    if isinstance(node, exp.Cast):
        return not isinstance(node.this, exp.Null | exp.Literal)
    return not isinstance(node, SAME) or any(foreign(child, but) for child in node.iter_expressions())


def flat_name(column: exp.Expr) -> str:
    """One name for a column of a row, whichever table it is of."""
    table = column.text("table")
    return f"{table}:{column.name}" if table else column.name


def _verbatim(node: exp.Subquery) -> bool:
    """Whether a query within a value asks for what DuckDB must say, or for what is no query of Spark's."""
    if node.find_ancestor(exp.Where, exp.In, exp.Exists) is not None:
        return False
    return any(foreign(part) for query in node.find_all(exp.Select) for part in query.expressions)


def _topmost(root: exp.Expr, wanted: Callable[[exp.Expr], bool]) -> Iterator[exp.Expr]:
    """The nodes below a root that are wanted, nothing below one of them."""
    for child in root.iter_expressions():
        if wanted(child):
            yield child
        else:
            yield from _topmost(child, wanted)


def _conditions(select: exp.Select) -> list[exp.Expr]:
    """What rows must fulfil, each condition by itself."""
    where = select.args.get("where")
    return (
        list(where.this.flatten())
        if where and isinstance(where.this, exp.And)
        else [where.this]
        if where
        else []
    )


def _rest(select: exp.Select) -> list[exp.Expr]:
    return [select.args[part] for part in ("group", "having", "order") if select.args.get(part)]


def _parts(select: exp.Select) -> list[exp.Expr]:
    where = select.args.get("where")
    return [*select.expressions, *([where] if where else []), *_rest(select)]


def _kernels(select: exp.Select) -> bool:
    parts = [*select.expressions, *_rest(select)]
    return bool(select.args.get("group")) or any(
        isinstance(part, KERNELS) or next(_topmost(part, lambda n: isinstance(n, KERNELS)), None) is not None
        for part in parts
    )


def _has_kernel(node: exp.Expr) -> bool:
    return isinstance(node, KERNELS) or any(
        not isinstance(child, exp.Query | exp.Subquery) and _has_kernel(child)
        for child in node.iter_expressions()
    )


def _star(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Column) else node


def _named(node: exp.Expr, nth: int) -> exp.Expr:
    if isinstance(node, exp.Alias):
        return node
    return exp.alias_(node, node.name if isinstance(node, exp.Column) else f"_c{nth}", quoted=True)


def _untupled(condition: exp.In, query: exp.Expr) -> None:
    """Several columns, where a query gives one that is made of several."""
    if isinstance(query, exp.Select) and isinstance(condition.this, exp.Tuple):
        (one,) = query.expressions
        if isinstance(one, exp.Tuple):
            query.set("expressions", one.expressions)


def _lifted(select: exp.Select) -> dict[str, exp.Expr]:
    """The values of rows that DuckDB must say, replaced by columns in what is grouped or windowed."""
    found: dict[str, exp.Expr] = {}
    group = select.args.get("group")
    keys = [key.copy() for key in group.expressions if foreign(key)] if group else []
    select.set("expressions", [_named(e, n) for n, e in enumerate(select.expressions)])
    for part in [*select.expressions, *_rest(select)]:
        for node in [n for n in part.walk() if n in keys]:
            _take(node, found)
        for kernel in list(_topmost(part, lambda n: isinstance(n, KERNELS))):
            _lift(kernel, found)
    if group is None or group.args.get("all"):
        for part in select.expressions:
            if not _has_kernel(part) and foreign(part.this):
                _take(part.this, found)
    return found


def _lift(kernel: exp.Expr, found: dict[str, exp.Expr]) -> None:
    for child in list(kernel.iter_expressions()):
        if isinstance(child, FRAME):
            _lift(child, found)
        elif foreign(child):
            _take(child, found)


def _take(node: exp.Expr, found: dict[str, exp.Expr]) -> None:
    """Put a column in an expression's place, the same one for the same expression."""
    name = next((n for n, e in found.items() if e == node), f"_p{len(found)}")
    found[name] = node.copy()
    node.replace(exp.column(name, quoted=True))
