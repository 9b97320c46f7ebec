"""Signatures and seals: published vectors of COSE, CWT, Ed25519 and the Chinese algorithms; signed codes; trees."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import cbor2
import cwt
import gmssl_pyx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xilin.apps.trace.proof import base45, claims, cose, keys, merkle, openssl, sm
from xilin.apps.trace.proof.cmac import cmac

Vector = dict[str, Any]


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def part(key: Vector, name: str) -> bytes:
    """A coordinate of a key, written as hexadecimal or as base64url."""
    if f"{name}_hex" in key:
        return raw(key[f"{name}_hex"])
    return urlsafe_b64decode(key[name] + "==") if name in key else b""


def signer_key(signer: Vector) -> cose.Key:
    key = signer["key"]
    kid = key["kid"].encode() if "kid" in key else None
    return cose.Key(key["crv"], part(key, "x"), part(key, "y"), kid)


def plain(vector: Vector) -> bytes:
    given = vector["input"]
    return raw(given["plaintext_hex"]) if "plaintext_hex" in given else str(given["plaintext"]).encode()


def test_every_cose_example_is_accepted_or_refused_as_told(testdata: Path) -> None:
    seen = 0
    for path in sorted((testdata / "cose").glob("*.json")):
        vector = json.loads(path.read_text("utf-8"))
        data = raw(vector["output"]["cbor"])
        given = vector["input"]
        if "sign0" in given or "sign" in given:
            signers = [given["sign0"]] if "sign0" in given else given["sign"]["signers"]
            external = raw((given.get("sign0") or signers[0]).get("external", ""))
            known = [signer_key(signer) for signer in signers]
            if vector.get("fail"):
                with pytest.raises(cose.Refused):
                    cose.verify(data, known, external=external)
            else:
                assert cose.verify(data, known, external=external).payload == plain(vector), path.name
        else:
            secret = part((given.get("mac0") or given["encrypted"])["recipients"][0]["key"], "k")
            if vector.get("fail"):
                with pytest.raises(cose.Refused):
                    cose.unseal(data, secret)
            else:
                assert cose.unseal(data, secret) == plain(vector), path.name
        seen += 1
    assert seen


def wycheproof(testdata: Path, name: str) -> list[tuple[Vector, Vector]]:
    groups = json.loads((testdata / "sm" / f"{name}.json").read_text("utf-8"))["testGroups"]
    found = [(group, test) for group in groups for test in group["tests"]]
    assert found
    return found


def test_ed25519_equals_every_vector(testdata: Path) -> None:
    for group, test in wycheproof(testdata, "ed25519_test"):
        key = keys.PublicKey(keys.ED25519, raw(group["publicKey"]["pk"]))
        assert key.holds(raw(test["msg"]), raw(test["sig"])) == (test["result"] == "valid"), test


def test_hmac_with_sm3_equals_every_vector(testdata: Path) -> None:
    for group, test in wycheproof(testdata, "hmac_sm3_test"):
        found = sm.hmac_sm3(raw(test["key"]), raw(test["msg"]))[: group["tagSize"] // 8]
        assert (found == raw(test["tag"])) == (test["result"] == "valid"), test


def test_aes_cmac_equals_every_vector_of_the_larger_set(testdata: Path) -> None:
    for group, test in wycheproof(testdata, "aes_cmac_test"):
        try:
            found: bytes | None = cmac(raw(test["key"]), raw(test["msg"]))[: group["tagSize"] // 8]
        except ValueError:
            found = None
        assert (found == raw(test["tag"])) == (test["result"] == "valid"), test


@pytest.mark.parametrize("mode", ["gcm", "ccm"])
def test_sm4_seals_and_opens_as_every_vector_tells(testdata: Path, mode: str) -> None:
    opens = sm.gcm_open if mode == "gcm" else sm.ccm_open
    for _, test in wycheproof(testdata, f"sm4_{mode}_test"):
        key, nonce, associated = raw(test["key"]), raw(test["iv"]), raw(test["aad"])
        sealed, tag, message = raw(test["ct"]), raw(test["tag"]), raw(test["msg"])
        if test["result"] == "invalid":
            with pytest.raises((sm.Unauthentic, ValueError)):
                opens(key, nonce, sealed, tag, associated)
            continue
        assert opens(key, nonce, sealed, tag, associated) == message, test
        if mode == "gcm":
            assert sm.gcm_seal(key, nonce, message, associated) == (sealed, tag)
        else:
            assert sm.ccm_seal(key, nonce, message, associated, tag_length=len(tag)) == (sealed, tag)


def test_the_examples_of_the_chinese_standards_hold(testdata: Path) -> None:
    vectors = json.loads((testdata / "sm" / "vectors.json").read_text("utf-8"))
    example = vectors["sm2_sign"]
    key = keys.PublicKey(keys.SM2, raw(example["px"] + example["py"]))
    message, signature = raw(example["m"]), raw(example["r"] + example["s"])
    assert key.holds(message, signature)
    assert not key.holds(message + b".", signature)
    mine = keys.SigningKey(raw(example["d"]), key)
    assert key.holds(b"lamb", mine.sign(b"lamb"))
    for digest in vectors["sm3"]:
        assert sm.sm3(raw(digest["m"])).hex() == digest["h"]
    for block in vectors["sm4"]:
        if block.get("rounds", 1) == 1:  # a million rounds take a minute and prove nothing more
            assert sm.sm4_block(raw(block["k"]), raw(block["p"])) == raw(block["c"])


@pytest.mark.parametrize("algorithm", [keys.ED25519, keys.SM2])
def test_keys_survive_their_file_and_sign(algorithm: str) -> None:
    key = keys.from_text(keys.generate(algorithm).as_text())
    signature = key.sign(b"root")
    assert key.public.holds(b"root", signature)
    assert not key.public.holds(b"toor", signature)
    assert not key.public.holds(b"root", signature[:-1])
    assert not key.public.holds(b"root", bytes(64))
    assert len(key.key_id) == 16


def test_an_unknown_algorithm_signs_nothing() -> None:
    with pytest.raises(ValueError, match="rsa"):
        keys.generate("rsa")
    with pytest.raises(ValueError, match="rsa"):
        keys.from_text("rsa:00:00")


PATH = "/01/09520123456788/10/L1/21/7K3QX9"


@pytest.mark.parametrize("algorithm", [keys.ED25519, keys.SM2])
def test_a_signed_code_is_proven_without_asking_anybody(algorithm: str) -> None:
    key, other = keys.generate(algorithm), keys.generate(algorithm)
    in_link, alone = claims.signature(key, PATH), claims.text(key, PATH)
    known = [other.public, key.public]
    assert claims.check_signature(in_link, PATH, known) == claims.Proven(PATH, key.key_id)
    assert claims.check_text(alone, known) == claims.Proven(PATH, key.key_id)
    for unknown in ([other.public], []):
        with pytest.raises(cose.Refused):
            claims.check_text(alone, unknown)
    with pytest.raises(cose.Refused):
        claims.check_signature(in_link, PATH.replace("L1", "L2"), known)


def test_a_signed_code_with_any_character_changed_is_refused() -> None:
    key = keys.generate(keys.ED25519)
    text = claims.text(key, PATH)
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(cose.Refused):
            claims.check_text(changed, [key.public])


def test_another_library_reads_a_signed_code() -> None:
    key = keys.generate(keys.ED25519)
    data = base45.decode(claims.text(key, PATH).removeprefix(claims.PREFIX))
    public = cwt.COSEKey.new({1: 1, 2: bytes.fromhex(key.key_id), 3: -8, -1: 6, -2: key.public.raw})
    payload = cwt.COSE.new().decode(cbor2.dumps(cbor2.loads(data).value), public)
    assert cbor2.loads(payload) == {claims.SUBJECT: PATH}


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\xd2", b"\xd2\x84", cbor2.dumps([b"", {}, b"x", b"y", 1]), cbor2.dumps([1, 2, 3, 4])],
)
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    with pytest.raises(cose.Refused):
        cose.verify(data, [])


def test_a_header_that_must_be_understood_and_is_not_is_refused() -> None:
    key = keys.generate(keys.ED25519)
    protected = cbor2.dumps({1: -8, 2: [99], 99: 1})
    signature = key.sign(cbor2.dumps(["Signature1", protected, b"", b"x"]))
    with pytest.raises(cose.Refused):
        cose.verify(cbor2.dumps([protected, {}, b"x", signature]), [cose.Key.of(key.public)])


@given(st.binary(max_size=60))
def test_base45_comes_back(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize("text", ["A", "AAAA", "a00", ":::", "::"])
def test_text_that_is_no_base45_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Base45"):
        base45.decode(text)


@given(st.integers(1, 40))
def test_every_leaf_leads_to_the_root_and_nowhere_else(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    root = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        nodes = merkle.path(leaves, index)
        assert merkle.root_from_path(leaf, index, size, nodes) == root
        assert merkle.root_from_path(leaf, index, size, [*nodes, leaf]) is None
        assert merkle.root_from_path(leaf, index + size, size, nodes) is None
        if nodes:
            assert merkle.root_from_path(leaf, index, size, nodes[:-1]) is None
            assert merkle.root_from_path(merkle.leaf_hash(b"x"), index, size, nodes) != root


def test_a_tree_built_in_pieces_is_the_tree_built_at_once() -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(23)]
    tree = merkle.Growing()
    assert tree.root() == merkle.EMPTY
    tree.add(leaves[:7])
    tree.add(leaves[7:])
    assert (tree.size, tree.root()) == (23, merkle.root(leaves))
    with pytest.raises(IndexError):
        merkle.path(leaves, 23)


def test_ascii_numbers_of_another_shape_are_no_signature() -> None:
    for der in (b"", b"\x30\x01\x02", b"\x30\x03\x02\x05\x01", b"\x30\x07\x02\x01\x01\x02\x01\x01\x00"):
        with pytest.raises(ValueError, match="two numbers"):
            keys.from_der(der)
    assert keys.from_der(keys.to_der(bytes(range(64)))) == bytes(range(64))


@given(st.binary(max_size=200))
def test_sm2_of_the_library_and_of_the_package_understand_each_other(message: bytes) -> None:
    assert openssl.usable()
    key = keys.generate(keys.SM2)
    secret, public = key.secret, key.public.raw
    by_library = openssl.sm2_sign(secret, public, message)
    assert gmssl_pyx.sm2_verify(public, message, by_library)
    by_package = bytes(gmssl_pyx.sm2_sign(secret, public, message))
    assert openssl.sm2_verify(public, message, by_package)
    assert not openssl.sm2_verify(public, message + b"x", by_package)
    assert len(keys.from_der(by_library)) == 64


def test_what_is_no_key_or_signature_of_sm2_is_refused() -> None:
    key = keys.generate(keys.SM2)
    with pytest.raises(ValueError, match="no key"):
        openssl.sm2_verify(bytes(64), b"x", b"")
    with pytest.raises(ValueError, match="no key"):
        openssl.sm2_sign(b"", b"", b"x")
    assert not openssl.sm2_verify(key.public.raw, b"x", b"\x30\x00")
    assert not keys.PublicKey(keys.SM2, bytes(64)).holds(b"x", b"\x01" * 64)


def test_without_the_library_the_package_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    import _ssl

    monkeypatch.delattr(_ssl, "__file__")
    for kept in (openssl._library, openssl._private, openssl._public, openssl.usable):
        kept.cache_clear()
    try:
        assert not openssl.usable()
        key = keys.generate(keys.SM2)
        assert key.public.holds(b"x", key.sign(b"x"))
    finally:
        for kept in (openssl._library, openssl._private, openssl._public, openssl.usable):
            kept.cache_clear()
