"""The joint table of all variants together, as traffic: by source and by day of entry."""
