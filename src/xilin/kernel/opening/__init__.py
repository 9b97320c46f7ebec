"""Open data and the clean room: what leaves without a grant, and how people are protected in it."""
