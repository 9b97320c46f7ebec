"""Messages of NFC chips: every published vector, both modes, and what forgers try."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xilin.apps.trace.proof import blocks, diversify, lrp, sun
from xilin.apps.trace.proof.cmac import cipher, cmac

Vector = dict[str, Any]


def vectors(testdata: Path, name: str) -> list[Vector]:
    found = [
        json.loads(line) for line in (testdata / "ntag424" / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    assert found
    return found


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def test_aes_cmac_equals_every_vector_and_refuses_every_wrong_tag(testdata: Path) -> None:
    for vector in vectors(testdata, "aes-cmac"):
        tag = raw(vector["tag"])
        try:
            right = cmac(raw(vector["key"]), raw(vector["msg"]))[: len(tag)] == tag
        except ValueError:  # a key of no length AES has
            right = False
        assert right == (vector["result"] == "valid"), vector


def test_lrp_evaluates_every_vector(testdata: Path) -> None:
    for vector in vectors(testdata, "lrp-eval"):
        engine = lrp.Lrp(raw(vector["key"]))
        digits = bytes(int(digit, 16) for digit in vector["iv_nibbles"])
        found = engine.evaluate(engine.updated_key(vector["updated_key"]), digits, final=vector["finalize"])
        assert found == raw(vector["res"]), vector


def test_lrp_cmac_equals_every_vector(testdata: Path) -> None:
    for vector in vectors(testdata, "lrp-cmac"):
        assert lrp.Lrp(raw(vector["key"])).cmac(raw(vector["msg"])) == raw(vector["mac"]), vector


def test_lrp_encrypts_and_decrypts_every_vector(testdata: Path) -> None:
    for vector in vectors(testdata, "lrp-lricb"):
        engine, counter, plain = lrp.Lrp(raw(vector["key"])), raw(vector["counter"]), raw(vector["pt"])
        whole = lrp.padded_whole(plain) if vector["pad"] else plain
        assert engine.encrypt(counter, whole) == raw(vector["ct"])
        assert engine.decrypt(counter, raw(vector["ct"])) == whole


def plain_lrp_cmac(key: bytes, message: bytes) -> bytes:
    """AN12304 word by word, one block after another, nothing kept."""

    def encrypted(under: bytes, block: bytes) -> bytes:
        return cipher(under).update(block)

    def halves(block: bytes) -> list[int]:
        return [half for byte in block for half in (byte >> 4, byte & 15)]

    def evaluated(block: bytes) -> bytes:
        y = updated
        for half in halves(block):
            y = encrypted(y, plaintexts[half])
        return encrypted(y, bytes(16))

    def doubled(block: bytes) -> bytes:
        number = int.from_bytes(block, "big") << 1
        return ((number & (1 << 128) - 1) ^ (0x87 if number >> 128 else 0)).to_bytes(16, "big")

    def mixed(left: bytes, right: bytes) -> bytes:
        return bytes(a ^ b for a, b in zip(left, right, strict=True))

    rung, plaintexts = encrypted(key, b"\x55" * 16), []
    for _ in range(16):
        plaintexts.append(encrypted(rung, b"\xaa" * 16))
        rung = encrypted(rung, b"\x55" * 16)
    updated = encrypted(encrypted(key, b"\xaa" * 16), b"\xaa" * 16)
    k1 = doubled(evaluated(bytes(16)))
    parts = [message[start : start + 16] for start in range(0, len(message), 16)] or [b""]
    chain = bytes(16)
    for part in parts[:-1]:
        chain = evaluated(mixed(chain, part))
    last = parts[-1]
    filled = last if len(last) == 16 else (last + b"\x80").ljust(16, b"\0")
    return evaluated(mixed(mixed(chain, filled), k1 if len(last) == 16 else doubled(k1)))


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=50))
def test_lrp_cmac_equals_its_slow_twin(key: bytes, message: bytes) -> None:
    assert lrp.Lrp(key).cmac(message) == plain_lrp_cmac(key, message)
    begun = lrp.Lrp(key)
    for constant in (0, 7, 7, min(16, len(message))):
        assert begun.cmac(message, constant=constant if len(message) <= 16 else 0) == lrp.Lrp(key).cmac(
            message
        )


@given(
    st.binary(min_size=16, max_size=16),
    st.lists(st.binary(min_size=16, max_size=16), max_size=5),
    st.integers(0, 17),
)
def test_blocks_of_the_library_equal_those_of_the_package(
    key: bytes, given_: list[bytes], rungs: int
) -> None:
    native, plain = blocks.Native(), blocks.Plain()
    assert native.chain(key, given_) == plain.chain(key, given_)
    assert native.ladder(key, b"\x55" * 16, rungs, b"\xaa" * 16) == plain.ladder(
        key, b"\x55" * 16, rungs, b"\xaa" * 16
    )


def test_threads_do_not_share_a_context() -> None:
    message, key = bytes(range(40)), bytes(range(16))
    wanted = plain_lrp_cmac(key, message)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: lrp.Lrp(key).cmac(message), range(400))) == {wanted}


def test_without_the_library_the_package_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import _ssl

    monkeypatch.delattr(_ssl, "__file__")
    assert isinstance(blocks.best(), blocks.Plain)
    for one in (blocks.Plain(), blocks.best()):
        assert one.chain(bytes(16), []) == bytes(16)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        lrp.Lrp(bytes(24))


def test_session_keys_equal_the_application_note(testdata: Path) -> None:
    for vector in vectors(testdata, "session-key"):
        picc = sun.Picc(raw(vector["uid"]), vector["ctr"])
        assert sun.session_keys(raw(vector["key"]), picc) == (raw(vector["enc_key"]), raw(vector["mac_key"]))


def test_keys_of_single_chips_equal_every_vector(testdata: Path) -> None:
    for vector in vectors(testdata, "kdf"):
        master = raw(vector["master_key"])
        if vector["op"] == "tag":
            found = diversify.tag_key(master, raw(vector["uid"]), vector["key_no"])
        else:
            found = diversify.shared_key(master, vector["key_no"])
        assert found == raw(vector["expect"]), vector


def keys_of(vector: Vector) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The reading key and the way to a chip's own key, as a vector gives them."""
    if "master_key" in vector:
        master = raw(vector["master_key"])
        return diversify.shared_key(master), lambda uid: diversify.tag_key(master, uid, 2)
    return raw(vector.get("meta_key") or ""), lambda _uid: raw(vector["file_key"])


def message_of(vector: Vector) -> bytes:
    if vector.get("mac_input_ascii"):
        return str(vector["mac_input_ascii"]).encode()
    return sun.mac_input(raw(vector.get("enc") or ""), vector.get("mac_param") or "")


def read(vector: Vector) -> sun.Reading:
    meta_key, file_key = keys_of(vector)
    data = raw(vector["enc"]) if vector.get("enc") else None
    mode = sun.Mode.LRP if vector["mode"].startswith("LRP") else sun.Mode.AES
    if not vector.get("picc_enc"):
        uid = raw(vector["uid"])
        return sun.read_plain(
            uid,
            vector["ctr"],
            raw(vector["sdmmac"]),
            file_key=file_key(uid),
            mode=mode,
            file_data=data,
            message=message_of(vector),
        )
    if (
        vector["sdmmac"] is None
    ):  # the vector tells what the data decrypt to and no MAC: there is nothing to check
        picc, mode = sun.open_picc(meta_key, raw(vector["picc_enc"]))
        plain = sun.open_file(mode, file_key(picc.uid), picc, data or b"")
        return sun.Reading(picc.uid, picc.counter, mode, plain)
    return sun.read(
        raw(vector["picc_enc"]),
        raw(vector["sdmmac"]),
        meta_key=meta_key,
        file_key=file_key,
        file_data=data,
        message=message_of(vector),
    )


def test_every_message_is_read_as_told_or_refused(testdata: Path) -> None:
    for vector in vectors(testdata, "sun"):
        if not vector["valid"]:
            with pytest.raises(sun.NotGenuine):
                read(vector)
            continue
        found = read(vector)
        assert found.uid == raw(vector["uid"]), vector["id"]
        assert found.counter == vector["ctr"], vector["id"]
        if vector.get("file_data"):
            assert found.file_data == raw(vector["file_data"]), vector["id"]


def test_a_diversified_key_equals_the_application_note_of_nxp() -> None:
    master, diversifier = raw("00112233445566778899AABBCCDDEEFF"), raw("04782E21801D803042F54E585020416275")
    assert diversify.nxp_key(master, diversifier) == raw("A8DD63A3B89D54B37CA802473FDA9175")


@pytest.mark.parametrize("size", [0, 32])
def test_a_diversifier_of_no_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        diversify.nxp_key(bytes(16), bytes(size))


MASTER = raw("000102030405060708090A0B0C0D0E0F")


def taps(mode: sun.Mode, counter: int, plain: bytes) -> tuple[bytes, bytes, bytes]:
    uid = raw("04958CAA5C5E80")
    return sun.write(
        mode,
        sun.Picc(uid, counter),
        meta_key=diversify.shared_key(MASTER),
        file_key=diversify.tag_key(MASTER, uid, 2),
        plain=plain,
        noise=b"\x11\x22\x33\x44\x55\x66\x77\x88",
    )


def checked(picc: bytes, data: bytes, mac: bytes) -> sun.Reading:
    return sun.read(
        picc,
        mac,
        meta_key=diversify.shared_key(MASTER),
        file_key=lambda uid: diversify.tag_key(MASTER, uid, 2),
        file_data=data or None,
    )


@given(
    st.sampled_from(sun.Mode),
    st.integers(0, 2**24 - 1),
    st.sampled_from([b"", b"CC" + b"x" * 14, b"CO" * 16]),
)
def test_what_a_chip_writes_is_read_back(mode: sun.Mode, counter: int, plain: bytes) -> None:
    picc, data, mac = taps(mode, counter, plain)
    found = checked(picc, data, mac)
    assert (found.counter, found.mode, found.file_data or b"") == (counter, mode, plain)


@given(st.sampled_from(sun.Mode), st.integers(0, 2), st.integers(0), st.integers(1, 255))
def test_a_message_with_any_byte_changed_is_refused(mode: sun.Mode, part: int, place: int, by: int) -> None:
    whole = [bytearray(piece) for piece in taps(mode, 77, b"CC" + b"x" * 14)]
    whole[part][place % len(whole[part])] ^= by
    with pytest.raises(sun.NotGenuine):
        checked(bytes(whole[0]), bytes(whole[1]), bytes(whole[2]))


def test_a_message_of_another_length_is_refused() -> None:
    with pytest.raises(sun.NotGenuine):
        checked(bytes(15), b"", bytes(8))


def test_the_seal_says_whether_it_was_ever_opened() -> None:
    assert sun.seal(b"CCabc") == sun.Seal("C", "C")
    assert sun.seal(b"xxOC", 2) == sun.Seal("O", "C")
    assert sun.Seal("O", "C").opened
    assert not sun.Seal("C", "C").opened
    assert sun.seal(b"**") is None
    assert sun.seal(b"C") is None
