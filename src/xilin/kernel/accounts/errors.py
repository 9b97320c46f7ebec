"""What accounts refuse."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class PasswordWeak(Refusal):
    """A password that others would guess."""

    status = 422
    message = _("This password can't be used.")
    remedy = _("Choose another: {what}")


class SignInWaits(Refusal):
    """Signing in as someone from an address failed too often of late."""

    status = 429
    message = _("Signing in failed too often.")
    remedy = _("Wait {minutes} minutes, or ask the system administrator for a new password.")
