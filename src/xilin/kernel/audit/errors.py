"""What the audit log refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class KeyIsShredded(Refusal):
    """A month's key was destroyed: no value can be matched with its entries any more."""

    message = _(
        "The audit key of {month} was shredded, so values can't be matched with that month's entries."
    )
    remedy = _("Search by time, department or case number; the entries themselves still verify.")


class KeyIsMissing(Refusal):
    """A month's log has begun under a key that this machine doesn't have: nothing can be entered from here."""

    status = 503
    message = _("The key that signs the log {origin} is missing: nothing can be entered in the log.")
    remedy = _(
        "Copy {path} from a machine of this installation that has it; machines that write one log share the folder of keys."
    )


class NotDurable(Refusal):
    """The database says that something is written before it is: entries of the log could be lost after their answers."""

    status = 503
    message = _(
        "The database has {settings} switched off: what is answered could be missing from the log after a crash."
    )
    remedy = _(
        "Switch it on in postgresql.conf (and ALTER DATABASE or ALTER ROLE ... RESET where it was set there), reload the "
        "server, and start again; xilin doctor says whether it is."
    )


class NotWitnessed(Refusal):
    """No checkpoint above an entry has the cosignatures it needs."""

    status = 404
    message = _("Entry {seq} is under no checkpoint that enough witnesses have cosigned.")
    remedy = _("Ask again in a minute; xilin audit witnesses tells which of them answer.")
