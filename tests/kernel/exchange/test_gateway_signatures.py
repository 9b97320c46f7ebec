"""Signed calls (RFC 9421): another's implementation signs, every part tampered is found, nothing counts twice."""

import asyncio
import base64
import json
from datetime import timedelta

import gmssl_pyx
import httpx
import pytest
from calling import CALL, aside, entries_since, run, until
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from signing import Signer, request

import small_league
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.verifier import verify_receipt
from xilin.kernel.exchange import actions, errors
from xilin.kernel.exchange.gateway import Gateway, signatures
from xilin.kernel.exchange.models import ClientKey, Grant, Nonce, SigningKey, Usage

NOW = small_league.NOW
BODY = json.dumps(CALL).encode()
# RFC 9421, B.1.4 and B.2.6
PRIVATE = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
PUBLIC = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----"""
RFC_PARAMETERS = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
RFC_FIELDS = [
    ("host", "example.com"),
    ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("content-type", "application/json"),
    (
        "content-digest",
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
    ),
    ("content-length", "18"),
    (
        "signature-input",
        f"sig-b26={RFC_PARAMETERS}",
    ),
    (
        "signature",
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
    ),
]
RFC_BASE = """"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")\
;created=1618884473;keyid="test-key-ed25519\""""


def message(fields, method="POST", path="/foo", query="param=Value&Pet=dog"):
    raw = [(name.encode(), value.encode()) for name, value in fields]
    return signatures.Message(method, "https", dict(fields).get("host", ""), path, query, raw)


def test_the_vector_of_the_rfc_holds():
    """B.2.6: the signature base, the signature of the private key (it is deterministic), and its check."""
    key = signatures.PublicKey("ed25519", load_pem_private_key(PRIVATE, None).public_key().public_bytes_raw())
    (found,) = signatures.signatures(message(RFC_FIELDS))
    assert found.base(message(RFC_FIELDS)).decode() == RFC_BASE
    assert load_pem_private_key(PRIVATE, None).sign(RFC_BASE.encode()) == found.value
    assert key.holds(RFC_BASE.encode(), found.value)
    signatures.check_digest(message(RFC_FIELDS), b'{"hello": "world"}')
    with pytest.raises(signatures.errors.DigestWrong):
        signatures.check_digest(message(RFC_FIELDS), b'{"hello": "World"}')


def test_the_vector_of_sm2_holds(testdata):
    """GB/T 32918.5: the example signature over `message digest` by the usual user id."""
    vector = json.loads((testdata / "sm" / "vectors.json").read_text())["sm2_sign"]
    key = signatures.PublicKey("sm2", bytes.fromhex(vector["px"] + vector["py"]))
    signature = bytes.fromhex(vector["r"] + vector["s"])
    assert key.holds(bytes.fromhex(vector["m"]), signature)
    assert not key.holds(b"message digesT", signature)
    for place in range(64):
        wrong = bytearray(signature)
        wrong[place] ^= 1
        assert not key.holds(bytes.fromhex(vector["m"]), bytes(wrong))
    assert not key.holds(b"", b"\0" * 64)
    assert not key.holds(b"", b"\xff" * 64)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signature-input", 'a=("@method"'),
        ("signature-input", 'a=("@method" "@method");created=1;keyid="k"'),
        ("signature-input", 'a=("@method";req);created=1;keyid="k"'),
        ("signature-input", 'a=( "@method");created=1;keyid="k"'),
        ("signature-input", 'a=("@method");created=1;created=2;keyid="k"'),
        ("signature-input", 'a=("@method");created="1";keyid="k"'),
        ("signature-input", 'a=("@method");created=1;keyid=2'),
        ("signature-input", 'a=("@method");created=1;shade="x"'),
        ("signature-input", 'a=("@signature-params");created=1;keyid="k"'),
        ("signature-input", 'b=("@method");created=1;keyid="k"'),
        ("signature-input", 'a=("@method");created=1;keyid="k", a=("@path");created=1;keyid="k"'),
        ("signature-input", "x" * 5000),
        ("signature", "a=:AAA:"),
        ("signature", "a=AAAA"),
        ("signature", "a=:AAAA:, a=:AAAA:"),
        ("signature", ""),
    ],
)
def test_what_is_written_otherwise_is_refused(field, value):
    usual = {"signature-input": 'a=("@method");created=1;keyid="k"', "signature": "a=:AAAA:"}
    assert len(signatures.signatures(message(usual.items()))) == 1
    with pytest.raises(signatures.errors.SignatureWrong):
        signatures.signatures(message((usual | {field: value}).items()))


def test_a_component_that_is_not_there_or_not_known_is_refused():
    for name in ("x-missing", "@status", "@query-param", "@nonsense"):
        with pytest.raises(signatures.errors.SignatureWrong):
            message(RFC_FIELDS).component(name)


def test_components_are_those_of_the_rfc():
    """Section 2.2: of its examples, and the port that says nothing."""
    told = message([("host", "www.Example.com:443")], path="/path", query="param=value&foo=bar&baz=bat%2Dman")
    assert told.component("@target-uri") == "https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman"
    assert told.component("@authority") == "www.example.com"
    assert told.component("@request-target") == "/path?param=value&foo=bar&baz=bat%2Dman"
    assert told.component("@query") == "?param=value&foo=bar&baz=bat%2Dman"
    assert message([], query="").component("@query") == "?"
    joined = message([("cache-control", "max-age=60 "), ("cache-control", "  must-revalidate")])
    assert joined.component("cache-control") == "max-age=60, must-revalidate"


def signer_of(hub, algorithm="ed25519"):
    """A pair of keys whose public one is entered for the hub's client."""
    signer = Signer(algorithm)
    key = actions.register_signing_key(
        hub.client, algorithm=algorithm, public=signer.public, by=hub.ann, at=NOW
    )
    signer.keyid, signer.row = key.keyid, key
    return signer


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_a_signed_call_needs_no_other_key_and_says_so_in_the_log(shared, algorithm):
    signer = signer_of(shared, algorithm)

    async def story(caller):
        return await caller.client.send(signer.sign(request(BODY), NOW))

    answered = run(story)
    assert answered.status_code == 200, answered.text
    entry = verify_receipt(answered.json()["receipt"], audit.key())
    assert (entry["by"], entry["detail"]["signed"]) == ("means_check", signer.keyid)
    assert Nonce.objects.count() == 1


def tampered(signer, key):
    """Requests of which each has one thing put wrong after it was signed, with the refusal it deserves."""

    def sent(change, **how):
        made = signer.sign(request(BODY, key=key), NOW, **how)
        return change(made) or made

    def field(name, change):
        def put(made):
            made.headers[name] = change(made.headers[name])

        return put

    def body(made):
        other = json.dumps(CALL | {"case_number": "A-2"}).encode()
        replaced = request(other, key=key)
        for name in ("content-digest", "signature", "signature-input"):
            replaced.headers[name] = made.headers[name]
        return replaced

    def elsewhere(path=None, method=None, host="http://gateway"):
        def put(made):
            moved = request(
                BODY, path or made.url.raw_path.decode(), key=key, method=method or "POST", host=host
            )
            for name in ("content-digest", "signature", "signature-input"):
                moved.headers[name] = made.headers[name]
            return moved

        return put

    short = ("@method", "@target-uri"), ("@target-uri", "content-digest"), ("@method", "content-digest")
    return [
        ("SignatureWrong", sent(elsewhere("/v1/resources/entities/lookup"))),
        ("SignatureWrong", sent(elsewhere("/v1/resources/households/lookup?x=1"))),
        ("SignatureWrong", sent(elsewhere(method="PUT"))),
        ("SignatureWrong", sent(elsewhere(host="http://other"))),
        ("DigestWrong", sent(body)),
        ("SignatureWrong", sent(field("content-digest", lambda _: "sha-256=:AAAA:"))),
        ("SignatureWrong", sent(field("content-digest", lambda text: text + ", md5=:AAAA:"))),
        ("SignatureWrong", sent(field("signature", lambda text: text[:-6] + "AAA=:"))),
        ("SignatureWrong", sent(field("signature-input", lambda text: text.replace("created=1", "created=2")))),
        ("SignatureWrong", sent(field("signature-input", lambda text: text.replace('nonce="', 'nonce="x')))),
        ("SignatureWrong", sent(field("signature-input", lambda text: text.replace(' "content-digest"', "")))),
        ("SignatureWrong", sent(field("signature-input", lambda text: text.replace("expires=1", "expires=2")))),
        ("SignatureWrong", sent(lambda made: made.headers.pop("signature") and None)),
        ("SignatureWrong", sent(lambda made: made.headers.pop("signature-input") and None)),
        ("SignerUnknown", sent(lambda made: None, keyid="nobody")),
        *(("SignatureTooWeak", sent(lambda made: None, covered=covered)) for covered in short),
        ("SignatureTooWeak", sent(lambda made: None, covered=("@method", "@path", "content-digest"))),
        ("SignatureTooWeak", sent(lambda made: None, nonce="")),
        ("SignatureExpired", sent(lambda made: None, seconds=301)),
        ("SignatureExpired", sent(lambda made: None, seconds=0)),
        ("SignatureExpired", sent(lambda made: None, created=NOW + timedelta(seconds=40))),
        (
            "SignatureExpired",
            sent(
                lambda made: None,
                created=NOW - timedelta(seconds=60),
                expires=NOW - timedelta(seconds=1),
            ),
        ),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_every_part_tampered_is_found(shared):
    signer = signer_of(shared)
    cases = [(code, sent) for key in (None, shared.key) for code, sent in tampered(signer, key)]

    async def story(caller):
        return [await caller.client.send(sent) for _, sent in cases]

    before = audit.size()
    for (code, sent), answered in zip(cases, run(story), strict=True):
        said = answered.json()
        assert said["type"] == f"gateway.{code}", (said, sent.headers, sent.url)
        assert ("receipt" in said) == ("authorization" in sent.headers or code == "DigestWrong"), said
        assert "answer" not in said
    assert not Usage.objects.exists()
    # who only claims to be somebody is not entered as them
    kinds = [entry.kind for entry in entries_since(before)]
    assert kinds == ["exchange.denied"] * (len(cases) // 2 + 1)


@pytest.mark.django_db(transaction=True)
def test_a_signed_call_counts_once_however_often_and_wherever_it_is_sent(shared):
    signer = signer_of(shared)
    one, other = Gateway(lambda: NOW), Gateway(lambda: NOW)

    async def story():
        made = [
            signer.sign(request(BODY, key=key), NOW, nonce=nonce)
            for key, nonce in ((None, "a"), (shared.key, "b"))
        ]
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app=one)) as first,
            httpx.AsyncClient(transport=httpx.ASGITransport(app=other)) as second,
        ):
            sent = [client.send(call) for call in made for client in (first, second, first, second, first)]
            answered = await asyncio.gather(*sent)
        await one.close()
        await other.close()
        return answered

    answered = asyncio.run(story())
    assert sorted(one.status_code for one in answered) == [200] * 2 + [401] * 8
    replayed = [one for one in answered if one.status_code == 401]
    assert {one.json()["type"] for one in replayed} == {"gateway.SignatureReplayed"}
    assert Usage.objects.get().asked == 2


@pytest.mark.django_db(transaction=True)
def test_a_grant_of_signed_calls_refuses_a_key_alone(shared):
    Grant.objects.filter(pk=shared.grant.pk).update(signed=True)
    signer = signer_of(shared)

    async def story(caller):
        plain = await caller.client.send(request(BODY, key=shared.key))
        signed = await caller.client.send(signer.sign(request(BODY, key=shared.key), NOW))
        return plain, signed

    plain, signed = run(story)
    assert (plain.status_code, plain.json()["type"]) == (401, "gateway.SignatureMissing")
    assert signed.status_code == 200, signed.text


@pytest.mark.django_db(transaction=True)
def test_a_key_that_ended_signs_nothing_any_more(shared):
    signer, other = signer_of(shared), signer_of(shared)

    async def story(caller):
        async def call(by=signer, **more):
            return await caller.client.send(by.sign(request(BODY, **more), NOW))

        first = await call()
        await aside(actions.revoke_signing_key, signer.row, by=shared.ann, at=NOW)
        ended = await until(call, 401)
        await aside(ClientKey.objects.all().update, revoked_at=NOW)
        await aside(actions.notices.announce, "x")
        bearer = await until(lambda: call(other, key=shared.key), 401)
        return first, ended, bearer, await call(other)

    first, ended, bearer, last = run(story)
    assert [first.status_code, last.status_code] == [200, 200]
    assert {one.json()["type"] for one in (ended, bearer)} == {"gateway.KeyEnded"}


@pytest.mark.django_db(transaction=True)
def test_key_and_signature_of_two_systems_are_refused(shared):
    other = actions.register_client(code="other", name="x", by=shared.ann, at=NOW)
    signer = Signer()
    signer.keyid = actions.register_signing_key(
        other, algorithm="ed25519", public=signer.public, by=shared.ann, at=NOW
    ).keyid

    async def story(caller):
        return (
            await caller.client.send(signer.sign(request(BODY, key=shared.key), NOW)),
            await caller.client.send(signer.sign(request(BODY), NOW)),
        )

    both, alone = run(story)
    assert both.json()["type"] == "gateway.SignersDiffer"
    assert alone.json()["type"] == "gateway.NotGranted"


@pytest.mark.django_db(transaction=True)
def test_nonces_are_forgotten_when_their_signatures_are_too_old(shared):
    signer = signer_of(shared)
    now = [NOW]

    async def story(caller):
        for minutes in (0, 3, 9):
            now[0] = NOW + timedelta(minutes=minutes)
            answered = await caller.client.send(signer.sign(request(BODY), now[0], seconds=100))
            assert answered.status_code == 200, answered.text

    run(story, lambda: now[0])
    assert Nonce.objects.count() == 1


def test_public_keys_are_taken_as_people_have_them(hub):
    def entered(algorithm, text):
        return actions.register_signing_key(hub.client, algorithm=algorithm, public=text, by=hub.ann, at=NOW)

    raw = load_pem_private_key(PRIVATE, None).public_key().public_bytes_raw()
    assert base64.b64decode(entered("ed25519", PUBLIC).public) == raw
    with pytest.raises(errors.SigningKeyExists):
        entered("ed25519", raw.hex())
    public, private = gmssl_pyx.sm2_key_generate()
    info = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004") + public
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.encodebytes(info).decode()}-----END PUBLIC KEY-----\n"
    assert base64.b64decode(entered("sm2", pem).public) == public
    for text in (
        "",
        "x",
        PRIVATE.decode(),
        base64.b64encode(private).decode(),
        base64.b64encode(b"\1" * 64).decode(),
    ):
        with pytest.raises(errors.SigningKeyWrong):
            entered("sm2", text)
    for text in ("", PRIVATE.decode(), pem, "AAAA"):
        with pytest.raises(errors.SigningKeyWrong):
            entered("ed25519", text)
    with pytest.raises(errors.SigningKeyWrong):
        entered("rsa", PUBLIC)
    with pytest.raises(errors.ClientNotYours):
        actions.register_signing_key(hub.client, algorithm="ed25519", public=PUBLIC, by=hub.bob, at=NOW)
    kinds = list(audit.entries(kind="exchange.signing_key.registered").values_list("subject", flat=True))
    assert kinds == [hub.client.code] * 2
    assert {key.keyid.startswith("means_check-") for key in SigningKey.objects.all()} == {True}
