"""Batches: each collection of a source, with its counts."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """批次 One collection of one source; once done its counts balance, which the table itself insists on."""

    class State(models.TextChoices):
        """What became of it."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    source = models.CharField(_("data source"), max_length=60)
    resource = models.CharField(_("resource"), max_length=60)
    mode = models.CharField(_("mode"), max_length=12)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    rows_read = models.BigIntegerField(_("rows read"), default=0)
    rows_accepted = models.BigIntegerField(_("rows accepted"), default=0)
    rows_quarantined = models.BigIntegerField(_("rows in quarantine"), default=0)
    rows_duplicate = models.BigIntegerField(_("rows duplicate"), default=0)
    # The greatest value seen of the source's cursor column; the next increment begins there.
    cursor = models.TextField(_("cursor"), blank=True)
    # The column it is a value of: a cursor declared since on another column begins anew.
    cursor_column = models.TextField(_("cursor column"), blank=True)
    timings = models.JSONField(_("seconds by stage"), default=dict)
    notices = models.JSONField(_("notices"), default=list)
    error = models.JSONField(_("why it was refused"), null=True, blank=True)
    event = models.JSONField(_("lineage event"), null=True, blank=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["source", "-id"], name="collect_batch_of_source")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(rows_read=F("rows_accepted") + F("rows_quarantined") + F("rows_duplicate")),
                name="collect_batch_balances",
            ),
            models.CheckConstraint(
                condition=Q(state="refused", error__isnull=False)
                | (~Q(state="refused") & Q(error__isnull=True)),
                name="collect_batch_refused_says_why",
            ),
            models.UniqueConstraint(
                fields=["source"], condition=Q(state="running"), name="collect_one_running_batch_of_a_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.pk}"

    @property
    def seconds(self) -> float:
        """How long it took, from the first row asked for to the counts on record."""
        return float(sum(self.timings.values()))

    def message(self, language: str) -> str:
        """Why it was refused and what to do, in a language; "" where it wasn't."""
        return _in(self.error, language) if self.error else ""

    @property
    def detail(self) -> str:
        """A driver's own words on why it was refused, for those who operate; "" where there are none."""
        return str((self.error or {}).get("detail", ""))

    def notes(self, language: str) -> list[str]:
        """What is worth knowing about it, in a language."""
        return [_in(notice, language) for notice in self.notices]


def _in(said: dict[str, str], language: str) -> str:
    return said["en"] if language.startswith("en") and said.get("en") else said["zh"]
