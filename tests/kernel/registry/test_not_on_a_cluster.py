"""A declaration of which a cluster can't carry out a statement is refused in words, and nothing is written."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from made_up import NOW, person, rows, spec

from xilin.kernel.lake.split import NotForCluster
from xilin.kernel.registry import actions, errors, linker
from xilin.kernel.registry.models import LinkRun

pytestmark = pytest.mark.django_db


def test_what_a_cluster_cannot_link_is_refused_with_the_statement(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path

    def link(*_args: Any, **_more: Any) -> None:
        raise NotForCluster("LEVENSHTEIN(a.x, b.x) < 2")

    monkeypatch.setattr(linker.engine, "cluster", object)
    monkeypatch.setattr(linker.spark, "link", link)
    with duckdb.connect() as con, pytest.raises(errors.NotOnCluster) as refused:
        actions.link_found(spec(), [rows(con, "a", person(1, "王芳", "1980-02-03"))], at=NOW, con=con)

    assert "LEVENSHTEIN" in str(refused.value)
    assert not LinkRun.objects.exists()
