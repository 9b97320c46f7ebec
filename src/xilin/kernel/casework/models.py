"""Cases and the steps they go through, each step with its own clock."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Card(models.TextChoices):
    """红黄牌 How a clock stands: nothing to say, nearly due, overdue."""

    NONE = "none", _("in time")
    YELLOW = "yellow", _("yellow card")
    RED = "red", _("red card")


class Clocked(models.Model):
    """A deadline: when it warns, when it is due, and whether the calendar knows all its days.

    `certain` is false where a day lies in a year without a holiday table; the time is then an
    estimate by weekends alone, and is set right when the table is declared. While the clock
    stands still (`stopped_at`) the two times are those that would hold if it went on at once.
    """

    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    warn_at = models.DateTimeField(_("warns at"), null=True, blank=True)
    certain = models.BooleanField(_("calendar is known"), default=True)
    stopped_at = models.DateTimeField(_("stands still since"), null=True, blank=True)

    class Meta:
        abstract = True


class Case(Clocked):
    """事项 One duty of one department: a sharing request, a correction, a complaint.

    `kind` and `regime` choose the deadline rules. Its clock is that of the step it stands
    in; a closed case has none.
    """

    class State(models.TextChoices):
        OPEN = "open", _("under way")
        CLOSED = "closed", _("closed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    regime = models.CharField(_("regime"), max_length=40)
    subject = models.CharField(_("subject of the case"), max_length=300)
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department in charge"), related_name="cases"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("opened by"),
        related_name="cases_opened",
        null=True,
        blank=True,
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["state", "due_at"], name="casework_case_due")]
        constraints = [
            models.CheckConstraint(
                name="casework_case_closed_has_time",
                condition=Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return self.number


class CaseStep(Clocked):
    """环节 One step of a case: who owes it, since when, until when, and how it ended.

    `extended` is by how much its deadline was lengthened, in its rule's unit.
    """

    case = models.ForeignKey(Case, models.CASCADE, verbose_name=_("case"), related_name="steps")
    step = models.CharField(_("step"), max_length=40)
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department in charge"), related_name="steps"
    )
    rule = models.CharField(_("deadline rule"), max_length=60, blank=True)
    extended = models.PositiveSmallIntegerField(_("lengthened by"), default=0)
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("ended by"),
        related_name="steps_ended",
        null=True,
        blank=True,
    )
    outcome = models.CharField(_("outcome"), max_length=20, blank=True)
    remark = models.TextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("case step")
        verbose_name_plural = _("case steps")
        ordering = ["case", "began_at", "pk"]
        indexes = [models.Index(fields=["ended_at", "due_at"], name="casework_step_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="casework_one_step_at_a_time"
            ),
            models.CheckConstraint(
                name="casework_step_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"

    def card(self, at: datetime) -> Card:
        """The card the step carries at a time; one that has ended keeps the card it ended with."""
        moment = min(moment for moment in (self.ended_at, self.stopped_at, at) if moment is not None)
        if self.due_at is not None and moment > self.due_at:
            return Card.RED
        running = self.ended_at is None and self.stopped_at is None
        if running and self.warn_at is not None and moment >= self.warn_at:
            return Card.YELLOW
        return Card.NONE


class Pause(models.Model):
    """中止 A span in which the clock of a step stands still: days after its first up to its last don't count."""

    step = models.ForeignKey(CaseStep, models.CASCADE, verbose_name=_("case step"), related_name="pauses")
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("stop of a clock")
        verbose_name_plural = _("stops of clocks")
        ordering = ["step", "began_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["step"], condition=Q(ended_at__isnull=True), name="casework_one_pause_at_a_time"
            ),
            models.CheckConstraint(
                name="casework_pause_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_id} {self.began_at:%Y-%m-%d}"
