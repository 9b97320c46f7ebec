"""Tables of the handheld: who works with one and for whom, the devices, events that were given up on a device."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from xilin.apps.trace.models.events import Party


class Hand(models.Model):
    """经手人 Someone who records with a handheld: for which party, at which place, and what they may do."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("user"), related_name="+"
    )
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="hands")
    tasks = models.JSONField(_("tasks"))
    place = models.CharField(_("place"), max_length=300, blank=True)
    place_name = models.CharField(_("name of the place"), max_length=100, blank=True)
    given_at = models.DateTimeField(_("given at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("hand")
        verbose_name_plural = _("hands")
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at__isnull=True), name="trace_one_hand_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.party}"


class Device(models.Model):
    """手持设备 A browser on a device, by the number it gave itself; who sent with it last, and how much."""

    number = models.UUIDField(_("number"), primary_key=True)
    hand = models.ForeignKey(Hand, models.PROTECT, verbose_name=_("hand"), related_name="devices")
    first_at = models.DateTimeField(_("first sent at"))
    last_at = models.DateTimeField(_("last sent at"))
    events = models.BigIntegerField(_("events kept"), default=0)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["-last_at", "number"]

    def __str__(self) -> str:
        return str(self.number)


class DroppedEvent(models.Model):
    """作废记录 An event that was refused and given up on its device, and why; it never was in the repository."""

    event_id = models.CharField(_("event ID"), max_length=60, unique=True)
    hand = models.ForeignKey(Hand, models.PROTECT, verbose_name=_("hand"), related_name="dropped")
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("event given up")
        verbose_name_plural = _("events given up")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.event_id
