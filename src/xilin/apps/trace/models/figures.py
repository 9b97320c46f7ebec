"""追溯统计 Figures of traceability by month and banner, counted anew each night and before figures are computed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Figure(models.Model):
    """统计数 One figure of a month and a banner; `area` is empty for what belongs to no banner of the league, or to several."""

    measure = models.CharField(_("measure"), max_length=40)
    month = models.DateField(_("month"))
    area = models.CharField(_("area"), max_length=12, blank=True)
    value = models.FloatField(_("value"))
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("figure of traceability")
        verbose_name_plural = _("figures of traceability")
        ordering = ["measure", "month", "area"]
        constraints = [models.UniqueConstraint(fields=["measure", "month", "area"], name="trace_figure_once")]

    def __str__(self) -> str:
        return f"{self.measure} {self.month} {self.area}"
