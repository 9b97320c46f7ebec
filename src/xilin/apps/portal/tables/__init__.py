"""Tables of the portal's pages: which columns, what they tell, what the rows are narrowed by."""
