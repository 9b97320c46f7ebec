"""Screens that renew themselves: drawn once for everyone, and told to each by server-sent events.

`board` draws panels, knowing nothing of what is on them; `hub` looks at a board once a second as long as anybody watches;
`bridge` lets an event loop serve pages that are synchronous; `streams` holds the answers that are to be carried on.
"""
