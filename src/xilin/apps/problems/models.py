"""Problems that anybody reported, and their photos."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Problem(models.Model):
    """随手报 What somebody saw, where, and what became of it; a case of the department that is to look.

    Whoever reports is not known: `digest` is the SHA-256 of the key they follow it with. `sealed` holds their words and, where
    they gave one, a way to reach them, encrypted under a key of the installation; both and the photo go when the report is
    `forgotten`. `answer` is public to whoever has the key.
    """

    class State(models.TextChoices):
        OPEN = "open", _("received")
        TAKEN = "taken", _("being looked into")
        SETTLED = "settled", _("dealt with")
        PLANNED = "planned", _("planned")
        REFUSED = "refused", _("nothing to be done")

    case = models.OneToOneField(
        "casework.Case", models.PROTECT, verbose_name=_("case"), related_name="problem"
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    digest = models.CharField(_("digest of the key"), max_length=64)
    kind = models.CharField(_("kind of problem"), max_length=60)
    area = models.CharField(_("area"), max_length=12)
    place = models.CharField(_("where"), max_length=200, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    sealed = models.TextField(_("sealed"))
    reachable = models.BooleanField(_("left a way to reach them"), default=False)
    language = models.CharField(_("language"), max_length=10, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    reported_at = models.DateTimeField(_("reported at"))
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("answered by"),
        related_name="problems_answered",
        null=True,
        blank=True,
    )
    forgotten_at = models.DateTimeField(_("personal parts deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering = ["-reported_at", "-pk"]
        indexes = [
            models.Index(fields=["answered_at"], name="problems_to_forget", condition=Q(forgotten_at=None))
        ]
        constraints = [
            models.CheckConstraint(
                name="problems_answered_has_time",
                condition=Q(state__in=["open", "taken"], answered_at__isnull=True)
                | (~Q(state__in=["open", "taken"]) & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="problems_point_is_whole",
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__isnull=False, latitude__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def open(self) -> bool:
        """Whether an answer is owed."""
        return self.state in (self.State.OPEN, self.State.TAKEN)


class Photo(models.Model):
    """照片 A photo, encoded anew without what cameras write beside it, encrypted under a key of the installation."""

    problem = models.OneToOneField(
        Problem, models.CASCADE, verbose_name=_("problem"), related_name="photo", primary_key=True
    )
    sealed = models.BinaryField(_("sealed"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))

    class Meta:
        verbose_name = _("photo of a problem")
        verbose_name_plural = _("photos of problems")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.problem_id)
