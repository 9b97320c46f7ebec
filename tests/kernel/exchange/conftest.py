"""The people of the sharing tests: two departments that ask, two that own."""

from datetime import date
from types import SimpleNamespace

import pytest
from published import ENTITIES, PEOPLE, publish

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions


@pytest.fixture
def hub(tmp_path, db):
    """The small league, its people, one client of civil affairs, and `ask` with all that is usual."""
    small_league.apply(tmp_path)
    ann = small_league.person("ann", "civil", User.Role.STEWARD)
    hub = SimpleNamespace(
        now=small_league.NOW,
        ann=ann,
        bob=small_league.person("bob", "police", User.Role.APPROVER),
        carl=small_league.person("carl", "police", User.Role.STEWARD),
        dora=small_league.person("dora", "market", User.Role.APPROVER),
        eve=small_league.person("eve", "civil", User.Role.APPROVER),
        auditor=small_league.person("auditor", None, User.Role.AUDIT),
        client=actions.register_client(code="means_check", name="核对系统", by=ann, at=small_league.NOW),
    )

    def ask(**changed):
        usual = {
            "resource": catalog.resource("households"),
            "client": hub.client,
            "items": ["id_number", "person_name", "address"],
            "purpose": "assistance",
            "scenario": "低保申请核对",
            "valid_until": date(2027, 3, 31),
            "by": hub.ann,
            "at": hub.now,
        }
        return actions.ask(**(usual | changed))

    hub.ask = ask
    return hub


@pytest.fixture
def shared(hub):
    """The hub with rows published, a masked grant of households to civil affairs, and its system's key."""
    hub.people = publish("households", PEOPLE, at=hub.now)
    hub.entities = publish("entities", ENTITIES, at=hub.now)
    hub.grant = actions.approve(hub.ask(), by=hub.bob, at=hub.now)
    hub.key = actions.issue_key(hub.client, by=hub.ann, at=hub.now)
    hub.log = audit.size()
    return hub
