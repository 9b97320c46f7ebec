"""When what parts offer to pages is put in place: with the first address, as a command on the line needs no pages."""

from functools import cache

from django.apps import apps


@cache
def offer_pages() -> None:
    """Let every part offer its sections, doors and layers, in the order of the installed parts; the second call does nothing.

    A part has a method `offer_pages` in its `AppConfig` for it. What holds for commands and jobs too (kinds of
    declaration, hooks of other parts' actions) stays in `ready`.
    """
    for part in apps.get_app_configs():
        if offer := getattr(part, "offer_pages", None):
            offer()
