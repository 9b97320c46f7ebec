"""What a league folder says about the problems its people may report."""

from msgspec import Struct

from xilin.kernel.accounts.declarations import known_department
from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Kind
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


PROBLEM_KIND = Kind(
    "problem_kind",
    Text(zh="问题类别", en="Kind of problem"),
    ProblemKind,
    "problems.toml",
    "problem_kind",
    check=known_department,
)
