"""The log as tables: entries, the tree above them, its head, and what was signed."""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """日志记录 One thing that was done; `text` is the leaf of the tree, the columns beside it serve searching.

    All four tables are unmanaged: they are made in SQL with triggers that refuse changes,
    and nothing that empties Django's tables empties them.
    """

    seq = models.BigIntegerField(_("entry number"), primary_key=True)
    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("event"), max_length=80)
    by = models.CharField(_("by whom"), max_length=150)
    department = models.CharField(_("department"), max_length=80)
    provider = models.CharField(_("provider"), max_length=80)
    subject = models.CharField(_("object"), max_length=200)
    text = models.TextField(_("entry as hashed"))
    leaf = models.BinaryField(_("leaf hash"))

    class Meta:
        managed = False
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

    @property
    def fields(self) -> dict[str, Any]:
        """The entry's fields as they were hashed."""
        return dict(json.loads(self.text))

    @property
    def detail(self) -> dict[str, Any]:
        """What the event's own fields say; the reference of events lists them by kind."""
        return dict(self.fields["detail"])


class Tile(models.Model):
    """瓦片 The root of one complete 256-wide tile: level 1 over leaves, level 2 over tiles of level 1, and so on."""

    pk = models.CompositePrimaryKey("level", "number")
    level = models.SmallIntegerField(_("tile level"))
    number = models.BigIntegerField(_("tile number"))
    root = models.BinaryField(_("root hash"))

    class Meta:
        managed = False
        verbose_name = _("tile")
        verbose_name_plural = _("tiles")
        ordering = ["level", "number"]


class Head(models.Model):
    """树头 The one row every append locks: how many entries there are, and the tree's right edge.

    `frontier` holds the roots of the tree's complete subtrees, the largest first, 32 bytes each.
    """

    id = models.SmallIntegerField(primary_key=True)
    size = models.BigIntegerField(_("number of entries"))
    frontier = models.BinaryField(_("right edge"))

    class Meta:
        managed = False
        verbose_name = _("head of the log")
        verbose_name_plural = _("heads of the log")
        ordering = ["id"]


class Checkpoint(models.Model):
    """检查点 What was signed about the log after an append: its size and root, as a C2SP signed note."""

    size = models.BigIntegerField(_("number of entries"), primary_key=True)
    root = models.BinaryField(_("root hash"))
    note = models.TextField(_("signed note"))
    at = models.DateTimeField(_("when"))

    class Meta:
        managed = False
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["-size"]

    def __str__(self) -> str:
        return str(self.size)
