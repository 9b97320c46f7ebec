"""Wiring of lake."""

from django.apps import AppConfig


class LakeConfig(AppConfig):
    """Iceberg tables in the lake, and the engine over them."""

    name = "xilin.kernel.lake"
    label = "lake"
