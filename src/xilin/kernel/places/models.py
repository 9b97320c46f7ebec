"""Tables of places: features with an id for life, what lists say of them, their former versions, what was held."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Place(models.Model):
    """地点 A feature of a collection. Its id is for life: it is never given to another place.

    `geometry` is WKB in CGCS2000 (EPSG:4490), longitude before latitude; `west` … `north` are its bounds in degrees and
    `cell` the H3 cell (resolution 9) of a point on it. `valid_*` say when the place is a place; `recorded_at` and
    `ended_at` when this store knew. `area` is the 12-digit code of the area it lies in or is.
    """

    collection = models.CharField(_("collection"), max_length=60)
    key = models.CharField(_("key"), max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_mn = models.CharField(_("Mongolian name"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=60, blank=True)
    area = models.CharField(_("area"), max_length=12, blank=True)
    parent = models.CharField(_("parent area"), max_length=12, blank=True)
    properties = models.JSONField(_("properties"), default=dict)
    geometry = models.BinaryField(_("geometry"), null=True)
    shape = models.CharField(_("type of geometry"), max_length=20, blank=True)
    west = models.FloatField(_("west"), null=True)
    south = models.FloatField(_("south"), null=True)
    east = models.FloatField(_("east"), null=True)
    north = models.FloatField(_("north"), null=True)
    cell = models.BigIntegerField(_("H3 cell"), null=True)
    valid_from = models.DateField(_("valid from"), null=True)
    valid_to = models.DateField(_("valid to"), null=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("successor"), related_name="predecessors", null=True
    )
    source = models.CharField(_("source"), max_length=200, blank=True)
    batch = models.BigIntegerField(_("batch"), null=True)
    digest = models.CharField(_("digest"), max_length=64)
    recorded_at = models.DateTimeField(_("recorded at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "key"], name="places_key_once"),
        ]
        indexes = [
            models.Index(fields=["collection", "id"], name="places_in_order"),
            models.Index(fields=["collection", "cell"], name="places_by_cell"),
            models.Index(fields=["collection", "area"], name="places_by_area"),
        ]

    def __str__(self) -> str:
        return self.name or self.key


class Version(models.Model):
    """历史版本 What a place was before it changed, and from when to when this store said so."""

    place = models.ForeignKey(Place, models.CASCADE, verbose_name=_("place"), related_name="versions")
    content = models.JSONField(_("content"))
    geometry = models.BinaryField(_("geometry"), null=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    replaced_at = models.DateTimeField(_("replaced at"))

    class Meta:
        verbose_name = _("former version")
        verbose_name_plural = _("former versions")
        ordering = ["place", "replaced_at"]


class Said(models.Model):
    """What an official list says of a place: its code, name and parent there, and by which rule it was linked."""

    place = models.ForeignKey(Place, models.CASCADE, verbose_name=_("place"), related_name="said")
    list = models.CharField(_("list"), max_length=60)
    code = models.CharField(_("code"), max_length=12)
    name = models.CharField(_("name"), max_length=200)
    parent = models.CharField(_("parent area"), max_length=12)
    kind = models.CharField(_("kind"), max_length=60, blank=True)
    how = models.CharField(_("how it was linked"), max_length=20)

    class Meta:
        verbose_name = _("row of a list")
        verbose_name_plural = _("rows of lists")
        ordering = ["list", "code"]
        constraints = [
            models.UniqueConstraint(fields=["place", "list"], name="places_said_once"),
            models.UniqueConstraint(fields=["list", "code"], name="places_one_place_for_a_code"),
        ]


class Build(models.Model):
    """A renewal of a collection from its source, with its counts; its number names the state of the collection."""

    collection = models.CharField(_("collection"), max_length=60)
    at = models.DateTimeField(_("at"))
    seconds = models.FloatField(_("seconds"))
    read = models.BigIntegerField(_("read"))
    added = models.BigIntegerField(_("added"))
    changed = models.BigIntegerField(_("changed"))
    ended = models.BigIntegerField(_("ended"))
    held = models.BigIntegerField(_("held"))
    batches = ArrayField(models.BigIntegerField(), verbose_name=_("batches"), default=list)

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ["-pk"]


class Held(models.Model):
    """隔离 A feature whose geometry can't be used, with every reason in words; `found` is its geometry as found."""

    collection = models.CharField(_("collection"), max_length=60)
    key = models.CharField(_("key"), max_length=200)
    source = models.CharField(_("source"), max_length=200, blank=True)
    batch = models.BigIntegerField(_("batch"), null=True)
    reasons = models.JSONField(_("reasons"))
    found = models.TextField(_("geometry as found"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("held place")
        verbose_name_plural = _("held places")
        ordering = ["collection", "key"]
        indexes = [models.Index(fields=["collection", "key"], name="places_held_by_key")]
