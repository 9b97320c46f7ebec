"""Where a server finds the service: `granian --interface asgi xilin.apps.trace.consumer.verify:application`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    application: ASGIApp


def __getattr__(name: str) -> Any:
    """The application, made (and Django loaded) when a server asks for it."""
    if name != "application":
        raise AttributeError(name)
    import os

    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
    if not apps.ready:
        django.setup()
    from xilin.apps.trace.consumer.service import Service

    globals()[name] = Service()
    return globals()[name]
