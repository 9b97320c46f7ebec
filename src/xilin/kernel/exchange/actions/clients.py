"""Departments' systems and their keys."""

import hashlib
import re
import secrets
from datetime import datetime

from django.db import transaction

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.exchange import errors
from xilin.kernel.exchange.actions.notices import announce
from xilin.kernel.exchange.actions.parties import ASKERS, department_of, need
from xilin.kernel.exchange.models import Client, ClientKey
from xilin.kernel.exchange.signing_models import SigningKey

PREFIX = 12


@transaction.atomic
def register_client(*, code: str, name: str, by: User, at: datetime) -> Client:
    """Enter a system of the user's own department."""
    department = department_of(by)
    need(by, *ASKERS)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", code):
        raise errors.ClientCodeWrong(code=code)
    client, created = Client.objects.get_or_create(
        code=code,
        defaults={"name": name.strip() or code, "department": department, "created_at": at, "created_by": by},
    )
    if not created:
        raise errors.ClientExists(code=code)
    record(
        "exchange.client.registered",
        by=by,
        department=department,
        subject=code,
        detail={"name": client.name},
        at=at,
    )
    return client


@transaction.atomic
def issue_key(client: Client, *, by: User, at: datetime, expires_at: datetime | None = None) -> str:
    """Make a key for a client and return it: the only moment it can be read. Its SHA-256 is kept."""
    client = own_client(client, by)
    key = f"xk_{secrets.token_urlsafe(32)}"
    row = ClientKey.objects.create(
        client=client,
        prefix=key[:PREFIX],
        digest=hashlib.sha256(key.encode()).hexdigest(),
        created_at=at,
        created_by=by,
        expires_at=expires_at,
    )
    record(
        "exchange.key.issued",
        by=by,
        department=client.department,
        subject=client.code,
        detail={"prefix": row.prefix, "expires": expires_at.isoformat() if expires_at else None},
        at=at,
    )
    announce(client.code)
    return key


@transaction.atomic
def revoke_key(key: ClientKey, *, by: User, at: datetime) -> ClientKey:
    """End a key at once on every gateway."""
    client = own_client(key.client, by, retired_too=True)
    key = ClientKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is not None:
        raise errors.KeyNotInUse(prefix=key.prefix)
    key.revoked_at = at
    key.save(update_fields=["revoked_at"])
    record(
        "exchange.key.revoked",
        by=by,
        department=client.department,
        subject=client.code,
        detail={"prefix": key.prefix},
        at=at,
    )
    announce(client.code)
    return key


@transaction.atomic
def retire_client(client: Client, *, by: User, at: datetime) -> Client:
    """Take a system out of use with all its keys; its grants end with it at the gateway."""
    client = own_client(client, by)
    client.retired_at = at
    client.save(update_fields=["retired_at"])
    ended = client.keys.filter(revoked_at=None).update(revoked_at=at)
    ended += SigningKey.objects.filter(client=client, revoked_at=None).update(revoked_at=at)
    record(
        "exchange.client.retired",
        by=by,
        department=client.department,
        subject=client.code,
        detail={"keys_revoked": ended},
        at=at,
    )
    announce(client.code)
    return client


def own_client(client: Client, by: User, *, retired_too: bool = False) -> Client:
    """The client as it stands, locked; ClientNotYours unless it is the user's department's and in use."""
    department = department_of(by)
    need(by, *ASKERS)
    client = Client.objects.select_for_update(of=("self",)).select_related("department").get(pk=client.pk)
    if client.department_id != department.pk or (client.retired_at is not None and not retired_too):
        raise errors.ClientNotYours(client=client.name)
    return client
