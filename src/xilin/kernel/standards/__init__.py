"""Data elements, code lists, identifiers, areas, calendar; and the store of all declarations."""
