"""Wiring of web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Base templates, components, static files."""

    name = "xilin.web"
    label = "web"
