"""A code's proof is small, made from a few nodes, and checked without the platform; keys end, are withdrawn and follow each other."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from issued_codes import AT, GTIN, issued, ordered

from xilin.apps.trace.codes import chips, issuing, printing, queries, secrets
from xilin.apps.trace.consumer.links import Wanted
from xilin.apps.trace.consumer.looking import scratched
from xilin.apps.trace.models.codes import Code, CodeBatch, CodeKey, CodeTree
from xilin.apps.trace.proof import claims, inclusion, keys, merkle, sun
from xilin.kernel.audit.queries import entries
from xilin.lib.errors import NotFound


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: Any) -> Path:
    """A folder of secrets of the test's own."""
    monkeypatch.setattr(secrets, "_folder", lambda: tmp_path / "codes")
    return tmp_path / "codes"


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.node_hash(plain_root(leaves[:cut]), plain_root(leaves[cut:]))


@given(st.integers(1, 90), st.integers(0, 3), st.integers(1, 12), st.data())
def test_paths_from_kept_nodes_are_those_of_the_whole_tree(
    size: int, level: int, step: int, data: st.DataObject
) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    tree = merkle.Growing(level)
    for start in range(0, size, step):
        tree.add(leaves[start : start + step])
    assert (tree.size, tree.root()) == (size, plain_root(leaves))
    kept = [tree.nodes()[start : start + 32] for start in range(0, len(tree.nodes()), 32)]
    index = data.draw(st.integers(0, size - 1))
    wanted = merkle.wanted(size, index, level)
    below = merkle.path(leaves[wanted.first : wanted.last], index - wanted.first)
    path = below + [merkle.joined([kept[number] for number in step]) for step in wanted.steps]
    assert path == merkle.path(leaves, index)
    assert wanted.last - wanted.first <= 1 << level
    assert merkle.root_from_path(leaves[index], index, size, path) == plain_root(leaves)


def test_no_path_leads_from_outside() -> None:
    for index in (-1, 5):
        with pytest.raises(IndexError):
            merkle.wanted(5, index)
    assert merkle.Growing().root() == merkle.EMPTY


@pytest.mark.django_db
def test_a_proof_reads_a_few_hundred_codes_of_a_batch_and_holds_alone() -> None:
    batch = issued(1500)
    code = Code.objects.select_related("batch").get(pk=batch.first_id + 700)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        proof = queries.proof(code)
    assert len(asked) == 2
    found = inclusion.check(inclusion.read(proof.written()), queries.public_keys())
    assert (found.code, found.said["batch"], found.said["count"]) == (
        f"/01/{GTIN}/10/L1/21/{code.serial}", batch.pk, 1500,
    )  # fmt: skip
    CodeTree.objects.all().delete()  # a batch from before nodes were kept
    assert queries.proof(code) == proof
    assert CodeTree.objects.filter(batch=batch).exists()


@pytest.mark.django_db
def test_a_proof_that_was_changed_proves_nothing() -> None:
    batch = issued(5, algorithm=keys.SM2)
    code = Code.objects.select_related("batch").get(pk=batch.first_id + 2)
    proof, known = queries.proof(code), queries.public_keys()
    told = json.loads(proof.written())
    assert inclusion.check(inclusion.read(json.dumps(told).encode()), known).key_id == batch.key_id
    statement = json.loads(told["statement"])
    changes: list[dict[str, Any]] = [
        {"code": told["code"][:-1] + "0"},
        {"code": told["code"].replace(GTIN, "09520123456795")},
        {"index": 3},
        {"index": 9},
        {"path": told["path"][:-1]},
        {"path": [*told["path"][:-1], "0" * 64]},
        {"statement": json.dumps(statement | {"count": 6})},
        {"statement": json.dumps(statement | {"tree": "other"})},
        {"statement": "[]"},
        {"statement": "{"},
        {"signature": "0" * 128},
        {"key": "0" * 16},
        {"format": "xilin-code-proof-2"},
        {"path": ["x"]},
        {"index": -1},
        {"signature": "00"},
    ]
    for change in changes:
        with pytest.raises(inclusion.Refused):
            inclusion.check(inclusion.read(json.dumps(told | change).encode()), known)
    with pytest.raises(inclusion.Refused):
        inclusion.check(proof, [keys.generate(keys.SM2).public])
    with pytest.raises(inclusion.Refused):
        inclusion.read(b"\xff")


@pytest.mark.django_db
def test_anybody_may_take_a_proof_and_the_keys(client: Client) -> None:
    batch = issued(3)
    code = Code.objects.select_related("batch").get(pk=batch.first_id)
    answer = client.get(f"/check/{GTIN}/{code.serial}/proof/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    listed = client.get("/check/keys.json")
    known = inclusion.keys_read(listed.content)
    assert inclusion.check(inclusion.read(answer.content), known).key_id == batch.key_id
    assert client.get(f"/check/{GTIN}/0000000000000000/proof/").status_code == 404
    waiting = ordered(1)
    Code.objects.create(pk=waiting.first_id, batch=waiting, gtin=GTIN, serial="0" * 16)
    assert client.get(f"/check/{GTIN}/{'0' * 16}/proof/").status_code == 404


@pytest.mark.parametrize(
    "document", [b"", b"[]", b'{"keys": [1]}', b'{"keys": [{"algorithm": "rsa", "public": ""}]}']
)
def test_what_is_no_list_of_keys_is_refused(document: bytes) -> None:
    with pytest.raises(inclusion.Refused):
        inclusion.keys_read(document)


def test_after_a_rotation_what_was_made_before_still_checks(folder: Path) -> None:
    old_scratch, old_chips = issued(2, kind="scratch"), issued(2, kind="chip")
    chip = chips.bind("04AABBCCDDEE80", Code.objects.get(pk=old_chips.first_id), at=AT)
    assert secrets.rotate(at=AT, by="operator") == 2
    assert secrets.versions() == (2, 1)
    assert [entry.subject for entry in entries(kind="trace.secrets_rotated")] == ["codes/secrets/2"]
    new_scratch = issued(1, kind="scratch")
    newer = chips.bind("04AABBCCDDEE81", Code.objects.get(pk=old_chips.first_id + 1), at=AT)
    assert (old_scratch.key_version, new_scratch.key_version, chip.key_version, newer.key_version) == (
        1,
        2,
        1,
        2,
    )
    for batch in (old_scratch, new_scratch):
        for label in printing.labels(batch, at=AT):
            assert scratched(Wanted(GTIN, "L1", label.serial), label.scratch)
    for one in (chip, newer):
        secret = chips.keys_for(one)
        picc, _, mac = sun.write(
            sun.Mode.AES,
            sun.Picc(bytes.fromhex(one.uid), 1),
            meta_key=secret["reading"],
            file_key=secret["file"],
        )
        assert chips.read(picc.hex(), mac.hex()).uid.hex().upper() == one.uid
    assert chips.keys_for(chip)["reading"] != chips.keys_for(newer)["reading"]


def test_half_a_version_is_none(folder: Path) -> None:
    issued(1)
    for name in ("scratch", "seal"):
        shutil.copy(folder / f"{name}-1", folder / f"{name}-2")
    assert secrets.versions() == (1,)
    assert secrets.begin() == 1


@pytest.mark.parametrize("algorithm", [keys.ED25519, keys.SM2])
def test_a_key_ends_and_another_signs_on(folder: Path, algorithm: str) -> None:
    first = secrets.signing_key(algorithm, at=AT)
    assert secrets.signing_key(algorithm, at=AT + timedelta(days=1)) == first
    later = AT + secrets.LASTS
    second = secrets.signing_key(algorithm, at=later)
    third = secrets.rotate_key(algorithm, at=later, by="operator", lasts=timedelta(days=10))
    assert secrets.signing_key(algorithm, at=later) == third
    assert len({first.key_id, second.key_id, third.key_id}) == 3
    assert CodeKey.objects.get(pk=second.key_id).until == later
    assert CodeKey.objects.get(pk=third.key_id).until == later + timedelta(days=10)
    path = "/01/09520123456788/21/7"
    assert all(queries.signed(claims.signature(key, path), path) for key in (first, second, third))


def test_a_withdrawn_key_proves_nothing_and_signs_no_more(folder: Path) -> None:
    batch = issued(1, kind="signed")
    (label,) = printing.labels(batch, at=AT)
    path, _, signature = label.link.removeprefix(batch.site).partition("?s=")
    assert queries.signed(signature, path) is True
    secrets.withdraw_key(batch.key_id, at=AT, by="operator", why="lost")
    assert queries.signed(signature, path) is None
    assert queries.signed("AAAA", path) is False
    assert json.loads(queries.key_list())["keys"][0]["withdrawn"] == AT.isoformat()
    assert inclusion.keys_read(queries.key_list()) == []
    assert secrets.signing_key(keys.ED25519, at=AT).key_id != batch.key_id
    secrets.withdraw_key(batch.key_id, at=AT, by="operator", why="again")
    assert len(entries(kind="trace.key_withdrawn")) == 1
    with pytest.raises(NotFound):
        secrets.withdraw_key("0" * 16, at=AT, by="operator", why="")


def test_single_codes_are_signed_with_what_their_batch_is_signed_with(folder: Path) -> None:
    batch = issuing.issue(ordered(2, kind="signed"), at=AT, algorithm=keys.SM2)
    for label in printing.labels(CodeBatch.objects.get(pk=batch.pk), at=AT):
        path, _, signature = label.link.removeprefix(batch.site).partition("?s=")
        (sm2,) = [key for key in queries.public_keys() if key.algorithm == keys.SM2]
        assert claims.check_signature(signature, path, [sm2]).key_id == sm2.key_id
        assert queries.signed(signature, path)
