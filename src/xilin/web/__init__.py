"""Base templates, components, static files, template tags: looks, no domain knowledge."""
