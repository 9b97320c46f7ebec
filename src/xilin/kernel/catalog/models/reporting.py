"""目录上报 What is to be told to the upper level: an outbox written with the change, sent until it is received."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Report(models.Model):
    """上报单 One published version, or one withdrawal, on its way to the upper level's catalogue.

    Written in the transaction that publishes or withdraws, so that nothing is told that didn't happen and nothing
    that happened is left out. `key` goes with every attempt: who receives it twice knows it is one. `receipt` is
    what the upper level answered, `error` why the last attempt came to nothing.
    """

    class Kind(models.TextChoices):
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn from the catalogue")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be sent")
        RECEIVED = "received", _("received by the upper level")
        REFUSED = "refused", _("refused by the upper level")

    key = models.UUIDField(_("key"), unique=True)
    resource = models.ForeignKey(
        "catalog.Resource", models.PROTECT, verbose_name=_("resource"), related_name="reports"
    )
    number = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind of report"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    queued_at = models.DateTimeField(_("queued at"))
    next_at = models.DateTimeField(_("tried next at"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    ended_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    receipt = models.JSONField(_("receipt"), default=dict)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("report to the upper level")
        verbose_name_plural = _("reports to the upper level")
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "number", "kind"], name="catalog_reported_once")
        ]
        indexes = [
            models.Index(fields=["next_at"], name="catalog_report_due", condition=models.Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.number} {self.kind}"
