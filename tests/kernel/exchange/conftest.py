"""The people of the sharing tests: two departments that ask, two that own."""

from datetime import date
from types import SimpleNamespace

import pytest

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions


def person(name, department, role):
    department = Department.objects.get(code=department) if department else None
    return User.objects.create(username=name, department=department, role=role)


@pytest.fixture
def hub(tmp_path, db):
    """The small league, its people, one client of civil affairs, and `ask` with all that is usual."""
    small_league.apply(tmp_path)
    ann = person("ann", "civil", User.Role.STEWARD)
    hub = SimpleNamespace(
        now=small_league.NOW,
        ann=ann,
        bob=person("bob", "police", User.Role.APPROVER),
        carl=person("carl", "police", User.Role.STEWARD),
        dora=person("dora", "market", User.Role.APPROVER),
        eve=person("eve", "civil", User.Role.APPROVER),
        auditor=person("auditor", None, User.Role.AUDIT),
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
