"""What was opened, what privacy it cost, and the questions of the clean room with their answers."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Release(models.Model):
    """开放版本 What an opening gave out once: it is never made again for the same period.

    `version` counts from 1 within an opening. `period` is the year or month of releases about people, of rows the digest
    of what they are. `columns` are `[name, type]`. `protection` says how people are protected: `form` and its
    figures. `digests` are the SHA-256 of each file in hex; `signature` signs `statement`, which holds them.
    """

    opening = models.CharField(_("opening"), max_length=60)
    resource = models.CharField(_("resource"), max_length=60)
    provider = models.CharField(_("provider"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    period = models.CharField(_("period"), max_length=64)
    form = models.CharField(_("form"), max_length=10)
    released_at = models.DateTimeField(_("released at"))
    columns = models.JSONField(_("columns"))
    rows = models.BigIntegerField(_("rows"))
    protection = models.JSONField(_("protection"))
    digests = models.JSONField(_("digests"))
    statement = models.TextField(_("statement"))
    signature = models.CharField(_("signature"), max_length=100)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["opening", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["opening", "version"], name="opening_version_once"),
            models.UniqueConstraint(fields=["opening", "period"], name="opening_period_once"),
        ]

    def __str__(self) -> str:
        return f"{self.opening} {self.version}"


class Download(models.Model):
    """下载 How often a file of a release was fetched in a day; who fetched it is kept nowhere."""

    release = models.ForeignKey(Release, models.CASCADE, verbose_name=_("release"), related_name="downloads")
    form = models.CharField(_("form"), max_length=10)
    day = models.DateField(_("day"))
    times = models.PositiveIntegerField(_("times"))

    class Meta:
        verbose_name = _("download of a release")
        verbose_name_plural = _("downloads of releases")
        ordering = ["release", "day", "form"]
        constraints = [
            models.UniqueConstraint(fields=["release", "form", "day"], name="opening_download_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.form} {self.day}: {self.times}"


class Spending(models.Model):
    """隐私支出 Epsilon that a release or an answer cost a resource in a calendar year; rows are never changed."""

    resource = models.CharField(_("resource"), max_length=60)
    year = models.PositiveSmallIntegerField(_("year"))
    what = models.CharField(_("what for"), max_length=80)
    epsilon = models.FloatField(_("epsilon"))
    scale = models.FloatField(_("scale of the noise"))
    at = models.DateTimeField(_("spent at"))

    class Meta:
        verbose_name = _("spending of privacy")
        verbose_name_plural = _("spendings of privacy")
        ordering = ["resource", "year", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "what"], name="opening_spent_once"),
            models.CheckConstraint(condition=Q(epsilon__gt=0), name="opening_epsilon_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.year}: {self.epsilon}"


class Question(models.Model):
    """联合统计 A statistic over people that two departments' resources share, which neither side's rows leave for.

    `form` is the question as `cleanroom.Form` writes it; `digest` its SHA-256, which both sign. It is answered
    once, by a worker, when an approver of each department has signed; asker and approvers of one side may be the same
    department, signers are two people.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for signatures")
        WAITING = "waiting", _("is being answered")
        ANSWERED = "answered", _("answered")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    number = models.CharField(_("number"), max_length=24, unique=True)
    title = models.CharField(_("title"), max_length=200)
    purpose = models.TextField(_("purpose and legal basis"))
    form = models.JSONField(_("question"))
    digest = models.CharField(_("digest"), max_length=64)
    first = models.CharField(_("first resource"), max_length=60)
    second = models.CharField(_("second resource"), max_length=60)
    asker = models.ForeignKey(
        "accounts.Department",
        models.PROTECT,
        verbose_name=_("asking department"),
        related_name="questions_asked",
    )
    other = models.ForeignKey(
        "accounts.Department",
        models.PROTECT,
        verbose_name=_("other department"),
        related_name="questions_received",
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="questions_asked"
    )
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    said = models.TextField(_("why it was refused"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.JSONField(_("answer"), null=True, blank=True)

    class Meta:
        verbose_name = _("joint question")
        verbose_name_plural = _("joint questions")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(asker=F("other")), name="opening_question_of_two"),
            models.CheckConstraint(
                condition=Q(state="answered", answer__isnull=False, answered_at__isnull=False)
                | (~Q(state="answered") & Q(answer__isnull=True)),
                name="opening_answered_has_answer",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Signing(models.Model):
    """签署 An approver agrees to a question as it stands, for one of the two departments."""

    question = models.ForeignKey(
        Question, models.PROTECT, verbose_name=_("joint question"), related_name="signings"
    )
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("department"), related_name="signings"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("signed by"), related_name="signings"
    )
    digest = models.CharField(_("digest"), max_length=64)
    at = models.DateTimeField(_("signed at"))

    class Meta:
        verbose_name = _("signing")
        verbose_name_plural = _("signings")
        ordering = ["question", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["question", "department"], name="opening_signed_once"),
            models.UniqueConstraint(fields=["question", "by"], name="opening_signers_are_two"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.by_id}"


class Cohort(models.Model):
    """人群 Whom an answer was about, so that the next can be compared with it: keyed hashes in a file, no one's name.

    `file` lies in the installation's home, with the group of each; `people` is how many; `published` are the groups whose
    figures were given, `*` being all together.
    """

    question = models.OneToOneField(
        Question, models.PROTECT, verbose_name=_("joint question"), related_name="cohort"
    )
    registry = models.CharField(_("registry"), max_length=60, db_index=True)
    file = models.CharField(_("file"), max_length=100)
    people = models.BigIntegerField(_("people"))
    published = models.JSONField(_("groups published"), default=list)

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.people}"
