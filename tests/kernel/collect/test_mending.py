"""Rows mended where they were held back: tried by the rules, laid over what the source delivers, ended when it delivers otherwise."""

from datetime import timedelta

import pyarrow.parquet as pq
import pytest
import roster

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit import queries as audit
from xilin.kernel.collect import actions, mending, queries
from xilin.kernel.lake import engine
from xilin.kernel.lake.tables import Lake
from xilin.kernel.quality import actions as quality
from xilin.kernel.quality import queries as held
from xilin.kernel.quality.errors import NotMendable, NotYours, StillBroken
from xilin.kernel.quality.models import Mend, Quarantined
from xilin.lib.errors import NotFound

pytestmark = pytest.mark.django_db
AT = roster.NOW
LATER = AT + timedelta(hours=1)
BAD = ("R000009", "名九", "男", "-1", "2026-09-01 10:00:00")


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """A home and a lake of the test's own."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    settings.LAKE = str(tmp_path / "lake")
    return settings.HOME


@pytest.fixture
def file(tmp_path):
    """The CSV file that the source `civil_csv` reads whole, with two good rows and a bad one."""
    path = roster.csv(tmp_path / "roster.csv", [*roster.rows(1, 2), BAD])
    roster.apply(tmp_path / "league", roster.source("civil_csv", "csv", path=str(path)))
    return path


def person(name="steward", department="civil", role=User.Role.STEWARD):
    return User.objects.create(username=name, department=Department.objects.get(code=department), role=role)


def in_force():
    found = queries.current(engine.connect(512), "roster")
    return {row["_key"]: row["amount"] for row in found.to_pyarrow().to_pylist()}


def raw_amounts():
    return sorted(
        value for path in Lake.open().files("raw.civil_csv") for value in pq.read_table(path)["amount"].to_pylist()
    )  # fmt: skip


def test_a_mended_row_goes_in_with_the_next_batch_and_raw_keeps_what_the_source_says(file):
    actions.collect("civil_csv", at=AT)
    steward, row = person(), Quarantined.objects.get()

    kept = mending.mend(row.pk, {"amount": "12.50"}, by=steward, at=LATER)
    batch = actions.collect("civil_csv", at=LATER + timedelta(minutes=1))

    assert (kept.changed, kept.state) == ({"amount": "12.50"}, "waiting")
    assert (batch.state, batch.rows_read, batch.rows_accepted, batch.rows_quarantined) == ("done", 3, 3, 0)
    assert in_force()["R000009"] == 12.5
    assert raw_amounts() == ["-1", "1.50", "2.50"]
    assert not Quarantined.objects.exists()
    kept.refresh_from_db()
    assert (kept.state, kept.batch_id) == ("in_force", batch.pk)
    assert batch.notes("en") == ["1 rows as their department mended them; raw keeps what the source says."]
    entry = audit.entries(kind="quality.row.mended").get()
    assert entry.detail["columns"] == ["amount"]
    assert "12.50" not in entry.text


def test_a_mend_holds_until_the_source_says_otherwise(file):
    actions.collect("civil_csv", at=AT)
    kept = mending.mend(Quarantined.objects.get().pk, {"amount": "12.50"}, by=person(), at=LATER)
    actions.collect("civil_csv", at=LATER + timedelta(minutes=1))
    actions.collect("civil_csv", at=LATER + timedelta(minutes=2))
    assert in_force()["R000009"] == 12.5

    roster.csv(file, [*roster.rows(1, 2), ("R000009", "名九", "男", "13.00", "2026-09-01 10:00:00")])
    actions.collect("civil_csv", at=LATER + timedelta(minutes=3))

    assert in_force()["R000009"] == 13
    kept.refresh_from_db()
    assert kept.state == "settled"


def test_a_withdrawn_mend_lets_the_row_be_held_back_again(file):
    actions.collect("civil_csv", at=AT)
    steward = person()
    kept = mending.mend(Quarantined.objects.get().pk, {"amount": "12.50"}, by=steward, at=LATER)
    actions.collect("civil_csv", at=LATER + timedelta(minutes=1))

    quality.withdraw_mend(kept.pk, by=steward, at=LATER + timedelta(minutes=2))
    actions.collect("civil_csv", at=LATER + timedelta(minutes=3))

    assert Quarantined.objects.count() == 1
    assert "R000009" not in in_force()
    with pytest.raises(NotFound):
        quality.withdraw_mend(kept.pk, by=steward, at=LATER + timedelta(minutes=4))


def test_a_row_that_is_still_broken_is_told_every_reason_and_nothing_is_kept(file):
    actions.collect("civil_csv", at=AT)

    with pytest.raises(StillBroken) as refused:
        mending.mend(Quarantined.objects.get().pk, {"amount": "-2", "name": ""}, by=person(), at=LATER)

    columns = {reason["column"] for reason in refused.value.reasons}
    assert columns == {"amount", "roster_name"}
    assert all(reason["zh"] and reason["en"] for reason in refused.value.reasons)
    assert not Mend.objects.exists()


def test_only_stewards_and_engineers_of_the_rows_own_department_mend_it(file):
    actions.collect("civil_csv", at=AT)
    row = Quarantined.objects.get()

    with pytest.raises(NotYours):
        mending.mend(row.pk, {"amount": "1"}, by=person("approver", role=User.Role.APPROVER), at=LATER)
    with pytest.raises(NotFound):
        mending.mend(row.pk, {"amount": "1"}, by=person("other", "police"), at=LATER)
    with pytest.raises(NotFound):
        mending.mend(row.pk, {"amount": "1"}, by=person("admin", role=User.Role.SECURITY), at=LATER)
    assert not held.mends_for(person("third", "police")).exists()


@pytest.mark.parametrize("values", [{"amount": "-1"}, {"nothing": "1"}, {}])
def test_nothing_changed_and_columns_it_has_not_are_refused(file, values):
    actions.collect("civil_csv", at=AT)

    with pytest.raises(NotMendable):
        mending.mend(Quarantined.objects.get().pk, values, by=person(), at=LATER)


def test_a_line_of_the_wrong_width_is_not_mended_here(file):
    roster.csv(file, roster.rows(1, 2), tail="R000003,名3,男\n")
    actions.collect("civil_csv", at=AT)

    with pytest.raises(NotMendable):
        mending.mend(Quarantined.objects.get().pk, {"_text": "R000003,名3,男,1,"}, by=person(), at=LATER)


def test_a_second_mend_of_a_row_takes_the_place_of_the_first(file):
    actions.collect("civil_csv", at=AT)
    steward, row = person(), Quarantined.objects.get()

    first = mending.mend(row.pk, {"amount": "1"}, by=steward, at=LATER)
    second = mending.mend(row.pk, {"amount": "2"}, by=steward, at=LATER)
    actions.collect("civil_csv", at=LATER + timedelta(minutes=1))

    first.refresh_from_db()
    assert first.state == "withdrawn"
    assert list(held.mends("civil_csv")) == [second]
    assert in_force()["R000009"] == 2


def test_of_an_incremental_source_the_mended_row_is_submitted_again_by_itself(tmp_path):
    path = roster.csv(tmp_path / "roster.csv", [*roster.rows(1, 2), BAD])
    more = 'mode = "incremental"\ncursor = "updated"'
    roster.apply(tmp_path / "league", roster.source("civil_csv", "csv", more=more, path=str(path)))
    actions.collect("civil_csv", at=AT)
    kept = mending.mend(Quarantined.objects.get().pk, {"amount": "12.50"}, by=person(), at=LATER)
    roster.csv(path, roster.rows(5, 1, updated="2026-09-02 10:00:00"))

    batch = actions.collect("civil_csv", at=LATER + timedelta(minutes=1))
    again = actions.collect("civil_csv", at=LATER + timedelta(minutes=2))

    assert (batch.rows_read, batch.rows_accepted, batch.rows_quarantined) == (2, 2, 0)
    assert (again.rows_read, again.rows_accepted, again.rows_duplicate) == (1, 0, 1)
    assert in_force() == {"R000001": 1.5, "R000002": 2.5, "R000005": 5.5, "R000009": 12.5}
    assert not Quarantined.objects.exists()
    kept.refresh_from_db()
    assert (kept.state, kept.batch_id) == ("in_force", batch.pk)

    roster.csv(path, [("R000009", "名九", "男", "-1", "2026-09-03 10:00:00")])
    actions.collect("civil_csv", at=LATER + timedelta(minutes=3))
    assert Quarantined.objects.count() == 1  # another row than was mended: its time of change differs
