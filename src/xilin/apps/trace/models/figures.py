"""追溯统计 What is counted anew each night: figures by month and banner, what each household tagged and sold, what each process weighed."""

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


class OpenChain(models.Model):
    """断链 A pack whose way back to households isn't whole, and when it was made: the newest, as last counted."""

    thing = models.TextField(_("pack"), primary_key=True)
    month = models.DateField(_("month"), null=True)

    class Meta:
        verbose_name = _("open chain")
        verbose_name_plural = _("open chains")
        ordering = ["-month", "thing"]

    def __str__(self) -> str:
        return self.thing


class HouseholdYear(models.Model):
    """牧户年度配额 What a household tagged and sold in a year, when it was last looked at; `area` are six digits of its banner."""

    place = models.TextField(_("place"))
    year = models.PositiveSmallIntegerField(_("year"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    area = models.CharField(_("area"), max_length=6, blank=True)
    tagged = models.PositiveIntegerField(_("tagged"))
    sold = models.PositiveIntegerField(_("animals sold"))
    untagged = models.PositiveIntegerField(_("without a tag of this household"))
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("year of a household")
        verbose_name_plural = _("years of households")
        ordering = ["-year", "place"]
        constraints = [models.UniqueConstraint(fields=["year", "place"], name="trace_household_year_once")]

    def __str__(self) -> str:
        return f"{self.place} {self.year}"

    @property
    def share(self) -> float | None:
        """What was sold of what was tagged; None where nothing was tagged."""
        return self.sold / self.tagged if self.tagged else None

    @property
    def broken(self) -> bool:
        """Whether more were sold than tagged, or some that nobody tagged there."""
        return self.untagged > 0 or self.sold > self.tagged


class ProcessMass(models.Model):
    """物料平衡表 What went into a process and came out of it, in kilograms, when it was last weighed."""

    process = models.TextField(_("process"))
    year = models.PositiveSmallIntegerField(_("year"))
    step = models.CharField(_("business step"), max_length=80)
    place = models.TextField(_("place"), blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    area = models.CharField(_("area"), max_length=6, blank=True)
    at = models.DateTimeField(_("when it happened"))
    kg_in = models.FloatField(_("went in"))
    kg_out = models.FloatField(_("came out"))
    unweighed_in = models.PositiveIntegerField(_("went in without a weight"))
    unweighed_out = models.PositiveIntegerField(_("came out without a weight"))
    least = models.FloatField(_("at least"))
    most = models.FloatField(_("at most"))
    broken = models.BooleanField(_("out of balance"))
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("balance of a process")
        verbose_name_plural = _("balances of processes")
        ordering = ["-at", "process"]
        constraints = [models.UniqueConstraint(fields=["year", "process"], name="trace_process_mass_once")]
        indexes = [models.Index(fields=["year", "-at"], name="trace_process_mass_at")]

    def __str__(self) -> str:
        return self.process

    @property
    def allowed(self) -> str:
        """How much of what went in may come out, in percent."""
        return f"{self.least:.0%} – {self.most:.0%}"

    @property
    def share(self) -> float | None:
        """What came out of what went in; None where nothing with a weight went in."""
        return self.kg_out / self.kg_in if self.kg_in else None
