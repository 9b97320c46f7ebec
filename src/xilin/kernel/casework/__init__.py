"""Cases with working-time clocks, cards and scores."""
