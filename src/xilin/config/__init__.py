"""The composition root: settings, urls, command line; the only part that knows everyone."""
