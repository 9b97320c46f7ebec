"""Chips: only messages of our own are read, each counter is fresh once, also when sixty-four ask at the same moment."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from issued_codes import AT, SITE, issued

from xilin.apps.trace.codes import chips, printing, secrets
from xilin.apps.trace.codes.errors import BadOrder, ChipTaken
from xilin.apps.trace.models.codes import Chip, Code
from xilin.apps.trace.proof import sun

UID = "04AABBCCDDEE80"


def bound(uid: str = UID, mode: str = "aes", place: int = 0) -> Chip:
    batch = issued(3, kind="chip")
    return chips.bind(uid, Code.objects.get(pk=batch.first_id + place), mode=mode, at=AT)


def tapped(chip: Chip, counter: int, plain: bytes = b"") -> tuple[str, str, str]:
    """What the chip mirrors at its `counter`-th tap."""
    keys = chips.keys_for(chip)
    picc, data, mac = sun.write(
        sun.Mode(chip.mode),
        sun.Picc(bytes.fromhex(chip.uid), counter),
        meta_key=keys["reading"],
        file_key=keys["file"],
        plain=plain,
        parameter="m",
        noise=bytes(8),
    )
    return picc.hex().upper(), mac.hex().upper(), data.hex().upper()


def accepted(chip: Chip, counter: int, session: str = "a", plain: bytes = b"", later: int = 0) -> chips.Tap:
    picc, mac, enc = tapped(chip, counter, plain)
    tap = chips.accept(chips.read(picc, mac, enc=enc), session=session, at=AT + timedelta(seconds=later))
    assert tap is not None
    return tap


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["aes", "lrp"])
def test_a_tap_is_fresh_once(mode: str) -> None:
    chip = bound(mode=mode)
    first = accepted(chip, 1)
    assert chip.code is not None
    assert first.code == chips.Bound(chip.code.pk, chip.code.gtin, chip.code.serial)
    assert (first.outcome, first.uid) == ("fresh", UID)
    assert accepted(chip, 1, "b").outcome == "replay"
    assert accepted(chip, 0, "a").outcome == "replay"
    assert accepted(chip, 2).outcome == "fresh"
    assert accepted(chip, 1, "a").outcome == "replay"
    assert Chip.objects.get(pk=UID).replays == 3


@pytest.mark.django_db
def test_the_same_session_may_repeat_within_seconds() -> None:
    chip = bound()
    assert accepted(chip, 7, "a").outcome == "fresh"
    assert accepted(chip, 7, "a", later=5).outcome == "repeat"
    assert accepted(chip, 7, "b", later=5).outcome == "replay"
    assert accepted(chip, 7, "a", later=int(chips.REPEAT.total_seconds()) + 1).outcome == "replay"


@pytest.mark.django_db
def test_a_leap_of_the_counter_is_counted() -> None:
    chip = bound()
    assert accepted(chip, 3).leaps == 0
    assert accepted(chip, 3 + chips.LEAP).leaps == 0
    assert accepted(chip, 4 + 2 * chips.LEAP).leaps == 1


@pytest.mark.django_db
def test_a_seal_that_was_opened_stays_opened() -> None:
    chip = bound()
    assert accepted(chip, 1).seal == ""
    assert accepted(chip, 2, plain=b"CC" + b"x" * 14).seal == "C"
    assert accepted(chip, 3, plain=b"OO" + b"x" * 14).seal == "O"
    assert accepted(chip, 4, plain=b"CC" + b"x" * 14, later=60).seal == "O"
    assert Chip.objects.get(pk=UID).opened_at == AT


@pytest.mark.django_db
def test_a_message_of_other_keys_or_none_at_all_is_refused() -> None:
    chip = bound()
    picc, mac, _ = tapped(chip, 1)
    for bad in ((picc, "00" * 8), (picc[:-2], mac), ("zz", mac), ("", "")):
        with pytest.raises(sun.NotGenuine):
            chips.read(*bad)
    stranger = Chip(uid="04000000000001", key_version=chip.key_version)
    assert chips.accept(chips.read(*tapped(stranger, 1)[:2]), session="a", at=AT) is None
    no_counter = sun.Reading(bytes.fromhex(UID), None, sun.Mode.AES)
    assert chips.accept(no_counter, session="a", at=AT) is None


@pytest.mark.django_db
def test_a_chip_and_a_code_are_bound_to_each_other_alone() -> None:
    chip = bound()
    assert chip.code is not None
    assert chips.bind(UID.lower(), chip.code, at=AT) == chip
    other = Code.objects.get(pk=chip.code.pk + 1)
    with pytest.raises(ChipTaken):
        chips.bind(UID, other, at=AT)
    with pytest.raises(ChipTaken):
        chips.bind("04000000000002", chip.code, at=AT)
    for uid, mode in (("04", "aes"), ("0G000000000002", "aes"), ("04000000000002", "des")):
        with pytest.raises(BadOrder):
            chips.bind(uid, other, mode=mode, at=AT)


@pytest.mark.django_db
def test_keys_of_chips_differ_and_are_kept_nowhere() -> None:
    chip = bound()
    mine = chips.keys_for(chip)
    others = chips.keys_for(Chip(uid="04000000000003", key_version=chip.key_version))
    assert mine["file"] != others["file"]
    assert mine["master"] not in (mine["file"], others["master"])
    assert mine["reading"] == others["reading"] == secrets.reading_key(chip.key_version)


@pytest.mark.django_db
@pytest.mark.parametrize("lrp", [False, True])
@pytest.mark.parametrize("sealed", [False, True])
def test_the_link_of_a_chip_says_where_its_mirrors_begin(lrp: bool, sealed: bool) -> None:
    chip = bound(mode="lrp" if lrp else "aes")
    assert chip.code is not None
    told = printing.chip_link(chip.code.batch, chip.code.serial, lrp=lrp, sealed=sealed)
    picc, mac, enc = tapped(chip, 9, b"CO" + b"0" * 14 if sealed else b"")
    whole = told.url
    for place, mirrored in ((told.picc, picc), (told.file, enc), (told.mac, mac)):
        if place is not None:
            assert set(whole[place : place + len(mirrored)]) == {"0"}
            whole = whole[:place] + mirrored + whole[place + len(mirrored) :]
    assert len(whole) == len(told.url)
    # What the chip MACs is what stands in the link from the offset it was given.
    assert whole[told.mac_input : told.mac] == (f"{enc}&m=" if sealed else "")
    query = dict(part.split("=") for part in whole.removeprefix(SITE).partition("?")[2].split("&"))
    reading = chips.read(query["p"], query["m"], enc=query.get("e", ""))
    assert reading.counter == 9
    tap = chips.accept(reading, session="a", at=AT)
    assert tap is not None
    assert tap.seal == ("O" if sealed else "")


@pytest.fixture
def chip_for_all(transactional_db: None) -> Chip:
    return bound()


def test_of_sixty_four_who_bring_one_message_exactly_one_is_first(chip_for_all: Chip) -> None:
    picc, mac, _ = tapped(chip_for_all, 5)
    outcomes: Counter[str] = Counter()
    together, lock = threading.Barrier(64), threading.Lock()

    def client(number: int) -> None:
        try:
            reading = chips.read(picc, mac)
            together.wait(timeout=30)
            tap = chips.accept(reading, session=f"client {number}", at=AT)
            with lock:
                outcomes[tap.outcome if tap else "none"] += 1
        finally:
            connections.close_all()

    clients = [threading.Thread(target=client, args=(number,)) for number in range(64)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    assert outcomes == {"fresh": 1, "replay": 63}
    chip = Chip.objects.get(pk=UID)
    assert (chip.counter, chip.replays) == (5, 63)
