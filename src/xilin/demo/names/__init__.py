"""Names of people: the words they are made of, and how else each is written."""
