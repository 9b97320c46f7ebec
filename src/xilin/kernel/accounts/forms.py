"""Signing in, and choosing another password: both wait after too many failures."""

from datetime import datetime
from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from xilin.kernel.accounts import actions, browsers
from xilin.kernel.accounts.errors import SignInWaits
from xilin.kernel.accounts.models import User

WAITS = "waits"


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from, as attempts are counted: a proxy's address behind one."""
    return str(request.META.get("REMOTE_ADDR", "")) if request else ""


class SignInForm(AuthenticationForm):
    """登录表 An attempt is counted before the password is looked at, so that many at once count too.

    Whether a name exists makes no difference to what is answered. Behind a proxy the address is the
    proxy's: then a name waits wherever its attempts come from, but for browsers it has signed in with.
    """

    def __init__(self, request: HttpRequest | None = None, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self._at = at
        if self.is_bound:
            # What was wrong takes the focus then.
            self.fields["username"].widget.attrs.pop("autofocus", None)

    def clean(self) -> dict[str, Any]:
        """The person whose name and password these are; ValidationError otherwise, with code `waits` in a pause."""
        name = self.cleaned_data.get("username")
        if not name or not self.cleaned_data.get("password"):
            return super().clean()
        mark = browsers.mark_of(self.request, name)
        place = f"browser {mark}" if mark else address_of(self.request)
        try:
            pause = actions.begin_sign_in(name, place, known=bool(mark), at=self._at)
        except SignInWaits as refusal:
            raise ValidationError(f"{refusal} {refusal.advice}", code=WAITS) from None
        try:
            cleaned = super().clean()
        except ValidationError:
            if pause:
                actions.halt_sign_in(name, pause, at=self._at)
            raise
        actions.open_session(self.get_user(), place, known=bool(mark), at=self._at)
        return cleaned


class PasswordForm(PasswordChangeForm):
    """修改密码 The present password and a new one, twice.

    Tries at the present password count as attempts to sign in do: a desk left open is no way to find it out.
    """

    def __init__(self, user: User, *args: Any, address: str, at: datetime, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self._address, self._at = address, at
        self.fields["old_password"].label = _("Present password")
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = _(
            "At least 10 characters, not digits alone, not like your name, and none that many people use."
        )
        self.fields["new_password2"].label = _("New password again")
        self.fields["new_password2"].help_text = ""

    def clean_old_password(self) -> str:
        """The present password; ValidationError otherwise, with code `waits` in a pause."""
        name = self.user.get_username()
        try:
            pause = actions.begin_sign_in(name, self._address, known=True, at=self._at)
        except SignInWaits as refusal:
            raise ValidationError(f"{refusal} {refusal.advice}", code=WAITS) from None
        try:
            found = super().clean_old_password()
        except ValidationError:
            if pause:
                actions.halt_sign_in(name, pause, at=self._at)
            raise
        actions.forget_attempts(name, self._address, known=True)
        return str(found)

    def clean(self) -> dict[str, Any]:
        """The form; ValidationError where the new password is the present one."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("new_password1") and cleaned.get("new_password1") == cleaned.get("old_password"):
            self.add_error("new_password1", _("This is your present password; choose another."))
        return cleaned
