"""What the repository refuses stands in the reference."""

from pathlib import Path

from django.utils import translation

from xilin.apps.trace.repository import errors
from xilin.apps.trace.repository.errors import EpcisRefusal

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "epcis-problems.md"


def test_every_refusal_stands_in_the_reference_by_what_it_says_and_none_that_is_gone():
    own = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, EpcisRefusal)}
    with translation.override("en"):
        known = {(one.type, str(one.status), str(one.message)) for one in own - {EpcisRefusal}}
    rows = (
        line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    )
    assert {(row[0].removeprefix("| ").strip("`"), row[1], row[2]) for row in rows} == known
