"""Wiring of exchange."""

from typing import Any

from django.apps import AppConfig


def _end_with_entry(*withdrawn: Any) -> None:
    """The entry's grants end; imported when it happens, as half of the packages come with it."""
    from xilin.kernel.exchange.actions.grants import end_with_entry

    end_with_entry(*withdrawn)


class ExchangeConfig(AppConfig):
    """Request, review, grant, access, receipt; masks, purposes, the gateway."""

    name = "xilin.kernel.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known, and what is done with grants of a withdrawn entry."""
        from xilin.kernel.catalog.actions.reviewing import ON_WITHDRAWAL
        from xilin.kernel.exchange import anomalies, exposure
        from xilin.kernel.exchange import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.MASK)
        register(kinds.PURPOSE)
        register(exposure.RISK)
        register(anomalies.ANOMALY)
        ON_WITHDRAWAL.append(_end_with_entry)
