"""The departments' systems, one module a department or two: which rows they hold and how they write them."""
