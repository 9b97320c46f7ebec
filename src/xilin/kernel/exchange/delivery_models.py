"""What is delivered in bulk: files with their marks, subscriptions to changes, and the messages that carry them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """批量文件 A file of a resource's rows for the holder of a grant, as asked for and as it was made.

    `snapshot` is the state of the lake's table that it holds, `sources` those declared for the resource
    then, `overlays` the corrections laid over it. With `since` it holds what changed since an earlier file of the same grant; with `subscription`
    it is the state that changes after `cursor` (of the sequence `epoch`) go on from. `anchors` are the columns that its order
    marks, `probe` what the engine made of a known text then. `sent` are the spans of bytes that were handed out.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        BUILDING = "building", _("being made")
        READY = "ready", _("ready")
        TAKEN = "taken", _("taken")
        EXPIRED = "expired", _("expired")
        REFUSED = "refused", _("refused")

    class Format(models.TextChoices):
        PARQUET = "parquet", "Parquet"
        CSV = "csv", "CSV"

    number = models.CharField(_("number"), max_length=24, unique=True)
    grant = models.ForeignKey(
        "exchange.Grant", models.PROTECT, verbose_name=_("grant"), related_name="exports"
    )
    asked_at = models.DateTimeField(_("asked at"))
    purpose = models.CharField(_("purpose"), max_length=60)
    case_number = models.CharField(_("case number"), max_length=64)
    format = models.CharField(_("format"), max_length=7, choices=Format)
    columns = models.JSONField(_("items"))
    since = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("since"), related_name="later", null=True, blank=True
    )
    subscription = models.ForeignKey(
        "exchange.Subscription",
        models.PROTECT,
        verbose_name=_("subscription"),
        related_name="exports",
        null=True,
        blank=True,
    )
    epoch = models.PositiveIntegerField(_("epoch"), default=0)
    cursor = models.BigIntegerField(_("changes up to"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    snapshot = models.BigIntegerField(_("snapshot"), null=True, blank=True)
    sources = models.JSONField(_("sources"), default=list)
    overlays = models.JSONField(_("corrections"), default=list)
    anchors = models.JSONField(_("anchors"), default=list)
    probe = models.CharField(_("probe"), max_length=20, blank=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    entry = models.BigIntegerField(_("log entry"), null=True, blank=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    sent = models.JSONField(_("bytes sent"), default=list)
    refusal = models.JSONField(_("refusal"), null=True, blank=True)

    class Meta:
        verbose_name = _("bulk file")
        verbose_name_plural = _("bulk files")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state"], name="exchange_export_state")]
        constraints = [
            models.CheckConstraint(
                name="exchange_export_is_in_the_log",
                condition=~Q(state__in=["ready", "taken"]) | Q(entry__isnull=False) & ~Q(sha256=""),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Followed(models.Model):
    """A resource whose changes are worked out: up to which state of its rows, and where its sequence stands.

    Changes `floor` + 1 to `seq` stand in the resource's table in the schema `changes`. `epoch` rises
    where a sequence had to be begun anew: what was read before goes on from nothing then.
    """

    resource = models.CharField(_("resource"), max_length=60, unique=True)
    snapshot = models.BigIntegerField(_("snapshot"), null=True, blank=True)
    sources = models.JSONField(_("sources"), default=list)
    overlays = models.JSONField(_("corrections"), default=list)
    seq = models.BigIntegerField(_("newest change"), default=0)
    floor = models.BigIntegerField(_("changes kept after"), default=0)
    epoch = models.PositiveIntegerField(_("epoch"), default=1)
    moved_at = models.DateTimeField(_("moved at"))

    class Meta:
        verbose_name = _("followed resource")
        verbose_name_plural = _("followed resources")
        ordering = ["resource"]

    def __str__(self) -> str:
        return self.resource


class Step(models.Model):
    """Which state of the lake the changes up to a number lead to."""

    resource = models.CharField(_("resource"), max_length=60)
    epoch = models.PositiveIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("newest change"))
    snapshot = models.BigIntegerField(_("snapshot"), null=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of changes")
        verbose_name_plural = _("steps of changes")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["resource", "epoch", "seq"], name="exchange_step_seq")]

    def __str__(self) -> str:
        return f"{self.resource} {self.seq}"


class Target(models.Model):
    """推送地址 Where messages of a system may be sent: an address that one person entered and another approved."""

    client = models.ForeignKey(
        "exchange.Client", models.PROTECT, verbose_name=_("client"), related_name="targets"
    )
    url = models.CharField(_("address"), max_length=500)
    registered_at = models.DateTimeField(_("registered at"))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("registered by"), related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("approved by"),
        related_name="+",
        null=True,
        blank=True,
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("push address")
        verbose_name_plural = _("push addresses")
        ordering = ["client", "pk"]
        constraints = [
            models.CheckConstraint(
                name="exchange_target_has_two_persons",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("registered_by")),
            ),
            models.UniqueConstraint(
                fields=["client", "url"],
                condition=Q(ended_at__isnull=True),
                name="exchange_target_once",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class Subscription(models.Model):
    """订阅 Changes of a resource for the holder of a grant: pulled by cursor, or pushed to an approved address.

    `seq` is the last change that arrived (pushed) or was asked beyond (pulled), of the sequence `epoch`. A
    pushed one that failed too often is halted: its next message is a dead letter until somebody resumes it.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        HALTED = "halted", _("halted")
        ENDED = "ended", _("ended")

    number = models.CharField(_("number"), max_length=24, unique=True)
    grant = models.ForeignKey(
        "exchange.Grant", models.PROTECT, verbose_name=_("grant"), related_name="subscriptions"
    )
    target = models.ForeignKey(
        Target,
        models.PROTECT,
        verbose_name=_("push address"),
        related_name="subscriptions",
        null=True,
        blank=True,
    )
    purpose = models.CharField(_("purpose"), max_length=60)
    case_number = models.CharField(_("case number"), max_length=64)
    made_at = models.DateTimeField(_("made at"))
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.ACTIVE)
    epoch = models.PositiveIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("changes up to"))
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    next_at = models.DateTimeField(_("next try"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "next_at"], name="exchange_subscription_due")]

    def __str__(self) -> str:
        return self.number


class Message(models.Model):
    """推送消息 Changes `first` to `last` on their way to a subscription's address; `ident` is the same on every try."""

    class State(models.TextChoices):
        SENDING = "sending", _("on its way")
        ARRIVED = "arrived", _("arrived")
        DEAD = "dead", _("dead letter")
        DROPPED = "dropped", _("dropped")

    ident = models.UUIDField(_("message"), unique=True)
    subscription = models.ForeignKey(
        Subscription, models.CASCADE, verbose_name=_("subscription"), related_name="messages"
    )
    epoch = models.PositiveIntegerField(_("epoch"))
    first = models.BigIntegerField(_("first change"))
    last = models.BigIntegerField(_("last change"))
    changes = models.PositiveIntegerField(_("changes"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.SENDING)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    made_at = models.DateTimeField(_("made at"))
    tried_at = models.DateTimeField(_("tried at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=60, blank=True)
    entry = models.BigIntegerField(_("log entry"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(state__in=["sending", "dead"]),
                name="exchange_one_message_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return str(self.ident)
