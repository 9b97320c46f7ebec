"""One folder a field of government; strangers to each other."""
