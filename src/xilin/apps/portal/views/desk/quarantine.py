"""隔离区 Rows that were held back: the department's own, each with every reason, and their mending."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal import forms
from xilin.apps.portal.queries import held
from xilin.apps.portal.tables import quality as listed
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.collect import mending, tasks
from xilin.kernel.quality import actions as quality
from xilin.kernel.quality.errors import NotMendable, StillBroken
from xilin.lib.errors import Refusal
from xilin.web import tables

# How the fields of a mended row are named: the column as found after it.
FIELD = "column:"


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Held rows, narrowed by source and by reason; who may not see rows sees how many there are."""
    sources = held.sources(request.user)
    table = listed.held_rows(request)
    return tables.exported(table) or show(
        request,
        "quarantine",
        "quarantine",
        table=table,
        sources=sources,
        chart=listed.held_by_source(sources),
        counted=bool(sources) and getattr(request.user, "department_id", None) is None,
        mended=held.mends(request.user).count(),
    )


@require_safe
@desk_page
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One held row as it was found, its reasons beside the columns they concern; the look goes on record."""
    return _shown(request, pk)


def _shown(
    request: HttpRequest,
    pk: int,
    *,
    values: dict[str, str] | None = None,
    left: StillBroken | None = None,
    refused: Refusal | None = None,
) -> HttpResponse:
    """The page of a held row, as it was found or as somebody tried to mend it."""
    row = quality.look(pk, by=person(request), at=timezone.now())
    asked = held.corrections(request.user).filter(quarantined=pk, outcome="").first()
    return show(
        request,
        "quarantined",
        "quarantine",
        status=409 if refused else 200,
        row=held.opened(row, values=values, left=left.reasons if left else None),
        asked=asked,
        form=forms.DoubtForm(),
        may_mend=held.may_mend(request.user, row),
        refused=refused,
        mend=held.mends(request.user).filter(quarantined=pk).first(),
    )


@require_POST
@desk_page
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a held row with new values; what passes goes in with the source's next batch, which is queued at once."""
    values = {
        key[len(FIELD) :]: str(text).strip()[:2000]
        for key, text in request.POST.items()
        if key.startswith(FIELD)
    }
    try:
        kept = mending.mend(pk, values, by=person(request), at=timezone.now())
    except StillBroken as refusal:
        return _shown(request, pk, values=values, left=refusal, refused=refusal)
    except NotMendable as refusal:
        return _shown(request, pk, values=values, refused=refusal)
    tasks.soon(kept.source)
    messages.success(
        request, _("The row passes every rule. It goes in with the next batch, in about a minute.")
    )
    return redirect("portal:mends")


@require_safe
@desk_page
def mends(request: HttpRequest) -> HttpResponse:
    """Rows the department mended: which wait, which are laid over what the source says, which have ended."""
    table = listed.mends(request, held.mends(request.user))
    return tables.exported(table) or show(request, "mends", "quarantine", table=table)


@require_POST
@desk_page
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a mend hold no longer."""
    kept = quality.withdraw_mend(pk, by=person(request), at=timezone.now())
    tasks.soon(kept.source)
    messages.success(request, _("Withdrawn: the row is read as the source says with the next batch."))
    return redirect("portal:mends")
