"""The web process as an ASGI application, for Granian: pages are synchronous; what renews itself is carried on beside them."""

from importlib import import_module

from xilin.config.wsgi import application as pages
from xilin.web.live.streams import Web

# Loaded after Django, which the line above got ready.
application = Web(pages, import_module("xilin.apps.portal.board").BOARDS)
