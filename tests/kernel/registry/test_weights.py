"""What pairs are worth: the same as Splink says of them; and what the model keeps of it."""

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from made_up import person, rows, spec
from splink import DuckDBAPI, Linker, SettingsCreator

from xilin.kernel.registry.declarations import Comparison, Level
from xilin.kernel.registry.pipeline import linking
from xilin.kernel.registry.pipeline import model as models
from xilin.kernel.registry.pipeline.levels import splink_comparison
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

Con = duckdb.DuckDBPyConnection
NAMES = ("斯琴", "斯勤", "王芳", "王方", "其其格", "琪琪格", "李雷", None)
FREQUENT = Comparison(
    "name",
    (
        Level("exact", m=0.95, u=0.01),
        Level("sounds_same", m=0.02, u=0.01),
        Level("sounds_within", 1, m=0.02, u=0.01),
        Level("else", m=0.01, u=0.97),
    ),
    term_frequency=True,
)


def crowd() -> list[dict[str, object]]:
    """People without numbers, many of whom are a little like each other."""
    return [
        person(0, NAMES[n % 8] or "", f"19{60 + n % 5}-01-0{1 + n % 3}", phone=f"120000000{n % 7:02}")
        | ({} if NAMES[n % 8] else {"name": None})
        for n in range(48)
    ]


@pytest.fixture
def place(con: Con, tmp_path: Path) -> Iterator[Con]:
    """A connection on which a linking can work."""
    with linking.workplace(con, tmp_path):
        yield con


def splinks(con: Con, spec: Spec, prior: float) -> dict[tuple[int, int], float]:
    """The weights that Splink's own prediction gives the same pairs."""
    con.execute(
        "CREATE TEMP VIEW found_nodes AS SELECT node AS unique_id, * EXCLUDE (node) FROM linking.nodes"
    )
    con.execute(
        "CREATE TEMP VIEW found_pairs AS SELECT '0' AS match_key, l AS join_key_l, r AS join_key_r FROM linking.pairs"
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[splink_comparison(comparison) for comparison in spec.registry.comparison],
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=prior,
    )
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("found_nodes"), settings, log_level=None)
    con.execute(
        "CREATE TEMP TABLE found_shares AS SELECT value AS name, share AS tf_name FROM linking.frequencies"
    )
    linker.table_management.register_term_frequency_lookup(api.register("found_shares"), "name")
    linker.table_management.register_blocked_pairs_for_predict(api.register("found_pairs"))
    scored = linker.inference.predict(warning_mode="never")
    return {
        (min(left, right), max(left, right)): weight
        for left, right, weight in con.execute(
            f"SELECT unique_id_l, unique_id_r, match_weight FROM {scored.physical_name}"
        ).fetchall()
    }


def test_a_pair_is_worth_what_splink_says(place: Con) -> None:
    wanted = spec(threshold=0.01, comparison=(FREQUENT, *spec().registry.comparison[1:]))
    outcome = linking.link(place, wanted, [rows(place, "a", *crowd())])
    ours = {
        (one, two): weight
        for one, two, weight in place.execute("SELECT l, r, weight FROM linking.compared").fetchall()
    }
    assert outcome.model is not None
    theirs = splinks(place, wanted, outcome.model.prior)
    assert len(ours) > 50
    assert ours.keys() < theirs.keys()
    assert max(abs(ours[pair] - theirs[pair]) for pair in ours) < 1e-9
    left_out = theirs.keys() - ours.keys()
    assert max(theirs[pair] for pair in left_out) < math.log2(0.01 / 0.99) - wanted.registry.margin


def test_a_model_says_what_each_level_is_worth_and_whether_it_was_learnt(place: Con) -> None:
    learning = spec(train=True, comparison=(FREQUENT, Comparison("phone", (Level("exact"), Level("else")))))
    outcome = linking.link(place, learning, [rows(place, "a", *crowd())])
    assert outcome.model is not None
    name, phone = outcome.model.comparison
    assert [(level.kind, level.learnt) for level in name.level[:2]] == [
        ("exact", False),
        ("sounds_same", False),
    ]
    assert name.level[0].bits == math.log2(0.95 / 0.01)
    assert [level.learnt for level in phone.level] == [True, True]
    assert all(level.bits == math.log2(level.m / level.u) != 0 for level in phone.level)


def test_a_kept_model_gives_other_records_the_weights_of_those_it_was_made_of(
    place: Con, tmp_path: Path
) -> None:
    wanted = spec(comparison=(FREQUENT, *spec().registry.comparison[1:]), threshold=1e-12)
    made = linking.link(place, wanted, [rows(place, "a", *crowd())]).model
    assert made is not None
    models.keep(place, made, tmp_path / "model")
    before = place.execute("SELECT * FROM linking.compared ORDER BY ALL").fetchall()
    some = before[0][:2]
    few: list[Found] = [rows(place, "a", *crowd()), rows(place, "b", *crowd()[:8])]
    kept = models.read(tmp_path / "model")
    assert kept == made
    models.bring(place, tmp_path / "model")
    linking.link(place, wanted, few, kept)
    after = place.execute(
        "SELECT * FROM linking.compared WHERE l = ? AND r = ? ORDER BY ALL", some
    ).fetchall()
    assert after == before[:1]


def test_a_model_is_of_what_decides_not_of_what_chooses() -> None:
    assert models.declared(spec()) == models.declared(
        spec({"a": 3}, name=spec().registry.name, threshold=0.5)
    )
    assert models.declared(spec()) != models.declared(spec(blocks=(("phone",),)))


def test_pairs_just_below_the_threshold_wait_for_people_with_their_reasons(place: Con) -> None:
    two = [
        rows(place, "a", person(0, "王芳", "1980-02-03")),
        rows(place, "b", person(0, "王方", "1980-02-03")),
    ]
    wanted = spec(margin=0.0)
    linking.link(place, wanted, two)
    weight = place.execute("SELECT max(weight) FROM linking.edges").fetchone()
    assert weight != (None,)
    above = 1 / (1 + 2 ** -(weight[0] + 1))
    linking.link(place, spec(margin=0.0, threshold=above), two)
    (found,) = place.execute("SELECT weight, probability, why, levels FROM linking.uncertain").fetchall()
    assert found[0] == weight[0]
    assert found[1] == pytest.approx(1 / (1 + 2 ** -weight[0]))
    assert found[2] == "below"
    assert '"name": {"level": "sounds_same", "bits": 1.0}' in found[3]
    assert "phone" not in found[3]


def test_one_number_with_other_names_waits_for_people(place: Con) -> None:
    borrowed = person(1, "图雅", "1982-05-06") | {"id_number": person(1, "", "1980-02-03")["id_number"]}
    linking.link(
        place, spec(), [rows(place, "a", person(1, "巴特尔", "1980-02-03")), rows(place, "b", borrowed)]
    )
    assert place.execute("SELECT why FROM linking.uncertain").fetchall() == [("guard",)]


def test_what_fits_two_equally_waits_for_people(place: Con) -> None:
    a = rows(place, "a", person(1, "其其格", "1980-02-03"), person(2, "其其格", "1980-02-03"))
    linking.link(place, spec(), [a, rows(place, "b", person(0, "其其格", "1980-02-03"))])
    assert place.execute("SELECT why FROM linking.uncertain").fetchall() == [("margin",)] * 2
