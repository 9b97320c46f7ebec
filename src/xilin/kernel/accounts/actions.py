"""Changes to departments and users."""

import math
from collections.abc import Iterable
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
MOST_ATTEMPTS = 5
WINDOW = WAIT = timedelta(minutes=15)
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


@transaction.atomic
def begin_sign_in(name: str, address: str, *, at: datetime) -> bool:
    """Count an attempt to sign in before its password is looked at; True for the last one before the pause.

    Raises SignInWaits in the pause: 15 minutes from the fifth attempt within 15 minutes.
    """
    count, _ = SignInCount.objects.select_for_update().get_or_create(
        who=_who(name, address), defaults={"since": at}
    )
    if count.waits_until is not None and at < count.waits_until:
        raise SignInWaits(minutes=math.ceil((count.waits_until - at) / timedelta(minutes=1)))
    if count.waits_until is not None or at >= count.since + WINDOW:
        count.attempts, count.since, count.waits_until = 0, at, None
    count.attempts += 1
    if count.attempts >= MOST_ATTEMPTS:
        count.waits_until = at + WAIT
    count.save()
    return count.attempts >= MOST_ATTEMPTS


@transaction.atomic
def halt_sign_in(name: str, *, at: datetime) -> None:
    """Put on record that a pause began. A name nobody has is not kept: it may be a password."""
    user = User.objects.select_related("department").filter(username=name).first()
    record(
        "accounts.sign_in.halted",
        department=user.department if user else None,
        subject=user.username if user else "",
        detail={"known": user is not None},
        at=at,
    )


@transaction.atomic
def open_session(user: User, address: str, *, at: datetime) -> None:
    """Put on record that someone signed in, and forget the attempts before."""
    forget_attempts(user.username, address)
    SignInCount.objects.filter(since__lt=at - FORGOTTEN).delete()
    record("accounts.session.opened", by=user, department=user.department, subject=user.username, at=at)


def forget_attempts(name: str, address: str) -> None:
    """Count anew: whoever tried at this address knew the password in the end."""
    SignInCount.objects.filter(who=_who(name, address)).delete()


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


def _who(name: str, address: str) -> str:
    return salted_hmac("xilin.sign-in", f"{address}\n{name}", algorithm="sha256").hexdigest()
