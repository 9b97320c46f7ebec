"""Entries on their way into the catalogue, and the authority's word on who is the source of an element."""

from typing import Any

import msgspec
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xilin.kernel.catalog import declarations


class Compilation(models.Model):
    """编制单 One entry on its way: compiled, reviewed by its department, reviewed by the authority, published.

    `content` is a `declarations.Resource` in plain JSON; until the entry is first submitted its code is
    `entries.UNNAMED` and the number in its catalogue code 0. `resource` is the entry it amends or withdraws, and once published the one it became;
    `base` the version it was compiled from. Its case runs from the first submission to the end.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("being compiled")
        DEPARTMENT = "department_review", _("in the department's review")
        AUTHORITY = "authority_review", _("in the authority's review")
        RETURNED = "returned", _("returned for amendment")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn from the catalogue")
        ABANDONED = "abandoned", _("given up")

    class Aim(models.TextChoices):
        PUBLISH = "publish", _("publication")
        WITHDRAW = "withdraw", _("withdrawal")

    number = models.CharField(_("number"), max_length=20, unique=True)
    aim = models.CharField(_("aim"), max_length=10, choices=Aim, default=Aim.PUBLISH)
    resource = models.ForeignKey(
        "catalog.Resource", models.PROTECT, verbose_name=_("resource"), related_name="compilations", null=True
    )
    base = models.PositiveIntegerField(_("version it amends"), default=0)
    provider = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("provider"), related_name="compilations"
    )
    content = models.JSONField(_("content"))
    name = models.CharField(_("name"), max_length=200)
    catalogue_code = models.CharField(_("catalogue code"), max_length=60, db_index=True)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    compiled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("compiled by"), related_name="compilations"
    )
    compiled_at = models.DateTimeField(_("compiled at"))
    changed_at = models.DateTimeField(_("changed at"))
    case = models.OneToOneField(
        "casework.Case", models.PROTECT, verbose_name=_("case"), related_name="compilation", null=True
    )

    class Meta:
        verbose_name = _("compilation")
        verbose_name_plural = _("compilations")
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource"],
                condition=~Q(state__in=["published", "withdrawn", "abandoned"]),
                name="catalog_one_compilation_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def value(self) -> Any:
        """The content as a `declarations.Resource`."""
        return msgspec.convert(self.content, declarations.Resource, strict=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in (self.State.PUBLISHED, self.State.WITHDRAWN, self.State.ABANDONED)


class CompilationStep(models.Model):
    """经过 What happened to a compilation: who did what when, and why."""

    class Did(models.TextChoices):
        COMPILED = "compiled", _("compiled")
        SUBMITTED = "submitted", _("submitted to the department's review")
        PASSED = "passed", _("passed on to the authority")
        RETURNED = "returned", _("returned for amendment")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn from the catalogue")
        TAKEN_BACK = "taken_back", _("taken back by the department")
        ABANDONED = "abandoned", _("given up")

    compilation = models.ForeignKey(
        Compilation, models.CASCADE, verbose_name=_("compilation"), related_name="steps"
    )
    did = models.CharField(_("what was done"), max_length=12, choices=Did)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("done by"), related_name="+"
    )
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department"), related_name="+"
    )
    at = models.DateTimeField(_("done at"))
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("step of a compilation")
        verbose_name_plural = _("steps of compilations")
        ordering = ["compilation", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.compilation_id} {self.did}"


class SourceDecision(models.Model):
    """数源认定 The authority's decision which department is the one source of a data element, over what is declared."""

    element = models.CharField(_("data element"), max_length=60)
    resource = models.ForeignKey(
        "catalog.Resource", models.PROTECT, verbose_name=_("resource"), related_name="source_decisions"
    )
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), related_name="+"
    )
    at = models.DateTimeField(_("decided at"))
    until = models.DateTimeField(_("in force until"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision on a source")
        verbose_name_plural = _("decisions on sources")
        ordering = ["element", "-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["element"], condition=Q(until=None), name="catalog_one_source_decision_in_force"
            )
        ]

    def __str__(self) -> str:
        return self.element
