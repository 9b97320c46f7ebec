"""Resources and their items as they are in force, with what a search needs beside them; every version kept."""

from typing import Any

import msgspec
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.kernel.catalog import declarations
from xilin.lib.text import Text


class ShareType(models.TextChoices):
    """共享类型 Whether a resource or item is shared: State Council Order 809, the three classes."""

    UNCONDITIONAL = "unconditional", _("shared unconditionally")
    CONDITIONAL = "conditional", _("shared on conditions")
    DENIED = "denied", _("not shared")


class Resource(models.Model):
    """信息资源 A catalogue entry in force with the 13 fields of the 2017 guide.

    It is what the league folder declares, what was published on the desk, or both together (`declared`,
    `compiled`; decision 140). An entry that left the folder or was withdrawn is retired, not deleted:
    requests and grants still name it. `search` holds the words and character pairs of everything it is found
    by, `named` those of its name alone (`actions.index`), written in the transaction that writes the entry;
    `theme` is the first level of its classification.
    """

    class Format(models.TextChoices):
        FILE = "file", _("electronic file")
        SPREADSHEET = "spreadsheet", _("spreadsheet")
        DATABASE = "database", _("database")
        IMAGE = "image", _("graphics and images")
        STREAM = "stream", _("streaming media")
        SELF_DESCRIBED = "self_described", _("self-described format")
        SERVICE = "service", _("service interface")

    class Cycle(models.TextChoices):
        REALTIME = "realtime", _("in real time")
        DAILY = "daily", _("daily")
        WEEKLY = "weekly", _("weekly")
        MONTHLY = "monthly", _("monthly")
        QUARTERLY = "quarterly", _("quarterly")
        YEARLY = "yearly", _("yearly")

    class Mode(models.TextChoices):
        TABLE = "table", _("table exchange")
        FILE = "file", _("file exchange")
        SERVICE = "service", _("service interface")

    code = models.CharField(_("code"), max_length=60, unique=True)
    catalogue_code = models.CharField(_("catalogue code"), max_length=60, db_index=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_mn = models.CharField(_("Mongolian name"), max_length=200, blank=True)
    provider = models.ForeignKey(
        "accounts.Department", models.PROTECT, verbose_name=_("provider"), related_name="resources"
    )
    summary = models.TextField(_("summary"), blank=True)
    summary_en = models.TextField(_("English summary"), blank=True)
    classification = models.JSONField(_("classification"), default=list)
    format = models.CharField(_("format"), max_length=16, choices=Format)
    share_type = models.CharField(_("share type"), max_length=16, choices=ShareType)
    share_mode = models.CharField(_("share mode"), max_length=10, choices=Mode)
    share_condition = models.TextField(_("share condition"), blank=True)
    share_condition_en = models.TextField(_("English share condition"), blank=True)
    share_basis = models.TextField(_("share basis"), blank=True)
    share_basis_en = models.TextField(_("English share basis"), blank=True)
    open = models.BooleanField(_("open to the public"), default=False)
    open_condition = models.TextField(_("open condition"), blank=True)
    open_condition_en = models.TextField(_("English open condition"), blank=True)
    update_cycle = models.CharField(_("update cycle"), max_length=12, choices=Cycle)
    published = models.DateField(_("publication date"))
    related = models.JSONField(_("related resources"), default=list)
    key = models.JSONField(_("key columns"), default=list)
    lookup = models.JSONField(_("look-up columns"), default=list)
    registry = models.CharField(_("registry"), max_length=60, blank=True)
    base = models.BooleanField(_("base resource"), default=False)
    area_column = models.CharField(_("area column"), max_length=60, blank=True)
    time_column = models.CharField(_("time column"), max_length=60, blank=True)
    contact = models.JSONField(_("contact"), default=dict)
    version = models.PositiveIntegerField(_("version"), default=1)
    declared = models.BooleanField(_("declared in the league folder"), default=True)
    compiled = models.BooleanField(_("published from the desk"), default=False)
    withdrawn = models.BooleanField(_("withdrawn from the catalogue"), default=False)
    retired = models.BooleanField(_("retired"), default=False)
    theme = models.CharField(_("theme"), max_length=100, blank=True)
    width = models.PositiveSmallIntegerField(_("length of the name"), default=0, editable=False)
    named = SearchVectorField(_("search words of the name"), null=True, editable=False)
    search = SearchVectorField(_("search words"), null=True, editable=False)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["code"]
        indexes = [
            # Changes are few and must be found at once, so no list of pending ones is kept to look through.
            GinIndex(fields=["search"], name="catalog_resource_search", fastupdate=False),
            GinIndex(fields=["named"], name="catalog_resource_named", fastupdate=False),
            models.Index(
                fields=["width", "code"], name="catalog_resource_width", condition=models.Q(retired=False)
            ),
            models.Index(
                fields=["provider", "share_type", "theme", "update_cycle"],
                name="catalog_resource_facets",
                condition=models.Q(retired=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return Text(zh=self.name, en=self.name_en, mn=self.name_mn).of(get_language() or "")

    @property
    def about(self) -> str:
        """The summary in the reader's language."""
        return Text(zh=self.summary, en=self.summary_en).of(get_language() or "")

    @property
    def condition(self) -> str:
        """The share condition in the reader's language."""
        return Text(zh=self.share_condition, en=self.share_condition_en).of(get_language() or "")

    @property
    def basis(self) -> str:
        """The basis of the share type in the reader's language."""
        return Text(zh=self.share_basis, en=self.share_basis_en).of(get_language() or "")


class Item(models.Model):
    """信息项 One column of a resource: the declaration joined with its data element.

    `share_type` is the resource's where the item says nothing of its own; `one_source`
    marks the one source of the element (一数一源); `personal` and `level` grade the element.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, verbose_name=_("resource"), related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    column = models.CharField(_("column"), max_length=60)
    element = models.CharField(_("data element"), max_length=60, db_index=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_mn = models.CharField(_("Mongolian name"), max_length=200, blank=True)
    own_name = models.BooleanField(_("named by the resource"), default=False)
    type = models.CharField(_("data type"), max_length=10)
    length = models.PositiveIntegerField(_("greatest length"), default=0)
    code_list = models.CharField(_("code list"), max_length=60, blank=True)
    personal = models.CharField(_("personal information"), max_length=10, default="no")
    level = models.PositiveSmallIntegerField(_("data grade"), default=1)
    share_type = models.CharField(_("share type"), max_length=16, choices=ShareType)
    share_basis = models.TextField(_("share basis"), blank=True)
    share_basis_en = models.TextField(_("English share basis"), blank=True)
    mask = models.CharField(_("mask"), max_length=60, blank=True)
    open = models.BooleanField(_("open to the public"), default=False)
    required = models.BooleanField(_("required"), default=False)
    one_source = models.BooleanField(_("one source"), default=False)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["resource", "position"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "column"], name="catalog_item_column_once")
        ]

    def __str__(self) -> str:
        return f"{self.resource_id}.{self.column}"

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return Text(zh=self.name, en=self.name_en, mn=self.name_mn).of(get_language() or "")

    @property
    def basis(self) -> str:
        """The basis of the item's own share type in the reader's language."""
        return Text(zh=self.share_basis, en=self.share_basis_en).of(get_language() or "")


class Version(models.Model):
    """版本 One published version of an entry, whole, as a `declarations.Resource` in plain JSON.

    Numbers rise without gaps within an entry. `compilation` is the paper it was reviewed on; there is none where
    the league folder said it. A version that ended has `until`: superseded, withdrawn, or gone from the folder.
    """

    resource = models.ForeignKey(
        Resource, models.CASCADE, verbose_name=_("resource"), related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    catalogue_code = models.CharField(_("catalogue code"), max_length=60, db_index=True)
    at = models.DateTimeField(_("published at"))
    until = models.DateTimeField(_("in force until"), null=True, blank=True)
    compilation = models.OneToOneField(
        "catalog.Compilation",
        models.PROTECT,
        verbose_name=_("compilation"),
        related_name="version",
        null=True,
    )

    class Meta:
        verbose_name = _("version of a resource")
        verbose_name_plural = _("versions of resources")
        ordering = ["resource", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "number"], name="catalog_version_once"),
            models.UniqueConstraint(
                fields=["resource"], condition=models.Q(until=None), name="catalog_one_version_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.number}"

    @property
    def value(self) -> Any:
        """The content as a `declarations.Resource`."""
        return msgspec.convert(self.content, declarations.Resource, strict=False)
