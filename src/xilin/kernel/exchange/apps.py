"""Wiring of exchange."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Request, review, grant, access, receipt; masks, purposes, the gateway."""

    name = "xilin.kernel.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known, and what is done with grants of a withdrawn entry."""
        from xilin.kernel.catalog.actions.reviewing import ON_WITHDRAWAL
        from xilin.kernel.exchange import anomalies, exposure
        from xilin.kernel.exchange import declarations as kinds
        from xilin.kernel.exchange.actions.grants import end_with_entry
        from xilin.kernel.standards.declarations import register

        register(kinds.MASK)
        register(kinds.PURPOSE)
        register(exposure.RISK)
        register(anomalies.ANOMALY)
        ON_WITHDRAWAL.append(end_with_entry)
