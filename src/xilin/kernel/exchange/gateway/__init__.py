"""The gateway, the only door by which data leaves: a small ASGI application of its own.

`granian --interface asginl xilin.kernel.exchange.gateway:application` serves it.
"""

import os

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
if not apps.ready:
    django.setup()

from xilin.kernel.exchange.gateway.server import Gateway

application = Gateway(alone=True)

__all__ = ["Gateway", "application"]
