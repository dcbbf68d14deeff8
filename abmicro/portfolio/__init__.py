"""What all tests of a history say together."""
