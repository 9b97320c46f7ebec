"""Tables of the repository: events and what they are found by, capture jobs, queries, subscriptions, master data.

`Event`, `EventThing`, `EventKey` and `Orphan` are made by SQL (migration 0001): events are partitioned by month of their
time, all four are written by COPY or in one statement for a whole batch and never through the ORM.
"""

# Columns of facts that an event may not state are null, as in the standard: "" would be a value.
# ruff: noqa: DJ001

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import Col
from django.utils.translation import gettext_lazy as _


class Party(models.Model):
    """Who captured: a producer, plant, carrier, shop or authority, by the code it has here."""

    code = models.CharField(_("code"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    ids = models.JSONField(_("identifiers"), default=list)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class Access(models.Model):
    """What a system may do in the repository: for which party it captures and queries, or that it sees everything."""

    client = models.CharField(_("system"), max_length=60, unique=True)
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="accesses")
    may_capture = models.BooleanField(_("may capture"), default=False)
    may_query = models.BooleanField(_("may query"), default=False)
    sees_all = models.BooleanField(_("sees every party's events"), default=False)
    given_at = models.DateTimeField(_("given at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("access to the repository")
        verbose_name_plural = _("accesses to the repository")
        ordering = ["client"]

    def __str__(self) -> str:
        return f"{self.client} · {self.party}"


class CaptureJob(models.Model):
    """事件采集作业 One capture: what came, what became of it.

    `position` is its place in the order in which jobs became visible, given by whoever delivers to subscribers;
    its events have ids from `first` to `last` (among those of jobs beside it).
    """

    class Behaviour(models.TextChoices):
        ROLLBACK = "rollback", _("all or nothing")
        PROCEED = "proceed", _("what can be captured")

    code = models.UUIDField(_("number"), unique=True)
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="jobs")
    client = models.CharField(_("system"), max_length=60, blank=True)
    behaviour = models.CharField(_("on error"), max_length=10, choices=Behaviour)
    created_at = models.DateTimeField(_("created at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    success = models.BooleanField(_("success"), default=False)
    errors = models.JSONField(_("errors"), default=list)
    events = models.IntegerField(_("events"), default=0)
    stored = models.IntegerField(_("stored"), default=0)
    duplicates = models.IntegerField(_("duplicates"), default=0)
    first = models.BigIntegerField(_("first event"), null=True)
    last = models.BigIntegerField(_("last event"), null=True)
    position = models.BigIntegerField(_("position"), null=True, unique=True)

    class Meta:
        verbose_name = _("capture job")
        verbose_name_plural = _("capture jobs")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["party", "-id"], name="trace_job_of_party"),
            models.Index(fields=["id"], condition=models.Q(position=None), name="trace_job_unplaced"),
        ]

    def __str__(self) -> str:
        return str(self.code)


class _Read(Col):
    """A column of text that is read as JSON."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """With its cast."""
        text, values = super().as_sql(compiler, connection)
        return f"({text})::jsonb", values


class Said(models.JSONField):
    """JSON that is kept as text: written once and given out again, hardly ever looked into."""

    def db_type(self, connection: Any) -> str:
        """The database needn't understand it."""
        del connection
        return "text"

    def get_col(self, alias: str, output_field: Any = None) -> _Read:
        """As JSON wherever a query names it."""
        return _Read(alias, self, output_field)


class Event(models.Model):
    """供应链事件 One event: its facts in columns, its body as captured.

    The database's key is (id, event_time). `event_id` is the event's own identifier, its strict hash where it has none
    (`named` is False then). `corrects` is the event that an error declaration is about, None where that isn't here (yet).
    `parties` are its sources and destinations, for whoever may see it because it names them.
    """

    id = models.BigIntegerField(primary_key=True)
    event_time = models.DateTimeField(_("event time"))
    record_time = models.DateTimeField(_("record time"))
    job = models.BigIntegerField(_("capture job"))
    party = models.IntegerField(_("party"))
    type = models.TextField(_("type"))
    action = models.TextField(_("action"), null=True)
    zone = models.TextField(_("time zone offset"))
    event_id = models.TextField(_("event ID"))
    named = models.BooleanField(_("named by its source"))
    biz_step = models.TextField(_("business step"), null=True)
    disposition = models.TextField(_("disposition"), null=True)
    read_point = models.TextField(_("read point"), null=True)
    biz_location = models.TextField(_("business location"), null=True)
    transformation_id = models.TextField(_("transformation ID"), null=True)
    hash = models.BinaryField(_("strict hash"))
    error_time = models.DateTimeField(_("declared wrong at"), null=True)
    error_reason = models.TextField(_("reason of the error"), null=True)
    corrects = models.BigIntegerField(_("event declared wrong"), null=True)
    context = models.JSONField(_("namespaces"), null=True)
    parties = ArrayField(models.TextField(), verbose_name=_("parties"), null=True)
    body = Said(_("body"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        db_table = "trace_event"

    def __str__(self) -> str:
        return self.event_id


class EventThing(models.Model):
    """What an event names, one row each: things and classes by role, transactions, parties, persistent dispositions.

    `note` is the unit of a quantity, or the type of a transaction, source or destination.
    """

    pk = models.CompositePrimaryKey("event", "role", "uri")
    event = models.BigIntegerField(_("event"))
    event_time = models.DateTimeField(_("event time"))
    party = models.IntegerField(_("party"))
    role = models.SmallIntegerField(_("role"))
    quantity = models.FloatField(_("quantity"), null=True)
    uri = models.TextField(_("address (URI)"))
    note = models.TextField(_("unit or type"), null=True)

    class Meta:
        verbose_name = _("thing of an event")
        verbose_name_plural = _("things of events")
        ordering = ["event", "role", "uri"]
        db_table = "trace_event_thing"


class EventKey(models.Model):
    """What makes an event the same as another: 32 bytes of its hash or of its identifier; unique over all months."""

    key = models.BinaryField(primary_key=True)
    event = models.BigIntegerField(_("event"))
    event_time = models.DateTimeField(_("event time"))

    class Meta:
        verbose_name = _("key of an event")
        verbose_name_plural = _("keys of events")
        ordering = ["key"]
        db_table = "trace_event_key"


class Orphan(models.Model):
    """An error declaration whose event isn't here yet, by the key that event will have."""

    pk = models.CompositePrimaryKey("key", "event")
    key = models.BinaryField(_("key"))
    event = models.BigIntegerField(_("error declaration"))
    event_time = models.DateTimeField(_("event time"))

    class Meta:
        verbose_name = _("error declaration that waits for its event")
        verbose_name_plural = _("error declarations that wait for their events")
        ordering = ["key", "event"]
        db_table = "trace_event_orphan"


class Known(models.Model):
    """A value that events of a party hold: what the browse resources list, and the namespaces of extensions."""

    party = models.ForeignKey(Party, models.CASCADE, verbose_name=_("party"), related_name="known")
    kind = models.CharField(_("kind"), max_length=20)
    value = models.TextField(_("value"))

    class Meta:
        verbose_name = _("known value")
        verbose_name_plural = _("known values")
        ordering = ["kind", "value", "party"]
        constraints = [models.UniqueConstraint(fields=["kind", "value", "party"], name="trace_known_once")]


class MasterData(models.Model):
    """主数据 One element of a vocabulary as a document's header gave it: attributes, and what lies within it."""

    kind = models.TextField(_("vocabulary"))
    uri = models.TextField(_("address (URI)"))
    given = models.TextField(_("URI as given"))
    attributes = models.JSONField(_("attributes"), default=list)
    children = models.JSONField(_("children"), default=list)
    context = models.JSONField(_("namespaces"), default=dict)
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="master_data")
    at = models.DateTimeField(_("captured at"))

    class Meta:
        verbose_name = _("master data")
        verbose_name_plural = _("master data")
        ordering = ["kind", "uri"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "uri", "party"], name="trace_master_data_once")
        ]
        indexes = [models.Index(fields=["uri"], name="trace_master_data_uri")]

    def __str__(self) -> str:
        return self.uri


class NamedQuery(models.Model):
    """A query that a party gave a name, known to that party; `context` has the namespaces its parameters use."""

    name = models.CharField(_("name"), max_length=200)
    query = models.JSONField(_("query"))
    context = models.JSONField(_("namespaces"), default=dict)
    client = models.CharField(_("system"), max_length=60)
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="queries")
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("named query")
        verbose_name_plural = _("named queries")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["party", "name"], name="trace_query_once")]

    def __str__(self) -> str:
        return self.name


class EventSubscription(models.Model):
    """事件订阅 Somebody's address that a query's new events are sent to, at once (`stream`) or by a schedule.

    `position` is that of the last job whose events were delivered or didn't fit. `secret` signs the messages and is kept
    sealed.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        HALTED = "halted", _("halted")
        ENDED = "ended", _("ended")

    code = models.UUIDField(_("number"), unique=True)
    query = models.ForeignKey(
        NamedQuery, models.CASCADE, verbose_name=_("query"), related_name="subscriptions"
    )
    client = models.CharField(_("system"), max_length=60)
    dest = models.TextField(_("address"))
    secret = models.TextField(_("secret"))
    stream = models.BooleanField(_("at once"), default=False)
    schedule = models.JSONField(_("schedule"), null=True)
    report_if_empty = models.BooleanField(_("also where nothing is new"), default=False)
    since = models.DateTimeField(_("record time from"), null=True)
    formats = models.JSONField(_("formats"), default=dict)
    position = models.BigIntegerField(_("position"), default=0)
    next_at = models.DateTimeField(_("next at"), null=True)
    failures = models.IntegerField(_("failures"), default=0)
    outcome = models.CharField(_("outcome"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(_("created at"))
    last_notified_at = models.DateTimeField(_("last notified at"), null=True)

    class Meta:
        verbose_name = _("event subscription")
        verbose_name_plural = _("event subscriptions")
        ordering = ["pk"]
        indexes = [models.Index(fields=["next_at"], name="trace_subscription_next")]

    def __str__(self) -> str:
        return str(self.code)


class PageToken(models.Model):
    """Where the next page of an answer begins: what was asked, by whom, and how far it was answered."""

    token = models.CharField(_("token"), max_length=64, primary_key=True)
    client = models.CharField(_("system"), max_length=60)
    asked = models.CharField(_("what was asked"), max_length=64)
    place = models.JSONField(_("place"))
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    class Meta:
        verbose_name = _("page token")
        verbose_name_plural = _("page tokens")
        ordering = ["expires_at"]

    def __str__(self) -> str:
        return self.token
