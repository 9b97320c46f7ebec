"""Series and their observations, every value with the release it came with."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Series(models.Model):
    """序列 One series of a dataflow; `key` are its codes in the order of the dimensions, joined by dots."""

    dataflow = models.CharField(_("dataflow"), max_length=60)
    key = models.CharField(_("key"), max_length=200)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["dataflow", "key"]
        constraints = [models.UniqueConstraint(fields=["dataflow", "key"], name="economy_one_series_a_key")]

    def __str__(self) -> str:
        return f"{self.dataflow} {self.key}"


class Observation(models.Model):
    """观测值 One value of a series for a period, as of one release.

    The one that stands has no `superseded_at`. `released_at` is when the publisher released it, `recorded_at` when
    this platform learnt of it. A value that its source no longer has is a release without a value, of status O.
    """

    series = models.ForeignKey(
        Series, models.CASCADE, verbose_name=_("series"), related_name="observations", db_index=False
    )
    period = models.CharField(_("period"), max_length=10)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    value = models.FloatField(_("value"), null=True)
    status = models.CharField(_("status"), max_length=1)
    released_at = models.DateTimeField(_("released at"))
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    source = models.CharField(_("source"), max_length=60)
    batch = models.BigIntegerField(_("batch"), null=True, blank=True)

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        ordering = ["series", "first_day", "period", "released_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "period", "released_at"], name="economy_one_value_a_release"
            )
        ]
        indexes = [
            models.Index(
                fields=["series", "first_day"], condition=Q(superseded_at=None), name="economy_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.period} = {self.value}"


class Release(models.Model):
    """发布 One taking over of a dataflow's figures: what was new, revised, withdrawn, and which rows had no place.

    `unplaced` counts rows by reason; `examples` shows the first of them in words of both languages.
    """

    dataflow = models.CharField(_("dataflow"), max_length=60)
    at = models.DateTimeField(_("at"))
    new = models.PositiveIntegerField(_("new"), default=0)
    revised = models.PositiveIntegerField(_("revised"), default=0)
    withdrawn = models.PositiveIntegerField(_("withdrawn"), default=0)
    unplaced = models.JSONField(_("unplaced"), default=dict)
    examples = models.JSONField(_("examples"), default=list)
    seconds = models.FloatField(_("seconds"), default=0)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.dataflow} {self.at:%Y-%m-%d %H:%M}"
