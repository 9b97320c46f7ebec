"""Tables of quality: rows held back, what each check found, scores, and doubts sent to departments."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Quarantined(models.Model):
    """隔离数据 A row that broke a blocking check, as found, with every reason.

    `found` and `key` hold personal data: read them through `queries` and `actions.look` only.
    """

    batch_id = models.BigIntegerField(_("batch"))
    source = models.CharField(_("source"), max_length=60)
    resource = models.CharField(_("resource"), max_length=60)
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department"), related_name="quarantined"
    )
    row = models.BigIntegerField(_("row"))
    key = models.TextField(_("key"), blank=True)
    reasons = models.JSONField(_("reasons"))
    found = models.JSONField(_("row as found"))

    class Meta:
        verbose_name = _("quarantined row")
        verbose_name_plural = _("quarantined rows")
        ordering = ["source", "batch_id", "row"]
        constraints = [
            models.UniqueConstraint(fields=["batch_id", "row"], name="quality_quarantined_once"),
        ]
        indexes = [models.Index(fields=["source", "batch_id", "row"], name="quality_quarantined_source")]

    def __str__(self) -> str:
        return f"{self.source} {self.batch_id}:{self.row}"


class CheckResult(models.Model):
    """What one check found: in a batch, or (`batch_id` null) across the rows in force of a resource."""

    batch_id = models.BigIntegerField(_("batch"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    resource = models.CharField(_("resource"), max_length=60)
    code = models.CharField(_("code"), max_length=130)
    column = models.CharField(_("item"), max_length=130, blank=True)
    kind = models.CharField(_("kind"), max_length=20)
    dimension = models.CharField(_("dimension"), max_length=20)
    severity = models.CharField(_("severity"), max_length=10)
    name = models.JSONField(_("name"))
    basis = models.CharField(_("source of the rule"), max_length=300, blank=True)
    checked = models.BigIntegerField(_("checked"))
    broken = models.BigIntegerField(_("broken"))

    class Meta:
        verbose_name = _("result of a check")
        verbose_name_plural = _("results of checks")
        ordering = ["resource", "batch_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch_id", "resource", "code"],
                name="quality_check_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="quality_broken_within_checked",
                condition=models.Q(broken__gte=0, broken__lte=models.F("checked")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.code}"


class ResourceScore(models.Model):
    """质量评分 A resource's score at a time; `dimensions` maps a name to [passed, checked]."""

    resource = models.CharField(_("resource"), max_length=60)
    at = models.DateTimeField(_("at"))
    batches = models.JSONField(_("batches"))
    dimensions = models.JSONField(_("dimensions"))
    overall = models.FloatField(_("overall"), null=True, blank=True)

    class Meta:
        verbose_name = _("score of a resource")
        verbose_name_plural = _("scores of resources")
        ordering = ["resource", "-at", "-pk"]
        indexes = [models.Index(fields=["resource", "-at"], name="quality_score_latest")]

    def __str__(self) -> str:
        return f"{self.resource} {self.at:%Y-%m-%d}"


class Correction(models.Model):
    """校核 A doubt about a value, sent to the department that provides it (Order 809: who provides corrects).

    `subject` says what is doubted without personal data; the row itself, where it is held back
    here, is `quarantined`. A batch may hold the record back again as another row: while the correction is
    open, `source` and `key` tell which, and `actions.keep` brings the two together. `key` may be personal,
    so it goes when the correction is answered. `asked_for` is the department that got a value and disputes
    it; `asked_by` is empty where one of its systems asked.
    """

    class Outcome(models.TextChoices):
        CORRECTED = "corrected", _("corrected at the source")
        CONFIRMED = "confirmed", _("the value is right")
        REFUSED = "refused", _("not ours to correct")

    case = models.OneToOneField(
        "casework.Case", models.PROTECT, verbose_name=_("case"), related_name="correction"
    )
    quarantined = models.ForeignKey(
        Quarantined,
        models.SET_NULL,
        verbose_name=_("quarantined row"),
        related_name="corrections",
        null=True,
        blank=True,
    )
    resource = models.CharField(_("resource"), max_length=60)
    source = models.CharField(_("source"), max_length=60, blank=True)
    key = models.TextField(_("key"), blank=True)
    column = models.CharField(_("item"), max_length=60, blank=True)
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department"), related_name="corrections"
    )
    subject = models.CharField(_("subject"), max_length=300)
    doubt = models.TextField(_("doubt"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("asked by"),
        related_name="corrections_asked",
        null=True,
        blank=True,
    )
    asked_for = models.ForeignKey(
        "accounts.Department",
        models.PROTECT,
        verbose_name=_("asked for"),
        related_name="corrections_wanted",
        null=True,
        blank=True,
    )
    asked_at = models.DateTimeField(_("asked at"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("resolved by"),
        related_name="corrections_resolved",
        null=True,
        blank=True,
    )
    remark = models.TextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return self.subject


class Mend(models.Model):
    """修补 A held row as its department mended it: laid over the row whenever its source delivers it as it was found.

    `found` is the row as it was found, `digest` the SHA-256 of it; `changed` has the columns that were mended with their
    new texts, null for nothing. Both hold personal data: read them through `queries` only. A mend waits for a batch of
    its source, is in force from the first batch that took it, and ends when the source delivers the row otherwise
    or no more, or when it is withdrawn.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for the next batch")
        IN_FORCE = "in_force", _("in force")
        SETTLED = "settled", _("the source delivers it otherwise")
        WITHDRAWN = "withdrawn", _("withdrawn")

    ALIVE = (State.WAITING, State.IN_FORCE)

    source = models.CharField(_("source"), max_length=60)
    resource = models.CharField(_("resource"), max_length=60)
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department"), related_name="mends"
    )
    quarantined = models.ForeignKey(
        Quarantined,
        models.SET_NULL,
        verbose_name=_("quarantined row"),
        related_name="mends",
        null=True,
        blank=True,
    )
    found = models.JSONField(_("row as found"))
    digest = models.CharField(_("digest"), max_length=64)
    changed = models.JSONField(_("changed"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("mended by"), related_name="mends"
    )
    at = models.DateTimeField(_("mended at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    batch_id = models.BigIntegerField(_("batch"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("mend")
        verbose_name_plural = _("mends")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "digest"],
                condition=models.Q(state__in=("waiting", "in_force")),
                name="quality_mend_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d}"
