"""Rows held back: kept with their reasons, seen by their department alone, each look on record."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from quality_plan import Batch, a_plan, outcome

from xilin.kernel.audit.models import Entry
from xilin.kernel.quality import actions, queries
from xilin.kernel.quality.models import CheckResult, Quarantined
from xilin.lib.errors import NotFound


def keep(hub, pk, rows, plan=None, out=None, **more):
    files = [hub.file(f"q{pk}", rows)]
    return actions.keep(Batch(pk), plan or hub.plan, out or outcome(), files, **more)


def held(**what):
    return list(Quarantined.objects.filter(**what).order_by("row").values_list("batch_id", "row"))


def test_a_row_is_kept_with_its_reasons_in_words_and_as_it_was_found(hub):
    bad = ("sex.code_list", "sex", "7")
    missing = ("person_name.required", "person_name", None)

    assert keep(hub, 1, [hub.row(12, "R1", bad, missing, 性别="7", 姓名=None)]) == 1

    (row,) = Quarantined.objects.all()
    assert (row.source, row.resource, row.department.code) == ("gaj_hukou", "households", "police")
    assert (row.batch_id, row.row, row.key, row.found) == (1, 12, "R1", {"性别": "7", "姓名": None})
    assert row.reasons == [
        {
            "code": "sex.code_list",
            "column": "sex",
            "zh": "性别“7”不在代码集“性别代码”（GB/T 2261.1）的有效代码中。",
            "en": "Sex “7” is not a code in force of Sex codes (GB/T 2261.1).",
        },
        {
            "code": "person_name.required",
            "column": "person_name",
            "zh": "姓名是必填项，没有填写。",
            "en": "Name is required and missing.",
        },
    ]


def test_texts_that_copy_or_json_could_trip_over_arrive_whole(hub):
    odd = 'a\tb\\n"c"\nd\\N {e,f} “g” 𠮷'
    keep(hub, 1, [hub.row(1, odd, ("school.pattern", "school", odd), 学校=odd)])

    (row,) = Quarantined.objects.all()
    assert (row.key, row.found) == (odd, {"学校": odd})
    assert odd in row.reasons[0]["zh"]


def test_the_character_zero_is_replaced_as_postgresql_has_none(hub):
    keep(hub, 1, [hub.row(1, "a\0b", ("school.pattern", "school", "1\0"), 学校="1\0")])

    (row,) = Quarantined.objects.all()
    assert (row.key, row.found["学校"]) == ("a\ufffdb", "1\ufffd")


def test_keeping_a_batch_twice_keeps_it_once(hub):
    for _ in range(2):
        keep(hub, 1, [hub.row(1, "A"), hub.row(2, "B")])

    assert held() == [(1, 1), (1, 2)]
    assert CheckResult.objects.filter(batch_id=1, code="sex.code_list").count() == 1


def test_a_full_batch_replaces_what_its_source_had_held_back(hub):
    keep(hub, 1, [hub.row(1, "A"), hub.row(2, "B")])
    keep(hub, 2, [hub.row(1, "C")], a_plan(code="other"))
    keep(hub, 3, [hub.row(7, "A")])

    assert held() == [(2, 1), (3, 7)]


def test_an_increment_replaces_only_rows_that_it_delivers_again(hub):
    grows = a_plan(mode="incremental", cursor="updated_at")
    nameless = hub.row(5, "", 姓名="某某")
    keep(hub, 1, [hub.row(1, "A"), hub.row(2, "B"), hub.row(3, "C"), hub.row(4, ""), nameless], grows)
    good = hub.file("std", [hub.row(1, "B")])
    keep(hub, 2, [hub.row(9, "A"), hub.row(10, "")], grows, accepted_files=[good])

    assert held() == [(1, 3), (1, 5), (2, 9), (2, 10)]


def test_nothing_is_kept_when_the_transaction_around_it_fails(hub):
    def fail():
        with transaction.atomic():
            keep(hub, 1, [hub.row(1)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert held() == []
    assert not CheckResult.objects.exists()


def test_a_line_of_the_wrong_width_is_told_in_words(hub):
    keep(hub, 1, [hub.row(5, "", ("ragged", "", None), _text="a,b,c")])

    assert "列数" in Quarantined.objects.get().reasons[0]["zh"]


def test_only_the_providing_departments_people_see_a_row(hub):
    keep(hub, 1, [hub.row(1)])
    pk = Quarantined.objects.get().pk

    assert queries.quarantined_for(hub.people.owner, pk).pk == pk
    for user in (
        hub.people.other,
        hub.people.security,
        hub.people.auditor,
        hub.people.nobody,
        AnonymousUser(),
    ):
        assert list(queries.quarantine_for(user)) == []
        with pytest.raises(NotFound):
            queries.quarantined_for(user, pk)


def test_someone_who_left_sees_nothing(hub):
    keep(hub, 1, [hub.row(1)])
    hub.people.owner.is_active = False

    assert list(queries.quarantine_for(hub.people.owner)) == []


def test_the_auditor_sees_how_many_rows_are_held_but_none_of_them(hub):
    keep(hub, 1, [hub.row(1), hub.row(2)])
    keep(hub, 2, [hub.row(1)], a_plan(code="mzj", department="civil"))

    assert queries.held_by_source(hub.people.auditor) == [("gaj_hukou", 2), ("mzj", 1)]
    assert queries.held_by_source(hub.people.owner) == [("gaj_hukou", 2)]
    assert queries.held_by_source(hub.people.security) == []


def test_each_look_at_a_row_is_on_record_without_its_values(hub):
    keep(hub, 1, [hub.row(3, "R3", 姓名="某某")])
    pk = Quarantined.objects.get().pk

    actions.look(pk, by=hub.people.owner, at=hub.now)
    with pytest.raises(NotFound):
        actions.look(pk, by=hub.people.other, at=hub.now)

    (entry,) = Entry.objects.filter(kind="quality.row.seen")
    assert (entry.by, entry.department, entry.subject) == ("owner", "police", "households")
    assert '"row":3' in entry.text.replace(" ", "")
    assert "某某" not in entry.text
    assert "R3" not in entry.text
