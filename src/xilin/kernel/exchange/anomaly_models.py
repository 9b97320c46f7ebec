"""Unusual use: what the gateways count of it, and the alarms that were raised."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.kernel.standards.queries import declaration


class Tally(models.Model):
    """用量特征 Look-ups of a grant in an hour, and how many stood next to one looked up before.

    Written by the gateways alone, in SQL, some seconds after the calls; no value looked up is in it.
    """

    grant = models.ForeignKey(
        "exchange.Grant", models.PROTECT, verbose_name=_("grant"), related_name="tallies"
    )
    hour = models.DateTimeField(_("hour"))
    asked = models.BigIntegerField(_("look-ups"), default=0)
    near = models.BigIntegerField(_("next to another"), default=0)

    class Meta:
        verbose_name = _("use in an hour")
        verbose_name_plural = _("use by the hour")
        ordering = ["grant", "-hour"]
        indexes = [models.Index(fields=["hour"], name="exchange_tally_hour")]
        constraints = [models.UniqueConstraint(fields=["grant", "hour"], name="exchange_tally_once")]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.hour}"


class Alarm(models.Model):
    """异常预警 One pattern of unusual use that was found, once for each `key` (an hour, a day, a keyed hash).

    While it is open and `suspends`, the gateways answer nothing under its grant. `grants` has the numbers of
    all grants it is about, `cases` the case of each department whose data it is about: one for a pattern that goes on.
    """

    rule = models.CharField(_("rule"), max_length=60)
    key = models.CharField(_("about"), max_length=100)
    grant = models.ForeignKey(
        "exchange.Grant",
        models.PROTECT,
        verbose_name=_("grant"),
        related_name="alarms",
        null=True,
        blank=True,
    )
    grants = models.JSONField(_("grants"), default=list)
    figures = models.JSONField(_("figures"))
    cases = models.ManyToManyField(
        "casework.Case", verbose_name=_("cases"), related_name="unusual_use", blank=True
    )
    at = models.DateTimeField(_("found at"))
    suspends = models.BooleanField(_("stops the grant"), default=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        related_name="+",
    )
    remark = models.TextField(_("what was found"), blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(
                fields=["grant"], condition=Q(suspends=True, closed_at=None), name="exchange_alarm_stops"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "key", "grant"], nulls_distinct=False, name="exchange_alarm_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.key}"

    @property
    def title(self) -> str:
        """What the rule is called in the reader's language; its code where it is declared no more."""
        rule = declaration("anomaly", self.rule)
        if rule is None:
            return self.rule
        zh = (get_language() or "zh").startswith("zh") or not rule.name.en
        return str(rule.name.zh if zh else rule.name.en)
