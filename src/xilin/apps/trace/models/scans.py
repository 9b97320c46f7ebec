"""Tables of life cycle, allotment and looks: what happened to codes, where they were to be sold, who asked about them.

`Look` is partitioned by month of its time and made by SQL (migration 0025); it, `Tally`, `Asker` and `LifeStep` are written by single
statements for whole batches and never through the ORM. Nobody can be found by what they hold: telephones and networks
are keyed hashes of 62 bits, places are counties or coarser.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class LifeStep(models.Model):
    """生命周期记录 What happened to a code: an act and when, from an event or by hand.

    `event` is the EPCIS event it came from; `withdrawn` when an error declaration took that back. `refused` says that the
    state the code was in then does not allow the act: it changed nothing and stays on record.
    """

    code = models.BigIntegerField(_("code"))
    at = models.DateTimeField(_("when it happened"))
    act = models.CharField(_("act"), max_length=10)
    event = models.BigIntegerField(_("event"), null=True)
    by = models.CharField(_("by whom"), max_length=150, blank=True)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    refused = models.BooleanField(_("not allowed"), default=False)

    class Meta:
        verbose_name = _("step in a code's life")
        verbose_name_plural = _("steps in codes' lives")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["code", "at"], name="trace_life_of_code"),
            models.Index(fields=["event"], name="trace_life_event", condition=models.Q(event__isnull=False)),
        ]


class Allotment(models.Model):
    """销售分配 Codes that a dealer of a sales region was sent: a consignment.

    `container` is the pallet or case they went in (canonical URI), whose shipping and receiving are taken from events.
    """

    gtin = models.CharField(_("product"), max_length=14)
    lot = models.CharField(_("production batch"), max_length=20, blank=True)
    region = models.CharField(_("sales region"), max_length=60)
    dealer = models.CharField(_("dealer"), max_length=18, blank=True)
    container = models.CharField(_("container"), max_length=200, blank=True)
    count = models.PositiveIntegerField(_("codes"), default=0)
    allotted_at = models.DateTimeField(_("allotted at"))
    by = models.CharField(_("by whom"), max_length=150, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)

    class Meta:
        verbose_name = _("allotment")
        verbose_name_plural = _("allotments")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["gtin", "lot"], name="trace_allotment_lot"),
            models.Index(
                fields=["container"], name="trace_allotment_container", condition=~models.Q(container="")
            ),
        ]


class AllottedRange(models.Model):
    """A run of code numbers of one allotment; runs never overlap."""

    first = models.BigIntegerField(primary_key=True)
    last = models.BigIntegerField(_("last"))
    allotment = models.ForeignKey(Allotment, models.CASCADE, related_name="ranges")

    class Meta:
        verbose_name = _("run of allotted codes")
        verbose_name_plural = _("runs of allotted codes")
        ordering = ["first"]


class Tally(models.Model):
    """查验汇总 The looks at one code so far: the first, the newest ones in arrays, the chip's highest counter, the opening."""

    code = models.BigIntegerField(primary_key=True)
    count = models.IntegerField(_("times looked at"))
    first_at = models.DateTimeField(_("first look"))
    first_place = models.CharField(_("place of the first look"), max_length=6)
    first_client = models.BigIntegerField(_("telephone of the first look"))
    ats = ArrayField(models.DateTimeField())
    clients = ArrayField(models.BigIntegerField())
    networks = ArrayField(models.BigIntegerField())
    places = ArrayField(models.CharField(max_length=6))
    precise = ArrayField(models.BooleanField())
    acts = ArrayField(models.CharField(max_length=7))
    counter = models.IntegerField(_("highest counter"), null=True)
    counter_at = models.DateTimeField(_("counter read at"), null=True)
    counter_client = models.BigIntegerField(_("telephone of the counter"), default=0)
    before = models.IntegerField(_("counter before the newest look"), null=True)
    before_at = models.DateTimeField(_("time of the counter before"), null=True)
    before_client = models.BigIntegerField(_("telephone of the counter before"), default=0)
    opens = models.IntegerField(_("openings"), default=0)
    opened_at = models.DateTimeField(_("first opening"), null=True)
    opened_place = models.CharField(_("place of the first opening"), max_length=6, blank=True)
    opened_client = models.BigIntegerField(_("telephone of the first opening"), default=0)

    class Meta:
        verbose_name = _("looks at a code")
        verbose_name_plural = _("looks at codes")
        ordering = ["code"]


class Look(models.Model):
    """查验记录 One look and what was said. The database's key is (id, at): a partition for each month."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("at"))
    code = models.BigIntegerField(_("code"), null=True)
    gtin = models.CharField(_("product"), max_length=14)
    serial = models.CharField(_("serial number"), max_length=40)
    client = models.BigIntegerField(_("telephone"))
    network = models.BigIntegerField(_("network"))
    place = models.CharField(_("place"), max_length=6)
    precise = models.BooleanField(_("place is sure"))
    act = models.CharField(_("act"), max_length=7)
    level = models.CharField(_("verdict"), max_length=8)
    certainty = models.FloatField(_("certainty"))
    rules = ArrayField(models.CharField(max_length=40))

    class Meta:
        verbose_name = _("look")
        verbose_name_plural = _("times looked at")
        ordering = ["-at"]


class Asker(models.Model):
    """Unknown numbers that one telephone, or one network, asked for since a moment."""

    key = models.BigIntegerField(primary_key=True)
    since = models.DateTimeField(_("since"))
    unknown = models.IntegerField(_("unknown numbers"), default=0)
    in_sequence = models.IntegerField(_("in sequence"), default=0)
    last = models.BigIntegerField(_("last number"), null=True)

    class Meta:
        verbose_name = _("asker")
        verbose_name_plural = _("askers")
        ordering = ["key"]


class Notice(models.Model):
    """公告 That a batch, or single code, is recalled, stolen, or claims more than its source has."""

    class Kind(models.TextChoices):
        RECALLED = "recalled", _("recalled")
        STOLEN = "stolen", _("reported stolen")
        QUOTA = "quota", _("more than the source has")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    gtin = models.CharField(_("product"), max_length=14)
    lot = models.CharField(_("production batch"), max_length=20, blank=True)
    code = models.BigIntegerField(_("code"), null=True, blank=True)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    number = models.CharField(_("number"), max_length=40, blank=True)
    detail = models.JSONField(_("details"), default=dict)
    by = models.CharField(_("by whom"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-since"]
        indexes = [
            models.Index(
                fields=["gtin", "lot"], name="trace_notice_open", condition=models.Q(until__isnull=True)
            ),
            models.Index(
                fields=["code"],
                name="trace_notice_code",
                condition=models.Q(until__isnull=True, code__isnull=False),
            ),
            models.Index(fields=["number"], name="trace_notice_number", condition=~models.Q(number="")),
        ]


class Pace(models.Model):
    """查验速率 How often an item of a product is looked at on a day, as a moving mean."""

    gtin = models.CharField(_("product"), max_length=14, primary_key=True)
    rate = models.FloatField(_("looks an item and day"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("pace of looks")
        verbose_name_plural = _("paces of looks")
        ordering = ["gtin"]


class Alert(models.Model):
    """防伪告警 What a rule found about an item, a consignment, a batch or somebody who asks; one open alert for each.

    `facts` are the numbers, `told` the words of both languages. `producer` and `department` say whose desk it stands on.
    """

    rule = models.CharField(_("rule"), max_length=60)
    kind = models.CharField(_("kind of subject"), max_length=12)
    subject = models.CharField(_("subject"), max_length=80)
    gtin = models.CharField(_("product"), max_length=14, blank=True)
    producer = models.CharField(_("producer"), max_length=18, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    last_at = models.DateTimeField(_("last at"))
    count = models.PositiveIntegerField(_("times"), default=1)
    hard = models.BooleanField(_("hard"))
    certainty = models.FloatField(_("certainty"))
    place = models.CharField(_("place"), max_length=6, blank=True)
    told = models.JSONField(_("explained"), default=dict)
    facts = models.JSONField(_("how many"), default=dict)
    case = models.CharField(_("case"), max_length=40, blank=True)
    taken_by = models.CharField(_("taken by"), max_length=150, blank=True, db_default="")
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=150, blank=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("alert about goods")
        verbose_name_plural = _("alerts about goods")
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "kind", "subject"],
                condition=models.Q(closed_at__isnull=True),
                name="trace_alert_open",
            )
        ]
        indexes = [models.Index(fields=["producer", "-last_at"], name="trace_alert_producer")]


class Suspicion(models.Model):
    """消费者举报 What a consumer reports of goods; a case asks the authority to look into it. Nothing says who reported."""

    gtin = models.CharField(_("product"), max_length=14)
    serial = models.CharField(_("serial number"), max_length=40)
    why = models.CharField(_("what is wrong"), max_length=20)
    text = models.CharField(_("in words"), max_length=500, blank=True)
    place = models.CharField(_("place"), max_length=6, blank=True)
    client = models.BigIntegerField(_("telephone"))
    at = models.DateTimeField(_("at"))
    case = models.CharField(_("case"), max_length=40, blank=True)
    taken_by = models.CharField(_("taken by"), max_length=150, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=150, blank=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("report of a suspicion")
        verbose_name_plural = _("reports of suspicions")
        ordering = ["-at"]
