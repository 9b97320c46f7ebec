"""The one way this platform says no to a person."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Something the caller asked for can't be done, and the caller can act on it.

    A subclass states what happened (`message`) and what to do (`remedy`); both are
    translated, and both may name the facts the raiser passes in. Anything the
    caller can't act on is a defect: let it raise as itself.
    """

    status: ClassVar[int] = 409
    message = _("The request was refused.")
    remedy = _("Ask the platform's operators.")

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(facts)

    def __str__(self) -> str:
        return str(self.message).format(**self.facts)

    @property
    def advice(self) -> str:
        """What the caller can do about it, in the reader's language."""
        return str(self.remedy).format(**self.facts)

    @property
    def code(self) -> str:
        """A stable name for programs, such as `exchange.NotGranted`."""
        return f"{type(self).__module__.split('.')[-2]}.{type(self).__name__}"


class NotFound(Refusal):
    """There is no such thing, or the caller may not see it: the same answer for both."""

    status = 404
    message = _("There is no {kind} {name}, or you may not see it.")
    remedy = _("Check the number, or ask the department that owns it for access.")
