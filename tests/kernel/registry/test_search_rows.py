"""The table that look-ups read follows what linking writes."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import pytest
from made_up import NOW, Row, person, rows, spec

from xilin.kernel.registry import actions, search
from xilin.kernel.registry.declarations import Attribute, Search
from xilin.kernel.registry.models import Entity, LinkRun
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.kernel.registry.search_models import SearchPhone, SearchRow

BY = Search(name="name", born="birth", phone="phone")


@pytest.fixture
def linked(con, settings, tmp_path, transactional_db) -> Iterator[Callable[..., None]]:  # type: ignore[no-untyped-def]
    """Link rows of one source, as the registry stands."""
    settings.HOME = tmp_path

    def link(*values: Row, by: Spec | None = None) -> None:
        found = rows(con, "police", *values)
        actions.link_found(by or spec(search=BY), [found], at=NOW, con=con)

    return link


def table() -> set[tuple[Any, ...]]:
    phones = dict(SearchPhone.objects.values_list("pk", "phone"))
    rows = SearchRow.objects.values_list("pk", "name", "sound", "initials", "born", "area")
    return {(*rest, phones.get(pk, ""), area) for pk, *rest, area in rows}


ANNA = person(1, "其其格 ", "1980-05-12", phone="12000000001", key="a")
BEN = person(2, "王芳", "1991-01-02", key="b")


def test_first_linking_fills_the_table(linked: Callable[..., None]) -> None:
    linked(ANNA, BEN)
    assert table() == {
        ("其其格", "qiqige", "qqg", date(1980, 5, 12), "12000000001", ""),
        ("王芳", "wangfang", "wf", date(1991, 1, 2), "", ""),
    }
    assert set(SearchRow.objects.values_list("pk", "registry")) == set(
        Entity.objects.values_list("pk", "registry")
    )


def test_changed_new_and_gone_people_are_followed(linked: Callable[..., None]) -> None:
    linked(ANNA, BEN)
    before = dict(SearchRow.objects.values_list("name", "pk"))
    linked(ANNA | {"name": "琪琪格"}, person(3, "李雷", "2001-02-03", key="c"))
    assert {name for name, *_ in table()} == {"琪琪格", "李雷"}
    assert SearchRow.objects.get(name="琪琪格").pk == before["其其格"]


def places(model: type[SearchRow] | type[SearchPhone]) -> dict[Any, Any]:
    return dict(model.objects.extra(select={"place": "ctid::text"}).values_list("pk", "place"))


def test_another_telephone_leaves_the_row_as_it_stands(linked: Callable[..., None]) -> None:
    linked(ANNA, BEN)
    rows = places(SearchRow)
    linked(ANNA | {"phone": "12000000002"}, BEN)
    assert places(SearchRow) == rows
    assert [*SearchPhone.objects.values_list("phone", flat=True)] == ["12000000002"]
    linked(ANNA | {"phone": None}, BEN)
    assert (places(SearchRow), SearchPhone.objects.count()) == (rows, 0)


def test_only_rows_that_may_be_others_are_looked_at(
    linked: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[list[int]] = []
    form = search.form_changed

    def forming(*given: Any) -> list[list[str]]:
        gone = form(*given)
        looked.append([len(ids) for ids in gone])
        return gone

    monkeypatch.setattr(search, "form_changed", forming)
    linked(ANNA, BEN)
    linked(ANNA | {"updated_at": datetime(2026, 5, 1)}, BEN)
    assert Entity.objects.get(attributes__name="其其格 ").changed_run == LinkRun.objects.latest("pk").pk
    linked(ANNA | {"phone": "12000000002"}, BEN)
    linked(ANNA | {"name": "琪琪格"}, BEN)
    linked(BEN, person(3, "李雷", "2001-02-03", key="c"))
    assert looked == [[0, 0, 0], [0, 1, 0], [1, 1, 0], [2, 2, 2]]
    assert {(name, phone) for name, _, _, _, phone, _ in table()} == {("王芳", ""), ("李雷", "")}


def test_nothing_changed_writes_nothing(linked: Callable[..., None], con: duckdb.DuckDBPyConnection) -> None:
    linked(ANNA, BEN)
    before = places(SearchRow), places(SearchPhone)
    linked(ANNA, BEN)
    assert (places(SearchRow), places(SearchPhone)) == before


def test_a_registry_linked_before_it_was_searched_is_filled_whole(linked: Callable[..., None]) -> None:
    linked(ANNA, BEN, by=spec())
    assert table() == set()
    linked(ANNA, BEN)
    assert len(table()) == 2


def test_another_way_of_folding_names_makes_all_rows_anew(linked: Callable[..., None]) -> None:
    linked(ANNA, BEN)
    attributes = tuple(
        Attribute(code, code, replace={"王": "黄"} if code == "name" else {})
        for code in ("id_number", "name", "birth", "phone")
    )
    linked(ANNA, BEN, by=spec(search=BY, attribute=attributes))
    assert {name for name, *_ in table()} == {"其其格", "黄芳"}


def test_a_registry_no_longer_searched_leaves_no_rows(linked: Callable[..., None]) -> None:
    linked(ANNA, BEN)
    linked(ANNA, BEN, by=spec())
    assert not SearchRow.objects.exists()


def test_a_bulk_is_indexed_as_before(linked: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BULK", 2)
    linked(ANNA, BEN)
    assert len(table()) == 2
    from django.db import connection

    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, SearchRow._meta.db_table)
    assert {index.name for index in SearchRow._meta.indexes} <= set(there)


def test_a_few_are_made_anew_on_request(linked: Callable[..., None]) -> None:
    linked(ANNA, BEN)
    entity = Entity.objects.get(attributes__name="王芳")
    entity.attributes["name"] = "王方"
    entity.save()
    search.refresh(spec(search=BY).registry, [entity.pk])
    assert {name for name, *_ in table()} == {"其其格", "王方"}
