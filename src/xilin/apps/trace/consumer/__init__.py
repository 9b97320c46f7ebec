"""The page a code leads to (查验页): the verdict in one glance, the product, where it comes from, and a way to report."""
