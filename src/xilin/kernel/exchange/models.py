"""What sharing is made of: clients and their keys, requests, reviews, grants."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from xilin.kernel.exchange.dispute_models import Citizen as Citizen
from xilin.kernel.exchange.dispute_models import Dispute as Dispute
from xilin.kernel.exchange.dispute_models import Notice as Notice
from xilin.kernel.exchange.dispute_models import Overlay as Overlay
from xilin.kernel.exchange.pace_models import Pace as Pace


class Shape(models.TextChoices):
    """提供方式 In what shape data is answered, from the weakest to the strongest."""

    VERIFY = "verify", _("verification (yes or no)")
    STATUS = "status", _("match and status")
    MASKED = "masked", _("masked fields")
    FULL = "full", _("full fields")

    @property
    def strength(self) -> int:
        """How much the shape reveals, from 0."""
        return _STRENGTH[self]


_STRENGTH = {shape: strength for strength, shape in enumerate(Shape)}


class Way(models.TextChoices):
    """交付方式 How what a shape reveals reaches the one who asked: call by call, as a file, or as changes come."""

    CALL = "call", _("call by call")
    FILE = "file", _("bulk file")
    FEED = "feed", _("subscription")


class Use(models.TextChoices):
    """使用方式 How often the work needs data: for one matter at a time, for many records at once, or kept up to date."""

    CASE = "case", _("one matter at a time")
    ONCE = "once", _("many records at once")
    KEPT = "kept", _("a copy kept up to date")


class RowsChosen(models.Model):
    """What a request and its grant say alike about the way of delivery and the rows.

    `row_filter` is a list of `{"column", "op", "value"}` that all must hold, as `filters.check` wrote
    it; an empty list means every row. `listing` is for lists of the rows that fit a condition. Files
    and subscriptions reveal fields, so their shape is masked or full.
    """

    delivery = models.CharField(_("way of delivery"), max_length=4, choices=Way, default=Way.CALL)
    row_filter = models.JSONField(_("row filter"), default=list, blank=True)
    listing = models.BooleanField(_("lists allowed"), default=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_bulk_reveals_fields",
                condition=Q(delivery="call") | Q(shape__in=["masked", "full"], listing=False),
            )
        ]


class Client(models.Model):
    """应用系统 A department's system that calls the gateway."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department"), related_name="clients"
    )
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("created by"), related_name="clients_created"
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ClientKey(models.Model):
    """A key of a client, kept as its SHA-256; the key itself is shown once, when it is made.

    `digest` is the lower-case hex SHA-256 of the whole key, `prefix` its first characters,
    by which people tell keys apart. In force: not revoked, and not expired.
    """

    client = models.ForeignKey(Client, models.PROTECT, verbose_name=_("client"), related_name="keys")
    prefix = models.CharField(_("prefix"), max_length=12)
    digest = models.CharField(_("SHA-256 digest"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("created by"), related_name="keys_created"
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("client key")
        verbose_name_plural = _("client keys")
        ordering = ["client", "-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Request(RowsChosen):
    """共享申请 A department asks for items of a resource: basis, scenario, scope, shape and term.

    Its number is its case's number. `proposed_shape` and `proposed_delivery` are the weakest that
    serve, beside what was asked for; `use` and `records` say how the work needs the data. With `match`
    it asks to look people up by name. `renews` is the grant that it carries on, whose end is the
    beginning of the new one.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    case = models.OneToOneField(
        "casework.Case", models.PROTECT, verbose_name=_("case"), related_name="sharing_request"
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("applicant"), related_name="requests_made"
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="requests_made"
    )
    client = models.ForeignKey(Client, models.PROTECT, verbose_name=_("client"), related_name="requests")
    resource = models.ForeignKey(
        "catalog.Resource", models.PROTECT, verbose_name=_("resource"), related_name="requests"
    )
    provider = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("provider"), related_name="requests_received"
    )
    items = models.JSONField(_("items"), help_text=_("Columns, in the resource's order."))
    purpose = models.CharField(_("purpose"), max_length=60)
    basis = models.TextField(_("legal basis"))
    scenario = models.TextField(_("scenario"))
    shape = models.CharField(_("shape"), max_length=10, choices=Shape)
    proposed_shape = models.CharField(_("weakest shape that serves"), max_length=10, choices=Shape)
    proposed_delivery = models.CharField(
        _("weakest delivery that serves"), max_length=4, choices=Way, default=Way.CALL
    )
    use = models.CharField(_("how the data is used"), max_length=4, choices=Use, default=Use.CASE)
    records = models.PositiveIntegerField(_("records at once"), default=0)
    match = models.BooleanField(_("matches by name"), default=False)
    renews = models.ForeignKey(
        "Grant",
        models.PROTECT,
        verbose_name=_("grant it carries on"),
        related_name="renewals",
        null=True,
        blank=True,
    )
    quota_per_day = models.PositiveIntegerField(_("answers a day"))
    valid_until = models.DateField(_("last day"))
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)

    class Meta(RowsChosen.Meta):
        abstract = False
        verbose_name = _("sharing request")
        verbose_name_plural = _("sharing requests")
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["provider", "state"], name="exchange_request_inbox")]
        constraints = [
            *RowsChosen.Meta.constraints,
            models.CheckConstraint(
                name="exchange_request_not_of_own_data", condition=~Q(department=F("provider"))
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Review(models.Model):
    """审核 What was done to a request, with its reasons; `by` is empty where the law itself answered.

    Told what is missing, asked for more time, disputed: each once for a request at most.
    """

    class Decision(models.TextChoices):
        LAWFUL = "lawful", _("granted by law")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        REVOKED = "revoked", _("revoked")
        PASSED = "passed_on", _("passed on to the provider")
        INCOMPLETE = "incomplete", _("told what is missing")
        COMPLETED = "completed", _("completed")
        MORE_TIME = "more_time", _("more time asked for")
        EXTENDED = "extended", _("more time given")
        NOT_EXTENDED = "not_extended", _("no more time given")
        DISPUTED = "disputed", _("refusal disputed")
        UPHELD = "upheld", _("refusal upheld")
        ORDERED = "ordered", _("provision ordered")

    request = models.ForeignKey(
        Request, models.PROTECT, verbose_name=_("sharing request"), related_name="reviews"
    )
    decision = models.CharField(_("decision"), max_length=12, choices=Decision)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        related_name="reviews",
        null=True,
        blank=True,
    )
    at = models.DateTimeField(_("decided at"))
    reason = models.TextField(_("reason"), blank=True)
    legal_basis = models.TextField(_("legal basis"), blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["request", "at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="exchange_refusal_has_its_basis",
                condition=~Q(decision="refused") | (~Q(legal_basis="") & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="exchange_only_the_law_decides_alone",
                condition=Q(decision="lawful", by__isnull=True)
                | (~Q(decision="lawful") & Q(by__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["request", "decision"],
                condition=Q(decision__in=["incomplete", "completed", "more_time", "disputed"]),
                name="exchange_told_what_is_missing_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.decision}"


class Extension(models.Model):
    """延长答复 More time that a provider asks of the authority for its reply, once for a request.

    `days` are in the unit of the deadline's rule. Who asked never consents.
    """

    request = models.OneToOneField(
        Request, models.PROTECT, verbose_name=_("sharing request"), related_name="extension"
    )
    days = models.PositiveSmallIntegerField(_("by how much"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="extensions_asked"
    )
    asked_at = models.DateTimeField(_("asked at"))
    given = models.BooleanField(_("given"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        related_name="extensions_decided",
        null=True,
        blank=True,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("extension of a reply")
        verbose_name_plural = _("extensions of replies")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="exchange_nobody_consents_to_own_extension",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="exchange_extension_decided_whole",
                condition=Q(given__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(given__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} +{self.days}"


class Objection(models.Model):
    """争议 An applicant disputes a refusal: a case of its own for the authority, which upholds it or orders provision.

    Who objects never decides, nor does who refused.
    """

    request = models.OneToOneField(
        Request, models.PROTECT, verbose_name=_("sharing request"), related_name="objection"
    )
    case = models.OneToOneField(
        "casework.Case", models.PROTECT, verbose_name=_("case"), related_name="objection"
    )
    grounds = models.TextField(_("grounds"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("made by"), related_name="objections_made"
    )
    made_at = models.DateTimeField(_("made at"))
    ordered = models.BooleanField(_("provision ordered"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        related_name="objections_decided",
        null=True,
        blank=True,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="exchange_nobody_decides_own_objection",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("made_by")),
            ),
            models.CheckConstraint(
                name="exchange_objection_decided_whole",
                condition=Q(ordered__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(ordered__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}"


class Grant(RowsChosen):
    """授权 What the gateway enforces: a client may have these items of a resource, for one purpose.

    In force from `valid_from` until before `valid_until`, unless revoked; on each day
    between `hour_from` and before `hour_to` in the platform's time zone (0 and 24: all day);
    at most `quota_per_day` answers a day in that time zone. With `match` people may be looked for
    by name, birth, area and telephone, not by identifiers alone. A list is answered where at least
    `least` rows fit. With `keyed` identifiers masked by a pseudonym are keyed by the grant, with
    `signed` every call must be signed. `asked_by` and `approved_by` are never one person;
    `approved_by` is empty where the law granted.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    request = models.OneToOneField(
        Request, models.PROTECT, verbose_name=_("sharing request"), related_name="grant"
    )
    client = models.ForeignKey(Client, models.PROTECT, verbose_name=_("client"), related_name="grants")
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("applicant"), related_name="grants_held"
    )
    resource = models.ForeignKey(
        "catalog.Resource", models.PROTECT, verbose_name=_("resource"), related_name="grants"
    )
    provider = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("provider"), related_name="grants_given"
    )
    shape = models.CharField(_("shape"), max_length=10, choices=Shape)
    purpose = models.CharField(_("purpose"), max_length=60)
    quota_per_day = models.PositiveIntegerField(_("answers a day"))
    hour_from = models.PositiveSmallIntegerField(_("first hour of the day"), default=0)
    hour_to = models.PositiveSmallIntegerField(_("hour of the day it ends"), default=24)
    match = models.BooleanField(_("matches by name allowed"), default=False)
    least = models.PositiveIntegerField(_("rows that must fit a list"), default=10)
    keyed = models.BooleanField(_("pseudonyms of its own"), default=True)
    signed = models.BooleanField(_("calls must be signed"), default=False)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="grants_asked"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("approved by"),
        related_name="grants_approved",
        null=True,
        blank=True,
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("revoked by"),
        related_name="grants_revoked",
        null=True,
        blank=True,
    )

    class Meta(RowsChosen.Meta):
        abstract = False
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ["-valid_from", "-pk"]
        indexes = [models.Index(fields=["client", "resource"], name="exchange_grant_lookup")]
        constraints = [
            *RowsChosen.Meta.constraints,
            models.CheckConstraint(name="exchange_grant_least", condition=Q(least__gte=1)),
            models.CheckConstraint(
                name="exchange_nobody_approves_own_request",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="exchange_grant_hours",
                condition=Q(hour_from__gte=0, hour_from__lt=F("hour_to"), hour_to__lte=24),
            ),
            models.CheckConstraint(name="exchange_grant_term", condition=Q(valid_until__gt=F("valid_from"))),
            models.CheckConstraint(
                name="exchange_revoked_has_time_and_person",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def in_force(self, at: datetime) -> bool:
        """Whether the term has begun and not ended, and nobody revoked it; hours and quota are the gateway's."""
        return self.revoked_at is None and self.valid_from <= at < self.valid_until


class GrantItem(models.Model):
    """One granted column, and the mask its values are shown through (none where `mask` is empty)."""

    grant = models.ForeignKey(Grant, models.CASCADE, verbose_name=_("grant"), related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    column = models.CharField(_("column"), max_length=60)
    element = models.CharField(_("data element"), max_length=60)
    mask = models.CharField(_("mask"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("granted item")
        verbose_name_plural = _("granted items")
        ordering = ["grant", "position"]
        constraints = [
            models.UniqueConstraint(fields=["grant", "column"], name="exchange_granted_column_once")
        ]

    def __str__(self) -> str:
        return self.column


class Publication(models.Model):
    """发布 One copy of a resource's rows in force, in a table of its own that look-ups read.

    `table` stands in the schema `published`. It is made with the row, in state `building`; the one
    `current` publication of a resource is served. `content` says what the rows are: the batches they
    came with and the columns they were given, by which a second publishing of the same is left out.
    """

    class State(models.TextChoices):
        BUILDING = "building", _("being built")
        CURRENT = "current", _("current")
        REPLACED = "replaced", _("replaced")
        ABANDONED = "abandoned", _("abandoned")

    resource = models.CharField(_("resource"), max_length=60)
    table = models.CharField(_("table"), max_length=63, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.BUILDING)
    content = models.JSONField(_("content"))
    rows = models.BigIntegerField(_("rows"), default=0)
    started_at = models.DateTimeField(_("started at"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource"], condition=Q(state="current"), name="exchange_one_current_publication"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.pk}"


class Usage(models.Model):
    """用量 How often a grant was called on a day, in the platform's time zone; calls beyond the quota count too.

    Written by the gateways alone, in SQL, before an answer leaves.
    """

    grant = models.ForeignKey(Grant, models.PROTECT, verbose_name=_("grant"), related_name="usage")
    day = models.DateField(_("day"))
    asked = models.BigIntegerField(_("calls"), default=0)

    class Meta:
        verbose_name = _("use of a grant")
        verbose_name_plural = _("use of grants")
        ordering = ["grant", "-day"]
        constraints = [models.UniqueConstraint(fields=["grant", "day"], name="exchange_usage_once_a_day")]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.day}"


class Verification(models.Model):
    """核验次数 How often values of one record were verified under a grant on a day.

    `who` is the keyed hash of what the record was looked up by. Written and, once the day is past,
    deleted by the gateways alone, in SQL.
    """

    grant = models.ForeignKey(Grant, models.PROTECT, verbose_name=_("grant"), related_name="verifications")
    day = models.DateField(_("day"))
    who = models.CharField(_("keyed hash of the look-up"), max_length=80)
    asked = models.BigIntegerField(_("calls"), default=0)

    class Meta:
        verbose_name = _("verifications of a record")
        verbose_name_plural = _("verifications of records")
        ordering = ["grant", "-day"]
        indexes = [models.Index(fields=["day"], name="exchange_verification_day")]
        constraints = [
            models.UniqueConstraint(fields=["grant", "day", "who"], name="exchange_verification_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.day}"


from xilin.kernel.exchange.anomaly_models import Alarm as Alarm  # noqa: E402
from xilin.kernel.exchange.anomaly_models import Tally as Tally  # noqa: E402
from xilin.kernel.exchange.delivery_models import Export as Export  # noqa: E402
from xilin.kernel.exchange.delivery_models import Followed as Followed  # noqa: E402
from xilin.kernel.exchange.delivery_models import Message as Message  # noqa: E402
from xilin.kernel.exchange.delivery_models import Step as Step  # noqa: E402
from xilin.kernel.exchange.delivery_models import Subscription as Subscription  # noqa: E402
from xilin.kernel.exchange.delivery_models import Target as Target  # noqa: E402
from xilin.kernel.exchange.golden_models import Deposit as Deposit  # noqa: E402
from xilin.kernel.exchange.risk_models import MaskFit as MaskFit  # noqa: E402 - a table of this part
from xilin.kernel.exchange.signing_models import Nonce as Nonce  # noqa: E402
from xilin.kernel.exchange.signing_models import SigningKey as SigningKey  # noqa: E402
