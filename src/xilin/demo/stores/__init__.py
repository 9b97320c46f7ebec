"""The forms departments keep their data in, one module a form: databases, files, an interface of pages."""
