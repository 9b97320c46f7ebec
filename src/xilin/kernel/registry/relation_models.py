"""Relations between entities of two registries, such as an organisation's legal representative."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Relation(models.Model):
    """关系 What an entity's records say of an entity of another registry, and how that one was found.

    `agrees` says whether the name given is the other's name. Found by an identifier a relation
    stands where the names differ too, as a person may have changed theirs; otherwise it is
    found by the name and something else, and only where nobody else fits.
    """

    class How(models.TextChoices):
        """How the other was found."""

        IDENTIFIER = "identifier", _("by the identifier given")
        PHONE = "phone", _("by name and telephone")
        AREA = "area", _("by name and area, nobody else there has the name")

    registry = models.CharField(_("registry"), max_length=60)
    code = models.CharField(_("relation"), max_length=60)
    entity = models.UUIDField(_("entity"))
    other = models.UUIDField(_("the other entity"), db_index=True)
    how = models.CharField(_("how"), max_length=12, choices=How)
    agrees = models.BooleanField(_("the names agree"))
    run = models.BigIntegerField(_("run that found it"))

    class Meta:
        verbose_name = _("relation of entities")
        verbose_name_plural = _("relations of entities")
        ordering = ["registry", "code", "entity"]
        constraints = [
            models.UniqueConstraint(fields=["registry", "code", "entity"], name="registry_relation_once")
        ]

    def __str__(self) -> str:
        return f"{self.registry} {self.code}"
