"""What was measured of masks."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MaskFit(models.Model):
    """余数 How many people still fit what a mask shows of an item, measured on the rows that are served.

    `known` is what an onlooker knows beside it. `content` says which rows and which mask were measured;
    where it is another today the row is out of date.
    """

    resource = models.CharField(_("resource"), max_length=60)
    column = models.CharField(_("column"), max_length=60)
    mask = models.CharField(_("mask"), max_length=60, blank=True)
    known = models.CharField(_("known beside it"), max_length=20, blank=True)
    content = models.CharField(_("what was measured"), max_length=64)
    median = models.BigIntegerField(_("median"))
    least = models.BigIntegerField(_("least"))
    records = models.BigIntegerField(_("people"))
    measured_at = models.DateTimeField(_("measured at"))

    class Meta:
        verbose_name = _("people who fit a mask")
        verbose_name_plural = _("people who fit masks")
        ordering = ["resource", "column", "mask", "known"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "column", "mask", "known"], name="exchange_mask_fit_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource}.{self.column} {self.mask}"
