"""Facets of words that many entries have are counted over narrow rows; they say what the entries themselves say."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.models import Count

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import queries
from xilin.kernel.catalog.models import Resource
from xilin.kernel.catalog.queries import Filters, found

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def league(tmp_path, monkeypatch):
    monkeypatch.setattr(found, "SHOWN", 1)
    return small_league.apply(tmp_path)


def counted(text="信息", *, among=None, filters=None):
    """The facets by the narrow rows, checked against the entries themselves."""
    answer = queries.search(text, among=among, filters=filters)
    assert answer.more
    filters = filters or Filters()
    by_rows = sorted(found._counted(answer, filters))
    hits = answer.among.filter(answer.matching, found._wanted(found._unseen(filters)))
    columns = ("provider_id", "share_type", "theme", "update_cycle")
    assert by_rows == sorted(
        hits.select_related(None).order_by().values_list(*columns).annotate(n=Count("*"))
    )
    facets = queries.facets(text, filters=filters, found=answer)
    return {choice.value: choice.count for choice in facets["share_type"]}


def narrow():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM catalog_finding")
        return cursor.fetchone()[0]


def test_everybody_counts_what_they_may_see():
    user = User(username="ann", department=Department.objects.get(code="civil"))

    assert sum(counted(among=queries.resources_for(user)).values()) == 4
    public = counted(among=queries.resources_for(AnonymousUser()))
    assert sum(public.values()) == 3
    assert "denied" not in public


@pytest.mark.parametrize(
    "filters", [Filters(share_type="conditional"), Filters(format="database"), Filters(open=False)]
)
def test_filters_are_counted_as_the_entries_count_them(filters):
    counted(filters=filters)


def test_what_is_narrowed_otherwise_is_counted_over_the_entries():
    among = queries.resources().exclude(code="benefits")

    assert sum(counted(among=among).values()) == 3


def test_counts_follow_every_change_of_an_entry():
    before = counted()
    Resource.objects.filter(code="benefits").update(share_type="unconditional")
    changed = counted()
    Resource.objects.filter(code="entities").update(retired=True)
    retired = counted()
    Resource.objects.filter(code="entities").update(retired=False)

    assert changed["unconditional"] == before.get("unconditional", 0) + 1
    assert sum(retired.values()) == sum(before.values()) - 1
    assert counted() == changed


def test_a_change_that_is_undone_leaves_the_counts():
    before = counted()
    with transaction.atomic():
        Resource.objects.filter(code="benefits").update(retired=True)
        transaction.set_rollback(True)

    assert counted() == before


def test_an_entry_that_is_gone_leaves_no_row():
    there = narrow()
    copy = Resource.objects.get(code="benefits")
    copy.pk, copy.code = None, "copied"
    copy.save()
    assert narrow() == there + 1
    copy.delete()
    assert narrow() == there


def test_the_words_of_every_row_lie_aside():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT every(pg_column_toast_chunk_id(search) IS NOT NULL), count(*) FROM catalog_finding"
        )

        assert cursor.fetchone() == (True, Resource.objects.filter(retired=False).count())
