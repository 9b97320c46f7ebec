"""Signing in: name and password, and a pause after too many failures."""

from datetime import datetime
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from xilin.kernel.accounts import actions
from xilin.kernel.accounts.errors import SignInWaits

WAITS = "waits"


class SignInForm(AuthenticationForm):
    """登录表 An attempt is counted before the password is looked at, so that many at once count too.

    Whether a name exists makes no difference to what is answered. Behind a proxy the address is the
    proxy's: then a name waits wherever its attempts come from.
    """

    def __init__(self, request: HttpRequest | None = None, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self._at = at

    def clean(self) -> dict[str, Any]:
        """The person whose name and password these are; ValidationError otherwise, with code `waits` in a pause."""
        name = self.cleaned_data.get("username")
        if not name or not self.cleaned_data.get("password"):
            return super().clean()
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        try:
            last = actions.begin_sign_in(name, address, at=self._at)
        except SignInWaits as refusal:
            raise ValidationError(f"{refusal} {refusal.advice}", code=WAITS) from None
        try:
            cleaned = super().clean()
        except ValidationError:
            if last:
                actions.halt_sign_in(name, at=self._at)
            raise
        actions.open_session(self.get_user(), address, at=self._at)
        return cleaned
