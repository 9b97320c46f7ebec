"""The public page of the audit log: what stands in it, and what a receipt proves."""

import json
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from xilin.apps.portal.queries.log import LARGEST_RECEIPT
from xilin.kernel.audit import actions as audit_actions
from xilin.kernel.audit import cosigning, keys, verifier
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.witness.book import Book
from xilin.kernel.audit.witness.judging import Witness
from xilin.kernel.audit.witness.server import Server


@pytest.fixture
def receipt(hub):
    hub.ask()
    return audit.receipt(audit.size() - 1)


def sent(client, **form):
    return client.post("/audit/", form)


def test_the_page_shows_the_newest_checkpoint_and_the_key(client, receipt):
    text = client.get("/audit/").content.decode()

    assert audit.key() in text
    assert audit.checkpoint().splitlines()[0] in text


def test_checkpoint_and_key_are_given_as_text(client, receipt):
    assert client.get("/audit/checkpoint").content.decode() == audit.checkpoint()
    assert client.get("/audit/key").content.decode() == audit.key()


def test_a_receipt_that_is_pasted_holds(client, receipt):
    text = sent(client, receipt=json.dumps(receipt)).content.decode()

    assert "回执成立" in text
    assert "回执不成立" not in text


def test_a_receipt_that_is_uploaded_holds(client, receipt):
    file = SimpleUploadedFile("receipt.json", json.dumps(receipt).encode())

    assert "回执成立" in sent(client, file=file).content.decode()


@pytest.mark.parametrize("change", ["entry", "index", "checkpoint"])
def test_a_receipt_that_was_touched_does_not_hold(client, receipt, change):
    value = receipt[change]
    if isinstance(value, int):
        receipt[change] = value + 1
    else:
        middle = len(value) // 2
        receipt[change] = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1 :]
    text = sent(client, receipt=json.dumps(receipt)).content.decode()

    assert "回执不成立" in text


@pytest.mark.parametrize(
    "given", ["{}", "[]", "nonsense", "[" * 5000, '{"format": "xilin-receipt/1"}', "null"]
)
@pytest.mark.django_db
def test_what_is_no_receipt_is_answered_in_words(client, given):
    response = sent(client, receipt=given)

    assert response.status_code == 200
    assert "回执不成立" in response.content.decode()


@pytest.mark.django_db
def test_nothing_sent_is_asked_for_again(client):
    response = sent(client, receipt="  ")

    assert response.status_code == 422
    assert "请粘贴回执内容" in response.content.decode()


@pytest.mark.django_db
def test_a_file_far_too_large_is_refused_unread(client):
    file = SimpleUploadedFile("receipt.json", b"x" * (LARGEST_RECEIPT + 1))
    response = sent(client, file=file)

    assert response.status_code == 422
    assert "回执不会这么大" in response.content.decode()


def test_what_a_receipt_says_cannot_bring_markup_into_the_page(client, receipt):
    receipt["entry"] = "<script>alert(1)</script>"

    assert "<script>alert" not in sent(client, receipt=json.dumps(receipt)).content.decode()


def test_the_receipt_of_a_look_up_is_told_in_a_sentence_with_names_for_codes(client, hub):
    audit_actions.record(
        "exchange.access",
        by="means_check",
        department="civil",
        provider="police",
        subject="households",
        detail={"purpose": "assistance", "case_number": "MZ-1", "found": True, "items": ["address"]},
        at=hub.now,
    )
    receipt = audit.receipt(audit.size() - 1)
    text = sent(client, receipt=json.dumps(receipt)).content.decode()

    assert "民政局" in text
    assert "为“救助核对”查询了公安局的“户籍人口基本信息”" in text
    assert "<dd>是</dd>" in text


@pytest.fixture
def witnesses(receipt, tmp_path, settings):
    """Two witnesses of the log, both needed, of whom one listens."""
    signers = [
        keys.read_key(keys.new_key(f"witness.example/{name}", verifier.COSIGNING), verifier.COSIGNING)
        for name in ("mzj", "gaj")
    ]
    book = Book(tmp_path / "mzj", signers[0].verifier_key)
    book.trust(audit.key())
    settings.AUDIT_WITNESSES = tmp_path / "witnesses.toml"
    with Server(("127.0.0.1", 0), Witness(signers[0], book)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

        def declare(needed):
            blocks = [
                f'[[witness]]\nkey = "{signer.verifier_key}"\nurl = "http://127.0.0.1:{port}"\n'
                for signer, port in zip(signers, (server.server_address[1], 1), strict=True)
            ]
            settings.AUDIT_WITNESSES.write_text(f"needed = {needed}\n" + "".join(blocks))

        declare(2)
        yield declare
        server.shutdown()


def test_the_page_says_which_witnesses_have_signed(client, witnesses):
    assert "尚未询问" in client.get("/audit/").content.decode()
    cosigning.collect(at=timezone.now())
    text = client.get("/audit/").content.decode()

    for said in (
        "witness.example/mzj",
        "已见证",
        "witness.example/gaj",
        "无法连接",
        "还没有见证签名足够的检查点",
    ):
        assert said in text
    assert client.get("/audit/witnessed").status_code == 404
    witnesses(1)
    text = client.get("/audit/").content.decode()
    assert "条已见证" in text
    assert "还没有见证签名足够的检查点" not in text
    note = client.get("/audit/witnessed").content.decode()
    assert verifier.verify_cosigned(note, audit.declared().keys, 1)


def test_the_page_says_nothing_of_witnesses_where_none_is_declared(client, receipt):
    assert "见证方" not in client.get("/audit/").content.decode()
