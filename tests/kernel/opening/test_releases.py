"""What is opened: once for a period, protected, signed, and never drawn again."""

import base64
import hashlib
import json
import statistics
from collections import Counter
from datetime import timedelta

import pytest
import two_departments
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyarrow import csv, parquet

from xilin.kernel.audit import queries as audit
from xilin.kernel.opening import actions, queries, store
from xilin.kernel.opening.errors import BudgetSpent, NotAnOpening, TooFew
from xilin.kernel.opening.models import Release, Spending
from xilin.kernel.opening.pipeline import noise
from xilin.kernel.opening.pipeline.attack import width
from xilin.kernel.opening.pipeline.tables import with_totals


def release(hub, code, at=None):
    return actions.release(code, con=hub.con, at=at or hub.now)


def rows(found, form="parquet"):
    return parquet.read_table(queries.file(found, form)).to_pylist()


def age(born, on):
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def test_microdata_shows_nobody_who_doesnt_look_like_k_others(hub):
    found = release(hub, "alike")
    shown = rows(found)

    groups = Counter(tuple(row.items()) for row in shown)
    assert min(groups.values()) == found.protection["smallest"] >= 5
    assert len(shown) == found.rows == len(hub.rows) - found.protection["left_out"]
    assert found.protection["left_out"] <= 0.05 * len(hub.rows)
    # Whoever knows somebody's birth, sex and home finds at least five rows that could be theirs, or none.
    steps = found.protection["steps"]
    assert steps["sex"] in ("value", "*")
    text = queries.file(found, "json").read_text(encoding="utf-8")
    assert not any(number in text for number, *_ in hub.rows)


def test_the_order_of_microdata_is_not_that_of_the_register(hub):
    found = release(hub, "alike")
    shown = [row["born"] for row in rows(found)]
    assert shown != sorted(shown)


def test_a_table_counts_everybody_and_hides_small_counts_for_good(hub):
    found = release(hub, "counted")
    table = {(row["home"], row["born"]): row["count"] for row in rows(found)}
    on = hub.now.date()
    truth = with_totals(
        Counter(
            (
                f"{home[:6]}000000",
                f"{age(born, on) // 20 * 20}–{age(born, on) // 20 * 20 + 19}"
                if age(born, on) < 80
                else "80+",
            )
            for _, born, _, home, _ in hub.rows
        )
    )
    hidden = {cell for cell, n in table.items() if n is None}

    assert {cell: n for cell, n in table.items() if n is not None} == {
        c: n for c, n in truth.items() if c not in hidden
    }
    small = {cell for cell, n in truth.items() if 0 < n < 5}
    assert small
    assert small <= hidden
    assert all(width(truth, hidden, cell) >= 5 for cell in small)


def test_what_one_table_left_out_no_other_of_the_same_rows_gives_away(hub):
    first, second = release(hub, "counted"), release(hub, "by_sex")

    def totals(found, other):
        return {row["home"]: row["count"] for row in rows(found) if row[other] == "*"}

    one, two = totals(first, "born"), totals(second, "sex")
    assert one.keys() == two.keys()
    assert {home for home, n in one.items() if n is None} == {home for home, n in two.items() if n is None}


def test_a_release_is_made_once_for_a_period_whatever_changes(hub):
    first = release(hub, "noisy")
    before = rows(first)

    again = release(hub, "noisy", hub.now + timedelta(days=1))

    assert again.pk == first.pk
    assert rows(again) == before
    assert Spending.objects.count() == 1
    other = release(hub, "noisy", hub.now + timedelta(days=31))
    assert (other.version, rows(other) != before) == (2, True)


def test_noise_is_of_the_declared_scale_and_categories_are_those_of_the_declarations(hub):
    found = release(hub, "noisy")
    shown = {(row["sex"], row["home"]): row["count"] for row in rows(found)}
    truth = Counter((sex, f"{home[:6]}000000") for _, _, sex, home, _ in hub.rows)

    assert found.protection | {"steps": 0} == {
        "form": "noisy", "mechanism": "discrete Laplace", "epsilon": 0.5, "scale": 2.0, "within": 6, "contribution": 1, "steps": 0,
    }  # fmt: skip
    assert {sex for sex, _ in shown} == {"1", "2", ""}
    assert {home for _, home in shown} == {"990000000000", "990101000000", "990102000000", "990201000000", ""}
    assert max(abs(n - truth[cell]) for cell, n in shown.items()) < 60


def test_the_noise_is_as_wide_as_epsilon_asks_and_no_wider():
    drawn = noise.noisy([0] * 4000, epsilon=0.5, contribution=1)
    # The discrete Laplace distribution of scale 2: standard deviation 2.8; and 19 of 20 within 6.
    assert 2.5 < statistics.pstdev(drawn) < 3.1
    assert abs(statistics.fmean(drawn)) < 0.3
    within = noise.within(0.5, 1)
    assert within == 6
    assert 0.94 < sum(abs(n) <= within for n in drawn) / len(drawn) < 0.98
    assert statistics.pstdev(noise.noisy([0] * 4000, epsilon=0.5, contribution=3)) > 7


def test_a_spent_budget_ends_releases_and_the_ledger_is_in_the_log(hub):
    size = audit.size()
    for month in range(2):
        release(hub, "noisy", hub.now + timedelta(days=31 * month))
    with pytest.raises(BudgetSpent) as refused:
        release(hub, "noisy", hub.now + timedelta(days=62))

    assert "0.2" in str(refused.value)
    spent = [
        (entry.detail["epsilon"], entry.detail["left"])
        for entry in audit.entries(kind="opening.privacy.spent")
    ]
    assert sorted(spent) == [(0.5, pytest.approx(0.2)), (0.5, pytest.approx(0.7))]
    assert audit.size() == size + 4
    assert Release.objects.count() == Spending.objects.count() == 2
    budget = queries.budget_of("residents", 2026)
    assert (budget.spent, budget.allowed, round(budget.left, 3)) == (1.0, 1.2, 0.2)
    # A year later there is a budget again.
    release(hub, "noisy", hub.now + timedelta(days=120))


def test_a_release_says_what_it_holds_and_its_signature_holds(hub):
    found = release(hub, "counted")
    said = json.loads(found.statement)
    for form in store.FORMATS:
        assert hashlib.sha256(queries.file(found, form).read_bytes()).hexdigest() == said["sha256"][form]
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(queries.key()))
    key.verify(base64.b64decode(found.signature), found.statement.encode())
    (entry,) = audit.entries(kind="opening.released")
    assert (entry.subject, entry.detail["sha256"]) == ("counted", said["sha256"])
    assert csv.read_csv(queries.file(found, "csv")).num_rows == found.rows
    assert len(json.loads(queries.file(found, "json").read_text(encoding="utf-8"))) == found.rows


def test_a_catalogue_finds_the_files_of_the_newest_release(hub):
    assert queries.distributions("residents") == []
    release(hub, "counted")
    found = queries.distributions("residents")
    assert [one.path for one in found] == [
        f"/open/counted/1/data.{form}" for form in ("csv", "parquet", "json")
    ]
    assert all(one.bytes for one in found)
    assert queries.distributions("payments") == []


def test_what_isnt_declared_or_cant_be_protected_is_refused(hub):
    with pytest.raises(NotAnOpening):
        release(hub, "nothing")
    two_departments.put_golden(hub, two_departments.people(4))
    with pytest.raises(TooFew):
        release(hub, "alike")
    assert not Release.objects.exists()
