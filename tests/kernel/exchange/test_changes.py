"""Changes: applied to an old copy they give the new one, and they tell a grant nothing beyond what it may see."""

from pathlib import Path

import delivered
import pytest
from delivered import grant, land, people, someone
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import small_league
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import changes, delivery_scope, exporting
from xilin.kernel.exchange.delivery_models import Followed
from xilin.kernel.lake import engine
from xilin.kernel.lake.tables import Lake

pytestmark = pytest.mark.django_db
NOW = small_league.NOW
FILTER = [
    {"column": "children", "op": "in", "value": [0, 1]},
    {"column": "area_code", "op": "prefix", "value": "990"},
]


@pytest.fixture
def rolls(hub, tmp_path, settings):
    """The hub with the roll declared, and a home and a lake of the test's own."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    small_league.apply(tmp_path / "roll", delivered.FILES)
    return hub


def state(scope):
    """What a grant shows of the rows in force, by row, worked out from the lake alone."""
    con = engine.connect(256)
    exporting.prepare(con)
    table = collect.current(con, "roll")
    query = exporting.rows_sql(con, table, scope)
    rows = con.con.execute(query).to_arrow_table().to_pylist()
    con.disconnect()
    return {str(row.pop("_row")): {name: told(value) for name, value in row.items()} for row in rows}


def told(value):
    """A value of the engine as messages write it."""
    return changes.plain(value) if not isinstance(value, float) else changes.plain(changes._exact(value))


def step():
    changes.advance("roll", at=NOW)


def everything(scope, after=0, most=7):
    """All changes after a number, page by page."""
    found, more = [], True
    while more:
        page = changes.page(scope, after=after, most=most)
        found += page.changes
        after, more = page.seq, page.more
    return found


# A batch: which source, whether it replaces, and of each of twelve people who is in it and how.
BATCH = st.tuples(
    st.sampled_from(delivered.SOURCES),
    st.booleans(),
    st.dictionaries(st.integers(0, 11), st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=8),
)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(
    batches=st.lists(BATCH, min_size=2, max_size=5),
    begin=st.integers(0, 2),
    shape=st.sampled_from(["masked", "full"]),
    filtered=st.booleans(),
)
def test_all_changes_since_a_cursor_applied_to_the_old_copy_give_the_new_one(
    rolls, tmp_path_factory, batches, begin, shape, filtered
):
    django_settings.LAKE = str(tmp_path_factory.mktemp("lake"))
    Followed.objects.all().delete()
    columns = ("id_number", "person_name", "children", "income", "seen_at", "active")
    held = grant(rolls, way="feed", shape=shape, items=columns, row_filter=FILTER if filtered else ())
    scope = delivery_scope.scope(held)
    land([])
    changes.follow("roll", at=NOW)
    old, cursor = None, 0
    for number, (source, full, chosen) in enumerate(batches):
        if number == min(begin, len(batches) - 1):
            old, cursor = state(scope), Followed.objects.get().seq
        rows = [someone(n, children=kids, income=float(money)) for n, (kids, money) in chosen.items()]
        land(rows, source=source, full=full)
        step()

    found = everything(scope, cursor)

    assert changes.apply(old, found) == state(scope)
    numbers = [tuple(map(int, change["id"].split("."))) for change in found]
    assert numbers == sorted(set(numbers))


def test_a_row_that_leaves_the_filter_is_told_as_a_delete_and_one_that_enters_as_an_insert(rolls):
    held = grant(
        rolls,
        way="feed",
        shape="full",
        items=("phone",),
        row_filter=[{"column": "children", "op": "le", "value": 1}],
    )
    scope = delivery_scope.scope(held)
    land([someone(1, children=0), someone(2, children=3), someone(3, children=0)])
    changes.follow("roll", at=NOW)

    land([someone(1, children=2), someone(2, children=1), someone(3, children=1, phone="12")], full=False)
    step()

    found = {change["op"]: change for change in everything(scope)}
    assert found.keys() == {"delete", "insert", "update"}
    assert "values" not in found["delete"]
    assert found["insert"]["values"] == {"phone": someone(2)["phone"]}
    assert found["update"]["values"] == {"phone": "12"}


def test_what_changes_outside_the_grant_or_behind_a_mask_is_not_told(rolls):
    held = grant(rolls, way="feed", items=("id_number", "birth_date"))
    scope = delivery_scope.scope(held)
    land(people(1, 2, 3))
    changes.follow("roll", at=NOW)
    birth = someone(2)["birth_date"]

    land(
        [someone(1, phone="12000000001"), someone(2, birth_date=birth.replace(day=birth.day % 28 + 1))],
        full=False,
    )
    step()

    assert Followed.objects.get().seq == 2
    assert everything(scope) == []


def test_values_are_masked_and_records_named_as_in_the_grants_files(rolls):
    held = grant(rolls, way="feed")
    scope = delivery_scope.scope(held)
    land([])
    changes.follow("roll", at=NOW)
    land(people(*range(6)))
    step()

    found = {change["row"]: change["values"] for change in everything(scope)}

    assert found == state(scope)
    assert all(values["person_name"].endswith("*") for values in found.values())


def test_a_change_of_one_source_leaves_the_others_files_unread(rolls, monkeypatch):
    land(people(1), source="roll_a")
    land(people(2), source="roll_b")
    changes.follow("roll", at=NOW)
    land(people(2, 3), source="roll_b")
    read = []
    usual = collect.current
    monkeypatch.setattr(
        collect, "current", lambda *args, **named: read.append(named["sources"]) or usual(*args, **named)
    )

    step()

    assert read == [{"roll_b"}, {"roll_b"}]
    assert Followed.objects.get().seq == 1


def test_a_source_that_is_declared_no_more_takes_its_rows_with_it(rolls, tmp_path):
    held = grant(rolls, way="feed", items=("phone",))
    land(people(1), source="roll_a")
    land(people(2), source="roll_b")
    changes.follow("roll", at=NOW)
    less = {name: text for name, text in delivered.FILES.items() if name != "sources/roll_b.toml"}
    small_league.apply(tmp_path / "less", less)

    assert changes.behind() == ["roll"]
    step()

    assert [change["op"] for change in everything(delivery_scope.scope(held))] == ["delete"]


def test_a_state_the_lake_forgot_begins_the_sequence_anew(rolls):
    land(people(1))
    changes.follow("roll", at=NOW)
    Followed.objects.update(snapshot=17)

    step()

    assert (Followed.objects.get().epoch, Followed.objects.get().seq) == (2, 0)
    assert Followed.objects.get().snapshot == Lake.open().snapshot("std.roll")


def test_changes_past_their_time_are_let_go_of(rolls, settings):
    held = grant(rolls, way="feed")
    land([])
    from xilin.kernel.exchange.actions import feeds

    feeds.subscribe(rolls.client.pk, "roll", purpose="assistance", case_number="1号", at=NOW)
    land(people(1))
    step()
    settings.FEED_DAYS = 1
    later = NOW + delivered.timedelta(days=2)
    land(people(1, 2))
    changes.advance("roll", at=later)

    assert changes.forget(later) == 1

    assert Followed.objects.get().floor == 1
    assert len(everything(delivery_scope.scope(held), 1)) == 1


def test_a_resource_nobody_is_subscribed_to_is_followed_no_more(rolls):
    land(people(1))
    changes.follow("roll", at=NOW)
    changes.forget(NOW)
    assert not Followed.objects.exists()


def test_an_item_of_another_type_is_kept_anew(rolls, tmp_path):
    land(people(1))
    changes.follow("roll", at=NOW)
    wider = delivered.ELEMENTS.replace(
        'code = "children"\nname = { zh = "子女数", en = "Children" }\ntype = "integer"',
        'code = "children"\nname = { zh = "子女数", en = "Children" }\ntype = "decimal"',
    )
    assert wider != delivered.ELEMENTS
    small_league.apply(tmp_path / "wider", delivered.FILES | {"elements/roll.toml": wider})
    land(people(1, 2))
    step()
    assert Followed.objects.get().seq == 1


def test_a_cursor_of_another_subscription_or_changed_is_refused(rolls):
    assert Path(django_settings.HOME).name == "home"
    cursor = changes.cursor("S1", 1, 7)
    assert changes.read_cursor("S1", cursor) == (1, 7)
    for name, text in (
        ("S2", cursor),
        ("S1", cursor[:-1] + ("A" if cursor[-1] != "A" else "B")),
        ("S1", "äö"),
        ("S1", ""),
    ):
        with pytest.raises(changes.errors.CursorWrong):
            changes.read_cursor(name, text)
