"""Can the data be trusted? Checks, the sample ratio and the account of every row."""
