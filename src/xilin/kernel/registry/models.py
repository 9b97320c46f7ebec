"""What linking leaves behind: entities with golden records, their records, their identifiers, the runs.

And what people decided: decisions about records, and pairs of records that wait for one.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from xilin.kernel.registry.fields import ProvenanceField


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
    provenance = ProvenanceField(_("provenance"))
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
        indexes = [
            models.Index(fields=["registry", "id"], name="registry_entity_registry"),
            # A linking of changes asks which of many entities ended: few ever do.
            models.Index(
                fields=["id"],
                name="registry_entity_ended",
                condition=models.Q(ended_run__isnull=False),
            ),
        ]

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
        DECIDED = "decided", _("by a person's decision")
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


class EntityVersion(models.Model):
    """历史版本 What an entity was from the run `from_run` until the run `to_run` changed or ended it.

    `records` are those that belonged to it: `[source, key, how, weight]` each. `ended` and
    `merged_into` say that it was ended all that time. What it is now stands in `Entity`.
    """

    registry = models.CharField(_("registry"), max_length=60)
    entity = models.ForeignKey(
        Entity,
        models.DO_NOTHING,
        verbose_name=_("entity"),
        related_name="versions",
        db_constraint=False,
        db_index=False,  # `registry_version_once` begins with it
    )
    attributes = models.JSONField(_("attributes"))
    provenance = ProvenanceField(_("provenance"))
    records = models.JSONField(_("records of the entity"))
    ended = models.BooleanField(_("ended"), default=False)
    merged_into = models.UUIDField(_("entity it was merged into"), null=True, blank=True)
    from_run = models.BigIntegerField(_("run that made it"))
    to_run = models.BigIntegerField(_("run that changed it"))

    class Meta:
        verbose_name = _("former version of an entity")
        verbose_name_plural = _("former versions of entities")
        ordering = ["entity", "to_run"]
        constraints = [models.UniqueConstraint(fields=["entity", "to_run"], name="registry_version_once")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.from_run}-{self.to_run}"


class Decision(models.Model):
    """人工裁定 What people decided about records: that they are one thing, or are not.

    `review`: one reviewer on a pair the linking left open. `merge` and `split`: by hand, in
    force when a second person approved it; `entity_a` and `entity_b` are the entities as they
    stood then. A decision is about records, so that it outlives runs and entities.
    """

    class Kind(models.TextChoices):
        """How a decision came about."""

        REVIEW = "review", _("review of a pair")
        MERGE = "merge", _("merge by hand")
        SPLIT = "split", _("split by hand")

    class State(models.TextChoices):
        """Whether linking heeds it."""

        PROPOSED = "proposed", _("waits for a second person")
        IN_FORCE = "in_force", _("in force")
        WITHDRAWN = "withdrawn", _("withdrawn")
        LAPSED = "lapsed", _("lapsed: a record is somebody else's now")

    registry = models.CharField(_("registry"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State)
    entity_a = models.UUIDField(_("first entity"))
    entity_b = models.UUIDField(_("second entity"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), related_name="decisions_made"
    )
    made_at = models.DateTimeField(_("decided at"))
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("approved by"),
        related_name="decisions_seconded",
        null=True,
        blank=True,
    )
    seconded_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("withdrawn by"),
        related_name="decisions_withdrawn",
        null=True,
        blank=True,
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    remark = models.TextField(_("why it was withdrawn"), blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["registry", "state", "-id"], name="registry_decision_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seconded_by=None) | ~models.Q(seconded_by=models.F("made_by")),
                name="registry_decision_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="review")
                | ~models.Q(state="in_force")
                | models.Q(seconded_by__isnull=False),
                name="registry_decision_by_hand_seconded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registry} {self.pk}"


class DecisionPair(models.Model):
    """Two records that a decision calls the same thing or different ones; the smaller (source, key) is first.

    `superseded_by` is the later decision by hand that says the contrary of this pair. `marks_a` and
    `marks_b` are keyed hashes of what identified the records when they were judged; `changed` says
    by side which of those attributes changed so that the record is somebody else's now, and that
    ends the pair.
    """

    class Verdict(models.TextChoices):
        """What two records are."""

        SAME = "same", _("one and the same")
        DIFFERENT = "different", _("two different ones")

    decision = models.ForeignKey(Decision, models.CASCADE, verbose_name=_("decision"), related_name="pairs")
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    source_a = models.CharField(_("first source"), max_length=60)
    key_a = models.CharField(_("first key"), max_length=500)
    source_b = models.CharField(_("second source"), max_length=60)
    key_b = models.CharField(_("second key"), max_length=500)
    superseded_by = models.ForeignKey(
        Decision,
        models.SET_NULL,
        verbose_name=_("superseded by"),
        related_name="superseded",
        null=True,
        blank=True,
    )
    marks_a = models.JSONField(_("marks of the first record"), null=True, blank=True)
    marks_b = models.JSONField(_("marks of the second record"), null=True, blank=True)
    changed = models.JSONField(_("what changed since"), null=True, blank=True)
    changed_at = models.DateTimeField(_("found changed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("pair of a decision")
        verbose_name_plural = _("pairs of decisions")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "source_a", "key_a", "source_b", "key_b"],
                name="registry_decision_pair_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.verdict}"


class ReviewPair(models.Model):
    """待核对 Two records that linking could not tell to be one thing or two, until a person or a run does.

    `levels` says of each comparison its level and what that is worth in bits. `run` is the
    newest run that left the pair open; `decision` is what a reviewer made of it.
    """

    class Why(models.TextChoices):
        """Why a person should look."""

        BELOW = "below", _("just below the threshold")
        MARGIN = "margin", _("could join several groups")
        GUARD = "guard", _("one identifier, but the rest disagrees")
        CROWD = "crowd", _("an identifier that many carry")
        REUSED = "reused", _("a judged record is somebody else's now")

    registry = models.CharField(_("registry"), max_length=60)
    source_a = models.CharField(_("first source"), max_length=60)
    key_a = models.CharField(_("first key"), max_length=500)
    source_b = models.CharField(_("second source"), max_length=60)
    key_b = models.CharField(_("second key"), max_length=500)
    why = models.CharField(_("why"), max_length=10, choices=Why)
    weight = models.FloatField(_("match weight in bits"), null=True, blank=True)
    probability = models.FloatField(_("match probability"), null=True, blank=True)
    levels = models.JSONField(_("levels"), default=dict)
    run = models.BigIntegerField(_("newest run that left it open"))
    decision = models.OneToOneField(
        Decision,
        models.SET_NULL,
        verbose_name=_("decision"),
        related_name="review",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("pair for review")
        verbose_name_plural = _("pairs for review")
        ordering = [models.F("weight").desc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["registry", "source_a", "key_a", "source_b", "key_b"], name="registry_review_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.registry} {self.pk}"


from xilin.kernel.registry.relation_models import Relation as Relation  # noqa: E402 - a table of this part
from xilin.kernel.registry.search_models import SearchFormer as SearchFormer  # noqa: E402 - tables of this part
from xilin.kernel.registry.search_models import SearchPhone as SearchPhone  # noqa: E402
from xilin.kernel.registry.search_models import SearchRow as SearchRow  # noqa: E402
