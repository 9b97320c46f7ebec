"""Legal representatives and branches' companies: found by the number given, else by name and telephone or area."""

from pathlib import Path

import pytest
from made_up import NOW, identity
from typer.testing import CliRunner

from xilin.kernel.audit.models import Entry
from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions, cli, queries, relations
from xilin.kernel.registry.errors import NotLinked
from xilin.kernel.registry.relation_models import Relation
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[3]
ELEMENTS = ("no", "number", "person", "phone", "area", "firm", "head", "head_number", "of", "of_no")
PEOPLE = [
    ("P1", identity(1, "1980-02-03"), "巴特尔", "12000000001", "152501"),
    ("P2", identity(2, "1981-02-03"), "其其格", "12000000002", "152501"),
    ("P3", identity(3, "1982-02-03"), "王芳", "12000000003", "152501"),
    ("P4", identity(4, "1983-02-03"), "王芳", "12000000004", "152501"),
    ("P5", identity(5, "1984-02-03"), "乌云", "12000000005", "152502"),
]
FIRMS = [
    ("F1", "甲公司", "巴特尔", identity(1, "1980-02-03"), "", "152502", "", ""),  # by number
    ("F2", "乙公司", "高娃", identity(2, "1981-02-03"), "", "152501", "", ""),  # by number, another name
    ("F3", "丙公司", "王　芳", "", "12000000004", "152501", "", ""),  # by telephone: one of two namesakes
    ("F4", "丁公司", "王芳", "", "", "152501", "", ""),  # two namesakes: nobody
    ("F5", "戊公司", "乌 云", "", "", "152502", "", ""),  # the only one of the name there
    ("F6", "己公司", "乌云", "", "", "152501", "", ""),  # the only one of the name lives elsewhere
    # A number nobody has: somebody from elsewhere.
    ("F7", "庚公司", "乌云", identity(9, "1970-01-01"), "", "152502", "", ""),
]


def folder(place: Path) -> Path:
    """A league with two registries and a relation between them."""
    for name in ("areas/areas.csv", "departments.toml", "league.toml"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text((REPO / "leagues/febrl" / name).read_text("utf-8"), "utf-8")
    sets = {
        "people": (("no", "number", "person", "phone", "area"), "person"),
        "firms": (("no", "firm", "head", "head_number", "phone", "area", "of", "of_no"), "firm"),
    }
    for kind in ("elements", "resources", "sources", "registries"):
        (place / kind).mkdir()
    elements = [
        f'{{ code = "{code}", name = {{ zh = "{code}", en = "{code}" }}, type = "string", source = "test" }},'
        for code in ELEMENTS
    ]
    (place / "elements/all.toml").write_text("element = [\n" + "\n".join(elements) + "\n]\n", "utf-8")
    template = (REPO / "leagues/febrl/resources/persons.toml").read_text("utf-8").partition("key = ")[0]
    for nth, (code, (columns, title)) in enumerate(sets.items(), 1):
        items = "\n".join(f'  {{ element = "{column}" }},' for column in columns)
        text = template.replace('code = "persons"', f'code = "{code}_rows"').replace("000001", f"00000{nth}")
        text += f'key = ["no"]\nregistry = "{code}"\nitem = [\n{items}\n]\n'
        (place / f"resources/{code}.toml").write_text(text, "utf-8")
        mapped = "\n".join(f'{column} = {{ source = "{column}" }}' for column in columns)
        (place / f"sources/{code}.toml").write_text(
            f'code = "{code}_source"\nresource = "{code}_rows"\ndepartment = "febrl"\n'
            f'name = {{ zh = "{code}", en = "{code}" }}\nconnector = "csv"\n'
            f'[connection]\npath = "${{SETS}}/{code}.csv"\n[columns]\n{mapped}\n',
            "utf-8",
        )
        replace = ', replace = { "有限公司" = "公司" }'
        attributes = "\n".join(
            f'  {{ code = "{c}", element = "{c}"{replace if c == "firm" else ""} }},'
            for c in columns
            if c not in ("head_number", "of", "of_no")
        )
        identifier = "number" if code == "people" else "no"
        search = f'search = {{ name = "{title}", area = "area", phone = "phone" }}'
        relation = (
            '[[relation]]\ncode = "head"\nname = { zh = "负责人", en = "Head" }\nto = "people"\nnamed = "head"\n'
            'identifier = "head_number"\nidentifies = "number"\nphone = "phone"\narea = "area"\n'
            '[[relation]]\ncode = "of"\nname = { zh = "隶属企业", en = "Company" }\nback = { zh = "分支", en = "Branch" }\n'
            'to = "firms"\nnamed = "of"\nidentifier = "of_no"\nidentifies = "no"\narea = "area"\narea_digits = 4\n'
        )
        (place / f"registries/{code}.toml").write_text(
            f'code = "{code}"\nname = {{ zh = "{title}", en = "{title}" }}\n{search}\n'
            f'identifier = [{{ attribute = "{identifier}" }}]\nattribute = [\n{attributes}\n]\n'
            + (relation if code == "firms" else ""),
            "utf-8",
        )
    return place


def write(place: Path, firms: list[tuple[str, ...]]) -> None:
    for name, columns, rows in (
        ("people", "no,number,person,phone,area", PEOPLE),
        ("firms", "no,firm,head,head_number,phone,area,of,of_no", firms),
    ):
        (place / f"{name}.csv").write_text("\n".join([columns, *map(",".join, rows)]) + "\n", "utf-8")


@pytest.fixture
def sets(settings, tmp_path, monkeypatch, transactional_db):  # type: ignore[no-untyped-def]
    """Both registries declared; nothing is collected yet."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    settings.HOME.mkdir()
    monkeypatch.setenv("SETS", str(tmp_path))
    league, faults = read(folder(tmp_path / "league"), KINDS)
    assert faults == []
    standards.apply(league, at=NOW)
    return tmp_path


def renew(place: Path, firms: list[tuple[str, ...]]) -> dict[str, dict[str, int]]:
    write(place, firms)
    con = engine.connect(256)
    for code in ("firms", "people"):
        assert collect.collect(f"{code}_source", at=NOW).state == "done"
        actions.link(code, at=NOW, con=con)
    return relations.relate("firms", at=NOW, con=con)


def found() -> dict[str, tuple[str, str, bool]]:
    """Of each firm: whom it names (by number of the record), how, and whether the names agree."""
    result = {}
    for firm in queries.living("firms"):
        for one in relations.of(firm):
            if one.code != "head":
                continue
            result[firm.attributes["no"]] = (one.entity.attributes["no"], one.how, one.agrees)
    return result


def test_each_way_of_finding_a_legal_representative(sets: Path) -> None:
    assert renew(sets, FIRMS) == {"head": {"area": 1, "identifier": 2, "phone": 1}, "of": {}}
    assert found() == {
        "F1": ("P1", "identifier", True),
        "F2": ("P2", "identifier", False),
        "F3": ("P4", "phone", True),
        "F5": ("P5", "area", True),
    }
    batu = queries.entity_by_identifier("people", "number", identity(1, "1980-02-03"))
    assert batu is not None
    assert [(one.name.en, one.entity.attributes["firm"]) for one in relations.to(batu)] == [
        ("Head", "甲公司")
    ]


BRANCHES = [
    ("B0", "甲有限公司", "", "", "", "152501", "", ""),
    ("B1", "甲有限公司东分店", "", "", "", "152502", "甲公司", "B0"),  # by number, the name in another form
    (
        "B2",
        "甲有限公司西分店",
        "",
        "",
        "",
        "152502",
        "甲 有限公司",
        "",
    ),  # the only one of the name in the league
    ("B3", "乙公司", "", "", "", "152501", "", ""),
    ("B4", "乙公司", "", "", "", "152502", "", ""),
    ("B5", "乙公司北分店", "", "", "", "152502", "乙公司", ""),  # two of the name: nobody
    ("B6", "丙公司南分店", "", "", "", "152502", "丙公司南分店", "B6"),  # names itself
    ("B7", "丁公司分店", "", "", "", "152502", "丁公司分店", ""),  # names itself, without a number
    ("B8", "戊公司分店", "", "", "", "152502", "戊公司", "B99"),  # a number nobody has: from elsewhere
]


def test_a_branch_finds_its_company_in_its_own_registry_and_never_itself(sets: Path) -> None:
    assert renew(sets, BRANCHES) == {"head": {}, "of": {"area": 1, "identifier": 1}}
    firms = {firm.attributes["no"]: firm for firm in queries.living("firms")}
    assert len(firms) == len(BRANCHES)
    found = {
        no: [
            (one.code, one.name.en, one.entity.attributes["no"], one.how, one.agrees)
            for one in relations.of(firm)
        ]
        for no, firm in firms.items()
    }
    assert found["B1"] == [("of", "Company", "B0", "identifier", True)]
    assert found["B2"] == [("of", "Company", "B0", "area", True)]
    assert not any(found[no] for no in found if no not in ("B1", "B2"))
    assert sorted((one.name.en, one.entity.attributes["no"]) for one in relations.to(firms["B0"])) == [
        ("Branch", "B1"),
        ("Branch", "B2"),
    ]


def test_found_again_only_what_changed_is_written(sets: Path) -> None:
    renew(sets, FIRMS)
    before = dict(Relation.objects.values_list("entity", "run"))
    assert renew(sets, FIRMS) == {"head": {"area": 1, "identifier": 2, "phone": 1}, "of": {}}
    assert dict(Relation.objects.values_list("entity", "run")) == before
    changed = [("F1", "甲公司", "其其格", identity(2, "1981-02-03"), "", "152502", "", ""), *FIRMS[2:]]
    assert renew(sets, changed) == {"head": {"area": 1, "identifier": 1, "phone": 1}, "of": {}}
    assert found()["F1"] == ("P2", "identifier", True)
    assert "F2" not in found()


def test_the_log_has_counts_and_no_name_or_number(sets: Path) -> None:
    renew(sets, FIRMS)
    entry = Entry.objects.filter(kind="registry.related").latest("seq")
    assert "identifier" in entry.text
    assert not any(text in entry.text for row in (*PEOPLE, *FIRMS) for text in row[1:4] if text)


def test_a_registry_never_linked_is_refused_and_the_command_shows_the_ways(sets: Path) -> None:
    with pytest.raises(NotLinked):
        relations.relate("firms", at=NOW, con=engine.connect(256))
    renew(sets, FIRMS)
    told = CliRunner().invoke(cli.app, ["relate", "firms"])
    assert told.exit_code == 0
    assert "head" in told.output
    firm = queries.entity_by_identifier("firms", "no", "F1")
    assert firm is not None
    shown = CliRunner().invoke(cli.app, ["show", "firms", str(firm.pk)])
    assert str(relations.of(firm)[0].entity.pk)[:8] in shown.output
