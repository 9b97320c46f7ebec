"""Capture over HTTP: documents, single events, and jobs."""

import uuid
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings

from xilin.apps.trace.epcis.errors import Invalid
from xilin.apps.trace.epcis.events import Document
from xilin.apps.trace.repository import documents, masterdata
from xilin.apps.trace.repository.capture import PROCEED, ROLLBACK, Captured, capture
from xilin.apps.trace.repository.errors import (
    AlreadyThere,
    BehaviourWrong,
    MediaTypeWrong,
    NoSuchName,
    TooLarge,
)
from xilin.apps.trace.repository.faults import EXISTS, Problem
from xilin.apps.trace.repository.rest import paging
from xilin.apps.trace.repository.rest.calls import JSON, LD, XML, Answer, Call

BEHAVIOURS = {"rollback": ROLLBACK, "proceed": PROCEED, "all": ROLLBACK}
_JOB = "SELECT code, created_at, finished_at, success, behaviour, errors, id FROM trace_capturejob WHERE party_id = %s"


class Rejected(Exception):
    """A body that can't be read or kept; the problem document names every place."""

    def __init__(self, problems: list[Problem], status: int = 400) -> None:
        self.problems, self.status = problems, status
        super().__init__(f"{len(problems)} problems")


def post_document(call: Call) -> Answer:
    """`POST /capture`: all of a document's events, or those that are good where the caller says `proceed`."""
    behaviour = _behaviour(call)
    media = _media(call)
    problems: list[Problem] = []
    places: tuple[int, ...] = ()
    try:
        if behaviour == PROCEED:
            document, faults, places = documents.read_fit(call.body, media)
            problems = [Problem.of(fault) for fault in faults]
        else:
            document = documents.read(call.body, media)
    except Invalid as invalid:
        raise Rejected([Problem.of(fault) for fault in invalid.faults]) from None
    _check_count(len(document.events))
    captured = _capture(call, document, behaviour, problems, places)
    call.noted = {"job": str(captured.job), "stored": captured.stored, "duplicates": captured.duplicates}
    return Answer(None, 202, {"Location": f"/capture/{captured.job}"})


def _capture(
    call: Call, document: Document, behaviour: str, problems: list[Problem], places: tuple[int, ...]
) -> Captured:
    """Master data and events, in one transaction."""
    with call.connection.transaction():
        captured = capture(
            document.events,
            party=call.viewer.code,
            at=call.at,
            behaviour=behaviour,
            client=call.viewer.client,
            problems=problems,
            places=places,
            connection=call.connection,
        )
        if document.master_data and (captured.success or behaviour == PROCEED):
            masterdata.keep(
                call.connection, document.master_data, document.context, party=call.viewer.code, at=call.at
            )
        return captured


def post_event(call: Call) -> Answer:
    """`POST /events`: one event, at once."""
    try:
        document = documents.read(call.body, _media(call))
    except Invalid as invalid:
        raise Rejected([Problem.of(fault) for fault in invalid.faults]) from None
    if len(document.events) != 1:
        raise Rejected([_not_one(len(document.events))])
    captured = capture(
        document.events,
        party=call.viewer.code,
        at=call.at,
        client=call.viewer.client,
        connection=call.connection,
    )
    if not captured.success:
        if captured.problems[0].type == EXISTS:
            raise AlreadyThere(name=str(document.events[0].event_id)[:200])
        raise Rejected(list(captured.problems))
    event = document.events[0]
    name = event.event_id or event.hash
    call.noted = {"job": str(captured.job), "stored": captured.stored, "duplicates": captured.duplicates}
    body = documents.one(event, name, call.media)
    return Answer(body, 201, {"Location": f"/events/{quote(name, safe='')}"}, call.media)


def jobs(call: Call) -> Answer:
    """`GET /capture`: the caller's jobs, the newest first."""

    def fetch(after: Any, count: int) -> list[tuple[Any, Any]]:
        rows = call.connection.execute(
            f"{_JOB} AND id < %s ORDER BY id DESC LIMIT %s",
            [call.viewer.party, after or 2**62, count],
        ).fetchall()
        return [(row[6], job_told(row, call.language)) for row in rows]

    found, after = paging.listed(call, fetch)
    return paging.linked(call, Answer(found), after)


def job(call: Call) -> Answer:
    """`GET /capture/{captureID}`: one job of the caller's."""
    told = job_told(job_row(call), call.language)
    if call.media == XML:
        return Answer(_xml(told), media=XML)
    return Answer(told)


def job_row(call: Call) -> Any:
    """The row of the job an address names, NoSuchName where the caller has none such."""
    try:
        code = uuid.UUID(call.parts[1])
    except ValueError:
        raise NoSuchName from None
    row = call.connection.execute(f"{_JOB} AND code = %s", [call.viewer.party, code]).fetchone()
    if row is None:
        raise NoSuchName
    return row


def job_told(row: Any, language: str) -> dict[str, Any]:
    """A job as the bindings describe it; what went wrong in the reader's language."""
    code, created, finished, success, behaviour, errors, _ = row
    return {
        "captureID": str(code),
        "createdAt": paging.told(created),
        "finishedAt": paging.told(finished),
        "running": False,
        "success": success,
        "captureErrorBehaviour": behaviour,
        "errors": [_error_told(error, language) for error in errors],
    }


def _error_told(error: dict[str, Any], language: str) -> dict[str, Any]:
    said = {name: value for name, value in error.items() if name not in ("title_zh", "detail_zh")}
    if language != "en":
        said["title"], said["detail"] = error["title_zh"], error["detail_zh"]
    return said


def _xml(told: dict[str, Any]) -> bytes:
    errors = "".join(
        f"<error><type>{escape(error['type'])}</type><title>{escape(error['title'])}</title>"
        f"<status>{error['status']}</status><detail>{escape(error['detail'])}</detail></error>"
        for error in told["errors"]
    )
    errors = f"<errors>{errors}</errors>" if errors else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<epcis:EPCISCaptureJob xmlns:epcis="urn:epcglobal:epcis:xsd:2" running="false"'
        f' success="{str(told["success"]).lower()}" captureID={quoteattr(told["captureID"])}>'
        f"<captureErrorBehaviour>{told['captureErrorBehaviour']}</captureErrorBehaviour>"
        f"<createdAt>{told['createdAt']}</createdAt><finishedAt>{told['finishedAt']}</finishedAt>{errors}"
        "</epcis:EPCISCaptureJob>\n"
    ).encode()


def _behaviour(call: Call) -> str:
    text = call.headers.get("gs1-capture-error-behaviour", "rollback").strip().lower()
    if text not in BEHAVIOURS:
        raise BehaviourWrong(header="GS1-Capture-Error-Behaviour", allowed=", ".join(BEHAVIOURS))
    return BEHAVIOURS[text]


def _media(call: Call) -> str:
    media = documents.media_type(call.headers.get("content-type", ""))
    if media is None:
        raise MediaTypeWrong(allowed=f"{JSON}, {LD}, {XML}")
    return media


def _check_count(count: int) -> None:
    if count > settings.EPCIS_CAPTURE_EVENTS:
        raise TooLarge(events=settings.EPCIS_CAPTURE_EVENTS, bytes=settings.EPCIS_CAPTURE_BYTES)


def _not_one(count: int) -> Problem:
    from xilin.lib.text import Text

    return Problem(
        "epcisException:ValidationException",
        "",
        Text(zh="此处只收一个事件，收到 {n} 个。", en="One event is taken here, {n} came.").filled(
            {"n": count}
        ),
        Text(zh="将文档发往 /capture。", en="Send documents to /capture."),
    )
