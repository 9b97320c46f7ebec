"""Chains and looks by banner are a layer of the map for those who oversee goods, and for nobody else."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils.translation import override

import small_league
import trace_league
from xilin.apps.trace.desk.regulator import maps
from xilin.apps.trace.models import Figure
from xilin.kernel.accounts.models import User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def figures(tmp_path):
    """Looks and lambs of two years in two banners, and looks from elsewhere."""
    trace_league.apply(tmp_path)
    for measure, month, area, value in (
        ("looks_genuine", date(2025, 5, 1), "990101", 4),
        ("looks_genuine", date(2026, 5, 1), "990101", 5),
        ("looks_fake", date(2026, 6, 1), "990101", 2),
        ("looks_genuine", date(2026, 6, 1), "", 90),
        ("lambs_tagged", date(2026, 6, 1), "990102", 7),
        ("counted_now", date(2026, 6, 1), "", AT.timestamp()),
    ):
        Figure.objects.create(measure=measure, month=month, area=area, value=value, counted_at=AT)


def layers(user):
    request = RequestFactory().get("/map/")
    request.user = user
    with override("zh-hans"):
        return maps.layers(request)


def test_only_who_oversees_goods_has_the_layer(figures):
    auditor = small_league.person("auditor", None, User.Role.AUDIT)
    engineer = small_league.person("engineer", None, User.Role.ENGINEER)

    assert [one.code for one in layers(auditor)] == ["chains"]
    assert list(layers(engineer)) == list(layers(AnonymousUser())) == []


def test_values_are_sums_of_what_was_chosen_within_the_league(figures):
    (layer,) = layers(small_league.person("auditor", None, User.Role.AUDIT))
    assert [one.code for one in layer.choices[1].options] == ["all", "2026", "2025"]

    def values(*picked):
        with override("zh-hans"):
            return layer.values(layer.picked(picked))

    assert values("looks", "all").values == {"990101000000": 11}
    assert values("looks", "2025").values == {"990101000000": 4}
    assert values("looks_warned", "2026").values == {"990101000000": 2}
    assert values("lambs_tagged", "2026").values == {"990102000000": 7}
    assert (values("looks").unit, values("looks").as_of) == ("次", "2026-11-01")
