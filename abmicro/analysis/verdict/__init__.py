"""The gates that decide, in order, and how far a test has come."""
