"""Reading declarations: values, and the place of every fault."""

from msgspec import Struct

from xilin.lib.declared import Kind, read, toml_lines
from xilin.lib.text import Text


class Thing(Struct, forbid_unknown_fields=True):
    code: str
    size: int
    kind: str = ""


THING = Kind("thing", Text(zh="物", en="Thing"), Thing, "things.toml", "thing")


def faults(tmp_path, text):
    (tmp_path / "things.toml").write_text(text, encoding="utf-8")
    return read(tmp_path, [THING])[1]


def test_a_good_file_is_read_and_every_value_knows_its_line(tmp_path):
    (tmp_path / "things.toml").write_text(
        '[[thing]]\ncode = "a"\nsize = 1\n\n[[thing]]\ncode = "b"\nsize = 2\n'
    )

    league, faults = read(tmp_path, [THING])

    assert faults == []
    assert league.all("thing")["b"].value.size == 2
    assert league.all("thing")["b"].at("size").line == 7


def test_an_unknown_field_is_told_with_file_line_and_the_fields_allowed(tmp_path):
    (fault,) = faults(tmp_path, '[[thing]]\ncode = "a"\nsize = 1\ncolour = "red"\n')

    assert str(fault.place) == "things.toml:4"
    assert "colour" in fault.what.en
    assert fault.allowed.en == "code, size, kind"


def test_a_wrong_type_is_told_at_its_line(tmp_path):
    (fault,) = faults(tmp_path, '[[thing]]\ncode = "a"\nsize = "big"\n')

    assert fault.place.line == 3
    assert fault.allowed.en == "int"


def test_a_missing_field_is_named(tmp_path):
    (fault,) = faults(tmp_path, '[[thing]]\ncode = "a"\n')

    assert "size" in fault.what.en


def test_a_code_declared_twice_points_at_the_first(tmp_path):
    (fault,) = faults(tmp_path, '[[thing]]\ncode = "a"\nsize = 1\n[[thing]]\ncode = "a"\nsize = 2\n')

    assert fault.place.line == 4
    assert "things.toml:1" in fault.what.en


def test_broken_toml_and_wrong_encoding_are_faults_not_crashes(tmp_path):
    (broken,) = faults(tmp_path, "[[thing]]\ncode = \n")
    assert broken.place.line == 2

    (tmp_path / "things.toml").write_bytes('[[thing]]\ncode = "锡"\n'.encode("gb18030"))
    (encoding,) = read(tmp_path, [THING])[1]
    assert encoding.place.line == 2
    assert "UTF-8" in encoding.what.en


def test_a_file_no_kind_reads_is_told(tmp_path):
    (tmp_path / "thing.toml").write_text("")

    (fault,) = read(tmp_path, [THING])[1]

    assert fault.allowed.en == "things.toml"


def test_elements_of_an_array_over_several_lines_have_their_own_lines():
    lines = toml_lines('[a]\nlist = [\n  ["x", 1],\n  # a remark\n  ["y", 2],\n]\nnext = 3\n')

    assert (lines[("a", "list", 1)], lines[("a", "next")]) == (5, 7)
