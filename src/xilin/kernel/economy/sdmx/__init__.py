"""The economy told in SDMX: structures and data of the standard's REST services 2.1 and 3.0 (REST API 1.5 and 2.0).

Nothing here reads a request or the database; `api` does.
"""
