"""The demo's look-up: asked for once, approved once, and mended where someone took its key away."""

import hashlib
import stat
from datetime import UTC, datetime, timedelta

import pytest

from xilin.demo import accounts, sharing
from xilin.kernel.accounts.models import User
from xilin.kernel.exchange import actions as exchange
from xilin.kernel.exchange.models import ClientKey, Grant, Request
from xilin.kernel.standards import actions

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def hub(db, declared, tmp_path, monkeypatch):
    """The league applied, and its accounts; nobody waits for gateways that aren't there."""
    monkeypatch.setattr(sharing, "IN_FORCE", 0)
    actions.apply(declared, at=NOW)
    accounts.make(tmp_path, at=NOW)
    (tmp_path / "demo").mkdir(exist_ok=True)
    return tmp_path


def people():
    return User.objects.get(username="mzj_steward"), User.objects.get(username="gaj_approver")


def test_civil_affairs_get_masked_fields_of_the_polices_for_their_purpose_and_ask_once(hub):
    asker, approver = people()
    client, _ = sharing.system_of(asker, hub, NOW)

    grant = sharing.granted(client, by=asker, approver=approver, at=NOW)
    again = sharing.granted(client, by=asker, approver=approver, at=NOW + timedelta(days=2))

    assert again == grant == Grant.objects.get()
    assert (grant.provider.code, grant.purpose, grant.shape) == ("gaj", sharing.PURPOSE, "masked")
    assert sorted(item.column for item in grant.items.all()) == sorted(sharing.ITEMS)
    assert {item.column for item in grant.items.all() if item.mask} >= {"id_number", "person_name", "address"}
    assert Request.objects.get().applicant == asker


def test_a_grant_that_has_ended_is_asked_for_again(hub):
    asker, approver = people()
    client, _ = sharing.system_of(asker, hub, NOW)
    first = sharing.granted(client, by=asker, approver=approver, at=NOW)
    exchange.revoke(first, by=approver, at=NOW, reason="演示")

    second = sharing.granted(client, by=asker, approver=approver, at=NOW)

    assert second != first


def test_the_key_is_kept_for_its_owner_and_made_anew_where_it_was_revoked(hub):
    asker, _ = people()
    client, key = sharing.system_of(asker, hub, NOW)
    assert sharing.system_of(asker, hub, NOW) == (client, key)
    assert stat.S_IMODE((hub / "demo" / "key").stat().st_mode) == 0o600
    exchange.revoke_key(ClientKey.objects.get(), by=asker, at=NOW)

    _, other = sharing.system_of(asker, hub, NOW)

    assert other != key
    assert ClientKey.objects.get(revoked_at=None).digest == hashlib.sha256(other.encode()).hexdigest()
