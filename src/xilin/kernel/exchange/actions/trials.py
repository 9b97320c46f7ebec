"""试调用密钥 Entering the key that a browser made to try calls under one grant."""

import base64
import binascii
import hashlib
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.exchange import errors, trying
from xilin.kernel.exchange.actions.clients import own_client
from xilin.kernel.exchange.actions.notices import announce
from xilin.kernel.exchange.models import Grant, Way
from xilin.kernel.exchange.signing_models import SigningKey

# How long those that have ended are kept; the log keeps for ever that they were there.
KEPT = timedelta(days=1)


@transaction.atomic
def enter_trial_key(grant: Grant, *, public: str, by: User, at: datetime) -> SigningKey:
    """Enter the public half of a trial key: for `trying.LIFE`, `trying.CALLS` calls, under one grant of one's own department.

    Args:
        public: the raw Ed25519 key in base64; its private half stays where it was made.

    Raises ClientNotYours, RoleMissing, GrantNotTried, SigningKeyWrong, SigningKeyExists, TooManyTrialKeys.
    """
    client = own_client(grant.client, by)
    if grant.department_id != client.department_id or grant.delivery != Way.CALL or not grant.in_force(at):
        raise errors.GrantNotTried(number=grant.number)
    made = SigningKey.objects.filter(created_by=by, created_at__gt=at - timedelta(hours=1))
    if made.exclude(trial_of=None).count() >= trying.KEYS_AN_HOUR:
        raise errors.TooManyTrialKeys(most=trying.KEYS_AN_HOUR)
    raw = _raw(public)
    keyid = f"trial-{client.code[:50]}-{hashlib.sha256(b'trial' + raw).hexdigest()[:16]}"
    if SigningKey.objects.filter(public=base64.b64encode(raw).decode()).exists():
        raise errors.SigningKeyExists(keyid=keyid)
    SigningKey.objects.filter(expires_at__lt=at - KEPT).exclude(trial_of=None).delete()
    key = SigningKey.objects.create(
        keyid=keyid,
        client=client,
        algorithm=SigningKey.Algorithm.ED25519,
        public=base64.b64encode(raw).decode(),
        created_at=at,
        created_by=by,
        expires_at=at + trying.LIFE,
        trial_of=grant,
        calls_left=trying.CALLS,
    )
    record(
        "exchange.trial_key.entered",
        by=by,
        department=client.department,
        provider=grant.provider,
        subject=client.code,
        detail={
            "keyid": keyid,
            "grant": grant.number,
            "expires": (at + trying.LIFE).isoformat(),
            "calls": trying.CALLS,
        },
        at=at,
    )
    announce(client.code)
    return key


def _raw(public: str) -> bytes:
    """32 bytes out of base64; SigningKeyWrong where they are none or no key."""
    try:
        raw = base64.b64decode(public[:100], validate=True)
        Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error):
        raise errors.SigningKeyWrong(algorithm="Ed25519", allowed="base64") from None
    return raw
