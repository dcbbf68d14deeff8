"""Exact tests and intervals of rates at small counts."""
