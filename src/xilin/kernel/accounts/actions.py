"""Changes to departments and users."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.actions import record
from xilin.kernel.standards.actions import Change
from xilin.kernel.standards.models import Area


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
    """
    user, created = User.objects.get_or_create(username=username)
    user.department, user.role, user.full_name, user.is_active = department, role, full_name, True
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
