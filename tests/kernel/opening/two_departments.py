"""A league in which the police keep a roster of residents and civil affairs pays benefits: collected and linked for real."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.collect import actions as collect
from xilin.kernel.exchange.candidates import CHECK, WEIGHTS
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions as registry
from xilin.kernel.registry.models import Entity

NOW = small_league.NOW
CHECKED = small_league.ELEMENTS.replace(
    'source = "GB 11643-1999"', 'source = "GB 11643-1999"\ncheck = "citizen_id"'
)
ELEMENTS = "".join(
    [
        small_league.element("born", "出生日期", "Date of birth", type="date", personal="personal"),
        small_league.element("sex", "性别", "Sex", personal="personal", code_list="sexes"),
        small_league.element("home", "区划", "Area", personal="personal"),
        small_league.element("amount", "金额", "Amount", type="integer", personal="personal"),
    ]
)
CODES = """
[[code_list]]
code = "sexes"
name = { zh = "性别", en = "Sex" }
source = "test"
since = 2020-01-01
entries = [["1", "男", "male"], ["2", "女", "female"]]
"""
RESIDENTS = small_league.resource(
    "residents",
    "居民",
    "Residents",
    "police",
    """
registry = "people"
key = ["id_number"]
area_column = "home"
lookup = ["id_number"]
[[item]]
element = "id_number"
[[item]]
element = "born"
[[item]]
element = "sex"
[[item]]
element = "home"
""",
    catalogue="501/01",
)
PAYMENTS = small_league.resource(
    "payments",
    "救助",
    "Payments",
    "civil",
    """
registry = "people"
key = ["id_number"]
area_column = "home"
lookup = ["id_number"]
[[item]]
element = "id_number"
[[item]]
element = "amount"
[[item]]
element = "home"
""",
    catalogue="502/01",
)
REGISTRY = """
code = "people"
name = { zh = "人口库", en = "People" }
[[attribute]]
code = "id_number"
element = "id_number"
[[identifier]]
attribute = "id_number"
"""
GOLDEN = """
[[attribute]]
code = "born"
element = "born"
[[attribute]]
code = "sex"
element = "sex"
[[attribute]]
code = "home"
element = "home"
"""
SOURCE = """
code = "{code}"
resource = "{code}"
department = "{department}"
name = {{ zh = "{code}", en = "{code}" }}
connector = "sqlite"
[connection]
path = "{path}"
table = "{code}"
[columns]
{columns}
"""
AREAS = """code,name,level,source
990000000000,小盟,league,test
990101000000,甲旗,county,test
990102000000,乙旗,county,test
990201000000,丙旗,county,test
"""
LICENCE = 'licence = { zh = "可自由使用", en = "free to use" }\n'
BASIS = 'basis = { zh = "评估" }\n'


def opening(code: str, form: str, more: str, resource: str = "residents") -> str:
    """An opening as a league folder declares it."""
    said = f'code = "{code}"\nname = {{ zh = "{code}", en = "{code}" }}\nsummary = {{ zh = "{code}" }}\n'
    return (
        f'{said}resource = "{resource}"\nform = "{form}"\n{LICENCE}{BASIS if form != "rows" else ""}{more}\n'
    )


OPENINGS = {
    "counted": opening(
        "counted",
        "table",
        'least = 5\nby = [{ column = "home", kind = "area", levels = [6] }, { column = "born", kind = "age", levels = [20] }]',
    ),
    "by_sex": opening(
        "by_sex",
        "table",
        'least = 5\nby = [{ column = "home", kind = "area", levels = [6] }, { column = "sex" }]',
    ),
    "alike": opening(
        "alike",
        "microdata",
        'k = 5\nby = [{ column = "home", kind = "area", levels = [6, 4] }, { column = "born", kind = "age", '
        'levels = [5, 10, 20] }, { column = "sex" }]',
    ),
    "noisy": opening(
        "noisy",
        "noisy",
        'epsilon = 0.5\nperiod = "month"\nby = [{ column = "sex" }, { column = "home", kind = "area", levels = [6] }]',
    ),
}
BUDGETS = '[[budget]]\nresource = "residents"\nepsilon = 1.2\nsource = "test"\n[[budget]]\nresource = "payments"\nepsilon = 1\nsource = "test"\n'


def number(n: int, born: date) -> str:
    """A valid ID number of an area nobody lives in."""
    body = f"990101{born:%Y%m%d}{n % 999 + 1:03d}"
    return body + CHECK[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def people(n: int = 240) -> list[tuple[str, date, str, str, int | None]]:
    """Residents as (number, born, sex, home, amount or None where nothing is paid)."""
    found = []
    for i in range(n):
        born = date(1940, 1, 1) + timedelta(days=i * 97)
        home = ("990101001000", "990102001000", "990201001000")[0 if i % 11 < 6 else 1 if i % 11 < 10 else 2]
        found.append((number(i, born), born, "12"[i % 2], home, 100 + i % 7 * 50 if i % 3 else None))
    return found


def put_golden(hub: SimpleNamespace, rows: list[tuple[str, date, str, str, int | None]]) -> None:
    """Write residents as golden records, as a linking leaves them."""
    hub.rows = rows
    Entity.objects.all().delete()
    Entity.objects.bulk_create(
        Entity(
            registry="people",
            attributes={"id_number": r[0], "born": f"{r[1]:%Y-%m-%d}", "sex": r[2], "home": r[3]},
            provenance={},
            records=1,
            digest="",
            since_run=1,
            changed_run=1,
        )
        for r in rows
    )


def put(hub: SimpleNamespace, rows: list[tuple[str, date, str, str, int | None]]) -> None:
    """Write the departments' databases anew, collect and link."""
    hub.rows = rows
    with sqlite3.connect(hub.path) as database:
        for table in ("residents", "payments"):
            database.execute(f"DROP TABLE IF EXISTS {table}")
        database.execute("CREATE TABLE residents (id_number, born, sex, home)")
        database.execute("CREATE TABLE payments (id_number, amount, home)")
        database.executemany(
            "INSERT INTO residents VALUES (?, ?, ?, ?)",
            [(r[0], f"{r[1]:%Y-%m-%d}", r[2], r[3]) for r in rows],
        )
        database.executemany(
            "INSERT INTO payments VALUES (?, ?, ?)",
            [(r[0], str(r[4]), r[3]) for r in rows if r[4] is not None],
        )
    database.close()
    batches = [collect.collect(source, at=NOW) for source in ("residents", "payments")]
    assert [batch.state for batch in batches] == ["done", "done"], [one.error for one in batches]
    registry.link("people", at=NOW, con=engine.connect(256))


def person(name: str, department: str, role: str) -> User:
    """Somebody of a department."""
    return User.objects.create(username=name, department=Department.objects.get(code=department), role=role)


def make(settings, tmp_path: Path, *, golden: bool) -> SimpleNamespace:
    """Apply the league; the departments' people. Residents are golden records, or both rosters collected and linked."""
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    path = tmp_path / "office.db"
    columns = {
        "residents": ("police", ("id_number", "born", "sex", "home")),
        "payments": ("civil", ("id_number", "amount", "home")),
    }
    files = {
        "elements/people.toml": ELEMENTS,
        "code_lists/sexes.toml": CODES,
        "resources/residents.toml": RESIDENTS,
        "resources/payments.toml": PAYMENTS,
        "registries/people.toml": REGISTRY,
        "open/budgets.toml": BUDGETS,
    }
    files |= {f"open/releases/{code}.toml": text for code, text in OPENINGS.items()}
    if golden:
        files["resources/residents.toml"] = RESIDENTS.replace('key = ["id_number"]', "base = true")
        files["resources/register.toml"] = RESIDENTS.replace('"residents"', '"register"').replace(
            "501/01", "503/01"
        )
        files["registries/people.toml"] = REGISTRY + GOLDEN
        del columns["residents"]
    for code, (department, names) in columns.items():
        files[f"sources/{code}.toml"] = SOURCE.format(
            code=code,
            department=department,
            path=path,
            columns="\n".join(f'{n} = {{ source = "{n}" }}' for n in names),
        )
    small_league.apply(tmp_path / "league", files, all=CHECKED, areas=AREAS)
    hub = SimpleNamespace(path=path, now=NOW, home=tmp_path)
    (put_golden if golden else put)(hub, people())
    hub.con = engine.connect(256)
    hub.bob = person("bob", "police", User.Role.APPROVER)
    hub.carl = person("carl", "police", User.Role.STEWARD)
    hub.ann = person("ann", "civil", User.Role.STEWARD)
    hub.eve = person("eve", "civil", User.Role.APPROVER)
    hub.dora = person("dora", "market", User.Role.APPROVER)
    return hub
