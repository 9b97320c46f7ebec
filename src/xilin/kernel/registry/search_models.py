"""The tables that look-ups without an identifier read: each living entity in the forms it is found by."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchRow(models.Model):
    """检索行 The forms of one golden record's name, birth and area.

    Written in the transaction that writes the entity. All of it is derived: `search.refill`
    makes it anew. Texts are collated by code, so that ranges over them are prefixes.
    """

    entity = models.UUIDField(primary_key=True)
    registry = models.CharField(_("registry"), max_length=60, db_collation="C")
    name = models.CharField(_("name"), max_length=200, db_collation="C")
    sound = models.CharField(_("pinyin of the name"), max_length=200, db_collation="C")
    initials = models.CharField(_("initials of the pinyin"), max_length=200, db_collation="C")
    born = models.DateField(_("date of birth"), null=True)
    area = models.CharField(_("area"), max_length=20, db_collation="C")

    class Meta:
        verbose_name = _("search row")
        verbose_name_plural = _("search rows")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["registry", "born", "initials"], name="registry_search_born"),
            models.Index(fields=["registry", "sound", "area"], name="registry_search_sound"),
            models.Index(fields=["registry", "initials", "area"], name="registry_search_initials"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SearchFormer(models.Model):
    """检索曾用名 The former name of one golden record that has one, in the forms it is found by."""

    entity = models.UUIDField(primary_key=True)
    registry = models.CharField(_("registry"), max_length=60, db_collation="C")
    name = models.CharField(_("name"), max_length=200, db_collation="C")
    sound = models.CharField(_("pinyin of the name"), max_length=200, db_collation="C")
    initials = models.CharField(_("initials of the pinyin"), max_length=200, db_collation="C")

    class Meta:
        verbose_name = _("former name searched by")
        verbose_name_plural = _("former names searched by")
        ordering = ["pk"]
        indexes = [models.Index(fields=["registry", "initials"], name="registry_search_former")]

    def __str__(self) -> str:
        return str(self.pk)


class SearchPhone(models.Model):
    """检索电话 The telephone of one golden record that has one, by its digits.

    It stands apart from the row because it changes far more often than all the rest: then nothing of the rest,
    and no index of it, is written.
    """

    entity = models.UUIDField(primary_key=True)
    registry = models.CharField(_("registry"), max_length=60, db_collation="C")
    phone = models.CharField(_("telephone"), max_length=40, db_collation="C")

    class Meta:
        verbose_name = _("telephone searched by")
        verbose_name_plural = _("telephones searched by")
        ordering = ["pk"]
        indexes = [models.Index(fields=["registry", "phone"], name="registry_search_telephone")]

    def __str__(self) -> str:
        return str(self.pk)
