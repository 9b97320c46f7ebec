"""What a cluster may do itself, and what it leaves to DuckDB."""

import re

import pytest
import sqlglot

from xilin.kernel.lake.dialect import AsWritten, in_spark
from xilin.kernel.lake.split import NotForCluster, Splitter, foreign


def read(value):
    (found,) = sqlglot.parse_one(f"SELECT {value}", read=AsWritten).expressions
    return found


@pytest.mark.parametrize(
    "value",
    [
        "least(a.node, b.node)",
        "CASE WHEN x IS NOT NULL THEN 'a' ELSE coalesce(y, 'b') END",
        "count(*) FILTER (WHERE open) * (count(*) - 1)",
        "row_number() OVER (PARTITION BY v ORDER BY n DESC, first)",
        "(a, b) NOT IN (SELECT c, d FROM t)",
        "(l.mask & r.mask) = 0",
        "CAST(NULL AS VARCHAR)",
    ],
)
def test_what_means_the_same_stays_with_the_cluster(value):
    assert not foreign(read(value))


@pytest.mark.parametrize(
    "value",
    [
        "hash(source, key)",
        "lower(x)",
        "CASE WHEN x THEN damerau_levenshtein(a, b) END",
        "x / y",
        "x::VARCHAR",
        "a || b",
        "list_transform(words(x), lambda w: hash(w, y))",
        "max(round(x, 3))",
        "a_function_that_nobody_has_heard_of(x)",
    ],
)
def test_everything_else_is_duckdbs(value):
    assert foreign(read(value))


def test_functions_keep_the_names_they_are_written_by():
    text = "SELECT LOG2(x), LEN(LIST_DISTINCT(l)), STRLEN(a), TO_JSON(a)"

    assert sqlglot.parse_one(text, read=AsWritten).sql("duckdb") == text


def test_ranks_and_unsigned_numbers_have_types_of_their_own_in_spark():
    query = "SELECT row_number() OVER (ORDER BY a) AS n, CAST(NULL AS UBIGINT) AS k FROM t"

    assert in_spark(sqlglot.parse_one(query, read=AsWritten)) == (
        "SELECT CAST(ROW_NUMBER() OVER (ORDER BY a NULLS LAST) AS BIGINT) AS n, CAST(NULL AS DECIMAL(20, 0)) AS k FROM t"
    )


class Views:
    """A cluster of which every table is a view of its own name."""

    def table(self, node):
        return node.name

    def columns(self, query):
        return []

    def view(self, query):
        return "v"

    def mapped(self, rows, statement, tables):
        return "m"


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("SELECT a.x FROM a JOIN b ON levenshtein(a.x, b.x) < 2", "LEVENSHTEIN(a.x, b.x) < 2"),
        ("SELECT x FROM (VALUES (1), (2)) AS t(x)", "VALUES"),
        ("PIVOT a ON x USING sum(y)", "PIVOT"),
    ],
)
def test_what_a_cluster_cannot_do_is_named(query, part):
    with pytest.raises(NotForCluster, match=re.escape(part)):
        Splitter(Views()).query(sqlglot.parse_one(query, read=AsWritten))
