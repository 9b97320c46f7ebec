"""Traces and recalls for those who ask (追溯服务): over HTTP beside the repository's own service, and on the command line.

`granian --interface asgi xilin.apps.trace.tracing:application` serves both.
"""

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
    from xilin.apps.trace.repository.rest.server import Service
    from xilin.apps.trace.tracing import routes

    routes.add()
    globals()[name] = Service()
    return globals()[name]
