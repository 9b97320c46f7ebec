"""How many calls the gateways answer and how long they take: counted in memory, written down twice a second, kept a week."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from calling import aside, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import small_league
from xilin.kernel.exchange import pace
from xilin.kernel.exchange.gateway.counting import Counts
from xilin.kernel.exchange.models import Pace

NOW = small_league.NOW
MINUTE = NOW.replace(second=0, microsecond=0)


@pytest.mark.django_db(transaction=True)
def test_a_call_is_counted_within_a_second_by_how_it_ended_and_how_long_it_took(shared):
    async def story(caller):
        for key in (shared.key, shared.key, "nobody's"):
            await caller.look_up(key)
        await caller.client.get("/v1/health")
        await asyncio.sleep(1)
        return await aside(lambda: list(Pace.objects.values("minute", "outcome").order_by("outcome")))

    asked = run(story)
    minute = pace.together(pace.minutes(MINUTE, NOW + timedelta(seconds=1)), NOW)

    assert {(one["minute"], one["outcome"]) for one in asked} == {(MINUTE, "answered"), (MINUTE, "refused")}
    assert (minute.answered, minute.refused, minute.failed) == (2, 1, 0)
    assert 0.0001 < minute.within(0.5) <= minute.within(0.99) < 30
    assert pace.pulse() == (MINUTE, 3)


@pytest.mark.django_db(transaction=True)
def test_gateways_add_up_and_let_go_of_what_is_old(shared):
    old = MINUTE - timedelta(days=9)
    Pace.objects.create(minute=old, outcome="answered", bucket=5, calls=7)

    for _ in range(2):
        run(lambda caller: caller.look_up(shared.key))

    assert not Pace.objects.filter(minute=old).exists()
    assert pace.pulse() == (MINUTE, 2)


class Away:
    """A database that can't be reached."""

    def connection(self):
        raise ConnectionError


def test_what_could_not_be_written_is_kept():
    counts = Counts()
    counts.note(NOW, 200, 0.01)

    for _ in range(2):
        with pytest.raises(ConnectionError):
            asyncio.run(counts.write(Away()))
        counts.note(NOW, 503, 0.01)

    assert sum(counts._counts.values()) == 3


@pytest.mark.django_db
def test_a_minute_without_a_call_is_there_too():
    Pace.objects.create(minute=MINUTE, outcome="failed", bucket=8, calls=2)

    found = pace.minutes(MINUTE - timedelta(minutes=2), MINUTE + timedelta(seconds=1))

    assert [(one.at, one.calls) for one in found] == [
        (MINUTE - timedelta(minutes=2), 0), (MINUTE - timedelta(minutes=1), 0), (MINUTE, 2),
    ]  # fmt: skip
    assert found[0].within(0.5) is None


@pytest.mark.django_db
def test_a_day_is_told_by_its_course():
    for minutes, outcome, calls in (
        (1, "answered", 5),
        (1, "refused", 2),
        (11, "answered", 7),
        (31, "failed", 9),
    ):
        at = MINUTE - timedelta(minutes=minutes)
        Pace.objects.create(minute=at, outcome=outcome, bucket=8, calls=calls)
    since = MINUTE - timedelta(minutes=30)

    assert pace.course(since, MINUTE, timedelta(minutes=10)) == [0, 7, 7]
    assert pace.course(since, MINUTE + timedelta(seconds=1), timedelta(minutes=10)) == [0, 7, 7, 0]
    assert pace.answered(since, MINUTE) == 12


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(some.floats(0.0002, 50), min_size=1, max_size=100), some.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_at_most_a_fifth_off(times, share):
    histogram = {}
    for one in times:
        place = pace.bucket(one)
        histogram[place] = histogram.get(place, 0) + 1
    exact = sorted(times)[max(0, -(-len(times) * share // 1).__int__() - 1)]

    told = pace.quantile(histogram, share)

    assert exact / 1.2 <= told <= exact * 1.2


def test_places_on_the_scale_meet():
    for place in range(pace.LAST):
        low, high = pace.bounds(place)
        assert pace.bucket((low * high) ** 0.5) == place
        assert high == pytest.approx(pace.bounds(place + 1)[0])
    assert pace.bucket(0) == 0
    assert pace.bucket(1e9) == pace.LAST


def test_no_time_is_kept_finer_than_a_minute():
    counts = Counts()
    counts.note(datetime(2026, 11, 26, 7, 8, 59, tzinfo=UTC), 200, 0.001)

    assert [key[0] * 60 for key in counts._counts] == [datetime(2026, 11, 26, 7, 8, tzinfo=UTC).timestamp()]
