"""Telling the gateways, as actions know it; what else tells them imports `exchange.notices` itself."""

from xilin.kernel.exchange.notices import CHANNEL, announce

__all__ = ["CHANNEL", "announce"]
