"""Departments as a tree over areas, users and their roles."""
