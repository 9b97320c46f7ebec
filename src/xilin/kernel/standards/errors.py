"""Refusals of standards."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoHolidayTable(Refusal):
    """A count of working days needs a year whose holiday table isn't declared; `year` says which."""

    message = _("There is no holiday table for {year}, so the day can't be worked out.")
    remedy = _("Add the State Council's table for {year} to holidays.toml and run xilin apply.")

    def __init__(self, *, year: int) -> None:
        self.year = year
        super().__init__(year=year)
