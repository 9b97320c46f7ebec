"""Codes: random, unique, whole after a crash, proven by a signed root; print files; serial numbers people mistype."""

import csv
import io
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from issued_codes import AT, GTIN, SITE, issued, ordered

from xilin.apps.trace.codes import issuing, printing, queries, secrets, serials
from xilin.apps.trace.codes.errors import BadOrder, NoSecret, NotReady, OrderChanged, ScratchForgotten
from xilin.apps.trace.models.codes import Code, CodeBatch, CodeKey
from xilin.apps.trace.proof import claims, cose, inclusion, keys, merkle
from xilin.kernel.audit.queries import entries
from xilin.lib.errors import NotFound, Refusal

SERIALS = st.builds(lambda: serials.random_serials(1)[0])


def test_serials_are_distinct_and_carry_their_check_character() -> None:
    made = serials.random_serials(2000)
    assert len(set(made)) == 2000
    assert all(serials.is_serial(serial) for serial in made)
    assert serials.random_serials(0) == []
    # All 32 characters at every random place: nothing of the 75 bits is fixed.
    assert all(len({serial[place] for serial in made}) == 32 for place in range(serials.RANDOM))


@given(SERIALS, st.integers(0, serials.LENGTH - 1), st.sampled_from(serials.ALPHABET))
def test_every_single_slip_is_found(serial: str, place: int, character: str) -> None:
    changed = serial[:place] + character + serial[place + 1 :]
    assert serials.is_serial(changed) == (changed == serial)


def test_neighbours_exchanged_are_found_nearly_always() -> None:
    slips = found = 0
    for serial in serials.random_serials(300):
        for place, (left, right) in enumerate(pairwise(serial)):
            if left != right:
                slips += 1
                found += not serials.is_serial(serial[:place] + right + left + serial[place + 2 :])
    assert found / slips > 0.97


@pytest.mark.parametrize("text", ["", "7K0", "I" * 16, "0" * 17])
def test_what_is_no_serial_is_told(text: str) -> None:
    assert not serials.is_serial(text)


def test_what_people_write_is_read_as_they_meant_it() -> None:
    assert serials.as_meant(" o1l-ab cd ") == "011ABCD"


@pytest.mark.django_db
def test_a_batch_has_the_codes_it_was_ordered_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "PIECE", 5)
    told: list[int] = []
    batch = issuing.issue(ordered(12), at=AT, progress=told.append)
    codes = list(Code.objects.filter(batch_id=batch.pk).order_by("pk"))
    assert [code.pk for code in codes] == list(range(batch.first_id, batch.last_id + 1))
    assert [code.ordinal for code in codes] == list(range(12))
    assert {(code.gtin, code.state, code.region) for code in codes} == {(GTIN, Code.State.ISSUED, "")}
    assert told == [5, 5, 2]
    assert (batch.state, batch.made) == (CodeBatch.State.READY, 12)
    assert queries.find(GTIN, codes[3].serial) == codes[3]
    assert queries.find(GTIN, "0" * 16) is None
    assert queries.find_serial(codes[3].serial) == [codes[3]]
    assert [entry.kind for entry in entries(subject=f"codes/{batch.pk}")] == [
        "trace.codes_issued",
        "trace.codes_ordered",
    ]


def proven(code: Code) -> bool:
    try:
        inclusion.check(queries.proof(code), queries.public_keys())
    except inclusion.Refused:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize("algorithm", [keys.ED25519, keys.SM2])
def test_every_code_is_proven_by_the_signed_root(algorithm: str) -> None:
    batch = issued(7, algorithm=algorithm)
    for code in Code.objects.filter(batch_id=batch.pk).select_related("batch"):
        assert proven(code)
    stranger = Code(pk=batch.first_id, batch=batch, gtin=GTIN, serial=serials.random_serials(1)[0])
    assert not proven(stranger)
    code = Code.objects.select_related("batch").get(pk=batch.first_id)
    CodeKey.objects.update(until=AT)
    assert proven(code)
    CodeKey.objects.update(withdrawn_at=AT)
    assert not proven(code)


@pytest.mark.django_db
def test_issuing_goes_on_after_a_crash_and_signs_the_same_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "PIECE", 4)
    batch = ordered(10)

    def crash(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        issuing.issue(batch, at=AT, progress=crash)
    assert Code.objects.filter(batch_id=batch.pk).count() == 4
    done = issuing.issue(batch, at=AT)
    made = list(Code.objects.filter(batch_id=batch.pk).order_by("pk").values_list("serial", flat=True))
    head = issuing.head_of(done)
    assert len(set(made)) == 10
    assert bytes(done.root or b"") == merkle.root(
        merkle.leaf_hash((head + serial).encode()) for serial in made
    )
    assert issuing.issue(done, at=AT).root == done.root
    assert Code.objects.filter(batch_id=batch.pk).count() == 10


@pytest.mark.django_db
def test_a_piece_with_a_number_that_is_taken_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Code.objects.get(batch_id=issued(1).pk).serial
    fresh = serials.random_serials(3)
    pieces = iter([[fresh[0], taken, fresh[1]], [fresh[0], fresh[0], fresh[1]], fresh])
    monkeypatch.setattr(serials, "random_serials", lambda count: next(pieces))
    batch = issued(3)
    assert list(Code.objects.filter(batch_id=batch.pk).values_list("serial", flat=True)) == fresh


@pytest.mark.django_db
def test_another_process_at_the_same_order_stops() -> None:
    batch = ordered(3)
    CodeBatch.objects.filter(pk=batch.pk).update(made=1)
    stale = CodeBatch.objects.get(pk=batch.pk)
    stale.made = 0
    with pytest.raises(BadOrder):
        issuing._write(stale, 2, b"")


@pytest.mark.django_db
def test_the_same_order_again_is_the_same_batch_and_another_is_refused() -> None:
    number = uuid4()
    batch = ordered(3, request=number)
    assert ordered(3, request=number) == batch
    with pytest.raises(OrderChanged):
        ordered(4, request=number)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"gtin": "09520123456780"},
        {"gtin": "9520123456788"},
        {"count": 0},
        {"count": issuing.LARGEST + 1},
        {"kind": "paper"},
        {"lot": "批次"},
        {"lot": "L" * 21},
        {"site": "id.example.org"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(changed: dict[str, Any]) -> None:
    given: dict[str, Any] = {"gtin": GTIN, "count": 3, "kind": "link", "lot": "L1", "site": SITE} | changed
    with pytest.raises(BadOrder):
        issuing.order(given.pop("gtin"), given.pop("count"), request=uuid4(), at=AT, **given)
    assert not CodeBatch.objects.exists()


@pytest.mark.django_db
def test_a_check_stops_an_order_and_nothing_is_left_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def over_quota(batch: CodeBatch) -> None:
        raise Refusal

    monkeypatch.setattr(issuing, "checks", [over_quota])
    with pytest.raises(Refusal):
        ordered(3)
    assert not CodeBatch.objects.exists()


def printed(batch: CodeBatch, **more: Any) -> list[dict[str, str]]:
    text = b"".join(printing.as_csv(batch, at=AT, **more)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.django_db
def test_a_scratch_code_is_printed_and_only_its_hash_is_kept() -> None:
    batch = issued(4, kind="scratch")
    rows = printed(batch)
    for row in rows:
        code = queries.find(GTIN, row["serial"])
        assert code is not None
        assert len(row["scratch"]) == serials.SCRATCH
        assert bytes(code.scratch or b"") == secrets.scratch_hash(
            GTIN, row["serial"], row["scratch"], batch.key_version
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, ' ') FROM (SELECT * FROM trace_code) c")
        codes = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(c::text, ' ') FROM (SELECT * FROM trace_codebatch) c")
        kept = codes + cursor.fetchone()[0]
    assert not any(row["scratch"] in kept for row in rows)
    assert len({row["scratch"] for row in rows}) == 4
    issuing.forget_scratch(batch, at=AT)
    with pytest.raises(ScratchForgotten):
        printed(CodeBatch.objects.get(pk=batch.pk))


@pytest.mark.django_db
def test_a_signed_code_is_printed_with_a_signature_that_needs_no_network() -> None:
    batch = issued(2, kind="signed")
    for row in printed(batch):
        path, _, signature = row["link"].removeprefix(SITE).partition("?s=")
        assert claims.check_signature(signature, path, queries.public_keys()).path == path
        with pytest.raises(cose.Refused):
            claims.check_signature(signature, path + "0", queries.public_keys())


@pytest.mark.django_db
def test_a_plain_link_names_product_batch_and_serial() -> None:
    batch = issued(3, lot="A/7")
    rows = printed(batch, first=1, count=1)
    code = Code.objects.select_related("batch").get(pk=batch.first_id + 1)
    assert rows == [{"serial": code.serial, "link": f"{SITE}/01/{GTIN}/10/A%2F7/21/{code.serial}"}]
    assert queries.link(code) == rows[0]["link"]


@pytest.mark.django_db
def test_print_files_wait_for_the_whole_batch() -> None:
    batch = ordered(3)
    with pytest.raises(NotReady):
        printing.as_csv(batch, at=AT)
    code = Code(pk=batch.first_id, batch=batch, gtin=GTIN, serial="0" * 16)
    with pytest.raises(NotReady):
        queries.inclusion(code)
    with pytest.raises(NotFound):
        queries.batch(0)


@pytest.mark.django_db
def test_a_lost_secret_is_told_and_not_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    issued(1, kind="scratch")
    monkeypatch.setattr(secrets, "_folder", lambda: tmp_path / "elsewhere")
    with pytest.raises(NoSecret):
        secrets.begin()
    assert not (tmp_path / "elsewhere").exists()
