"""Statistical indicators, their series, the status report."""
