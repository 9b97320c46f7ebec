"""What every field of government needs, in floors: a part imports only from parts below it."""
