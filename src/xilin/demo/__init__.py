"""A synthetic league: its people and organisations, and their departments' systems as one would find them."""
