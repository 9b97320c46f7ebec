"""No generated identifier can belong to anybody."""

import numpy as np
import pyarrow.compute as pc
import pytest

from xilin.demo import identifiers, systems
from xilin.kernel.standards.identifiers import is_citizen_id, is_uscc

HALF = {ord(c) + 0xFEE0: ord(c) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
ID, PHONE, CODE, OLD = ("id_number", "legal_person_id"), ("phone",), ("uscc",), ("registration_no",)


def written(declared, found, source, elements):
    """Every value of the source's columns for these elements, with full-width letters made half-width."""
    value = declared.all("source")[source].value
    resource = declared.all("resource")[value.resource].value
    for key, column in value.columns.items():
        if resource.column(key).element in elements:
            for text in pc.drop_null(found[source].table.column(column.source)).to_pylist():
                if text:
                    yield text.translate(HALF)


SOURCES = [system.source for system in systems.SYSTEMS]


@pytest.mark.parametrize("source", SOURCES)
def test_every_id_number_wrong_ones_too_begins_with_a_province_that_does_not_exist(source, declared, found):
    assert all(text.startswith("99") for text in written(declared, found, source, ID))


@pytest.mark.parametrize("source", SOURCES)
def test_every_telephone_begins_with_digits_no_operator_has(source, declared, found):
    assert all(text.startswith("12") for text in written(declared, found, source, PHONE))


@pytest.mark.parametrize("source", SOURCES)
def test_every_credit_code_stands_in_area_99_and_the_range_for_users(source, declared, found):
    for text in written(declared, found, source, CODE):
        assert text[2:4] == "99", text
        assert text[8:9].upper() == "P", text
    assert all(text.startswith("99") for text in written(declared, found, source, OLD))


def test_true_numbers_are_right_by_the_standards_and_none_stands_twice(true):
    ids = [bytes(row).decode() for row in true.people.id_bytes]
    codes = true.organisations.codes.to_pylist()

    assert all(map(is_citizen_id, ids))
    assert len(set(ids)) == len(ids)
    assert all(map(is_uscc, codes))
    assert all(code[8:11] == "PDY" for code in codes)
    assert len(set(codes)) == len(codes)


def test_an_id_number_says_the_birth_date_and_sex_of_its_owner(true):
    crowd = true.people
    texts = np.array([bytes(row).decode() for row in crowd.id_bytes])
    births = np.char.replace(crowd.birth.astype(str), "-", "")

    assert [text[6:14] for text in texts] == births.tolist()
    assert [int(text[16]) % 2 for text in texts] == (crowd.sex % 2).tolist()


def test_a_day_with_too_many_births_is_refused_rather_than_numbered_twice():
    count = 501
    birth = np.full(count, np.datetime64("1980-01-01"))

    with pytest.raises(ValueError, match="more than 500"):
        identifiers.citizen_ids(np.full(count, 992502), birth, np.ones(count, np.int64))


def test_telephones_are_eleven_digits_and_all_different():
    numbers = identifiers.phones(50_000, np.random.default_rng(1))

    assert len(set(numbers.tolist())) == 50_000
    assert numbers.min() >= 12_000_000_000
    assert numbers.max() < 13_000_000_000
