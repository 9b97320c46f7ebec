"""Plain functions and small types; no models, no domain words."""
