"""The store of declarations, every version of each, and the areas they speak of."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LeagueVersion(models.Model):
    """One `xilin apply` that changed something."""

    league = models.CharField(_("league"), max_length=12)
    number = models.PositiveIntegerField(_("number"), unique=True)
    digest = models.CharField(_("digest"), max_length=64)
    applied_at = models.DateTimeField(_("applied at"))
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("applied by"), null=True, blank=True
    )
    added = models.PositiveIntegerField(_("added"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    removed = models.PositiveIntegerField(_("removed"), default=0)

    class Meta:
        verbose_name = _("league version")
        verbose_name_plural = _("league versions")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.league} v{self.number}"


class Declaration(models.Model):
    """One version of one declaration; the one in force has no `until`."""

    kind = models.CharField(_("kind"), max_length=30)
    code = models.CharField(_("code"), max_length=120)
    content = models.JSONField(_("content"))
    digest = models.CharField(_("digest"), max_length=64)
    file = models.CharField(_("file"), max_length=200)
    line = models.PositiveIntegerField(_("line"))
    since = models.ForeignKey(LeagueVersion, models.PROTECT, verbose_name=_("since"), related_name="begun")
    until = models.ForeignKey(
        LeagueVersion, models.PROTECT, verbose_name=_("until"), related_name="ended", null=True, blank=True
    )

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ["kind", "code", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code"],
                condition=Q(until__isnull=True),
                name="standards_one_declaration_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Area(models.Model):
    """行政区划 An area with its place in the tree and the days it is valid."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    name_mn = models.CharField(_("Mongolian name"), max_length=100, blank=True)
    level = models.CharField(_("level"), max_length=12)
    kind = models.CharField(_("kind"), max_length=30, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("parent"), related_name="children", null=True, blank=True
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200)
    geometry = models.JSONField(_("boundary"), null=True, blank=True)

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
