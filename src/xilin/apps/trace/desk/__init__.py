"""The desk of producers and of the authorities (追溯工作台): codes, looks, alerts and reports of the goods that are theirs."""
