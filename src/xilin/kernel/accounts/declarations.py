"""What a league folder says about departments."""

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class Department(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """部门 A department: provider or user of data.

    `uscc` is 信息资源提供方代码 (GB 32100-2015).
    """

    code: Code
    name: Name
    short: Name
    uscc: Annotated[str, Meta(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")]
    area: str
    parent: str = ""
    kind: str = "department"
    duty: Text = Text(zh="")


def known_department(declared: Declared[Any], league: League) -> Iterable[Fault]:
    """That the department a declaration names, where it names one, is declared."""
    department = declared.value.department
    if department and department not in league.all("department"):
        yield declared.fault(
            "department",
            zh=f"部门“{department}”不存在。",
            en=f"There is no department {department}.",
            allowed=league.codes("department"),
        )


def _references(declared: Declared[Department], league: League) -> Iterable[Fault]:
    value = declared.value
    if value.parent and value.parent not in league.all("department"):
        yield declared.fault(
            "parent",
            zh=f"上级部门“{value.parent}”不存在。",
            en=f"There is no department {value.parent}.",
            allowed=league.codes("department"),
        )
    if value.area not in league.all("area"):
        yield declared.fault(
            "area", zh=f"行政区划“{value.area}”不存在。", en=f"There is no area {value.area}."
        )
    first = min(code for code, other in league.all("department").items() if other.value.uscc == value.uscc)
    if first != declared.code:
        yield declared.fault(
            "uscc",
            zh=f"统一社会信用代码“{value.uscc}”已由“{first}”使用。",
            en=f"The credit code {value.uscc} is that of {first} already.",
        )
    if declared.code in _above(value.parent, league):
        yield declared.fault(
            "parent",
            zh=f"部门“{declared.code}”的上级绕了一圈又回到它自己。",
            en=f"The parents of department {declared.code} lead back to itself.",
        )


def _above(code: str, league: League) -> set[str]:
    """A department and all above it."""
    found: set[str] = set()
    while code and code not in found and code in league.all("department"):
        found.add(code)
        code = league.all("department")[code].value.parent
    return found


DEPARTMENT = Kind(
    "department",
    Text(zh="部门", en="Department"),
    Department,
    "departments.toml",
    "department",
    check=_references,
)
