"""The tiny league with an authority, classes and clocks for its catalogue, and people who compile and review."""

from datetime import timedelta

import msgspec

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import actions, entries
from xilin.kernel.catalog.declarations import Item
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.standards.declarations import Name
from xilin.lib.text import Text

NOW = small_league.NOW

AUTHORITY = """
code = "catalogue"
department = "market"
basis = { zh = "测试" }
"""

CLASSES = "".join(
    f'\n[[class]]\ncode = "{code}"\nname = {{ zh = "{zh}", en = "{en}" }}\n'
    for code, zh, en in (
        ("1", "基础信息资源", "Base"),
        ("101", "人口", "People"),
        ("102", "法人", "Organisations"),
        ("2", "主题信息资源", "Themes"),
        ("201", "社会保障", "Social security"),
        ("201001", "社会救助", "Assistance"),
        ("3", "部门信息资源", "Departments"),
        ("301", "司法", "Justice"),
    )
)

DEADLINES = "".join(
    f"""
[[deadline]]
code = "catalogue_{step}"
regime = "national"
case_kind = "catalogue"
step = "{step}"
days = {days}
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false
"""
    for step, days in (("department_review", 3), ("authority_review", 2), ("amend", 5))
)

FILES = {"catalogue/authority.toml": AUTHORITY, "catalogue/classes.toml": CLASSES}


def apply(folder, *, files=None, at=NOW, **changed):
    """Apply the tiny league with its catalogue's authority, classes and clocks."""
    changed.setdefault("deadlines", small_league.DEADLINES + DEADLINES)
    return small_league.apply(folder, FILES | (files or {}), at=at, **changed)


def person(name, department, role="steward"):
    """Someone of a department."""
    return User.objects.create(
        username=name, department=Department.objects.get(code=department), role=role, full_name=name
    )


def people():
    """Everyone the way of an entry needs, by name."""
    return {
        "ann": person("ann", "civil"),
        "bob": person("bob", "civil", "approver"),
        "cyd": person("cyd", "market", "approver"),
        "dan": person("dan", "police", "approver"),
        "eve": person("eve", "market", "steward"),
    }


def entry(**changed):
    """A new entry of the civil affairs bureau, all right as it stands."""
    made = Entry(
        code=entries.UNNAMED,
        catalogue_code="201001/0",
        name=Name(zh="临时救助审批信息", en="Temporary assistance"),
        provider="civil",
        summary=Text(zh="临时救助的申请和审批结果。"),
        classification=("主题信息资源", "社会保障", "社会救助"),
        format="database",
        share_type="conditional",
        share_condition=Text(zh="用于履行法定职责。"),
        update_cycle="daily",
        published=NOW.date(),
        key=("id_number",),
        lookup=("id_number",),
        item=(Item(element="id_number"), Item(element="person_name"), Item(element="benefit")),
    )
    return msgspec.structs.replace(made, **changed)


def published(who, value=None, *, resource=None, at=NOW):
    """An entry carried through both reviews."""
    made = actions.begin(value or entry(), by=who["ann"], at=at, resource=resource)
    made = actions.submit(made, by=who["ann"], at=at + timedelta(hours=1))
    made = actions.pass_on(made, by=who["bob"], at=at + timedelta(hours=2))
    return actions.publish(made, by=who["cyd"], at=at + timedelta(hours=3))
