"""Who there is: departments, and people who work in them."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Department(models.Model):
    """部门 A department, as the league folder declares it; one that left the folder is retired, not deleted."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    uscc = models.CharField(_("unified social credit code"), max_length=18)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    short = models.CharField(_("short name"), max_length=40)
    short_en = models.CharField(_("English short name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=20)
    area = models.ForeignKey("standards.Area", models.PROTECT, verbose_name=_("area"))
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("parent"), related_name="children", null=True, blank=True
    )
    retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in.

    The three administrators of GB/T 22239 8.1.4.2 (system, security, audit) are roles
    that no person may hold together. A hand records with a handheld and is a visitor everywhere else.
    """

    class Role(models.TextChoices):
        STEWARD = "steward", _("department steward")
        APPROVER = "approver", _("department approver")
        ENGINEER = "engineer", _("data engineer")
        REVIEWER = "reviewer", _("registry reviewer")
        SYSTEM = "system", _("system administrator")
        SECURITY = "security", _("security administrator")
        AUDIT = "audit", _("audit administrator")
        HAND = "hand", _("records out of doors")
        PRODUCER = "producer", _("works for a producer")

    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name=_("department"), related_name="users", null=True, blank=True
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.STEWARD)
    full_name = models.CharField(_("full name"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name or self.username


class SignInCount(models.Model):
    """登录计数 Attempts to sign in with one name from one address, or from everywhere, since the last that came through.

    `who` is a keyed digest of both: people type their password where the name belongs.
    """

    who = models.CharField(_("name and address, as a digest"), max_length=64, unique=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    since = models.DateTimeField(_("since"))
    waits_until = models.DateTimeField(_("waits until"), null=True, blank=True)

    class Meta:
        verbose_name = _("count of attempts to sign in")
        verbose_name_plural = _("counts of attempts to sign in")
        ordering = ["since", "pk"]

    def __str__(self) -> str:
        return f"{self.who[:8]} {self.attempts}"
