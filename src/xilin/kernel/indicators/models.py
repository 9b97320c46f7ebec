"""Series of figures: what was computed, when, from which batches."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IndicatorRun(models.Model):
    """One computation of all indicators."""

    computed_at = models.DateTimeField(_("computed at"))
    league_version = models.PositiveIntegerField(_("league version"))
    seconds = models.FloatField(_("seconds"), default=0)

    class Meta:
        verbose_name = _("indicator run")
        verbose_name_plural = _("indicator runs")
        ordering = ["-computed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.computed_at:%Y-%m-%d %H:%M}"


class IndicatorValue(models.Model):
    """指标值 One figure of one run, of the whole region or of one area, with the batches it came from.

    `period` is a month or a year (`2026-03`, `2026`) of a figure broken down over time, "" for all of it together. `value` is
    null where a town has so few rows that they aren't told. `as_of` is when the newest of its data was collected, linked or declared.
    """

    run = models.ForeignKey(
        IndicatorRun, models.CASCADE, verbose_name=_("indicator run"), related_name="values"
    )
    indicator = models.CharField(_("indicator"), max_length=60)
    area = models.CharField(_("area"), max_length=12, blank=True)
    period = models.CharField(_("period"), max_length=10, blank=True, default="")
    value = models.FloatField(_("value"), null=True)
    resource = models.CharField(_("resource"), max_length=60, blank=True)
    batches = models.JSONField(_("batches"), default=list)
    as_of = models.DateTimeField(_("data as of"), null=True, blank=True)

    class Meta:
        verbose_name = _("indicator value")
        verbose_name_plural = _("indicator values")
        ordering = ["run", "indicator", "area", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "indicator", "area", "period"], name="indicators_one_value_a_run_and_area"
            )
        ]
        indexes = [
            models.Index(fields=["indicator", "area", "period", "-run"], name="indicators_value_series")
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.area} = {self.value}"
