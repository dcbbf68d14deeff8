"""Distributions, roots and searches for many values at once."""
