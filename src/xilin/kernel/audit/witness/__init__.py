"""A witness: a process of its own that cosigns a log's checkpoints as long as the log only grows. C2SP tlog-witness.

It needs neither the platform's database nor Django: a key, a folder, a port.
"""
