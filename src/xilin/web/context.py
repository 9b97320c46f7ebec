"""What every template knows. Parts that stand above may add to it, since this floor has no domain knowledge."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import get_language

from xilin import __version__
from xilin.web import themes

Provider = Callable[[HttpRequest], dict[str, object]]
PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> None:
    """Let a part add to what every page knows: the region's name, the navigation. Called from `apps.ready()`."""
    if provider not in PROVIDERS:
        PROVIDERS.append(provider)


def site(request: HttpRequest) -> dict[str, object]:
    """The version for the footer, the reader's theme, and what the parts provide; they are asked once for a request.

    A page of sections renders many templates, each of which asks what every template knows.
    """
    language = get_language()
    kept: tuple[str | None, dict[str, object]] | None = getattr(request, "_site", None)
    if kept is not None and kept[0] == language:
        return kept[1]
    known: dict[str, object] = {"xilin_version": __version__, "theme": themes.chosen(request)}
    for provider in PROVIDERS:
        known |= provider(request)
    request._site = language, known  # type: ignore[attr-defined]
    return known
