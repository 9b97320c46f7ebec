"""The guide's league folder, built from its own blocks, applied, collected and computed."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xilin.kernel.collect import actions as collect
from xilin.kernel.indicators import queries as indicators
from xilin.kernel.indicators.actions import compute
from xilin.kernel.lake import engine
from xilin.kernel.quality.models import Quarantined
from xilin.kernel.standards import actions
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

GUIDE = Path(__file__).parents[2] / "docs/guide/league-folder.md"
BLOCK = re.compile(r"\*\*`([^`]+)`\*\*[^`]*(?:`[^`\n]*`[^`]*)*?\n```(?:toml|csv)\n(.*?)```", re.DOTALL)
AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.fixture
def guide() -> str:
    return GUIDE.read_text(encoding="utf-8")


@pytest.fixture
def folder(guide, tmp_path) -> Path:
    """The league folder as the guide has it."""
    files = dict(BLOCK.findall(guide))
    assert len(files) == len(re.findall(r"^```(?:toml|csv)$", guide, re.MULTILINE)) == 8
    for name, text in files.items():
        (tmp_path / "bayan" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bayan" / name).write_text(text, encoding="utf-8")
    return tmp_path / "bayan"


def test_the_guides_league_has_no_mistake(folder):
    assert [fault.of("en") for fault in read(folder, KINDS)[1]] == []


@pytest.mark.django_db(transaction=True)
def test_the_guides_data_comes_through_as_the_guide_says(folder, guide, tmp_path, settings, monkeypatch):
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    monkeypatch.setenv("BAYAN_FILES", str(tmp_path))
    (data,) = re.findall(r"```data\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "shops-2026.csv").write_bytes(data.encode("gb18030"))
    actions.apply(read(folder, KINDS)[0], at=AT)

    batch = collect.collect("market_shops", at=AT)

    assert batch.message("en") == ""
    assert (batch.rows_read, batch.rows_accepted, batch.rows_quarantined) == (4, 3, 1)
    held = Quarantined.objects.get()
    assert held.found["店名"] == "无证店"
    assert all(reason["zh"] and reason["en"] for reason in held.reasons)
    compute(engine.connect(512), at=AT)
    assert indicators.latest()["shops_total"].value == 3
    assert indicators.by_county("shops_total") == {"990101000000": 2, "990102000000": 1}
