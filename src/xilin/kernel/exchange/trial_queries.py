"""Reading what may be tried by hand: systems and grants of one's own department, what is used and left."""

from datetime import date, datetime
from typing import Any

from xilin.kernel.exchange.actions.parties import ASKERS, need
from xilin.kernel.exchange.models import Client, Grant, Usage
from xilin.kernel.exchange.queries import client_for, grants_for
from xilin.kernel.exchange.signing_models import SigningKey
from xilin.lib.errors import NotFound


def system_tried(user: Any, code: str) -> Client:
    """A system of one's own department, for who may make keys for it; NotFound or RoleMissing for others."""
    client = client_for(user, code)
    need(user, *ASKERS)
    return client


def grant_tried(user: Any, client: Client, number: str, at: datetime) -> Grant:
    """A grant that the system holds and that is in force, or NotFound."""
    found = grants_for(user).filter(client=client, number=number).first()
    if found is None or found.department_id != client.department_id or not found.in_force(at):
        raise NotFound(kind=Grant._meta.verbose_name, name=number)
    return found


def used_today(grant: Grant, day: date) -> int:
    """How many answers of a day's quota a grant has used."""
    return Usage.objects.filter(grant=grant, day=day).values_list("asked", flat=True).first() or 0


def trial_calls_left(grant: Grant, user: Any) -> int:
    """How many calls somebody's newest trial key of a grant still has."""
    newest = SigningKey.objects.filter(trial_of=grant, created_by=user).order_by("-created_at", "-pk").first()
    return (newest.calls_left or 0) if newest else 0
