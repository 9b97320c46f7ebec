"""The true league: who lives there, with whom and where, and the organisations they work for."""
