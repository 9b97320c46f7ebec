"""What a buyer can be refused."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import NotFound, Refusal


class NoGoods(NotFound):
    """An address that is no address of goods, or of a product that isn't here."""

    message = _("There are no goods at this address.")
    remedy = _("Scan the code again, or compare the number with the goods.")


class BadAddress(NoGoods):
    """An address that is written like none of GS1's."""

    status = 400


class ReportedEnough(Refusal):
    """Somebody reports more than is looked into."""

    status = 429
    message = _("You have reported several times today.")
    remedy = _("What you reported is being looked into; report again tomorrow.")
