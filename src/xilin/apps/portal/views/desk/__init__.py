"""The department's desk: what it owes, what it asked for, what it holds, who used it."""
