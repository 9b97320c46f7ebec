"""系谱 The index of lineage: what is inside what and made of what, in time, kept while events are captured."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LineageName(models.Model):
    """名称 An identifier or a word of events, once, with a small number to stand for it.

    `key` is a 64-bit hash of the name: an index over eight bytes instead of over the text. Two names with one hash
    are told apart by salting the later one.
    """

    key = models.BigIntegerField(_("hash of the name"), unique=True)
    name = models.TextField(_("name"))

    class Meta:
        verbose_name = _("name in events")
        verbose_name_plural = _("names in events")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class LineageEvent(models.Model):
    """What lineage needs of an event; its id is that of the event in the repository. Other numbers are of names.

    `void` is the number of the declaration that says the event was wrong, null while it holds.
    """

    id = models.BigIntegerField(_("event"), primary_key=True)
    time = models.DateTimeField(_("when it happened"))
    digest = models.BigIntegerField(_("head of its hash"))
    kind = models.SmallIntegerField(_("type of event"))
    action = models.SmallIntegerField(_("action"))
    step = models.BigIntegerField(_("business step"), null=True)
    disposition = models.BigIntegerField(_("disposition"), null=True)
    read_point = models.BigIntegerField(_("read point"), null=True)
    location = models.BigIntegerField(_("business location"), null=True)
    source = models.BigIntegerField(_("from whom"), null=True)
    destination = models.BigIntegerField(_("to whom"), null=True)
    void = models.BigIntegerField(_("declared in error by"), null=True)

    class Meta:
        verbose_name = _("event in lineage")
        verbose_name_plural = _("events in lineage")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.pk)


class LineageMark(models.Model):
    """印记 One fact of one event about one object; `role` is a `genealogy.marks.Role`, negative if declared in error.

    `other` is a name; for a process without an id of its own it is the event's number below zero.
    """

    pk = models.CompositePrimaryKey("event", "place")
    event = models.BigIntegerField(_("event"))
    place = models.IntegerField(_("place in the event"))
    node = models.BigIntegerField(_("object"))
    role = models.SmallIntegerField(_("role"))
    bulk = models.BooleanField(_("is a quantity"))
    time = models.DateTimeField(_("when it happened"))
    digest = models.BigIntegerField(_("head of the event's hash"))
    other = models.BigIntegerField(_("container, process or batch"), null=True)
    quantity = models.FloatField(_("quantity"), null=True)
    uom = models.TextField(_("unit of measure"), null=True)  # noqa: DJ001 - null is a plain count

    class Meta:
        verbose_name = _("mark of lineage")
        verbose_name_plural = _("marks of lineage")
        ordering = ["event", "place"]
        indexes = [
            models.Index(fields=["node", "time"], name="trace_mark_node"),
            models.Index(fields=["other"], name="trace_mark_process", condition=Q(role__in=[6, 7, 9])),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.place}"


class LineageSighting(models.Model):
    """An object seen by an event that says nothing else about it."""

    pk = models.CompositePrimaryKey("node", "time", "event")
    node = models.BigIntegerField(_("object"))
    time = models.DateTimeField(_("when it happened"))
    event = models.BigIntegerField(_("event"))

    class Meta:
        verbose_name = _("sighting")
        verbose_name_plural = _("sightings")
        ordering = ["node", "time", "event"]

    def __str__(self) -> str:
        return f"{self.node} {self.event}"


class LineageLink(models.Model):
    """包含 A child inside a parent over a span of time, worked out from the marks of both.

    `until` is null while it lasts; `how` is a `genealogy.links.How`, why it ended. `seen` means that nobody saw
    it begin: it was first observed at `since`.
    """

    pk = models.CompositePrimaryKey("child", "since", "parent", "kind")
    child = models.BigIntegerField(_("child"))
    since = models.DateTimeField(_("since"))
    parent = models.BigIntegerField(_("parent"))
    kind = models.SmallIntegerField(_("kind"))
    until = models.DateTimeField(_("until"), null=True)
    opened = models.BigIntegerField(_("opened by"))
    closed = models.BigIntegerField(_("closed by"), null=True)
    how = models.SmallIntegerField(_("how it ended"))
    seen = models.BooleanField(_("beginning not seen"))
    bulk = models.BooleanField(_("is a quantity"))
    quantity = models.FloatField(_("quantity"), null=True)
    uom = models.TextField(_("unit of measure"), null=True)  # noqa: DJ001 - null is a plain count

    class Meta:
        verbose_name = _("containment")
        verbose_name_plural = _("containments")
        ordering = ["child", "since"]
        indexes = [models.Index(fields=["parent", "since"], name="trace_link_parent")]

    def __str__(self) -> str:
        return f"{self.child} in {self.parent}"


class LineageAlert(models.Model):
    """预警 More came out than went in, or more was sold than tagged. `figures` has the numbers it was found by.

    An alert that a later look no longer finds, because late or corrected events explain it, is over (`ended_at`) and stays.
    `department` has to look into it, `case` is the case with its clock. `outcome` is what somebody decided, on how much too
    much (`excess`): more than that opens it again. `gtins` are the products that anything of it is in.
    """

    class Kind(models.TextChoices):
        MASS = "mass", _("balance of mass")
        QUOTA = "quota", _("quota of ear tags")

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        SETTLED = "settled", _("settled")
        EXPLAINED = "explained", _("found to be in order")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    subject = models.TextField(_("process or place"))
    period = models.CharField(_("period"), max_length=10)
    place = models.TextField(_("place"), blank=True)
    figures = models.JSONField(_("figures"))
    found_at = models.DateTimeField(_("found at"))
    ended_at = models.DateTimeField(_("explained at"), null=True, blank=True)
    gtins = ArrayField(models.CharField(max_length=14), verbose_name=_("products"), default=list, blank=True)
    department = models.CharField(_("department in charge"), max_length=60, blank=True)
    case = models.CharField(_("case"), max_length=40, blank=True)
    taken_by = models.CharField(_("taken by"), max_length=150, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    excess = models.FloatField(_("too much, when decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert of lineage")
        verbose_name_plural = _("alerts of lineage")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "period"], name="trace_lineage_alert_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def too_much(self) -> float:
        """How much more came out than went in (kilograms), or was sold than tagged (animals); for too little, how much is missing."""
        told = self.figures
        if self.kind == self.Kind.QUOTA:
            return float(max(told["untagged"], told["sold"] - told["tagged"]))
        return abs(float(told["kg_out"]) - float(told["kg_in"]))


class Recall(models.Model):
    """召回 A recall: of what, why, how urgent, who proposed it and who opened it publicly (two people).

    `roots` are what is recalled (lambs, lots, packs, containers), `returns` the places goods are to come back to. `party` is the
    code of the party that proposed it, "" where a department did. `listed_at` is when its items were last looked up.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        PUBLIC = "public", _("public")
        CLOSED = "closed", _("closed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Outcome(models.TextChoices):
        CARRIED_OUT = "carried_out", _("carried out")
        UNFOUNDED = "unfounded", _("unfounded")

    case = models.OneToOneField(
        "casework.Case", models.PROTECT, verbose_name=_("case"), related_name="recall"
    )
    reason = models.TextField(_("reason"))
    risk = models.TextField(_("risk"), blank=True, default="")
    party = models.CharField(_("party"), max_length=100, blank=True, default="")
    level = models.SmallIntegerField(_("level"), choices=[(1, _("first")), (2, _("second")), (3, _("third"))])
    roots = models.JSONField(_("what is recalled"))
    returns = models.JSONField(_("places goods come back to"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    complete = models.BooleanField(_("lineage is complete"), default=True)
    gaps = models.JSONField(_("what isn't known"), default=list)
    listed_at = models.DateTimeField(_("looked up at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True, default="")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("proposed by"), related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("opened by"),
        related_name="+",
        null=True,
        blank=True,
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("ended by"),
        related_name="+",
        null=True,
        blank=True,
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recall")
        verbose_name_plural = _("recalls")
        ordering = ["-proposed_at", "-pk"]

    def __str__(self) -> str:
        return str(self.case)


class RecallItem(models.Model):
    """One item of a recall, where it was when the recall was last looked up, and when it came onto the list.

    `cleared_at`, `cleared_by` and `cleared_for` say when, by whom and why it was found to be good: nothing else takes it off.
    """

    pk = models.CompositePrimaryKey("recall", "item")
    recall = models.ForeignKey(Recall, models.CASCADE, verbose_name=_("recall"), related_name="items")
    item = models.TextField(_("item"))
    state = models.CharField(_("state"), max_length=12)
    holder = models.TextField(_("holder"), blank=True)
    listed_at = models.DateTimeField(_("listed at"), null=True, blank=True)
    cleared_at = models.DateTimeField(_("cleared at"), null=True, blank=True)
    cleared_by = models.CharField(_("cleared by"), max_length=150, blank=True, default="", db_default="")
    cleared_for = models.TextField(_("why it was cleared"), blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("item of a recall")
        verbose_name_plural = _("items of recalls")
        ordering = ["recall", "item"]
        indexes = [models.Index(fields=["item"], name="trace_recall_item")]

    def __str__(self) -> str:
        return self.item


class RecallNotice(models.Model):
    """通知 A notice to one holder: how many items they had, when they were told, when they read it, and what they say became of them.

    `kept` were set aside, `returned` sent back, `destroyed` destroyed: what the holder says, beside what events tell.
    `sold` are those they had sold before: who sold everything is told too, for their buyers come back to them.
    """

    recall = models.ForeignKey(Recall, models.CASCADE, verbose_name=_("recall"), related_name="notices")
    holder = models.TextField(_("holder"))
    items = models.IntegerField(_("items"))
    sold = models.IntegerField(_("sold before"), default=0, db_default=0)
    sent_at = models.DateTimeField(_("sent at"))
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.TextField(_("acknowledged by"), blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=150, blank=True, default="")
    kept = models.PositiveIntegerField(_("set aside"), default=0)
    returned = models.PositiveIntegerField(_("sent back"), default=0)
    destroyed = models.PositiveIntegerField(_("destroyed"), default=0)
    remark = models.TextField(_("remark"), blank=True, default="")

    class Meta:
        verbose_name = _("notice of a recall")
        verbose_name_plural = _("notices of recalls")
        ordering = ["recall", "holder"]
        constraints = [models.UniqueConstraint(fields=["recall", "holder"], name="trace_recall_notice_once")]
        indexes = [models.Index(fields=["holder"], name="trace_recall_notice_holder")]

    def __str__(self) -> str:
        return f"{self.recall_id} {self.holder}"

    @property
    def open(self) -> int:
        """Items the holder hasn't accounted for."""
        return max(0, self.items - self.kept - self.returned - self.destroyed)
