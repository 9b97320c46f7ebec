"""What linking leaves behind: entities with golden records, their records, their identifiers, the runs."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class LinkRun(models.Model):
    """One linking of a registry that was carried out whole."""

    registry = models.CharField(_("registry"), max_length=60)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"))
    counts = models.JSONField(_("counts"), default=dict)
    timings = models.JSONField(_("timings in seconds"), default=dict)
    parameters = models.JSONField(_("parameters"), default=dict)
    batches = models.JSONField(_("newest batch of each source"), default=dict)
    score = models.JSONField(_("score against the truth"), null=True, blank=True)

    class Meta:
        verbose_name = _("linking run")
        verbose_name_plural = _("linking runs")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["registry", "-id"], name="registry_run_newest")]

    def __str__(self) -> str:
        return f"{self.registry} {self.pk}"


class Entity(models.Model):
    """实体 One person or organisation; its id is public, means nothing, and is kept for life.

    `attributes` is the golden record. `provenance` says of each attribute where its value
    comes from: `[source, batch, recorded]`, the last as ISO 8601 text or null. An entity
    that no record belongs to any more has `ended_run`, and keeps its id for good; where its
    records went to another, `merged_into` is that one's id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registry = models.CharField(_("registry"), max_length=60)
    attributes = models.JSONField(_("attributes"))
    provenance = models.JSONField(_("provenance"))
    records = models.PositiveIntegerField(_("number of records"))
    digest = models.CharField(_("digest"), max_length=32)
    since_run = models.BigIntegerField(_("run that made it"))
    changed_run = models.BigIntegerField(_("run that changed it last"))
    ended_run = models.BigIntegerField(_("run that ended it"), null=True, blank=True)
    merged_into = models.UUIDField(_("entity it was merged into"), null=True, blank=True)

    class Meta:
        verbose_name = _("entity")
        verbose_name_plural = _("entities")
        ordering = ["pk"]
        indexes = [models.Index(fields=["registry", "id"], name="registry_entity_registry")]

    def __str__(self) -> str:
        return str(self.pk)


class EntityRecord(models.Model):
    """Which entity a source's record belongs to, and how that was found.

    `weight` is the match weight in bits where records were compared, else null.
    """

    class How(models.TextChoices):
        """How a record came to its entity."""

        IDENTIFIER = "identifier", _("by a valid identifier")
        REPAIRED = "repaired", _("by a mistyped identifier, name and birth agreeing")
        COMPARED = "compared", _("by comparing attributes")
        ALONE = "alone", _("nothing like it was found")

    registry = models.CharField(_("registry"), max_length=60)
    source = models.CharField(_("source"), max_length=60)
    key = models.CharField(_("record key"), max_length=500)
    entity = models.ForeignKey(
        Entity, models.DO_NOTHING, verbose_name=_("entity"), related_name="members", db_constraint=False
    )
    how = models.CharField(_("how"), max_length=12, choices=How)
    weight = models.FloatField(_("match weight in bits"), null=True, blank=True)

    class Meta:
        verbose_name = _("record of an entity")
        verbose_name_plural = _("records of entities")
        ordering = ["registry", "source", "key"]
        constraints = [
            models.UniqueConstraint(fields=["registry", "source", "key"], name="registry_record_once")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class EntityIdentifier(models.Model):
    """A valid identifier that an entity's records carry."""

    registry = models.CharField(_("registry"), max_length=60)
    attribute = models.CharField(_("attribute"), max_length=60)
    value = models.CharField(_("value"), max_length=200)
    entity = models.ForeignKey(
        Entity, models.DO_NOTHING, verbose_name=_("entity"), related_name="identifiers", db_constraint=False
    )

    class Meta:
        verbose_name = _("identifier of an entity")
        verbose_name_plural = _("identifiers of entities")
        ordering = ["registry", "attribute", "value"]
        constraints = [
            models.UniqueConstraint(
                fields=["registry", "attribute", "value", "entity"], name="registry_identifier_once"
            )
        ]

    def __str__(self) -> str:
        return self.attribute
