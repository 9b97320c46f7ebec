"""One's own account: choosing another password."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.accounts.actions import change_password
from xilin.kernel.accounts.forms import WAITS, PasswordForm, address_of


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password; this session goes on, every other of this person ends."""
    at = timezone.now()
    form = PasswordForm(
        person(request),
        request.POST if request.method == "POST" else None,
        address=address_of(request),
        at=at,
    )
    if form.is_valid():
        change_password(person(request), form.cleaned_data["new_password1"], at=at)
        update_session_auth_hash(request, person(request))
        messages.success(request, _("Your password is changed. You are signed out everywhere else."))
        return redirect("portal:desk")
    status = 429 if form.has_error("old_password", WAITS) else 200
    return show(request, "password", "password", status, form=form, idle_minutes=settings.IDLE_MINUTES)
