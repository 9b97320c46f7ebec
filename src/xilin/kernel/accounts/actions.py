"""Changes to departments and users."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from xilin.kernel.accounts.errors import PasswordWeak, SignInWaits
from xilin.kernel.accounts.models import Department, SignInCount, User
from xilin.kernel.audit.actions import record
from xilin.kernel.standards.actions import Change
from xilin.kernel.standards.models import Area

# GB/T 22239-2019 8.1.4.1 b) wants illegal sign-ins limited and leaves the figures to the operator.
MOST_ATTEMPTS, MOST_EVERYWHERE = 5, 10
MINUTE = timedelta(minutes=1)
WINDOW = WAIT = 15 * MINUTE
# Where no address can be.
EVERYWHERE = "everywhere"
FORGOTTEN = timedelta(days=1)


def apply_departments(changes: Iterable[Change]) -> None:
    """Carry department declarations into the table: names first, then the tree."""
    changes = list(changes)
    areas = dict(Area.objects.values_list("code", "pk"))
    for change in changes:
        if change.after is None:
            Department.objects.filter(code=change.code).update(retired=True)
            continue
        value = change.after
        Department.objects.update_or_create(
            code=value.code,
            defaults={
                "uscc": value.uscc,
                "name": value.name.zh,
                "name_en": value.name.en,
                "short": value.short.zh,
                "short_en": value.short.en,
                "kind": value.kind,
                "area_id": areas[value.area],
                "retired": False,
            },
        )
    ids = dict(Department.objects.values_list("code", "pk"))
    for change in changes:
        if change.after is not None:
            parent = ids[change.after.parent] if change.after.parent else None
            Department.objects.filter(code=change.code).update(parent_id=parent)


@transaction.atomic
def add_user(
    username: str,
    *,
    role: User.Role,
    at: datetime,
    department: Department | None = None,
    full_name: str = "",
    password: str | None = None,
    by: User | None = None,
) -> User:
    """Enter a person who may sign in; without a password nobody can until one is set.

    Someone of that name already there is brought to the same department, role, name and password.
    PasswordWeak where others would guess the password.
    """
    user, created = User.objects.get_or_create(username=username)
    user.department, user.role, user.full_name, user.is_active = department, role, full_name, True
    if password is not None:
        _check_password(password, user)
    user.set_password(password)
    user.save()
    record(
        "accounts.user.added" if created else "accounts.user.changed",
        by=by,
        department=department,
        subject=username,
        detail={"role": str(role)},
        at=at,
    )
    return user


def add_hand(username: str, full_name: str, password: str, *, at: datetime) -> User:
    """Enter somebody who may only record with a handheld, and is a visitor everywhere else."""
    return add_user(username, role=User.Role.HAND, full_name=full_name, password=password, at=at)


def add_producer(username: str, full_name: str, password: str, *, at: datetime) -> User:
    """Enter somebody who works for a producer: at the desk of goods, with a handheld, and a visitor everywhere else."""
    return add_user(username, role=User.Role.PRODUCER, full_name=full_name, password=password, at=at)


@transaction.atomic
def change_password(user: User, password: str, *, at: datetime) -> None:
    """Give someone the password they chose; their other sessions end with the old one. PasswordWeak where others would guess it."""
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    record("accounts.password.changed", by=user, department=user.department, subject=user.username, at=at)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordWeak(what=" ".join(error.messages)) from None


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a name waits if the attempt that was just begun fails: from one place, or from everywhere."""

    minutes: int
    everywhere: bool


@transaction.atomic
def begin_sign_in(name: str, place: str, *, known: bool = False, at: datetime) -> Pause | None:
    """Count an attempt to sign in before its password is looked at; the pause that follows if it fails, or None.

    Raises SignInWaits in a pause: 15 minutes from the fifth attempt within 15 minutes from one place, an address or a
    browser that is known; from everywhere else together after ten attempts a minute, then two, four, eight, and 15 at
    most. Whoever comes from where the person signed in before (`known`) doesn't wait for what is tried elsewhere.
    """
    everywhere = None if known else _counted(name, EVERYWHERE, FORGOTTEN, at)
    here = _counted(name, place, WINDOW, at)
    pause = None
    if here.attempts >= MOST_ATTEMPTS:
        here.waits_until, pause = at + WAIT, Pause(WAIT // MINUTE, everywhere=False)
    here.save()
    if everywhere is not None:
        if everywhere.attempts >= MOST_EVERYWHERE:
            wait = min(MINUTE * 2 ** min(everywhere.attempts - MOST_EVERYWHERE, 10), WAIT)
            everywhere.waits_until, pause = at + wait, Pause(wait // MINUTE, everywhere=True)
        everywhere.save()
    return pause


def _counted(name: str, place: str, window: timedelta, at: datetime) -> SignInCount:
    """A count with this attempt in it, locked and not yet saved; SignInWaits in its pause.

    Counts of one place begin anew after their pause, that of everywhere a day after its first attempt only.
    """
    count, _ = SignInCount.objects.select_for_update().get_or_create(
        who=_who(name, place), defaults={"since": at}
    )
    waits = count.waits_until
    if waits is not None and at < waits:
        raise SignInWaits(minutes=math.ceil((waits - at) / MINUTE))
    if at >= count.since + window or (waits is not None and place != EVERYWHERE):
        count.attempts, count.since = 0, at
    count.attempts, count.waits_until = count.attempts + 1, None
    return count


@transaction.atomic
def halt_sign_in(name: str, pause: Pause, *, at: datetime) -> None:
    """Put on record that a pause began. A name nobody has is not kept: it may be a password."""
    user = User.objects.select_related("department").filter(username=name).first()
    record(
        "accounts.sign_in.halted",
        department=user.department if user else None,
        subject=user.username if user else "",
        detail={"known": user is not None, "minutes": pause.minutes, "everywhere": pause.everywhere},
        at=at,
    )


@transaction.atomic
def open_session(user: User, place: str, *, known: bool = False, at: datetime) -> None:
    """Put on record that someone signed in, and forget the attempts before; of a `known` browser its own alone."""
    forget_attempts(user.username, place, known=known)
    SignInCount.objects.filter(since__lt=at - FORGOTTEN).delete()
    record("accounts.session.opened", by=user, department=user.department, subject=user.username, at=at)


def forget_attempts(name: str, place: str, *, known: bool = False) -> None:
    """Count anew: whoever tried at this place knew the password in the end."""
    places = [place] if known else [place, EVERYWHERE]
    SignInCount.objects.filter(who__in=[_who(name, one) for one in places]).delete()


def close_session(user: User, *, idle: bool, at: datetime) -> None:
    """Put on record that someone signed out, or (`idle`) was signed out for not using the pages."""
    record(
        "accounts.session.closed",
        by=user,
        department=user.department,
        subject=user.username,
        detail={"idle": idle},
        at=at,
    )


def _who(name: str, place: str) -> str:
    return salted_hmac("xilin.sign-in", f"{place}\n{name}", algorithm="sha256").hexdigest()
