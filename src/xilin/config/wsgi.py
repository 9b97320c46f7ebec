"""Django as a WSGI application, for Granian: pages are synchronous."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
application = get_wsgi_application()
