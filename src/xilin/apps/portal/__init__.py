"""The public portal, the department desk, the cockpit."""
