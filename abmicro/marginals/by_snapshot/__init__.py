"""The parts of a test whose totals are known evening by evening, and not by day of entry."""
