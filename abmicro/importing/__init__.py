"""An agency's sheet of many tests, turned into tests of a history."""
