"""The pages: each finds, acts if it must, and answers."""
