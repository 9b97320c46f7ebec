"""校核 Disputes about values and looks, corrections laid over them, and who is told."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# What no password matches.
UNUSABLE = "!"


class Citizen(models.Model):
    """公民账号 Someone who may see which departments looked at them: an account bound to one person of a registry.

    `issuer` says who vouches for that: "demo" for accounts of the demonstration, which have a password of their own; a
    real-name service (OIDC) has its address there and its own name for the person in `subject`, and no password is kept.
    Not a user of the desk, and never signed in as one.
    """

    issuer = models.CharField(_("vouched for by"), max_length=200)
    subject = models.CharField(_("account"), max_length=150)
    password = models.CharField(_("password"), max_length=128, blank=True)
    registry = models.CharField(_("registry"), max_length=60)
    entity = models.UUIDField(_("person"))
    created_at = models.DateTimeField(_("created at"))
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("citizen's account")
        verbose_name_plural = _("citizens' accounts")
        ordering = ["issuer", "subject"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="exchange_citizen_once"),
            models.CheckConstraint(
                name="exchange_citizen_password_of_the_demo", condition=Q(issuer="demo") | Q(password="")
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def check_password(self, given: str) -> bool:
        """Whether this is the account's password; takes as long where it has none."""
        return check_password(given, self.password or UNUSABLE)


class Dispute(models.Model):
    """异议 Someone holds a value to be wrong, or asks why they were looked at; a case of the department that must answer.

    `sealed` holds what is personal (the record's key, the value as it stood, what it should be, grounds, evidence),
    encrypted under a key of the installation; `who` is the keyed hash of the record under the month's key. For a value
    `provider` is the department it comes from, for a look the one that looked.
    """

    class Kind(models.TextChoices):
        VALUE = "value", _("a value is wrong")
        LOOK = "look", _("why was I looked at")

    class State(models.TextChoices):
        OPEN = "open", _("being checked")
        CONFIRMED = "confirmed", _("wrong, being mended at the source")
        CORRECTED = "corrected", _("corrected")
        REJECTED = "rejected", _("the value is right")
        EXPLAINED = "explained", _("explained")
        ADMITTED = "admitted", _("the look had no ground")

    case = models.OneToOneField(
        "casework.Case", models.PROTECT, verbose_name=_("case"), related_name="dispute"
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    correction = models.OneToOneField(
        "quality.Correction", models.PROTECT, verbose_name=_("correction"), related_name="dispute", null=True
    )
    department = models.ForeignKey(
        "accounts.Department",
        models.PROTECT,
        verbose_name=_("asked by"),
        related_name="disputes_made",
        null=True,
        blank=True,
    )
    client = models.ForeignKey(
        "exchange.Client",
        models.PROTECT,
        verbose_name=_("client"),
        related_name="disputes",
        null=True,
        blank=True,
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("asked by"),
        related_name="disputes_made",
        null=True,
        blank=True,
    )
    citizen = models.ForeignKey(
        Citizen, models.PROTECT, verbose_name=_("citizen"), related_name="disputes", null=True, blank=True
    )
    provider = models.ForeignKey(
        "accounts.Department",
        models.PROTECT,
        verbose_name=_("answered by"),
        related_name="disputes_received",
    )
    resource = models.CharField(_("resource"), max_length=60)
    column = models.CharField(_("item"), max_length=60, blank=True)
    registry = models.CharField(_("registry"), max_length=60, blank=True)
    entity = models.UUIDField(_("person or organisation"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    who = models.CharField(_("keyed hash of the record"), max_length=80, blank=True)
    entry = models.BigIntegerField(_("entry in the log"), null=True, blank=True)
    sealed = models.TextField(_("sealed"))
    asked_at = models.DateTimeField(_("asked at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("answered by"),
        related_name="disputes_answered",
        null=True,
        blank=True,
    )
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["provider", "state"], name="exchange_dispute_inbox"),
            models.Index(fields=["department", "state"], name="exchange_dispute_outbox"),
        ]
        constraints = [
            models.CheckConstraint(
                name="exchange_dispute_has_one_asker",
                condition=Q(department__isnull=False, citizen__isnull=True)
                | Q(department__isnull=True, citizen__isnull=False),
            ),
            models.CheckConstraint(
                name="exchange_dispute_answered_with_time",
                condition=Q(state="open", answered_at__isnull=True)
                | (~Q(state="open") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Overlay(models.Model):
    """更正覆盖 A corrected value that is served until its source says the same: a source of the highest authority.

    One for each place where the value stood: the golden record of `entity` (an attribute), or a resource's published rows
    (a column, the row told by its sealed key). `sealed` holds key, former value and right value.
    """

    class Place(models.TextChoices):
        GOLDEN = "golden", _("golden record")
        TABLE = "table", _("published table")

    class Ended(models.TextChoices):
        SOURCE = "source", _("the source says the same")
        GONE = "gone", _("the record is gone")

    dispute = models.ForeignKey(Dispute, models.PROTECT, verbose_name=_("dispute"), related_name="overlays")
    place = models.CharField(_("place"), max_length=10, choices=Place)
    resource = models.CharField(_("resource"), max_length=60, blank=True)
    registry = models.CharField(_("registry"), max_length=60, blank=True)
    entity = models.UUIDField(_("person or organisation"), null=True, blank=True)
    column = models.CharField(_("item"), max_length=60)
    source = models.CharField(_("source"), max_length=60, blank=True)
    sealed = models.TextField(_("sealed"))
    laid_at = models.DateTimeField(_("laid at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended = models.CharField(_("why it ended"), max_length=10, choices=Ended, blank=True)

    class Meta:
        verbose_name = _("overlay")
        verbose_name_plural = _("overlays")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["resource"], name="exchange_overlay_in_force", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.place}"


class Notice(models.Model):
    """更正通知 One who received a value is told that it was corrected; tracked until they acknowledge it.

    `entries` are the log's entries of their look-ups, by which they find whose record it is among their own: the notice
    itself names nobody. A system pulls its notices in the order of `id`, which is the cursor.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, verbose_name=_("dispute"), related_name="notices")
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department"), related_name="notices"
    )
    client = models.ForeignKey(
        "exchange.Client",
        models.PROTECT,
        verbose_name=_("client"),
        related_name="notices",
        null=True,
        blank=True,
    )
    resource = models.CharField(_("resource"), max_length=60)
    column = models.CharField(_("item"), max_length=60)
    entries = models.JSONField(_("entries in the log"))
    made_at = models.DateTimeField(_("made at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("acknowledged by"),
        related_name="notices_acknowledged",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("notice of a correction")
        verbose_name_plural = _("notices of corrections")
        ordering = ["pk"]
        indexes = [models.Index(fields=["client", "id"], name="exchange_notice_pulled")]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "department", "client", "resource"],
                name="exchange_notice_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.department_id}"
