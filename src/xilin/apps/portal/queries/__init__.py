"""Reading across the parts for the pages; whatever a part doesn't have yet is an empty answer, not an error."""
