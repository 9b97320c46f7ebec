"""The department's systems and their keys."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.exchange import actions, forms, queries
from xilin.kernel.exchange.signing_forms import SigningKeyForm
from xilin.lib.errors import NotFound


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """The systems with their keys; a new system is entered here."""
    form = forms.ClientForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        client = attempt(
            form, lambda: actions.register_client(by=person(request), at=timezone.now(), **form.cleaned_data)
        )
        if client:
            messages.success(
                request, _("System %(code)s is entered; now make a key.") % {"code": client.code}
            )
            return redirect("portal:systems")
    return show(
        request,
        "systems",
        "systems",
        clients=queries.clients_for(request.user),
        form=form,
        now=timezone.now(),
    )


@require_POST
@desk_page
def issue(request: HttpRequest, code: str) -> HttpResponse:
    """Make a key, and show it this once: no page of the desk is kept by any cache."""
    client = queries.client_for(request.user, code)
    key = actions.issue_key(client, by=person(request), at=timezone.now())
    return show(request, "key", "systems", client=client, key=key)


@require_POST
@desk_page
def revoke(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """End a key at once."""
    client = queries.client_for(request.user, code)
    found = next((one for one in client.keys.all() if one.pk == key), None)
    if found is None:
        raise NotFound(kind=_("access key"), name=key)
    actions.revoke_key(found, by=person(request), at=timezone.now())
    messages.success(request, _("Key %(prefix)s… has ended.") % {"prefix": found.prefix})
    return redirect("portal:systems")


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a public key that the system signs its calls with."""
    client = queries.client_for(request.user, code)
    form = SigningKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        key = attempt(
            form,
            lambda: actions.register_signing_key(
                client, by=person(request), at=timezone.now(), **form.cleaned_data
            ),
        )
        if key:
            messages.success(request, _("Signing key %(keyid)s is entered.") % {"keyid": key.keyid})
            return redirect("portal:systems")
    return show(request, "signing", "systems", client=client, form=form)


@require_POST
@desk_page
def unsign(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """End a signing key at once."""
    client = queries.client_for(request.user, code)
    found = next((one for one in client.signing_keys.all() if one.pk == key), None)
    if found is None:
        raise NotFound(kind=_("signing key"), name=key)
    actions.revoke_signing_key(found, by=person(request), at=timezone.now())
    messages.success(request, _("Signing key %(keyid)s has ended.") % {"keyid": found.keyid})
    return redirect("portal:systems")


@require_POST
@desk_page
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Take a system out of use with all its keys."""
    actions.retire_client(queries.client_for(request.user, code), by=person(request), at=timezone.now())
    messages.success(request, _("System %(code)s is out of use.") % {"code": code})
    return redirect("portal:systems")
