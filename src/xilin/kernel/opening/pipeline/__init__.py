"""How people are protected in what is opened; no database, no web."""
