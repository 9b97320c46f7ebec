"""A process that appends to the log until it is killed, and prints each number once it is durable."""

import sys
from datetime import UTC, datetime

import psycopg

from xilin.kernel.audit import log

with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    while True:
        for appended in log.append(connection, [log.New("test.done", datetime.now(UTC))] * 3):
            sys.stdout.write(f"{appended.seq}\n")
        sys.stdout.flush()
