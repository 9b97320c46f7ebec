"""Wiring of web."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class WebConfig(AppConfig):
    """Base templates, components, static files."""

    name = "xilin.web"
    label = "web"

    def ready(self) -> None:
        """Make the folder of collected files, which WhiteNoise looks into even where nothing is collected."""
        if settings.STATIC_ROOT:
            Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
