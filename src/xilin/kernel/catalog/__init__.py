"""Resources and their items, search, who is the one source of each element."""
