"""The administrators' tools: Django's admin, for system administrators alone.

What stands there are groups and the worker's jobs. No row of a source, of quarantine, of a registry
or of the log may be registered: administrators run the platform and read no data.
"""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from xilin.kernel.accounts.models import User


class Site(AdminSite):
    """The admin behind the platform's own sign-in."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this is a system administrator with staff status: neither alone is enough."""
        return super().has_permission(request) and getattr(request.user, "role", "") == User.Role.SYSTEM

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """To the platform's sign-in, with its pause after failures; PermissionDenied for who is someone else."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(reverse("admin:index"))
