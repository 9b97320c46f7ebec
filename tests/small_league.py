"""A tiny league for tests of the catalogue, cases and sharing: four departments, five resources."""

import json
from datetime import UTC, datetime
from pathlib import Path

import remembered
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.standards import actions
from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.models import LeagueVersion
from xilin.lib.declared import read

NOW = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)  # a Thursday, 10:00 in Shanghai

LEAGUE = """
code = "small"
name = { zh = "小盟", en = "Small League" }
"""

AREAS = """code,name,level,source
990000000000,小盟,league,test
"""

DEPARTMENTS = """
[[department]]
code = "police"
name = { zh = "小盟公安局", en = "Police Bureau" }
short = { zh = "公安局", en = "Police" }
uscc = "11992500PDY000044A"
area = "990000000000"

[[department]]
code = "civil"
name = { zh = "小盟民政局", en = "Civil Affairs Bureau" }
short = { zh = "民政局", en = "Civil affairs" }
uscc = "11992500PDY000028L"
area = "990000000000"

[[department]]
code = "market"
name = { zh = "小盟市场监督管理局", en = "Market Bureau" }
short = { zh = "市监局", en = "Market" }
uscc = "11992500PDY000036F"
area = "990000000000"

[[department]]
code = "justice"
name = { zh = "小盟司法局", en = "Justice Bureau" }
short = { zh = "司法局", en = "Justice" }
uscc = "11992500PDY0000525"
area = "990000000000"
"""


def element(
    code: str, zh: str, en: str, *, type: str = "string", source: str = "test", **more: str | int
) -> str:
    """A data element as a league folder declares it."""
    said = {"type": type, "source": source, **more}
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    return "\n".join(
        ["", "[[element]]", f'code = "{code}"', f'name = {{ zh = "{zh}", en = "{en}" }}', *lines, ""]
    )


ELEMENTS = "".join(
    [
        element(
            "id_number",
            "公民身份号码",
            "Citizen ID number",
            source="GB 11643-1999",
            personal="sensitive",
            level=4,
        ),
        element("person_name", "姓名", "Name", personal="personal", level=3),
        element("address", "住址", "Address", personal="sensitive", level=3),
        element("uscc", "统一社会信用代码", "Unified social credit code", source="GB 32100-2015"),
        element("organisation_name", "机构名称", "Organisation name"),
        element("benefit", "救助金额", "Benefit", type="decimal"),
        element("verdict", "矫正决定", "Correction order"),
    ]
)

HOLIDAYS = """
[[holiday]]
year = 2026
source = "test: the State Council's table"
off = [
  2026-01-01, 2026-01-02, 2026-01-03, 2026-02-15, 2026-02-16, 2026-02-17, 2026-02-18, 2026-02-19, 2026-02-20,
  2026-02-21, 2026-02-22, 2026-02-23, 2026-09-25, 2026-09-26, 2026-09-27, 2026-10-01, 2026-10-02, 2026-10-03,
  2026-10-04, 2026-10-05, 2026-10-06, 2026-10-07,
]
worked = [2026-01-04, 2026-02-14, 2026-02-28, 2026-09-20, 2026-10-10]
"""

DEADLINES = """
[[deadline]]
code = "unconditional_reply"
regime = "national"
case_kind = "sharing_unconditional"
step = "reply"
days = 1
unit = "working_day"
warn = 0
since = 2025-08-01
source = "test"
confirmed = false

[[deadline]]
code = "unconditional_provide"
regime = "national"
case_kind = "sharing_unconditional"
step = "provide"
days = 20
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false

[[deadline]]
code = "conditional_reply"
regime = "national"
case_kind = "sharing_conditional"
step = "reply"
days = 10
unit = "working_day"
warn = 2
since = 2025-08-01
source = "test"
confirmed = false

[[deadline]]
code = "conditional_provide"
regime = "national"
case_kind = "sharing_conditional"
step = "provide"
days = 20
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false

[[deadline]]
code = "local_reply"
regime = "local"
case_kind = "sharing_conditional"
step = "reply"
days = 5
unit = "working_day"
since = 2024-03-06
source = "test"
confirmed = true

[[deadline]]
code = "hours"
regime = "national"
case_kind = "alarm"
step = "answer"
days = 2
unit = "hour"
warn = 1
since = 2025-01-01
source = "test"
confirmed = true
"""


def mask(code: str, zh: str, en: str, kind: str, **more: int) -> str:
    """A mask as a league folder declares it."""
    lines = [f"{name} = {value}" for name, value in more.items()]
    said = ["", "[[mask]]", f'code = "{code}"', f'name = {{ zh = "{zh}", en = "{en}" }}', f'kind = "{kind}"']
    return "\n".join([*said, 'source = "test"', *lines, ""])


MASKS = mask("id_front", "前六位", "First six", "stars", keep_first=6) + mask(
    "hidden", "隐藏", "Hidden", "hide"
)

PURPOSES = """
[[purpose]]
code = "assistance"
name = { zh = "救助核对", en = "Assistance check" }
basis = { zh = "《社会救助暂行办法》", en = "Interim Measures for Social Assistance" }
shape = "masked"
max_days = 366

[[purpose]]
code = "identity"
name = { zh = "身份核验", en = "Identity" }
basis = { zh = "国务院令第716号第七条", en = "State Council Order 716, article 7" }
shape = "verify"
"""


def resource(
    code: str,
    zh: str,
    en: str,
    provider: str,
    items: str,
    *,
    catalogue: str = "901/01",
    summary: str = "",
    classification: str = '["基础信息资源", "人口"]',
    share: str = "conditional",
    condition: str = "用于履行法定职责。",
    basis: str = "",
    cycle: str = "daily",
) -> str:
    """A resource as a league folder declares it; `items` are its items and whatever else is said of it."""
    return f"""
code = "{code}"
catalogue_code = "{catalogue}"
name = {{ zh = "{zh}", en = "{en}" }}
provider = "{provider}"
summary = {{ zh = "{summary or zh}", en = "{en} of the league" }}
classification = {classification}
format = "database"
share_type = "{share}"
share_condition = {{ zh = "{condition}" }}
share_basis = {{ zh = "{basis}" }}
update_cycle = "{cycle}"
published = 2026-01-01
{items}
"""


HOUSEHOLDS = resource(
    code="households",
    catalogue="101/01",
    zh="户籍人口基本信息",
    en="Household registration",
    provider="police",
    summary="全盟常住户口登记的人口基本信息。",
    classification='["基础信息资源", "人口"]',
    share="conditional",
    condition="用于履行法定职责。",
    basis="",
    cycle="daily",
    items="""
key = ["id_number"]
lookup = ["id_number"]
[[item]]
element = "id_number"
mask = "id_front"
[[item]]
element = "person_name"
one_source = true
[[item]]
element = "address"
mask = "hidden"
""",
)

ENTITIES = resource(
    code="entities",
    catalogue="102/01",
    zh="市场主体登记信息",
    en="Market entities",
    provider="market",
    summary="企业和个体工商户的登记信息。",
    classification='["基础信息资源", "法人"]',
    share="unconditional",
    condition="",
    basis="",
    cycle="weekly",
    items="""
key = ["uscc"]
lookup = ["uscc"]
open = true
[[item]]
element = "uscc"
[[item]]
element = "organisation_name"
""",
)

BENEFITS = resource(
    code="benefits",
    catalogue="201/01",
    zh="社会救助发放信息",
    en="Social assistance",
    provider="civil",
    summary="低保等救助资金的发放，含户籍所在地。",
    classification='["主题信息资源", "社会保障"]',
    share="conditional",
    condition="经民政局同意。",
    basis="",
    cycle="monthly",
    items="""
key = ["id_number"]
lookup = ["id_number"]
[[item]]
element = "id_number"
mask = "id_front"
[[item]]
element = "person_name"
[[item]]
element = "benefit"
""",
)

CORRECTIONS = resource(
    code="corrections",
    catalogue="301/01",
    zh="社区矫正对象信息",
    en="Community correction",
    provider="justice",
    summary="社区矫正对象名册。",
    classification='["部门信息资源", "司法"]',
    share="denied",
    condition="",
    basis="《社区矫正法》第五十四条",
    cycle="monthly",
    items="""
key = ["id_number"]
[[item]]
element = "id_number"
[[item]]
element = "verdict"
""",
)

FILES = {
    "league.toml": LEAGUE,
    "areas/areas.csv": AREAS,
    "departments.toml": DEPARTMENTS,
    "elements/all.toml": ELEMENTS,
    "holidays.toml": HOLIDAYS,
    "deadlines.toml": DEADLINES,
    "masks.toml": MASKS,
    "purposes.toml": PURPOSES,
    "resources/households.toml": HOUSEHOLDS,
    "resources/entities.toml": ENTITIES,
    "resources/benefits.toml": BENEFITS,
    "resources/corrections.toml": CORRECTIONS,
}


def write(folder: Path, files: dict[str, str] | None = None, **changed: str | None) -> Path:
    """The league's files in a folder, with more of them by their names.

    `changed` replaces the text of one of its own, named by its stem; None leaves it out.
    """
    own = {name: changed.get(Path(name).stem, text) for name, text in FILES.items()}
    for name, text in (own | (files or {})).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    return folder


def apply(
    folder: Path, files: dict[str, str] | None = None, *, at: datetime = NOW, **changed: str | None
) -> tuple[LeagueVersion | None, list[actions.Change]]:
    """Write the league as `write` does and apply it; what `standards.actions.apply` returns."""
    write(folder, files, **changed)

    def really() -> tuple[LeagueVersion | None, list[actions.Change]]:
        league, faults = read(folder, KINDS)
        assert faults == [], [fault.of("en") for fault in faults]
        return actions.apply(league, at=at)

    return remembered.applied(folder, at, really)


def person(name, department, role, full_name=""):
    """Somebody with a role in a department, or in none."""
    found = Department.objects.get(code=department) if department else None
    return User.objects.create(username=name, department=found, role=role, full_name=full_name)
