"""What every template knows. Parts that stand above may add to it, since this floor has no domain knowledge."""

from collections.abc import Callable

from django.http import HttpRequest

from xilin import __version__
from xilin.web import themes

Provider = Callable[[HttpRequest], dict[str, object]]
PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> None:
    """Let a part add to what every page knows: the region's name, the navigation. Called from `apps.ready()`."""
    if provider not in PROVIDERS:
        PROVIDERS.append(provider)


def site(request: HttpRequest) -> dict[str, object]:
    """The version for the footer, the reader's theme, and what the parts provide."""
    known: dict[str, object] = {"xilin_version": __version__, "theme": themes.chosen(request)}
    for provider in PROVIDERS:
        known |= provider(request)
    return known
