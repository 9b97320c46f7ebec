"""Pace: how many calls the gateways answered, and how long they took."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Pace(models.Model):
    """调用节奏 Calls in a minute that ended alike and took about as long: a bar of the minute's histogram.

    Written by the gateways alone, in SQL, half a second after the calls; of who asked for what nothing is in it. `bucket` is on a
    scale of quarters of a doubling from a tenth of a millisecond (`pace.bounds`).
    """

    class Outcome(models.TextChoices):
        """How a call ended."""

        ANSWERED = "answered", _("answered")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    minute = models.DateTimeField(_("minute"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    bucket = models.SmallIntegerField(_("how long"))
    calls = models.BigIntegerField(_("calls"), default=0)

    class Meta:
        verbose_name = _("calls in a minute")
        verbose_name_plural = _("calls by the minute")
        ordering = ["-minute", "outcome", "bucket"]
        constraints = [
            models.UniqueConstraint(fields=["minute", "outcome", "bucket"], name="exchange_pace_once")
        ]

    def __str__(self) -> str:
        return f"{self.minute} {self.outcome} {self.bucket}"
