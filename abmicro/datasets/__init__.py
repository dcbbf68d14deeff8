"""Real data that may be shipped, each with its origin and licence."""
