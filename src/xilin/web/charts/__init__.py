"""Charts as SVG, drawn on the server: geometry here, colour in `charts.css`, words from the caller.

No script, no inline style: they stand under the strictest content security policy, print, and can be read aloud.
"""
