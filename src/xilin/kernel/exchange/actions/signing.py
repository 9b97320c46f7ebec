"""签名公钥 Entering and ending the public keys that clients sign their calls with."""

import base64
import binascii
import hashlib
import re
from datetime import date, datetime, time, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.db import transaction
from django.utils import timezone
from gmssl_pyx import GmsslInnerError, normalize_sm2_public_key

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.exchange import errors
from xilin.kernel.exchange.actions.clients import own_client
from xilin.kernel.exchange.actions.notices import announce
from xilin.kernel.exchange.models import Client
from xilin.kernel.exchange.signing_models import SigningKey

Algorithm = SigningKey.Algorithm
LONGEST = 2000
# 密钥生存期 (GB/T 39786-2021: keys have a life and are replaced before it ends).
LONGEST_LIFE = timedelta(days=731)
# SubjectPublicKeyInfo of an uncompressed SM2 point (GB/T 32918.5, curve 1.2.156.10197.1.301): what stands before x and y.
_SM2_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----")


@transaction.atomic
def register_signing_key(
    client: Client,
    *,
    algorithm: str,
    public: str,
    by: User,
    at: datetime,
    expires_on: date | None = None,
) -> SigningKey:
    """Enter a public key of a system of the user's own department; its `keyid` is made of system and key.

    It is in force beside those that are there: whoever rotates keys enters the next one before the last one ends.

    Args:
        public: PEM (SubjectPublicKeyInfo) or the raw key in base64 or hex.
        expires_on: the last day it is in force, at most `LONGEST_LIFE` from now; that day where left out.

    Raises SigningKeyWrong, SigningKeyExists, ExpiryWrong.
    """
    client = own_client(client, by)
    today = timezone.localtime(at).date()
    last = today + LONGEST_LIFE if expires_on is None else expires_on
    if not today <= last <= today + LONGEST_LIFE:
        raise errors.ExpiryWrong(first=today.isoformat(), last=(today + LONGEST_LIFE).isoformat())
    expires_at = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    if algorithm not in Algorithm.values:
        raise errors.SigningKeyWrong(algorithm=algorithm, allowed=", ".join(Algorithm.values))
    raw = _raw(public, Algorithm(algorithm))
    keyid = f"{client.code[:60]}-{hashlib.sha256(algorithm.encode() + raw).hexdigest()[:16]}"
    key, created = SigningKey.objects.get_or_create(
        keyid=keyid,
        defaults={
            "client": client,
            "algorithm": algorithm,
            "public": base64.b64encode(raw).decode(),
            "created_at": at,
            "created_by": by,
            "expires_at": expires_at,
        },
    )
    if not created:
        raise errors.SigningKeyExists(keyid=keyid)
    record(
        "exchange.signing_key.registered",
        by=by,
        department=client.department,
        subject=client.code,
        detail={"keyid": keyid, "algorithm": algorithm, "expires": expires_at.isoformat()},
        at=at,
    )
    announce(client.code)
    return key


@transaction.atomic
def revoke_signing_key(key: SigningKey, *, by: User, at: datetime) -> SigningKey:
    """End a signing key at once on every gateway."""
    client = own_client(key.client, by, retired_too=True)
    key = SigningKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is not None:
        raise errors.KeyNotInUse(prefix=key.keyid)
    key.revoked_at = at
    key.save(update_fields=["revoked_at"])
    record(
        "exchange.signing_key.revoked",
        by=by,
        department=client.department,
        subject=client.code,
        detail={"keyid": key.keyid},
        at=at,
    )
    announce(client.code)
    return key


def _raw(text: str, algorithm: SigningKey.Algorithm) -> bytes:
    """The raw key a text holds: 32 bytes for Ed25519, x and y for SM2; SigningKeyWrong where it holds none."""
    wrong = errors.SigningKeyWrong(algorithm=algorithm.label, allowed="PEM, base64")
    data = _bytes(text.strip()[:LONGEST])
    try:
        if algorithm == Algorithm.SM2:
            return bytes(normalize_sm2_public_key(data.removeprefix(_SM2_INFO)))
        if len(data) != 32:
            found = load_der_public_key(data)
            if not isinstance(found, Ed25519PublicKey):
                raise wrong
            data = found.public_bytes_raw()
        Ed25519PublicKey.from_public_bytes(data)
    except (ValueError, IndexError, UnsupportedAlgorithm, GmsslInnerError):
        raise wrong from None
    return data


def _bytes(text: str) -> bytes:
    """What a text writes in PEM, hex or base64; nothing where it is none of them."""
    pem = _PEM.fullmatch(text)
    body = "".join((pem[1] if pem else text).split())
    try:
        if not pem and re.fullmatch(r"(?:[0-9a-fA-F]{2}){32,65}", body):
            return bytes.fromhex(body)
        return base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error):
        return b""
