"""The EPCIS repository (事件存储库): capture, queries, subscriptions."""
