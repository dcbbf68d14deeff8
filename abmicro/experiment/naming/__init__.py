"""What people read: words for goals, variants and units, in place of the names in code."""
