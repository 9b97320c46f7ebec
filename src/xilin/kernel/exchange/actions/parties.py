"""Who may act: departments and roles, checked before anything is written."""

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.exchange import errors

ASKERS = (User.Role.STEWARD, User.Role.APPROVER)


def department_of(user: User) -> Department:
    """The department someone acts for, or NoDepartment."""
    if user.department is None or user.department.retired or not user.is_active:
        raise errors.NoDepartment
    return user.department


def need(user: User, *roles: User.Role) -> None:
    """RoleMissing unless the user has one of the roles."""
    if user.role not in roles:
        raise errors.RoleMissing(role=" / ".join(str(role.label) for role in roles))
