"""Observations of a data query out of PostgreSQL, in one statement; what there is of a dataflow."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from django.db import connection

from xilin.kernel.economy import periods
from xilin.kernel.economy.declarations import TIME, Dataflow
from xilin.kernel.economy.models import Release, Series
from xilin.kernel.economy.queries import has_place
from xilin.kernel.economy.sdmx.artefacts import Region
from xilin.kernel.economy.sdmx.errors import TooLarge
from xilin.kernel.economy.sdmx.questions import Filter, Question, fits

# Key, period, value, status, moment of release: all text as it is written out, value None where there is none.
Row = tuple[str, str, str | None, str, str]
COLUMNS = """s.key, o.period, o.value::text, o.status,
to_char(o.released_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
FROM = "FROM economy_series AS s JOIN economy_observation AS o ON o.series_id = s.id"
ORDER = 's.key COLLATE "C", o.first_day, o.period, o.released_at'
RANKED = """SELECT key, period, value, status, released FROM (
SELECT s.key, o.period, o.value::text AS value, o.status, o.first_day, o.released_at,
to_char(o.released_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS released,
dense_rank() OVER (PARTITION BY o.series_id ORDER BY o.first_day, o.period) AS since,
dense_rank() OVER (PARTITION BY o.series_id ORDER BY o.first_day DESC, o.period DESC) AS until
{frm} WHERE s.id = ANY(%s) AND {where}
) AS ranked WHERE since <= %s OR until <= %s"""
RANKED_ORDER = 'key COLLATE "C", first_day, period, released_at'
NAMED = 1000  # keys that are looked up one by one rather than found among all of a dataflow
# How a filter of periods compares days.
DAYS = {
    "ge": ("o.first_day >= %s", "first"),
    "gt": ("o.first_day > %s", "last"),
    "le": ("o.last_day <= %s", "last"),
    "lt": ("o.last_day < %s", "first"),
}


def observations(question: Question, most: int) -> list[Row]:
    """The observations asked for, by key and period; of a history by release first.

    Raises:
        TooLarge: there are more than `most`.
    """
    ids = _series(question)
    if not ids:
        return []
    where, values = _where(question)
    statement, order = f"SELECT {COLUMNS} {FROM} WHERE s.id = ANY(%s) AND {where}", ORDER
    if question.first_n or question.last_n:
        statement = RANKED.format(frm=FROM, where=where)
        values = [*values, question.first_n, question.last_n]
        order = RANKED_ORDER
    if question.history:
        order = f"released_at, {order}"
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} ORDER BY {order} LIMIT %s", [ids, *values, most + 1])
        rows: list[Row] = cursor.fetchall()
    if len(rows) > most:
        raise TooLarge(count=f"> {most:,}", most=f"{most:,}")
    return rows


def _series(question: Question) -> list[int]:
    """The series whose keys a question asks for."""
    rows = Series.objects.filter(dataflow=question.flow.code).values_list("pk", "key")
    if (named := _named(question)) is not None:
        rows = rows.filter(key__in=named)
    found = ((pk, key.split(".")) for pk, key in rows)
    return [pk for pk, key in found if has_place(question.flow, key) and fits(question, key)]


def _named(question: Question) -> list[str] | None:
    """The keys of a question that names them one by one; None where it doesn't, or names more than are worth it."""
    found: list[str] = []
    for one in question.keys:
        parts = [codes for codes in one if codes is not None]
        if len(parts) < len(one) or prod(len(codes) for codes in parts) > NAMED:
            return None
        found += [".".join(codes) for codes in product(*parts)]
    return found or None


def _where(question: Question) -> tuple[str, list[Any]]:
    """The condition on observations, and its values."""
    parts: list[str] = []
    values: list[Any] = []
    if question.as_of:
        parts += ["o.released_at <= %s"]
        values += [question.as_of]
        if not question.history:
            parts += ["(o.superseded_at IS NULL OR o.superseded_at > %s)"]
            values += [question.as_of]
    elif not question.history:
        parts += ["o.superseded_at IS NULL"]
    if question.updated_after:
        parts += ["o.recorded_at > %s"]
        values += [question.updated_after]
    elif not question.history:
        # Withdrawn values are told only to those who follow what changed.
        parts += ["o.value IS NOT NULL"]
    if question.first:
        parts += ["o.first_day >= %s"]
        values += [question.first.first]
    if question.last:
        parts += ["o.last_day <= %s"]
        values += [question.last.last]
    for one in question.filters:
        if one.component == TIME:
            condition, more = _time(one)
            parts += [condition]
            values += more
    return " AND ".join(parts) or "TRUE", values


def _time(one: Filter) -> tuple[str, list[Any]]:
    found = [period for value in one.values if (period := periods.read(value))]
    if one.operator in DAYS:
        condition, day = DAYS[one.operator]
        said = " OR ".join([condition] * len(found))
        return f"({said})", [getattr(period, day) for period in found]
    equal = "o.period = ANY(%s)"
    return (f"NOT {equal}" if one.operator == "ne" else equal), [[period.text for period in found]]


def region(question: Question, component: str = "", mode: str = "exact") -> Region:
    """What there is of a dataflow within a question: codes of each dimension, periods, counts.

    With `mode = "available"` the codes of a dimension are those that could be chosen beside what is asked of the others.
    """
    where, values = _where(question)
    ids = _series(question)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*), count(DISTINCT o.series_id),
            (array_agg(o.period ORDER BY o.first_day))[1], (array_agg(o.period ORDER BY o.last_day DESC))[1]
            {FROM} WHERE s.id = ANY(%s) AND {where}""",
            [ids, *values],
        )
        count, series, first, last = cursor.fetchone()
        cursor.execute(
            f"SELECT DISTINCT s.key {FROM} WHERE s.dataflow = %s AND {where}", [question.flow.code, *values]
        )
        keys = [key.split(".") for (key,) in cursor.fetchall()]
        keys = [key for key in keys if has_place(question.flow, key)]
    codes = {}
    for n, dimension in enumerate(question.flow.dimension):
        if component in ("", dimension.id):
            beside = dimension.id if mode == "available" else ""
            found = {key[n] for key in keys if fits(question, key, beside)}
            codes[dimension.id] = sorted(found)
    timed = component in ("", TIME)
    return Region(codes, first or "" if timed else "", last or "" if timed else "", series, count)


def whole(flow: Dataflow) -> Region:
    """What there is of a dataflow."""
    return region(Question(flow))


def stamp(codes: Sequence[str]) -> tuple[int, float]:
    """A number and a moment that change when something of these dataflows does."""
    newest = (
        Release.objects.filter(dataflow__in=codes)
        .exclude(new=0, revised=0, withdrawn=0)
        .order_by("-pk")
        .values_list("pk", "at")
        .first()
    )
    return (newest[0], newest[1].timestamp()) if newest else (0, 0.0)
