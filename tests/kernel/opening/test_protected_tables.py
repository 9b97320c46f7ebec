"""Attack on suppressed tables: every table that fits what is published is tried, and no small count can be told closely."""

from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from xilin.kernel.opening.pipeline.attack import interval, width
from xilin.kernel.opening.pipeline.cubes import UNBOUNDED
from xilin.kernel.opening.pipeline.tables import TOTAL, Unprotectable, protect, with_totals

LEAST = 3


def counts(shape, numbers):
    return dict(
        zip(
            product(*([f"{'abc'[d]}{n}" for n in range(size)] for d, size in enumerate(shape))),
            numbers,
            strict=True,
        )
    )


def equations(published):
    """Every total with the cells it is of."""
    for total in published:
        for d, category in enumerate(total):
            if category == TOTAL:
                yield (
                    total,
                    [
                        c
                        for c in published
                        if c[d] != TOTAL and c[:d] + c[d + 1 :] == total[:d] + total[d + 1 :]
                    ],
                )


def fitting(published, most):
    """Every table whose hidden cells are whole numbers from 1 to `most` and that adds up: found by trying them all.

    Written without the product's code: one hidden cell after another is tried, and given up where no sum can hold.
    """
    hidden = sorted(cell for cell, n in published.items() if n is None)
    sums = list(equations(published))

    def possible(values):
        table = published | values
        for total, parts in sums:
            terms = [table[c] for c in parts]
            unknown = sum(t is None for t in terms)
            known = sum(t for t in terms if t is not None)
            whole = table[total]
            if whole is not None and (known + unknown > whole or (not unknown and known != whole)):
                return False
            if whole is None and not unknown and not 1 <= known <= most:
                return False
        return True

    def search(n, values):
        if not possible(values):
            return
        if n == len(hidden):
            yield dict(values)
            return
        for value in range(1, most + 1):
            yield from search(n + 1, values | {hidden[n]: value})

    return search(0, {})


def extremes(published, cell, most):
    found = [table[cell] for table in fitting(published, most)]
    return min(found), max(found)


small = st.integers(0, 7)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.sampled_from([(3,), (4,), (2, 3), (3, 3)]).flatmap(
        lambda shape: st.tuples(st.just(shape), st.lists(small, min_size=9, max_size=9))
    )
)
def test_no_small_count_can_be_told_within_its_interval_by_trying_every_table(drawn):
    shape, numbers = drawn
    size = 1
    for n in shape:
        size *= n
    cells = with_totals(counts(shape, numbers[:size]))
    try:
        found = protect(cells, least=LEAST)
    except Unprotectable:
        assume(False)
    assume(0 < len(found.hidden) <= 7)
    most = max(cells.values()) + 2 * LEAST
    for cell in found.primary:
        low, high = extremes(found.published, cell, most)
        assert low <= cells[cell] <= high
        assert high - low >= LEAST
        exact = interval(cells, found.hidden, cell)
        assert exact[0] == low
        assert exact[1] == high or exact[1] >= most - LEAST


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(st.integers(0, 9), min_size=8, max_size=8))
def test_in_three_dimensions_too(numbers):
    cells = with_totals(counts((2, 2, 2), numbers))
    try:
        found = protect(cells, least=LEAST)
    except Unprotectable:
        assume(False)
    assume(0 < len(found.hidden) <= 10)
    for cell in found.primary:
        tables = [table[cell] for table in fitting(found.published, max(cells.values()) + LEAST)]
        assert max(tables) - min(tables) >= LEAST
        guaranteed = width(cells, found.hidden, cell)
        assert guaranteed >= LEAST
        assert min(guaranteed, LEAST) <= max(tables) - min(tables)


TABLE = counts((3, 3), [20, 1, 30, 15, 25, 40, 18, 22, 35])


def test_leaving_out_small_counts_alone_gives_them_away():
    """The attack works: without complementary suppression the difference to the total is the count."""
    cells = with_totals(TABLE)
    alone = {cell for cell, n in cells.items() if 0 < n < LEAST}

    assert interval(cells, alone, ("a0", "b1")) == (1, 1)
    found = protect(cells, least=LEAST)
    assert found.primary == {("a0", "b1")}
    assert len(found.secondary) == 3
    low, high = interval(cells, found.hidden, ("a0", "b1"))
    assert (low, high - low >= LEAST) == (1, True)


def test_two_small_counts_that_hide_each_other_badly_get_more_cover():
    """Four cells of 1 or 2 in a square vary by one only: the interval asks for more."""
    cells = with_totals(counts((3, 3), [1, 2, 30, 2, 1, 40, 18, 22, 35]))
    square = {("a0", "b0"), ("a0", "b1"), ("a1", "b0"), ("a1", "b1")}
    assert interval(cells, square, ("a0", "b0")) == (1, 2)

    found = protect(cells, least=LEAST)

    assert square == found.primary
    assert all(width(cells, found.hidden, cell) >= LEAST for cell in square)


def test_zeros_and_totals_are_published_where_nothing_small_stands_behind_them():
    cells = with_totals(counts((2, 2), [50, 0, 60, 70]))
    found = protect(cells, least=LEAST)
    assert found.hidden == frozenset()
    assert found.published[TOTAL, TOTAL] == 180


def test_somebody_alone_hides_behind_totals_that_are_left_out_too():
    found = protect(with_totals(counts((2, 2), [1, 0, 0, 50])), least=LEAST)
    assert (TOTAL, TOTAL) in found.hidden
    assert width(found.cells, found.hidden, ("a0", "b0")) >= LEAST


def test_what_was_published_before_hides_nothing():
    cells = with_totals(TABLE)
    first = protect(cells, least=LEAST)
    again = protect(cells, least=LEAST, known=first.secondary)

    assert not again.secondary & first.secondary
    with pytest.raises(Unprotectable):
        protect(cells, least=LEAST, known=first.primary)


def test_a_cell_in_a_table_whose_totals_are_all_hidden_is_bounded_by_nothing():
    cells = with_totals(counts((2, 2), [1, 5, 6, 7]))
    assert interval(cells, set(cells), ("a0", "b0")) == (1, UNBOUNDED)


def test_a_large_table_is_protected_in_seconds():
    numbers = [(n * 7919 % 97) ** 2 % 400 for n in range(13 * 18)]
    cells = with_totals(counts((13, 18), numbers))
    found = protect(cells, least=10)
    assert found.primary
    assert all(width(cells, found.hidden, cell) >= 10 for cell in found.primary)
    assert len(found.secondary) < len(cells) / 3
