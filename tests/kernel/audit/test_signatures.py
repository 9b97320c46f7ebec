"""Signatures, keys and checkpoints: the verifier's own Ed25519 against a library and published vectors."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from xilin.kernel.audit import keys, replay
from xilin.kernel.audit.verifier import (
    Invalid,
    ed25519_holds,
    key_of,
    read_checkpoint,
    verify_checkpoint,
)
from xilin.lib.environment import BadSetting

ROOT = bytes(range(32))


@pytest.mark.parametrize("holds", [ed25519_holds, replay.holds], ids=["ours", "library"])
def test_wycheproof_vectors_are_judged_as_published(testdata, holds):
    groups = json.loads((testdata / "sm/ed25519_test.json").read_text())["testGroups"]
    judged = {"valid": 0, "invalid": 0}
    for group in groups:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            found = holds(public, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
            assert found == (test["result"] == "valid"), test
            judged[test["result"]] += 1

    assert min(judged.values()) > 40


@examples(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_what_the_library_signs_holds_and_one_bit_more_does_not(seed, message, bit):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    bent = bytearray(signature)
    bent[bit // 8] ^= 1 << bit % 8

    assert ed25519_holds(public, message, signature)
    assert not ed25519_holds(public, message, bytes(bent))
    assert not ed25519_holds(public, message + b"\0", signature)


def test_a_note_is_signed_as_c2sp_writes_it():
    signer = keys.read_key(keys.new_key("example.org/log"))
    note = signer.note(7, ROOT)

    assert note.startswith(f"example.org/log\n7\n{base64.b64encode(ROOT).decode()}\n\n— example.org/log ")
    assert note.endswith("\n")
    found = verify_checkpoint(note, signer.verifier_key)
    assert (found.origin, found.size, found.root) == ("example.org/log", 7, ROOT)


def test_signatures_of_witnesses_beside_ours_do_no_harm():
    ours, witness = (keys.read_key(keys.new_key(name)) for name in ("example.org/log", "example.org/witness"))
    note = ours.note(7, ROOT)
    body = note.split("\n\n")[0] + "\n"
    line = f"— example.org/witness {base64.b64encode(b'abcd' + witness.key.sign(body.encode())).decode()}\n"
    before = note.replace("\n\n", f"\n\n{line}")

    assert verify_checkpoint(before, ours.verifier_key).size == 7


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n7\n", "\n8\n"),
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n7\n", "\n-7\n"),
        lambda note: note.replace("\n7\n", "\nseven\n"),
        lambda note: note.replace("example.org/log\n7", "example.org/other\n7"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.split("\n\n")[0] + "\n\n",
        lambda note: note.replace("— ", "- "),
        lambda note: note.replace("\n\n", "\nextension\n\n"),
        lambda note: note[:-6] + "\n",
        lambda note: "\ud800" + note,
        lambda note: "",
    ],
)
def test_a_spoilt_note_is_refused(spoil):
    signer = keys.read_key(keys.new_key("example.org/log"))

    with pytest.raises(Invalid):
        verify_checkpoint(spoil(signer.note(7, ROOT)), signer.verifier_key)


def test_another_key_of_the_same_name_does_not_hold():
    note = keys.read_key(keys.new_key("example.org/log")).note(7, ROOT)

    with pytest.raises(Invalid):
        verify_checkpoint(note, keys.read_key(keys.new_key("example.org/log")).verifier_key)
    assert read_checkpoint(note).size == 7


@pytest.mark.parametrize(
    "text", ["", "a+b", "log+00000000+AQ==", "log+zz+" + "A" * 44, "log+00000000+" + "A" * 44]
)
def test_a_verifier_key_that_is_none_is_refused(text):
    with pytest.raises(Invalid):
        key_of(text)


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+00000000+AQ==", "PUBLIC+KEY+a+00000000+" + "A" * 44])
def test_a_signing_key_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="audit key"):
        keys.read_key(text)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\tb"])
def test_a_log_needs_a_name_that_a_note_can_carry(origin):
    with pytest.raises(ValueError, match="name"):
        keys.new_key(origin)


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path, settings):
    settings.HOME, settings.AUDIT_KEY, settings.AUDIT_ORIGIN = tmp_path, "", "example.org/made"
    first = keys.signer().verifier_key
    path = tmp_path / "keys" / "audit"

    settings.AUDIT_ORIGIN = "example.org/renamed"
    assert keys.signer().verifier_key == first
    assert first.startswith("example.org/made+")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [path.name for path in path.parent.iterdir()] == ["audit"]


def test_a_key_from_the_environment_goes_before_the_kept_one(tmp_path, settings):
    given_key = keys.new_key("example.org/given")
    settings.HOME, settings.AUDIT_KEY = tmp_path, given_key

    assert keys.signer().origin == "example.org/given"
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("name", "value"), [("AUDIT_KEY", "PRIVATE+KEY+secret"), ("AUDIT_ORIGIN", "a log"), ("AUDIT_ORIGIN", "")]
)
def test_a_setting_nobody_can_use_stops_the_start_and_no_key_is_printed(settings, name, value):
    setattr(settings, name, value)

    with pytest.raises(BadSetting, match=f"XILIN_{name}") as stopped:
        apps.get_app_config("audit").ready()
    assert "secret" not in str(stopped.value)


def test_beginning_at_once_makes_one_secret(tmp_path):
    made = iter(range(100))
    with ThreadPoolExecutor(16) as pool:
        found = list(
            pool.map(lambda _: keys.kept(tmp_path / "k" / "s", lambda: b"%d" % next(made)), range(64))
        )

    assert len(set(found)) == 1
