"""What can be done in the exchange; each action is one transaction, one audit event, one notice to the gateways."""

from xilin.kernel.exchange.actions.clients import issue_key, register_client, retire_client, revoke_key
from xilin.kernel.exchange.actions.grants import revoke
from xilin.kernel.exchange.actions.replies import (
    ask_more_time,
    complete,
    consent,
    dispute,
    settle,
    tell_missing,
)
from xilin.kernel.exchange.actions.requests import ask, withdraw
from xilin.kernel.exchange.actions.reviews import approve, pass_on, refuse
from xilin.kernel.exchange.actions.signing import register_signing_key, revoke_signing_key
from xilin.kernel.exchange.actions.trials import enter_trial_key

__all__ = [
    "approve",
    "ask",
    "ask_more_time",
    "complete",
    "consent",
    "dispute",
    "enter_trial_key",
    "issue_key",
    "pass_on",
    "refuse",
    "register_client",
    "register_signing_key",
    "retire_client",
    "revoke",
    "revoke_key",
    "revoke_signing_key",
    "settle",
    "tell_missing",
    "withdraw",
]
