"""Computing every indicator from a real lake and registry: values, where they come from, how old they are."""

from datetime import UTC, datetime, timedelta

import pytest

from shop_league import FIRST, SECOND, collected, linked
from xilin.kernel.indicators import queries
from xilin.kernel.indicators.actions import compute
from xilin.kernel.indicators.models import IndicatorValue
from xilin.kernel.standards.models import Area

pytestmark = pytest.mark.usefixtures("league")
AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TOWN, OTHER = "990101001000", "990102001000"


def values(run, code):
    return dict(IndicatorValue.objects.filter(run=run, indicator=code).values_list("area", "value"))


def test_every_indicator_has_its_values_and_knows_batches_and_date(con, league):
    shops = collected("shops", 3, [TOWN, TOWN, OTHER, None])
    filings = collected("filings", 5, [TOWN, OTHER])
    linked(7, [TOWN, OTHER, OTHER, None], [shops.pk, filings.pk])

    run = compute(con, at=AT)

    assert values(run, "shops") == {"": 4, FIRST: 2, SECOND: 1}
    assert values(run, "filings") == {"": 2, FIRST: 1, SECOND: 1}
    assert values(run, "rate") == {"": 50, FIRST: 50, SECOND: 100}
    assert values(run, "organisations") == {"": 4, FIRST: 1, SECOND: 2}
    assert values(run, "counties") == {"": 2}
    found = queries.latest()
    assert {code: (one.batches, one.as_of) for code, one in found.items()} == {
        "shops": ((shops.pk,), shops.finished_at),
        "filings": ((filings.pk,), filings.finished_at),
        "rate": ((shops.pk, filings.pk), shops.finished_at),
        "organisations": ((shops.pk, filings.pk), filings.finished_at),
        "counties": ((), league[0].applied_at),
        "absent": ((), None),
    }
    assert run.league_version == 1


def test_a_figure_whose_data_is_not_there_is_unknown_not_nothing(con):
    run = compute(con, at=AT)

    assert [code for code in ("shops", "rate", "organisations", "absent") if values(run, code)] == []
    shown = {code: figure.shown() for code, figure in queries.latest().items()}
    assert (shown["absent"], shown["rate"], shown["counties"]) == ("—", "—", "2")


def test_figures_follow_the_rows_in_force_and_their_series_is_kept(con):
    collected("shops", 3, [TOWN, OTHER])
    compute(con, at=AT)
    second = collected("shops", 9, [TOWN, TOWN, TOWN])
    extra = collected("shops", 10, [OTHER], office="branch")
    compute(con, at=AT + timedelta(days=1))

    assert [value for _at, value in queries.series("shops")] == [2, 4]
    assert [value for _at, value in queries.series("shops", SECOND)] == [1, 1]
    assert queries.series("shops", limit=1) == [(AT + timedelta(days=1), 4)]
    assert queries.by_county("shops") == {FIRST: 3, SECOND: 1}
    assert queries.latest()["shops"].batches == (second.pk, extra.pk)
    assert queries.latest()["shops"].as_of == extra.finished_at


def test_areas_are_counted_on_the_day_they_are_in_force(con):
    Area.objects.filter(code=SECOND).update(valid_to="2026-11-20")

    ends_today = compute(con, at=AT)
    gone = compute(con, at=AT + timedelta(days=1))
    Area.objects.filter(code=FIRST).update(valid_from="2026-11-22")
    not_yet = compute(con, at=AT + timedelta(days=1))

    assert [values(run, "counties")[""] for run in (ends_today, gone, not_yet)] == [2, 1, 0]


def test_figures_are_grouped_by_theme_in_the_order_of_their_codes(con):
    compute(con, at=AT)

    assert {theme: [one.indicator.code for one in group] for theme, group in queries.themes().items()} == {
        "经济": ["absent", "counties", "filings", "organisations", "rate", "shops"]
    }


def test_a_breakdown_by_town_keeps_to_towns_that_are_declared(con, redeclared):
    redeclared("shops", by="town", least=2)
    collected("shops", 3, [TOWN, TOWN, OTHER, None])

    run = compute(con, at=AT)

    # The other town is in no list of areas: its row counts in its county.
    assert values(run, "shops") == {"": 4, FIRST: 2, SECOND: 1, TOWN: 2}
    assert queries.by_county("shops") == {FIRST: 2, SECOND: 1}
    assert queries.by_town("shops", FIRST) == {TOWN: 2}
    assert queries.by_town("shops", SECOND) == {}


def test_a_registry_hides_the_small_counts_of_towns_too(con, redeclared):
    redeclared("organisations", by="town", least=3)
    linked(7, [TOWN, TOWN, OTHER], [])

    run = compute(con, at=AT)

    assert values(run, "organisations") == {"": 3, FIRST: 2, SECOND: 1, TOWN: None}
    assert queries.by_town("organisations", FIRST) == {TOWN: None}


def test_periods_stand_beside_the_figure_and_never_in_its_series(con, redeclared, monkeypatch):
    collected("shops", 3, [TOWN, OTHER])
    monkeypatch.setattr(
        "xilin.kernel.indicators.actions.over_time",
        lambda *_: {
            "shops": {("", "2026-01"): 1.0, ("", "2026-02"): 3.0, (FIRST, "2026-02"): 2.0},
            "filings": {("", "2026-02"): 1.5},
        },
    )
    collected("filings", 5, [TOWN])

    compute(con, at=AT)

    assert queries.over_time("shops") == {"2026-01": 1, "2026-02": 3}
    assert queries.over_time("shops", FIRST) == {"2026-02": 2}
    assert queries.over_time("rate") == {"2026-02": 50}
    assert [value for _at, value in queries.series("shops")] == [2]
    assert queries.by_county("shops") == {FIRST: 1, SECOND: 1}
    assert [(one.area, one.period) for one in queries.every_value("filings")] == [
        ("", ""), ("", "2026-02"), (FIRST, ""),
    ]  # fmt: skip
    assert queries.runs(5)[0][1] == sum(1 for one in queries.latest().values() if one.value is not None)
