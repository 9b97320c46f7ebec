"""Tables of the producers' desk: who works there, products a producer entered itself, work on codes, print files, sheets taken in."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from xilin.apps.trace.models.codes import CodeBatch
from xilin.apps.trace.models.events import Party
from xilin.apps.trace.models.scans import Alert


class Seat(models.Model):
    """企业席位 Who works at the producers' desk, and for which party; whoever doesn't act looks only."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("user"), related_name="+"
    )
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="seats")
    acts = models.BooleanField(_("may order, activate and import"), default=False)
    given_at = models.DateTimeField(_("given at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("seat at the producers' desk")
        verbose_name_plural = _("seats at the producers' desk")
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at__isnull=True), name="trace_one_seat_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.party}"


class OwnProduct(models.Model):
    """自有产品 A product that its producer entered itself, beside those the league folder declares.

    A GTIN is one party's: what is declared, or was entered by another, can't be entered. `producer` is the identifier that
    codes and alerts name the party by.
    """

    class Category(models.TextChoices):
        MUTTON = "mutton", _("mutton")
        LIQUOR = "liquor", _("liquor")
        OIL = "oil", _("edible oil")
        SALT = "salt", _("salt")
        DAIRY = "dairy", _("dairy products")
        OTHER = "other", _("other goods")

    gtin = models.CharField(_("product"), max_length=14, unique=True)
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="products")
    producer = models.CharField(_("producer"), max_length=18)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    net = models.CharField(_("net content"), max_length=40)
    category = models.CharField(_("category"), max_length=10, choices=Category)
    shelf_days = models.PositiveIntegerField(_("shelf life in days"))
    kind = models.CharField(_("carrier"), max_length=10, choices=CodeBatch.Kind, default=CodeBatch.Kind.LINK)
    entered_at = models.DateTimeField(_("entered at"))
    changed_at = models.DateTimeField(_("changed at"))
    by = models.CharField(_("by whom"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("product of a producer's own")
        verbose_name_plural = _("products of producers' own")
        ordering = ["gtin"]

    def __str__(self) -> str:
        return f"{self.gtin} {self.name}"


class CodeWork(models.Model):
    """追溯码作业 What a producer asked to be done with the codes of a batch; a worker does it in pieces and goes on after `done`.

    `first` and `last` count codes of the batch from 0. `refused` are codes whose state didn't allow it.
    """

    class Kind(models.TextChoices):
        ISSUE = "issue", _("issue")
        ACTIVATE = "activate", _("activate")
        VOID = "void", _("declare void")
        ALLOT = "allot", _("allot to a region")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being done")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    batch = models.ForeignKey(CodeBatch, models.CASCADE, verbose_name=_("batch"), related_name="works")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    first = models.PositiveIntegerField(_("first code"))
    last = models.PositiveIntegerField(_("last code"))
    region = models.CharField(_("sales region"), max_length=60, blank=True)
    dealer = models.CharField(_("dealer"), max_length=18, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    why = models.JSONField(_("why it failed"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    by = models.CharField(_("by whom"), max_length=150)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("work on codes")
        verbose_name_plural = _("works on codes")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["asked_at"], name="trace_work_open", condition=models.Q(finished_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.batch_id} {self.first}–{self.last}"

    @property
    def total(self) -> int:
        """How many codes it is about."""
        return self.last - self.first + 1


class PrintFile(models.Model):
    """印刷文件 A print file that was ordered, and when it was fetched; the file itself is made anew each time and kept nowhere."""

    class Form(models.TextChoices):
        CSV = "csv", "CSV"
        PDF = "pdf", "PDF"

    batch = models.ForeignKey(CodeBatch, models.CASCADE, verbose_name=_("batch"), related_name="files")
    form = models.CharField(_("form"), max_length=3, choices=Form)
    first = models.PositiveIntegerField(_("first code"))
    count = models.PositiveIntegerField(_("codes"))
    asked_at = models.DateTimeField(_("ordered at"))
    by = models.CharField(_("by whom"), max_length=150)
    fetched = models.PositiveIntegerField(_("times fetched"), default=0)
    fetched_at = models.DateTimeField(_("last fetched at"), null=True, blank=True)
    fetched_by = models.CharField(_("last fetched by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("print file")
        verbose_name_plural = _("print files")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.form} {self.batch_id} {self.first}+{self.count}"


class AlertAnswer(models.Model):
    """企业说明 What a producer says was behind an alert. The alert stays open: whoever watches the goods closes it."""

    alert = models.ForeignKey(Alert, models.CASCADE, verbose_name=_("alert"), related_name="answers")
    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="+")
    text = models.CharField(_("explanation"), max_length=300)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by whom"), max_length=150)

    class Meta:
        verbose_name = _("explanation of an alert")
        verbose_name_plural = _("explanations of alerts")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text


class SheetImport(models.Model):
    """表格导入 A workbook that a producer sent: what would be kept, what was, and which rows can't be.

    `content` is forgotten once it was kept or given up; `bad` are the rows that can't be kept, with their cells and reasons.
    `counts` says for each sheet how many rows are good, bad, known already. `why` says why what was asked of it was refused.
    """

    class State(models.TextChoices):
        CHECKED = "checked", _("to be confirmed")
        ASKED = "asked", _("being kept")
        KEPT = "kept", _("kept")
        GIVEN_UP = "given_up", _("given up")

    party = models.ForeignKey(Party, models.PROTECT, verbose_name=_("party"), related_name="sheets")
    name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(_("digest (SHA-256)"), max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKED)
    content = models.BinaryField(_("content"), null=True, blank=True)
    counts = models.JSONField(_("rows"), default=dict)
    good = models.PositiveIntegerField(_("good rows"), default=0)
    known = models.PositiveIntegerField(_("rows known already"), default=0)
    faulty = models.PositiveIntegerField(_("rows with faults"), default=0)
    bad = models.JSONField(_("rows that can't be kept"), default=list)
    shown = models.JSONField(_("rows to be kept, in words"), default=list)
    at = models.DateTimeField(_("sent at"))
    by = models.CharField(_("by whom"), max_length=150)
    kept_at = models.DateTimeField(_("kept at"), null=True, blank=True)
    kept_by = models.CharField(_("kept by"), max_length=150, blank=True)
    jobs = models.JSONField(_("capture jobs"), default=list)
    why = models.JSONField(_("why it failed"), null=True, blank=True)

    class Meta:
        verbose_name = _("workbook taken in")
        verbose_name_plural = _("workbooks taken in")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["party", "-id"], name="trace_sheet_of_party")]

    def __str__(self) -> str:
        return self.name
