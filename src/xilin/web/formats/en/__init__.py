"""English: 26 November 2026."""
