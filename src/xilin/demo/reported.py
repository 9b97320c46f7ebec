"""随手报 Problems that people of the demo reported: sent as the form takes them, then taken on, passed on and answered by departments."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from xilin.apps.problems import actions, photos, queries
from xilin.apps.problems.actions import Made
from xilin.apps.problems.forms import ReportForm
from xilin.apps.problems.models import Problem
from xilin.apps.problems.receiving import Told
from xilin.demo import drawings
from xilin.kernel.accounts.models import User
from xilin.kernel.standards.queries import declared

REPORTS = Path(__file__).with_suffix(".toml")
ANSWERS = {Problem.State.SETTLED, Problem.State.PLANNED, Problem.State.REFUSED}


def path(home: Path) -> Path:
    """The file of numbers and follow-up keys, readable by its owner only."""
    return home / "demo" / "reports"


def make(home: Path, *, at: datetime) -> int:
    """Report what the list has, unless something was reported already, and do what departments did until now; how many there are.

    Numbers and keys go to the file beside the accounts: nobody can look a key up. What the league lacks (a kind, an area) is left out.
    """
    if Problem.objects.exists():
        return Problem.objects.count()
    listed = tomllib.loads(REPORTS.read_text("utf-8"))["report"]
    file = path(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    with file.open("a", encoding="utf-8") as kept:
        for one in sorted(listed, key=lambda one: -one["days"]):
            made = _sent(one, at - timedelta(days=one["days"]))
            if made is None:
                continue
            for act in one.get("acts", ()):
                _done(made.problem, act, made.problem.reported_at + timedelta(days=act["after"]))
            kept.write(f"{made.problem.number} {made.key}\n")
    return Problem.objects.count()


def _sent(one: dict[str, Any], at: datetime) -> Made | None:
    """One report as the form takes it; None where the form doesn't."""
    kinds = [(kind.code, kind.name.zh) for kind in queries.kinds()]
    areas = [(code, area.name) for code, area in declared("area").items() if area.level == "county"]
    longitude, latitude = one.get("point", ("", ""))
    fields = {name: one.get(name, "") for name in ("kind", "words", "area", "place", "contact")}
    files = {}
    if "photo" in one:
        files["photo"] = SimpleUploadedFile(f"{one['photo']}.png", drawings.png(one["photo"]), "image/png")
    form = ReportForm(
        fields | {"longitude": longitude, "latitude": latitude}, files, kinds=kinds, areas=areas
    )
    if not form.is_valid():
        return None
    given = form.cleaned_data
    sent = given["photo"]
    return actions.report(
        Told(given["kind"], given["area"], given["longitude"], given["latitude"]),
        words=given["words"],
        place=given["place"],
        contact=given["contact"],
        photo=photos.cleaned(sent.file, sent.size) if sent else None,
        language=one.get("language", "zh-hans"),
        at=at,
    )


def _done(problem: Problem, act: dict[str, Any], at: datetime) -> None:
    """What a department did with a report; nothing where it has nobody in the demo, and the clock runs on."""
    problem.refresh_from_db()
    by = User.objects.filter(username=f"{problem.case.department.code}_steward").first()
    if by is None:
        return
    actions.look(problem, by=by, at=at)
    match act["does"]:
        case "take":
            actions.take(problem, by=by, at=at)
        case "pass":
            actions.pass_on(problem, to=act["to"], why=act["text"], by=by, at=at)
        case state if state in ANSWERS:
            actions.answer(problem, state=state, text=act["text"], by=by, at=at)
        case other:
            raise ValueError(other)
