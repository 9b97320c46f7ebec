"""Wiring of audit."""

from django.apps import AppConfig
from django.conf import settings

from xilin.lib.environment import BadSetting


class AuditConfig(AppConfig):
    """The transparency log: what was done, by whom, provably."""

    name = "xilin.kernel.audit"
    label = "audit"

    def ready(self) -> None:
        """Stop the start where the key or the name given for the log can't be used; the key is not printed."""
        from xilin.kernel.audit import quorum
        from xilin.kernel.audit.keys import is_origin, read_key

        if settings.AUDIT_KEY:
            try:
                read_key(settings.AUDIT_KEY)
            except ValueError:
                raise BadSetting("XILIN_AUDIT_KEY", "…", "write PRIVATE+KEY+name+hash+key") from None
        if not is_origin(settings.AUDIT_ORIGIN):
            raise BadSetting(
                "XILIN_AUDIT_ORIGIN", settings.AUDIT_ORIGIN, "write a name without spaces and plus signs"
            )
        try:
            quorum.declared()
        except ValueError as error:
            raise BadSetting("XILIN_WITNESSES", str(settings.AUDIT_WITNESSES), str(error)) from None
