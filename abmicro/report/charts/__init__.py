"""The charts: each one function from an analysis to a matplotlib figure."""
