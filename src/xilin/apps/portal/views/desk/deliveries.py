"""交付 Files and subscriptions: what was delivered to whom, what stands still, where messages may go."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from xilin.apps.portal.tables import deliveries as listed
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.exchange import delivery_queries, queries
from xilin.kernel.exchange.actions import feeds
from xilin.web import tables


class AddressForm(forms.Form):
    """An address that messages of a system may be pushed to."""

    client = forms.ChoiceField(label=gettext_lazy("System"))
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("Such as https://receiver.example/changes. Another approver approves it."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Subscriptions, addresses and files; an address is entered here."""
    clients = list(queries.clients_for(request.user))
    form = AddressForm(request.POST if request.method == "POST" else None)
    form.fields["client"].choices = [(one.code, one.name) for one in clients]  # type: ignore[attr-defined]
    if form.is_valid():
        client = next(one for one in clients if one.code == form.cleaned_data["client"])
        made = attempt(
            form,
            lambda: feeds.register_target(
                client, url=form.cleaned_data["url"], by=person(request), at=timezone.now()
            ),
        )
        if made:
            messages.success(request, _("The address is entered; another approver can approve it now."))
            return redirect("portal:deliveries")
    return _page(request, form, bool(clients))


def _page(request: HttpRequest, form: AddressForm, asks: bool) -> HttpResponse:
    user = person(request)
    told: dict[str, Any] = {
        "subscriptions": listed.subscriptions(
            request, delivery_queries.subscriptions_for(user), getattr(user, "department_id", None)
        ),
        "targets": listed.targets(request, delivery_queries.targets_for(user), user),
        "files": listed.files(request, delivery_queries.exports_for(user)),
    }
    return tables.exported(*told.values()) or show(
        request, "deliveries", "deliveries", form=form if asks else None, **told
    )


@require_POST
@desk_page
def resume(request: HttpRequest, number: str) -> HttpResponse:
    """Try a dead letter again, and what waits behind it."""
    feeds.resume(number, by=person(request), at=timezone.now())
    messages.success(request, _("Subscription %(number)s goes on within a minute.") % {"number": number})
    return redirect("portal:deliveries")


@require_POST
@desk_page
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let messages go to an address that somebody else entered."""
    feeds.approve_target(delivery_queries.target_for(request.user, pk), by=person(request), at=timezone.now())
    messages.success(request, _("Approved: messages may go to this address."))
    return redirect("portal:deliveries")


@require_POST
@desk_page
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Let no more messages go to an address."""
    feeds.end_target(delivery_queries.target_for(request.user, pk), by=person(request), at=timezone.now())
    messages.success(request, _("No more messages go to this address."))
    return redirect("portal:deliveries")
