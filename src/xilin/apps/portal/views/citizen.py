"""谁查过我 A citizen's own page: which departments looked at them, when, why, and what they were shown."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from xilin.apps.portal.dispute_forms import CitizenSignInForm, WhyForm
from xilin.apps.portal.queries import disputing, held_about
from xilin.kernel.accounts.errors import SignInWaits
from xilin.kernel.accounts.forms import address_of
from xilin.kernel.exchange import disputes
from xilin.kernel.exchange.actions import disputes as actions
from xilin.lib.errors import Refusal

# A citizen is no user of the desk: their session holds a key of its own, and nothing of theirs is in `request.user`.
WHO, SEEN = "xilin_citizen", "xilin_citizen_seen"


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Who looked at me, for who is signed in; else the form to sign in."""
    me = _me(request)
    if me is None:
        return _sign_in(request)
    return _looks(request, me)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget who was signed in."""
    _forget(request)
    return redirect("portal:citizen")


@require_POST
@never_cache
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """Ask why one was looked at; a case of the department that looked."""
    me = _me(request)
    if me is None:
        return redirect("portal:citizen")
    form = WhyForm(request.POST)
    if form.is_valid():
        try:
            made = actions.ask_why(me, number, grounds=form.cleaned_data["grounds"], at=timezone.now())
        except Refusal as refusal:
            messages.error(request, f"{refusal} {refusal.advice}")
        else:
            messages.success(request, _("Your question is with %(who)s.") % {"who": made.provider.name})
    else:
        messages.error(request, _("Write what you want to know."))
    return redirect("portal:citizen")


def _sign_in(request: HttpRequest) -> HttpResponse:
    form, status = CitizenSignInForm(request.POST if request.method == "POST" else None), 200
    if form.is_valid():
        try:
            me = actions.sign_in_citizen(
                form.cleaned_data["subject"],
                form.cleaned_data["password"],
                address_of(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, f"{refusal} {refusal.advice}")
            status = 429 if isinstance(refusal, SignInWaits) else refusal.status
        else:
            request.session.cycle_key()
            request.session[WHO], request.session[SEEN] = me.pk, timezone.now().timestamp()
            return redirect("portal:citizen")
    return render(request, "portal/citizen_sign_in.html", {"form": form}, status=status)


def _looks(request: HttpRequest, me: Any) -> HttpResponse:
    at = timezone.now()
    looks = actions.looks(me, at=at)
    shown = [look for look in looks if look.answered]
    page = Paginator(disputing.looked(looks, disputes.questions_of(me)), 20).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/citizen.html",
        {
            "called": disputes.called(me),
            "page": page,
            "looks": len(shown),
            "departments": len({look.department for look in shown}),
            "recent": sum(look.at > at - timedelta(days=365) for look in shown),
            "form": WhyForm(auto_id=False),
            "about": held_about.about(me),
        },
    )


def _me(request: HttpRequest) -> Any:
    """The account that is signed in and was used not long ago, or None."""
    seen, now = request.session.get(SEEN), timezone.now().timestamp()
    if seen is None or now - seen >= settings.IDLE_MINUTES * 60:
        _forget(request)
        return None
    request.session[SEEN] = now
    return disputes.citizen(request.session.get(WHO))


def _forget(request: HttpRequest) -> None:
    for name in (WHO, SEEN):
        if name in request.session:
            del request.session[name]
