"""Django as a WSGI application, for Granian: pages are synchronous."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
application = get_wsgi_application()
# The addresses, and with them what parts offer to pages: before the first request rather than in it.
import_module("xilin.config.urls")
