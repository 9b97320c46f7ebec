"""曾用名 A record under the name somebody gave up is theirs, and history keeps the names with their times."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from made_up import NOW, Linked, person, registry, rows, spec, together
from msgspec.structs import replace

from xilin.kernel.registry import actions, history
from xilin.kernel.registry.declarations import Attribute, Level
from xilin.kernel.registry.models import EntityRecord
from xilin.kernel.registry.pipeline import model
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

Con = duckdb.DuckDBPyConnection
Link = Callable[[Spec, list[Found]], Linked]
BORN = "1980-02-03"


def with_former_names() -> Spec:
    """People whose register says what they were called before."""
    plain = registry()
    name, *rest = plain.comparison
    name = replace(
        name, level=(*name.level[:-1], Level("former", m=0.005, u=0.00001, other="before"), name.level[-1])
    )
    attributes = tuple(replace(a, replace={"·": ""}) if a.code == "name" else a for a in plain.attribute)
    return spec(
        attribute=(*attributes, Attribute("before", "name", form_of="name")), comparison=(name, *rest)
    )


def test_a_record_under_a_former_name_is_of_who_has_given_it_up(con: Con, link: Link) -> None:
    others = [person(n, f"某{chr(0x4E00 + n)}", f"19{60 + n % 40}-01-02") for n in range(2, 60)]
    a = rows(con, "a", person(1, "乌云其木格", BORN, before="萨仁·高娃"), *others)
    b = rows(con, "b", person(0, "萨仁高娃", BORN), person(0, "王芳", BORN))
    found = together(link(with_former_names(), [a, b]))

    assert frozenset({"a/001", "b/001"}) in found
    assert frozenset({"b/002"}) in found
    found = together(link(spec(), [a, b]))
    assert frozenset({"b/001"}) in found, "without a former name declared it is somebody else"


def test_two_records_of_other_names_with_one_former_name_agree(con: Con, link: Link) -> None:
    others = [person(n, f"某{chr(0x4E00 + n)}", f"19{60 + n % 40}-01-02") for n in range(2, 60)]
    a = rows(con, "a", person(1, "乌云", BORN, before="萨仁高娃"), *others)
    b = rows(con, "b", person(0, "其其格", BORN, before="萨仁高娃"))

    assert frozenset({"a/001", "b/001"}) in together(link(with_former_names(), [a, b]))


def test_the_form_a_former_name_is_compared_in_is_part_of_the_model() -> None:
    declared = with_former_names()
    own = tuple(replace(a, form_of="") for a in declared.registry.attribute)

    assert model.declared(declared) != model.declared(replace_registry(declared, attribute=own))


def replace_registry(declared: Spec, **changes: Any) -> Spec:
    """The same under a declaration that differs in this."""
    return Spec(replace(declared.registry, **changes), declared.types, declared.authority)


@pytest.mark.django_db
def test_history_keeps_the_names_and_the_former_name(con: Con, settings: Any, tmp_path: Any) -> None:
    settings.HOME = tmp_path
    one = person(1, "萨仁高娃", BORN, key="s", updated_at=datetime(2020, 5, 1, 8))
    actions.link_found(with_former_names(), [rows(con, "a", one)], at=NOW, con=con)
    renamed = one | {"name": "乌云", "before": "萨仁高娃", "updated_at": datetime(2024, 5, 1, 8)}
    actions.link_found(with_former_names(), [rows(con, "a", renamed, batch=2)], at=NOW, con=con)

    entity = EntityRecord.objects.get(source="a", key="s").entity
    assert (entity.attributes["name"], entity.attributes["before"]) == ("乌云", "萨仁高娃")
    told = history.field_history(entity)
    assert [value.value for value in told["name"]] == ["萨仁高娃", "乌云"]
    assert entity.provenance["before"] == ["a", 2, "2024-05-01T08:00:00"]
