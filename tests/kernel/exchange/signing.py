"""A caller that signs, with another's implementation of RFC 9421."""

import base64
import secrets
from datetime import timedelta

import gmssl_pyx
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519, HTTPSignatureAlgorithm

COVERED = ("@method", "@target-uri", "content-digest")


class Sm2(HTTPSignatureAlgorithm):
    """SM2 as that library's own algorithms: r and s, 32 bytes each."""

    algorithm_id = "sm2"

    def __init__(self, public_key=None, private_key=None):
        self.private = private_key

    def sign(self, message):
        return plain(gmssl_pyx.sm2_sign(*self.private, message))

    def verify(self, signature, message):
        raise NotImplementedError  # asked for by the base class: this hand only signs, the gateway verifies


def plain(der):
    """r and s out of ASN.1."""
    first = der[3]
    numbers = der[4 : 4 + first], der[4 + first + 2 :]
    return b"".join(int.from_bytes(number, "big").to_bytes(32, "big") for number in numbers)


class Signer(HTTPSignatureKeyResolver):
    """A system with a pair of keys; `public` is what the platform is given."""

    def __init__(self, algorithm="ed25519"):
        self.algorithm, self.keyid = algorithm, ""
        if algorithm == "sm2":
            public, private = gmssl_pyx.sm2_key_generate()
            self.private, self.public = (private, public), base64.b64encode(public).decode()
        else:
            self.private = Ed25519PrivateKey.generate()
            self.public = base64.b64encode(self.private.public_key().public_bytes_raw()).decode()

    def resolve_private_key(self, key_id):
        return self.private

    def resolve_public_key(self, key_id):
        raise NotImplementedError  # asked for by the base class: this hand only signs, the gateway verifies

    def sign(self, request, at, *, covered=COVERED, seconds=60, nonce=None, keyid=None, **more):
        """Sign an httpx request with its body in place; the request."""
        signer = HTTPMessageSigner(
            signature_algorithm=Sm2 if self.algorithm == "sm2" else ED25519, key_resolver=self
        )
        usual = {
            "key_id": self.keyid if keyid is None else keyid, "created": at, "expires": at + timedelta(seconds=seconds),
            "nonce": secrets.token_hex(8) if nonce is None else nonce or None, "covered_component_ids": covered,
        }  # fmt: skip
        if "content-digest" in covered:
            usual["body"] = request.content
        signer.sign(request, **(usual | more))
        return request


def request(body, path="/v1/resources/households/lookup", *, key=None, method="POST", host="http://gateway"):
    """A request of the gateway's tests, unsigned."""
    headers = {"Content-Type": "application/json", "Accept-Language": "en"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return httpx.Request(method, host + path, headers=headers, content=body)
