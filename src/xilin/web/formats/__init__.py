"""How each language writes dates, times and numbers; all that Django knows, since it would take the rest from `mn`."""
