"""Codes on goods (追溯码): issuing, printing, activation, life cycle."""
