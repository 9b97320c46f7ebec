"""What every template knows."""

from django.http import HttpRequest

from xilin import __version__


def site(request: HttpRequest) -> dict[str, object]:
    """The version, for the footer."""
    return {"xilin_version": __version__}
