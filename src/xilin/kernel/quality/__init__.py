"""Rules, scores in six dimensions, quarantine."""
