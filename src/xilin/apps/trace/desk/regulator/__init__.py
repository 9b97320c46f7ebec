"""The regulator's desk (监管工作台): chains in figures, quotas and balances, alarms."""
