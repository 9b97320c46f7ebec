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

    pk = models.CompositePrimaryKey("shard", "level", "number")
    shard = models.SmallIntegerField(_("shard of the log"), default=0)
    level = models.SmallIntegerField(_("tile level"))
    number = models.BigIntegerField(_("tile number"))
    root = models.BinaryField(_("root hash"))

    class Meta:
        managed = False
        verbose_name = _("tile")
        verbose_name_plural = _("tiles")
        ordering = ["shard", "level", "number"]


class Shard(models.Model):
    """月度日志 A month's log: a tree of its own over the entries from `first` on, under its own name and key.

    The log begins with shard 0, which has no row: its name and key are the installation's.
    """

    id = models.SmallIntegerField(primary_key=True)
    origin = models.CharField(_("name of the log"), max_length=200)
    key = models.CharField(_("verifier key"), max_length=400)
    first = models.BigIntegerField(_("first entry"))
    at = models.DateTimeField(_("when"))

    class Meta:
        managed = False
        verbose_name = _("shard of the log")
        verbose_name_plural = _("shards of the log")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.origin


class Head(models.Model):
    """树头 The one row every append locks: how many entries there are, and the tree's right edge.

    `frontier` holds the roots of the tree's complete subtrees, the largest first, 32 bytes each. The tree is that
    of the shard that grows: its number, its first entry, and its name ("" for shard 0).
    """

    id = models.SmallIntegerField(primary_key=True)
    size = models.BigIntegerField(_("number of entries"))
    frontier = models.BinaryField(_("right edge"))
    shard = models.SmallIntegerField(_("shard of the log"), default=0)
    first = models.BigIntegerField(_("first entry"), default=0)
    origin = models.CharField(_("name of the log"), max_length=200, default="")

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


class Cosignature(models.Model):
    """见证签名 What one witness signed of a checkpoint; kept in SQL and append only like the log."""

    pk = models.CompositePrimaryKey("size", "witness")
    size = models.BigIntegerField(_("number of entries"))
    witness = models.CharField(_("witness"), max_length=200)
    line = models.TextField(_("cosignature"))
    at = models.DateTimeField(_("when"))

    class Meta:
        managed = False
        verbose_name = _("cosignature")
        verbose_name_plural = _("cosignatures")
        ordering = ["-size", "witness"]


class Outcome(models.TextChoices):
    """How the last attempt at a witness's cosignature ended."""

    SIGNED = "signed", _("has cosigned")
    UNREACHABLE = "unreachable", _("can't be reached")
    UNKNOWN = "unknown", _("doesn't know this log")
    REFUSED = "refused", _("refused")
    FOREIGN = "foreign", _("answered with a signature that doesn't hold")
    AHEAD = "ahead", _("has seen more entries than the log has")
    FORK = "fork", _("has seen another log")


# What no fault of a network or a machine explains: the log or the witness is not what it says.
ALARMING = (Outcome.FOREIGN, Outcome.AHEAD, Outcome.FORK)


class Standing(models.Model):
    """见证方状态 How a witness stands: what came of the last attempt, and how many entries it has seen."""

    witness = models.CharField(_("witness"), max_length=200, primary_key=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    size = models.BigIntegerField(_("number of entries"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("standing of a witness")
        verbose_name_plural = _("standings of witnesses")
        ordering = ["witness"]

    def __str__(self) -> str:
        return f"{self.witness} {self.outcome}"

    @property
    def alarming(self) -> bool:
        """Whether it tells of a forgery rather than of a fault."""
        return self.outcome in ALARMING
