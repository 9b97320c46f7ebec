"""`python -m xilin.config`: the `xilin` command, for programs that start it."""

from xilin.config.cli import main

main()
