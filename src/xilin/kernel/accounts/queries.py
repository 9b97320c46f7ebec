"""Reading who there is."""

from xilin.kernel.accounts.models import Department
from xilin.lib.errors import NotFound


def department(code: str) -> Department:
    """A department that works, by its code; raises NotFound."""
    found = Department.objects.filter(code=code, retired=False).first()
    if found is None:
        raise NotFound(kind="department", name=code)
    return found
