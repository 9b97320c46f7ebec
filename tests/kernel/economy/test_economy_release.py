"""Taking over what was released: every value kept with its release, the newest standing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from economy_league import FIRST, LEAGUE, SECOND, collected
from xilin.kernel.economy import queries
from xilin.kernel.economy.actions import release
from xilin.kernel.economy.models import Observation, Release, Series
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue

pytestmark = pytest.mark.usefixtures("league")
AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
EARLY, LATE = date(2025, 1, 20), date(2025, 9, 30)


def row(
    value, *, period="2024年", area=FIRST, item="生产总值", industry=None, unit="万元", status="P", on=EARLY
):
    return (period, area, item, industry, value, unit, status, on)


def standing(key=f"A.{FIRST}.GDP._T"):
    return [(one.period, one.value, one.status) for one in queries.observations("gdp", key)]


def released(con, day, *rows):
    collected(day, list(rows))
    return next(done for done in release(con, at=AT + timedelta(days=day)) if done.dataflow == "gdp")


def counts(done):
    return done.new, done.revised, done.withdrawn


def test_a_later_release_stands_and_the_former_is_kept_with_its_moment(con):
    done = released(con, 1, row(100), row(103.5, status="R", on=LATE))

    assert counts(done) == (1, 1, 0)
    assert standing() == [("2024", 103.5, "R")]
    first, second = queries.revisions("gdp", f"A.{FIRST}.GDP._T")
    assert (first.value, first.status, first.superseded_at) == (100, "P", second.released_at)
    assert second.released_at == datetime(2025, 9, 29, 16, tzinfo=UTC), "the day begins in Shanghai"
    assert (second.source, second.first_day, second.last_day) == (
        "office",
        date(2024, 1, 1),
        date(2024, 12, 31),
    )


def test_what_stood_at_a_moment_is_found_again(con):
    released(con, 1, row(100), row(103.5, status="R", on=LATE))

    def at(moment):
        return list(Observation.objects.filter(queries.as_of(moment)).values_list("value", flat=True))

    assert at(datetime(2025, 1, 1, tzinfo=UTC)) == []
    assert at(datetime(2025, 5, 1, tzinfo=UTC)) == [100]
    assert at(datetime(2025, 12, 1, tzinfo=UTC)) == [103.5]


def test_releasing_again_writes_nothing(con):
    released(con, 1, row(100), row(103.5, status="R", on=LATE))

    again = released(con, 2, row(100), row(103.5, status="R", on=LATE))

    assert counts(again) == (0, 0, 0)
    assert Observation.objects.count() == 2


def test_a_silent_correction_is_a_release_at_the_moment_it_was_noticed(con):
    released(con, 1, row(100))
    done = released(con, 2, row(99))
    again = released(con, 3, row(99))

    assert counts(done) == (0, 1, 0)
    assert counts(again) == (0, 0, 0)
    assert [(one.value, one.released_at) for one in queries.revisions("gdp", f"A.{FIRST}.GDP._T")] == [
        (100, datetime(2025, 1, 19, 16, tzinfo=UTC)),
        (99, AT + timedelta(days=2)),
    ]


def test_a_release_that_comes_late_takes_its_place_in_history(con):
    released(con, 1, row(103.5, status="R", on=LATE))
    done = released(con, 2, row(100), row(103.5, status="R", on=LATE))

    assert counts(done) == (0, 1, 0)
    assert standing() == [("2024", 103.5, "R")]
    assert Observation.objects.get(value=100).superseded_at == datetime(2025, 9, 29, 16, tzinfo=UTC)


def test_a_value_its_source_no_longer_has_is_withdrawn_not_deleted(con):
    released(con, 1, row(100), row(7, area=SECOND))
    done = released(con, 2, row(100))

    assert counts(done) == (0, 0, 1)
    assert standing(f"A.{SECOND}.GDP._T") == [("2024", None, "O")]
    assert counts(released(con, 3, row(100), row(7, area=SECOND))) == (0, 1, 0)
    assert standing(f"A.{SECOND}.GDP._T") == [("2024", 7, "P")]


def test_an_empty_delivery_withdraws_nothing(con):
    released(con, 1, row(100))
    done = released(con, 2)

    assert counts(done) == (0, 0, 0)
    assert standing() == [("2024", 100, "P")]


def test_rows_without_a_place_are_counted_and_told(con):
    done = released(
        con,
        1,
        row(1, period="去年"),
        row(1, area="110000000000"),
        row(1, industry="Z"),
        row(1, unit="亿元"),
        row(None),
        row(1, item="别的"),
        row(5, industry="A", period="2024年一季度"),
        row(6, area=LEAGUE, period="2024年3月"),
    )

    assert done.unplaced == {"period": 1, "code": 2, "unit": 1, "value": 1}
    assert {
        "zh": "单位与声明不符：亿元 ≠ 万元。",
        "en": "The unit is not the declared one: 亿元 ≠ 万元.",
    } in done.examples
    assert list(Series.objects.values_list("key", flat=True)) == [f"M.{LEAGUE}.GDP._T", f"Q.{FIRST}.GDP.A"]


def test_the_leagues_own_indicators_are_a_series_by_month(con):
    def computed(at, value):
        run = IndicatorRun.objects.create(computed_at=at, league_version=1)
        for area in ("", FIRST):
            IndicatorValue.objects.create(run=run, indicator="shops", area=area, value=value, batches=[3, 9])

    computed(AT, 10)
    computed(AT + timedelta(days=1), 10)
    computed(AT + timedelta(days=2), 12)
    computed(AT + timedelta(days=30), 12)
    release(con, at=AT + timedelta(days=31))
    done = next(one for one in release(con, at=AT + timedelta(days=32)) if one.dataflow == "hub")

    assert counts(done) == (0, 0, 0)
    key = f"M.{FIRST}.SHOPS"
    assert [(one.period, one.value, one.batch) for one in queries.observations("hub", key)] == [
        ("2026-11", 12, 9),
        ("2026-12", 12, 9),
    ]
    assert [one.value for one in queries.revisions("hub", key)] == [10, 12]
    assert queries.keys(queries.economy().flows["hub"]) == [f"M.{LEAGUE}.SHOPS", key]


def test_nothing_is_released_before_anything_is_collected(con):
    assert [done.dataflow for done in release(con, at=AT)] == ["hub"]
    assert Release.objects.get().new == 0
