"""What signed calls are checked with: the public keys of clients, and the nonces that were used."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SigningKey(models.Model):
    """签名公钥 A client's public key for HTTP Message Signatures; the private one never comes here.

    `public` is the raw key in base64: 32 bytes for Ed25519, 64 (x and y) for SM2. `keyid` is what
    signatures name it by. In force: neither revoked nor expired. A system may have several at once: the next one is
    entered before the last one ends.

    A trial key is one that a browser made for a few calls under one grant, `trial_of`; `calls_left` are those it still
    has. What somebody enters for a system has neither.
    """

    class Algorithm(models.TextChoices):
        ED25519 = "ed25519", "Ed25519"
        SM2 = "sm2", "SM2"

    client = models.ForeignKey(
        "exchange.Client", models.PROTECT, verbose_name=_("client"), related_name="signing_keys"
    )
    keyid = models.CharField(_("key ID"), max_length=80, unique=True)
    algorithm = models.CharField(_("algorithm"), max_length=10, choices=Algorithm)
    public = models.CharField(_("public key"), max_length=100)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("created by"),
        related_name="signing_keys_created",
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    trial_of = models.ForeignKey(
        "exchange.Grant",
        models.PROTECT,
        verbose_name=_("grant that is tried"),
        related_name="trial_keys",
        null=True,
        blank=True,
    )
    calls_left = models.PositiveSmallIntegerField(_("calls left"), null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ["client", "-created_at"]
        constraints = [
            models.CheckConstraint(
                name="exchange_trials_are_few",
                condition=models.Q(trial_of=None, calls_left=None)
                | models.Q(trial_of__isnull=False, calls_left__isnull=False, expires_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.keyid


class Nonce(models.Model):
    """A nonce that a signed call has used: no second call may carry it.

    `id` is of key and nonce together, `call` tells the call that came first when it is tried again, and
    after `until` the signature itself is too old. Written and forgotten by the gateways alone, in SQL.
    """

    id = models.UUIDField(_("digest"), primary_key=True)
    call = models.BigIntegerField(_("call"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("nonce")
        verbose_name_plural = _("nonces")
        ordering = ["until", "id"]
        indexes = [models.Index(fields=["until"], name="exchange_nonce_until")]

    def __str__(self) -> str:
        return str(self.id)
