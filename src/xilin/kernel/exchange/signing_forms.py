"""The form by which a public key is entered; what it cleans are the arguments of `actions.register_signing_key`."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xilin.kernel.exchange.signing_models import SigningKey

USUAL_LIFE = timedelta(days=365)


class SigningKeyForm(forms.Form):
    """登记签名公钥 The public key of a system: PEM, base64 or hex."""

    algorithm = forms.ChoiceField(label=_("Algorithm"), choices=SigningKey.Algorithm)
    public = forms.CharField(
        label=_("Public key"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        max_length=2000,
        help_text=_("PEM, base64 or hex. Never the private key: it stays with your system."),
    )
    expires_on = forms.DateField(
        label=_("In force until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        initial=lambda: timezone.localdate() + USUAL_LIFE,
        help_text=_(
            "Two years at most, and that where left out. Enter the next key before this day: both are in force meanwhile."
        ),
    )
