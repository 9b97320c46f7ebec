"""The store of looks on PostgreSQL: as the rules' own memory keeps them, each exactly once, one of them first."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import close_old_connections, connection
from msgspec.structs import replace

import trace_league
from declared_book import BEGIN, declared_book
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes.actions import act, activate, allot, end_notice, notice
from xilin.apps.trace.models import Alert, Code, Look, Notice, Tally
from xilin.apps.trace.verdicts.actions import check, check_many, sweep
from xilin.apps.trace.verdicts.facts import Scan
from xilin.apps.trace.verdicts.queries import book
from xilin.demo.chain import trial
from xilin.demo.chain.looks import Issuer, play
from xilin.demo.chain.scans import Step, generate

MEAT = "09520001000010"
NOON = BEGIN + timedelta(days=40)


@pytest.fixture
def league(tmp_path, transactional_db):
    trace_league.apply(tmp_path)


def issued(count=3, *, gtin=MEAT, lot="L1", active=True, region=""):
    batch = issuing.order(
        gtin, count, request=uuid4(), kind="link", site="https://id.example.org", at=BEGIN, lot=lot
    )
    issuing.issue(batch, at=BEGIN)
    if active:
        activate(batch, at=BEGIN, by="test")
    if region:
        allot([(batch.first_id, batch.last_id)], gtin=gtin, lot=lot, region=region, at=BEGIN, by="test")
    return batch, list(Code.objects.filter(batch=batch).order_by("pk"))


def look(code, *, at=NOON, client=1, place="11", **more):
    return Scan(
        gtin=code.gtin,
        serial=code.serial,
        at=at,
        client=client,
        network=client,
        place=place,
        precise=True,
        **more,
    )


def test_the_declarations_of_the_league_are_what_verdicts_are_made_by(league):
    assert set(book(NOON).rules) == set(declared_book().rules)
    assert book(NOON).weighing == declared_book().weighing


def test_the_store_says_what_the_memory_says(league):
    declared = declared_book()
    issuer = Issuer(declared, BEGIN, 9)
    world = generate(9, declared, items=1, frauds=1, begin=BEGIN, serials=issuer, sizes=(14, 20))
    expected = trial.run(world, declared).judged

    said = play(world, issuer)

    assert len(said) == len(expected) == len(world.scans)
    for (scan, judgement), (other, verdict) in zip(expected, said, strict=True):
        assert scan == other
        if not verdict.blocked:
            assert judgement.level == verdict.level, scan
            assert [one.rule for one in judgement.findings] == [one.rule for one in verdict.reasons], scan
            assert judgement.bits == pytest.approx(verdict.bits or judgement.bits)
    assert Look.objects.count() == len(world.scans)
    assert any(isinstance(one, Step) for one in world.stream())


def test_a_consignment_that_surfaces_elsewhere_is_found_by_the_sweep(league):
    _, codes = issued(20, region="capital")
    _, others = issued(20, lot="L2", region="capital")
    for n, (code, other) in enumerate(zip(codes, others, strict=True), 1):
        check_many([look(code, client=n, place="44" if n > 9 else "11"), look(other, client=n)], at=NOON)

    assert sweep(at=NOON + timedelta(days=1)) == 1
    (alert,) = Alert.objects.filter(rule="diversion")
    assert (alert.kind, alert.place) == ("consignment", "44")
    assert "11 appeared in Guangdong" in alert.told["en"]


def test_of_64_who_look_at_once_exactly_one_is_first(league):
    _, (code, *_) = issued()
    start, said = threading.Barrier(64), []

    def ask(client):
        start.wait()
        try:
            said.append(check(look(code, client=client), at=NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(1, 65)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()

    assert len(said) == 64
    assert sum(one.is_first for one in said) == 1
    assert sorted(one.count for one in said) == list(range(1, 65))
    assert Tally.objects.get(code=code.pk).count == 64
    assert Look.objects.count() == 64
    assert len({(one.first.at, one.first.place) for one in said}) == 1


def test_looks_checked_together_are_counted_one_after_the_other(league):
    _, (code, other, _) = issued()

    said = check_many([look(code), look(other), look(code, client=2), look(code, client=3)], at=NOON)

    assert [one.count for one in said] == [1, 1, 2, 3]
    assert [one.is_first for one in said] == [True, True, False, False]


def test_only_the_newest_looks_are_held_and_all_are_counted(league):
    _, (code, *_) = issued()
    check_many([look(code, at=NOON + timedelta(minutes=n), client=1) for n in range(50)], at=NOON)

    tally = Tally.objects.get(code=code.pk)

    assert tally.count == 50
    assert len(tally.ats) == len(tally.clients) == 33
    assert tally.ats[-1] == NOON + timedelta(minutes=49)


def test_a_code_before_its_goods_leave_is_warned_of_and_an_unknown_one_is_fake(league):
    _, (code, *_) = issued(active=False)

    assert check(look(code), at=NOON).level == "caution"
    nobody = check(replace(look(code), serial="NOTHING1"), at=NOON)
    assert (nobody.level, nobody.code, nobody.first) == ("fake", None, None)


def test_who_asks_for_many_unknown_numbers_is_told_nothing_more(league):
    _, (code, *_) = issued()
    for n in range(8):
        said = check(replace(look(code), serial=f"GUESS{n * 7}"), at=NOON + timedelta(minutes=n))

    assert said.blocked
    known = check(look(code, at=NOON + timedelta(minutes=9)), at=NOON)
    assert (known.blocked, known.level, known.code, known.lot) == (True, "unknown", None, "")
    assert not check(look(code, at=NOON + timedelta(minutes=9), client=5), at=NOON).blocked
    assert not check(look(code, at=NOON + timedelta(days=2)), at=NOON).blocked


def test_a_network_with_many_people_may_ask_more(league):
    for n in range(30):
        said = check(Scan(gtin=MEAT, serial=f"TYPO{n * 3}", at=NOON, client=100 + n, network=7), at=NOON)
    assert not said.blocked
    for n in range(60):
        said = check(Scan(gtin=MEAT, serial=f"TYPO{n * 5}", at=NOON, client=500 + n, network=7), at=NOON)
    assert said.blocked


def test_a_notice_holds_for_its_batch_until_it_is_taken_back(league):
    _, (code, *_) = issued()
    _, (other, *_) = issued(lot="L2")
    given = notice("stolen", gtin=MEAT, lot="L1", since=BEGIN, by="test", number="P-7")

    stolen = check(look(code), at=NOON)
    assert stolen.level == "fake"
    assert "P-7" in stolen.reasons[0].told.en
    assert check(look(other), at=NOON).level == "genuine"
    end_notice(given, at=NOON, by="test")
    assert check(look(code), at=NOON).level == "genuine"
    assert Notice.objects.get().until == NOON


def test_opening_is_kept_and_a_second_one_far_away_is_told(league):
    _, (code, *_) = issued()
    first = check(look(code, act="open"), at=NOON)
    code.refresh_from_db()

    assert first.level == "genuine"
    assert code.state == Code.State.OPENED
    again = check(look(code, at=NOON + timedelta(days=20), client=2, place="44", act="open"), at=NOON)
    assert again.level == "caution"
    assert "second_open" in {one.rule for one in again.reasons}


def test_one_alert_is_open_for_each_subject_and_counts(league):
    _, (code, *_) = issued()
    act([code.pk], "void", at=BEGIN, by="test")
    for n in range(3):
        check(look(code, at=NOON + timedelta(hours=n)), at=NOON)

    (alert,) = Alert.objects.all()

    assert (alert.rule, alert.kind, alert.count, alert.hard) == ("void", "item", 3, True)
    assert alert.subject == f"{MEAT}/{code.serial}"
    assert alert.producer == declared_book().products[MEAT].producer
    assert alert.last_at == NOON + timedelta(hours=2)


def test_looks_of_another_month_go_to_a_partition_of_their_own(league):
    _, (code, *_) = issued()
    check(look(code), at=NOON)
    check(look(code, at=NOON + timedelta(days=250)), at=NOON)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'trace_look'::regclass ORDER BY 1"
        )
        parts = [name for (name,) in cursor.fetchall()]

    assert {"trace_look_2026_04", "trace_look_2026_12"} <= set(parts)


def test_codes_of_part_of_a_region_are_allotted_anew_without_overlap(league):
    batch, codes = issued(10, region="capital")
    first = batch.first_id
    moved = allot([(first + 3, first + 5)], gtin=MEAT, region="south", at=NOON, by="test")

    assert moved.count == 3
    said = check_many([look(code, client=n + 1) for n, code in enumerate(codes)], at=NOON)
    assert [one.region for one in said] == ["capital"] * 3 + ["south"] * 3 + ["capital"] * 4
    assert "region" in {one.rule for one in said[4].reasons}
    assert "region" not in {one.rule for one in said[0].reasons}


def test_looks_never_hold_an_address_or_a_token(league):
    from xilin.apps.trace.verdicts.privacy import client_of, network_of

    token, address = "9f3c2b7d", "192.0.2.55"
    assert network_of(address, NOON) == network_of("192.0.2.99", NOON) != network_of("192.0.3.55", NOON)
    assert network_of(address, NOON) != network_of(address, NOON + timedelta(days=40))
    assert client_of(token) != client_of("other")
    assert client_of("") == network_of("not an address", NOON) == 0
    assert 0 < client_of(token) < 2**62
