"""Changes to departments and users."""

from collections.abc import Iterable

from xilin.kernel.accounts.models import Department
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
