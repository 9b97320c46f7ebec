"""What a check of a code says, and why (防伪结论)."""
