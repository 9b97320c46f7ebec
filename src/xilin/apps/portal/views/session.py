"""Signing in and out."""

from django.contrib.auth.views import LoginView, LogoutView


class SignIn(LoginView):
    """The sign-in page; who is signed in goes to the desk."""

    template_name = "portal/login.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Signing out, by POST."""
