"""People and organisations found again where a fifth of every source's rows lack the identifier."""

from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_a_fifth_of_the_identifiers_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import missing_ids

    scores = missing_ids.trial(tmp_path, scale=0.01, share=0.2, memory_mb=1000)

    people, organisations = scores["people"], scores["organisations"]
    assert people.records > 47_000
    assert missing_ids.short("people", people) == []
    assert organisations.records > 2_500
    assert missing_ids.short("organisations", organisations) == []


def test_what_is_below_its_target_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import missing_ids

    from xilin.kernel.registry.scoring import Score

    good = Score("people", 0.9999, 0.999, 0.9995, 0.999, 0.999, 0.999, 10_003, 10_000, 0, 0, 0, 0, 1, 0)
    assert missing_ids.short("people", good) == []
    values = good.as_dict() | {"precision": 0.999, "b_f1": 0.99, "entities": 10_006}
    assert missing_ids.short("people", Score(**values)) == ["precision", "B-cubed F1", "number of entities"]
