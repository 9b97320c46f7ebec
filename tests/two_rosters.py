"""A league with two rosters of people in a database that can be collected and linked, column names as departments have them."""

import sqlite3
from pathlib import Path

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions as registry
from xilin.kernel.registry.models import LinkRun

NOW = small_league.NOW
ELEMENTS = "".join(
    [
        small_league.element("record_no", "编号", "Record number"),
        small_league.element("born", "出生日期", "Date of birth", type="date", personal="personal"),
        small_league.element("illness", "病情", "Illness", personal="sensitive"),
    ]
)
ROSTER = small_league.resource(
    "roster",
    "人员名册",
    "Roster",
    "police",
    """
registry = "people"
key = ["record_no"]
[[item]]
element = "record_no"
[[item]]
element = "id_number"
mask = "id_front"
[[item]]
element = "person_name"
[[item]]
element = "born"
[[item]]
element = "illness"
""",
)
REGISTRY = """
code = "people"
name = { zh = "人口库", en = "People" }
blocks = [["person_name"], ["born"]]
threshold = 0.9
margin = 3
search = { name = "person_name", born = "born" }
[[attribute]]
code = "id_number"
element = "id_number"
[[attribute]]
code = "person_name"
element = "person_name"
[[attribute]]
code = "born"
element = "born"
[[identifier]]
attribute = "id_number"
guard = ["person_name"]
[[comparison]]
attribute = "person_name"
level = [{ kind = "exact", m = 0.9, u = 0.01 }, { kind = "sounds_same", m = 0.05, u = 0.01 }, { kind = "else", m = 0.05, u = 0.98 }]
[[comparison]]
attribute = "born"
level = [{ kind = "exact", m = 0.9, u = 0.01 }, { kind = "else", m = 0.1, u = 0.99 }]
"""
SOURCE = """
code = "{code}"
resource = "roster"
department = "police"
name = {{ zh = "{zh}", en = "{code}" }}
connector = "sqlite"
{mode}
[connection]
path = "{path}"
table = "{code}"
[columns]
record_no = {{ source = "BH" }}
id_number = {{ source = "GMSFHM" }}
person_name = {{ source = "XM" }}
born = {{ source = "CSRQ", formats = ["%Y%m%d"] }}
illness = {{ source = "BQ" }}
"""


class Office:
    """The departments' database, and what is done with it; `rows` are (BH, GMSFHM, XM, CSRQ, BQ)."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        for code in ("one", "two"):
            self.database.execute(f"CREATE TABLE {code} (BH, GMSFHM, XM, CSRQ, BQ, MEMO, XH)")
        self.written = 100

    def put(self, table: str, number: str, identifier: str | None, name: str, born: str) -> None:
        """Write a record, in place of one of the same number."""
        self.database.execute(f"DELETE FROM {table} WHERE BH = ?", [number])
        self.written += 1
        row = [number, identifier, name, born, "慢性病", "备注", str(self.written)]
        self.database.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def link(self) -> LinkRun:
        """Collect both rosters and link."""
        batches = [collect.collect(source, at=NOW) for source in ("one", "two")]
        assert [batch.state for batch in batches] == ["done", "done"], [one.error for one in batches]
        return registry.link("people", at=NOW, con=engine.connect(512))


def office(settings, tmp_path: Path, mode: str = "") -> Office:
    """Apply the league; the office with a record in each roster. `mode` is more of the sources' declarations."""
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    folder, path = tmp_path / "league", tmp_path / "office.db"
    files = {
        "elements/office.toml": ELEMENTS,
        "resources/roster.toml": ROSTER,
        "registries/people.toml": REGISTRY,
    }
    for code, zh in (("one", "甲系统"), ("two", "乙系统")):
        files[f"sources/{code}.toml"] = SOURCE.format(code=code, zh=zh, path=path, mode=mode)
    small_league.apply(folder, files)
    made = Office(path)
    made.put("one", "A1", None, "其其格", "19800203")
    made.put("two", "B1", "99" + "7" * 16, "琪琪格", "19800204")
    return made


def reviewer(name: str) -> User:
    """A person who may review."""
    return User.objects.create(username=name, full_name="核对员", role=User.Role.REVIEWER)
