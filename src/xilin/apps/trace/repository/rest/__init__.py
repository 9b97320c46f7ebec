"""The repository's REST service (EPCIS 2.0 bindings), an ASGI application in a process of its own.

`granian --interface asgi xilin.apps.trace.repository.rest:application` serves it.
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

    globals()[name] = Service()
    return globals()[name]
