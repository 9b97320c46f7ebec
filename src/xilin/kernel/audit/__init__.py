"""The transparency log: what was done, by whom, provably."""
