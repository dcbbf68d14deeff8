"""One rate, and two rates compared."""
