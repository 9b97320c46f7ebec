"""Wiring of audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The transparency log: what was done, by whom, provably."""

    name = "xilin.kernel.audit"
    label = "audit"
