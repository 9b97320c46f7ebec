"""Who oversees goods (监管职责): the departments that products, ear tags and balances name, and auditors, who see all and decide nothing."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from msgspec import Struct

from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.errors import NotFound


class Watch(Struct, frozen=True):
    """What somebody oversees: the alarms of department `code`, or of all (`everything`); `decides` whether they take and decide them."""

    code: str
    everything: bool = False
    decides: bool = False

    def owns(self, department: str) -> bool:
        """Whether an alarm is this department's: its own, or nobody's."""
        return self.decides and department in ("", self.code)


def watch_of(user: Any) -> Watch | None:
    """What a person oversees; None for everybody else."""
    if not user.is_authenticated or not user.is_active:
        return None
    if user.role == "audit":
        return Watch("", everything=True)
    code = user.department.code if user.department_id else ""
    version = current_version()
    if not code or version is None or code not in overseers(version.digest):
        return None
    return Watch(code, decides=user.role in ("steward", "approver"))


def asked(request: HttpRequest) -> Watch:
    """What who is signed in oversees; NotFound for everybody else."""
    found = watch_of(request.user)
    if found is None:
        raise NotFound(kind="desk", name="regulator")
    return found


@lru_cache(maxsize=4)
def overseers(_version: str) -> frozenset[str]:
    """Departments with something to oversee, as a version of the league folder says."""
    kinds = ("trace_product", "trace_tags", "trace_balance")
    return frozenset(one.department for kind in kinds for one in declared(kind).values() if one.department)
