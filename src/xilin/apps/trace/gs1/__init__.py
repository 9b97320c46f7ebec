"""Identifiers of things, places and parties (GS1 keys, Digital Link, EPC; ear tags, Ecode, NY/T 4712 batches)."""
