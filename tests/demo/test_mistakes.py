"""Mistakes come at the rates that `rates.toml` states."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from xilin.demo import rates
from xilin.demo.mistakes import impossible_dates
from xilin.demo.records import OUTSIDE
from xilin.kernel.standards.identifiers import is_citizen_id

SOURCES = {
    "gaj_hukou": ("GMSFHM", "XM"),
    "wjw_population": ("SFZH", "XM"),
    "wjw_health": ("身份证号", "姓名"),
    "rsj_insurance": ("aac002", "aac003"),
}


def near(count, rows, rate):
    """Whether a count is within five standard deviations of what a rate promises."""
    spread = np.sqrt(rows * rate * (1 - rate)) + 1
    return abs(count - rows * rate) <= 5 * spread


def share(mask):
    return int(pc.sum(pc.fill_null(mask, False)).as_py() or 0)


@pytest.mark.parametrize("source", SOURCES)
def test_id_numbers_are_missing_short_and_mistyped_as_often_as_stated(source, found, true):
    rows, own = found[source], rates.errors().of(source)
    column = rows.table.column(SOURCES[source][0])
    texts = [None if t is None else half_width(t).upper() for t in column.to_pylist()]
    right = [bytes(row).decode() for row in true.people.id_bytes[rows.entity]]
    there = [(text, truth) for text, truth in zip(texts, right, strict=True) if text is not None]
    old = sum(len(text) == 15 for text, _ in there)
    wrong = sum(len(text) != 15 and not is_citizen_id(text) for text, _ in there)
    born_then = (true.people.birth[rows.entity] < np.datetime64("1986-01-01")).sum()

    assert near(column.null_count, len(texts), own.id_missing)
    assert near(old, born_then, own.id_fifteen)
    assert near(wrong, len(texts), own.id_mistyped)


def half_width(text):
    return text.translate({ord(c) + 0xFEE0: ord(c) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"})


@pytest.mark.parametrize("source", SOURCES)
def test_names_vary_as_often_as_stated_and_mongolian_ones_more(source, found, true):
    rows, own, crowd = found[source], rates.errors().of(source), true.people
    names = np.array(pc.fill_null(rows.table.column(SOURCES[source][1]), "").to_pylist())
    names = np.char.replace(names, "　", "")
    other = (names != np.array(crowd.names(rows.entity).to_pylist())) & (names != "")
    mongol = crowd.surname[rows.entity] == 0

    # A name without another spelling stays as it is, so the shares are at most those stated.
    assert 0.5 * own.name_variant_mongol < other[mongol].mean() < 1.3 * own.name_variant_mongol
    assert other[~mongol].mean() < 1.5 * own.name_variant_han + 0.001
    assert other[mongol].mean() > 3 * other[~mongol].mean()


def test_records_stand_twice_as_often_as_stated(found):
    for source, key in (("wjw_population", "RKID"), ("wjw_health", "档案编号"), ("mzj_benefits", "救助编号")):
        own, rows = rates.errors().of(source), found[source]
        different = len(set(rows.table.column(key).to_pylist()))
        people = len(set(rows.entity.tolist()))
        assert near(rows.table.num_rows - different, different, own.repeated)
        assert near(different - people, people, own.doubled)


def test_rows_of_one_key_tell_of_one_person(found):
    for source, rows in found.items():
        if rows.registry:
            pairs = pa.table({"key": rows.table.column(rows.key), "entity": pa.array(rows.entity)})
            counted = pairs.group_by("key").aggregate([("entity", "count_distinct")])
            assert pc.max(counted.column("entity_count_distinct")).as_py() == 1, source


def test_codes_outside_their_list_are_rare(found):
    column = found["gaj_hukou"].table.column("HYZK")

    assert near(share(pc.equal(column, OUTSIDE)), len(column), rates.errors().of("gaj_hukou").code_outside)


def test_some_of_the_dead_still_draw_support_and_most_do_not(found, true):
    drawn = found["mzj_benefits"].entity
    dead = ~true.people.alive[drawn]

    assert 0 < dead.sum() < 0.05 * len(drawn)


def test_entities_without_a_credit_code_are_as_many_as_stated(found):
    column = found["fgw_credit"].table.column("tyxydm")

    assert near(column.null_count, len(column), rates.errors().organisations.uscc_missing)


def test_full_width_digits_stand_where_offices_type_with_chinese_input(found):
    ids = pc.drop_null(found["rsj_employment"].table.column("身份证号码"))

    assert near(
        share(pc.match_substring_regex(ids, "[０-９]")),
        len(ids),
        rates.errors().of("rsj_employment").full_width,
    )


def test_impossible_dates_are_no_dates():
    days = np.full(200, np.datetime64("1990-06-01"))
    for text in impossible_dates(np.random.default_rng(2), days, "dashes").to_pylist():
        with pytest.raises(ValueError, match=r"month|day|match"):
            datetime.strptime(text, "%Y-%m-%d")
