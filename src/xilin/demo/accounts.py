"""People of the demo's departments who sign in; passwords are made for each installation and kept in its home."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from xilin.kernel.accounts.actions import add_user
from xilin.kernel.accounts.models import Department, User
from xilin.lib.text import Text

ROLES = {
    "steward": Text(zh="数据专员", en="data steward"),
    "approver": Text(zh="共享审批人", en="approver"),
    "engineer": Text(zh="数据工程师", en="data engineer"),
    "reviewer_1": Text(zh="基础库核对员甲", en="registry reviewer, first"),
    "reviewer_2": Text(zh="基础库核对员乙", en="registry reviewer, second"),
    "auditor": Text(zh="审计管理员", en="auditor"),
}
# Name, department ("" for none), role, and the word for the role.
PEOPLE = (
    *((f"{code}_{word}", code, role, word) for code in ("mzj", "gaj", "wjw", "scjgj", "nmj", "sjj")
      for word, role in (("steward", User.Role.STEWARD), ("approver", User.Role.APPROVER))),
    ("engineer", "sjj", User.Role.ENGINEER, "engineer"),
    # Two, because a merge or a split takes two people.
    *((word, "sjj", User.Role.REVIEWER, word) for word in ("reviewer_1", "reviewer_2")),
    ("auditor", "", User.Role.AUDIT, "auditor"),
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    """Someone who may sign in, and who that is in words."""

    name: str
    password: str
    who: Text


def path(home: Path) -> Path:
    """The file of names and passwords, readable by its owner only."""
    return home / "demo" / "accounts"


def kept(home: Path) -> dict[str, str]:
    """Passwords by name, as kept; nothing where there was no demo."""
    try:
        lines = path(home).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split(" ", 1) for line in lines if line)


def make(home: Path, *, at: datetime) -> list[Account]:
    """Enter everyone who isn't there yet; those who are keep their password."""
    known = kept(home)
    departments = {department.code: department for department in Department.objects.all()}
    there = set(User.objects.values_list("username", flat=True))
    accounts = []
    for name, code, role, word in PEOPLE:
        department = departments[code] if code else None
        password = known.get(name) or secrets.token_urlsafe(9)
        short = Text(department.short + " ", f"{department.short_en}: ") if department else Text("")
        who = Text(zh=short.zh + ROLES[word].zh, en=short.en + ROLES[word].en)
        if name not in known or name not in there:
            add_user(name, department=department, role=role, full_name=who.zh, password=password, at=at)
        accounts.append(Account(name, password, who))
    keep(home, known | {account.name: account.password for account in accounts})
    return accounts


def keep(home: Path, passwords: dict[str, str]) -> None:
    """Write the file of names and passwords."""
    file = path(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{name} {password}\n" for name, password in passwords.items()), "utf-8")
    fresh.replace(file)
