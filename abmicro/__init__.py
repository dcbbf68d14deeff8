"""A/B tests on micro conversions, and whether their gains carry through to the macro goal."""

__version__ = "0.1.0"
