"""What a league folder says about the problems its people may report."""

from collections.abc import Iterable

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class ProblemKind(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """问题类别 What people may report, with examples in their words, and the department that receives it.

    `order` is where it stands in the form. What is urgent belongs to a telephone: `urgent` says which.
    """

    code: Code
    name: Name
    department: str
    examples: Text
    order: int = 100
    urgent: Text = Text(zh="")


def _department(declared: Declared[ProblemKind], league: League) -> Iterable[Fault]:
    if declared.value.department not in league.all("department"):
        yield declared.fault(
            "department",
            zh=f"部门“{declared.value.department}”不存在。",
            en=f"There is no department {declared.value.department}.",
            allowed=league.codes("department"),
        )


PROBLEM_KIND = Kind(
    "problem_kind",
    Text(zh="问题类别", en="Kind of problem"),
    ProblemKind,
    "problems.toml",
    "problem_kind",
    check=_department,
)
