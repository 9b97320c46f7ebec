"""Who may act: departments and roles, checked before anything is written."""

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog.queries import authority
from xilin.kernel.exchange import errors
from xilin.kernel.exchange.models import Request

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


def above(applicant: int, provider: int) -> Department | None:
    """主管部门 The authority over two departments, by their keys; None where none is declared or it is one of them."""
    found = authority()
    return None if found is None or found.pk in (applicant, provider) else found


def authority_over(request: Request) -> Department:
    """The authority over both parties of a request, or AuthorityIsParty."""
    found = above(request.department_id, request.provider_id)
    if found is None:
        raise errors.AuthorityIsParty(number=request.number)
    return found


def need_authority(request: Request, by: User) -> Department:
    """The authority, if this person is an approver of it; NotTheAuthority otherwise."""
    department = department_of(by)
    found = authority_over(request)
    if department.pk != found.pk or by.role != User.Role.APPROVER:
        raise errors.NotTheAuthority(authority=found.name)
    return found
