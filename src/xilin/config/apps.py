"""Wiring of what the configuration itself brings."""

from django.contrib.admin.apps import AdminConfig


class Administration(AdminConfig):
    """Django's admin with the platform's own site."""

    default_site = "xilin.config.administration.Site"
