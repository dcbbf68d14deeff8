"""How lifts and conversions came about as time went by."""
