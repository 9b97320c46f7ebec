"""Copies of golden records in the lake, from which base registries are delivered in bulk."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Deposit(models.Model):
    """基础库副本 The golden records a base resource shows, laid into the lake as they were at a moment.

    `stamp` says of which state of the registry it is, `snapshot` which of the lake's table `golden.<resource>`
    it became; without one it isn't finished. Its id is the batch its rows carry.
    """

    resource = models.CharField(_("resource"), max_length=60)
    stamp = models.CharField(_("state of the registry"), max_length=64)
    snapshot = models.BigIntegerField(_("snapshot"), null=True, blank=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("copy of golden records")
        verbose_name_plural = _("copies of golden records")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["resource", "-id"], name="exchange_deposit_newest")]

    def __str__(self) -> str:
        return f"{self.resource} {self.pk}"
