"""试调用台 A console to try calls under a grant: signed in the browser, sent on as signed, shown with the receipt's proof."""

import hashlib
import json
from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal.queries import log, sharing, trying
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.apps.problems.rates import Rate
from xilin.kernel.exchange import actions, errors, relaying, trial_queries
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.exchange.gateway.described import described
from xilin.kernel.exchange.trying import CALLS, RECORDS
from xilin.lib.errors import Refusal

A_MINUTE = 30
_rate = Rate(A_MINUTE, A_MINUTE * 20, 60)


class _Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    body: str
    content_digest: str
    signature_input: str
    signature: str


@require_safe
@desk_page
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """The grants of a system that can be tried, and why others can't."""
    client = trial_queries.system_tried(request.user, code)
    rows = [row for row in sharing.grants(request.user, timezone.now()) if row.grant.client_id == client.pk]
    return show(
        request,
        "console_choose",
        "systems",
        client=client,
        tried=[row for row in rows if row.in_force and row.grant.delivery == "call"],
        others=[row for row in rows if row.in_force and row.grant.delivery != "call"],
    )


@require_safe
@desk_page
def page(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """The console of one grant: the form of one of its calls."""
    client = trial_queries.system_tried(request.user, code)
    grant = trial_queries.grant_tried(request.user, client, number, timezone.now())
    known = described(grant)
    calls = trying.calls(known) if known else []
    if known is None or not calls:
        return show(request, "console_closed", "systems", client=client, grant=grant)
    call = next((one for one in calls if one.kind == request.GET.get("call")), calls[0])
    return show(
        request,
        "console",
        "systems",
        client=client,
        grant=grant,
        calls=calls,
        call=call,
        held=known.held,
        words=exchange.grant_in_words(grant),
        masked=[(trying.labels(known).get(one, one), mask) for one, mask in trying.masked(known).items()],
        used=trial_queries.used_today(grant, timezone.localdate()),
        told=trying.told(known, client, call, person(request).get_username()),
        most={"calls": CALLS, "records": RECORDS},
        address=relaying.origin() + call.path,
    )


@require_POST
@desk_page
def key(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Enter the public half of a trial key that the browser has just made."""
    try:
        client = trial_queries.system_tried(request.user, code)
        grant = trial_queries.grant_tried(request.user, client, number, timezone.now())
        made = actions.enter_trial_key(
            grant, public=request.POST.get("public", "")[:100], by=person(request), at=timezone.now()
        )
    except Refusal as refusal:
        return _refused(refusal)
    assert made.expires_at is not None  # noqa: S101 - trial keys end
    return JsonResponse({"keyid": made.keyid, "until": made.expires_at.timestamp(), "left": made.calls_left})


@require_POST
@desk_page
def send(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Send a signed call on as it is; back comes what the gateway said, and whether the receipt's proof holds."""
    try:
        client = trial_queries.system_tried(request.user, code)
        grant = trial_queries.grant_tried(request.user, client, number, timezone.now())
        if wait := _rate.wait(str(person(request).pk)):
            raise errors.TrialTooFast(most=A_MINUTE, seconds=wait)
        try:
            wanted = msgspec.json.decode(request.body, type=_Sent)
        except (msgspec.MsgspecError, UnicodeError):
            raise errors.TrialMalformed(number=grant.number, what="JSON") from None
        language = "zh" if (get_language() or "").startswith("zh") else "en"
        told = relaying.send(relaying.Wanted(**msgspec.structs.asdict(wanted)), grant, language=language)
    except Refusal as refusal:
        return _refused(refusal)
    return JsonResponse(
        {
            "status": told.status,
            "reason": told.reason,
            "headers": told.headers,
            "body": told.body,
            "ms": round(told.took, 1),
            "left": trial_queries.trial_calls_left(grant, person(request)),
            "used": trial_queries.used_today(grant, timezone.localdate()),
        }
        | _proof(told.body)
    )


def _proof(body: str) -> dict[str, Any]:
    """Whether the receipt in an answer or a refusal holds, and whether the entry is of this very answer."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    receipt = said.get("receipt") if isinstance(said, dict) else None
    if not isinstance(receipt, dict):
        return {}
    verdict = log.check(json.dumps(receipt))
    found: dict[str, Any] = {
        "proof": {
            "holds": verdict.holds,
            "said": verdict.said,
            "told": [[name, _written(value)] for name, value in verdict.fields],
        }
    }
    if "answer" in said:
        canonical = msgspec.json.encode(said["answer"], order="sorted")
        entry = json.loads(receipt["entry"])
        found["proof"]["digest"] = entry["detail"].get("digest") == hashlib.sha256(canonical).hexdigest()
    return found


def _written(value: Any) -> str:
    """A field of an entry as text, times of day as the platform's clocks show them."""
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


def _refused(refusal: Refusal) -> JsonResponse:
    """A refusal of the desk itself, which the gateway never saw, as a problem (RFC 9457)."""
    said = {
        "type": refusal.code,
        "title": str(refusal),
        "status": refusal.status,
        "detail": refusal.advice,
        "instance": _("the desk"),
    }
    response = JsonResponse(said, status=refusal.status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response
