"""From a running test to sentences, tables and a page of its own; computes nothing."""
