"""Signing in and out."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from xilin.kernel.accounts import browsers
from xilin.kernel.accounts.actions import close_session
from xilin.kernel.accounts.forms import WAITS, SignInForm


class SignIn(LoginView):
    """The sign-in page; who is signed in goes to the desk."""

    template_name = "portal/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_form_kwargs(self) -> dict[str, Any]:
        """What the form needs: the time besides."""
        return super().get_form_kwargs() | {"at": timezone.now()}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """On to the desk; the browser is known from now on."""
        response = super().form_valid(form)
        browsers.remember(self.request, response, form.get_user().get_username())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """The page again; 429 in the pause after too many failures."""
        response = super().form_invalid(form)
        if form.has_error("__all__", WAITS):
            response.status_code = 429
        return response


class SignOut(LogoutView):
    """Signing out, by POST; on record."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """End the session, to the home page."""
        user: Any = request.user
        if user.is_authenticated:
            close_session(user, idle=False, at=timezone.now())
        return super().post(request, *args, **kwargs)
